#include "server/net/steering.h"
