#include "server/dtls/dtls.h"
