#include "server/bootstrap/outcome.h"
