#include "provisioning/catalog.h"
