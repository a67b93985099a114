#include "server/dtls/random.h"
