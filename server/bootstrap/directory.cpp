#include "server/bootstrap/directory.h"
