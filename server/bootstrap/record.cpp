#include "server/bootstrap/record.h"
