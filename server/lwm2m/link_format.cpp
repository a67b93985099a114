#include "server/lwm2m/link_format.h"
