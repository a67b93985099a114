#include "server/bootstrap/session.h"
