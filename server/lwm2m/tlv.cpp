#include "server/lwm2m/tlv.h"
