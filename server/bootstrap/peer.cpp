#include "server/bootstrap/peer.h"
