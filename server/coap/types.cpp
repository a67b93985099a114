#include "server/coap/types.h"
