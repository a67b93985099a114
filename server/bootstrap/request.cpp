#include "server/bootstrap/request.h"
