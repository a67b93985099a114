#include "server/attach/event.h"
