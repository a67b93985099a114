#include "config/document/document.h"
