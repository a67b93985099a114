#include "server/lwm2m/payload.h"
