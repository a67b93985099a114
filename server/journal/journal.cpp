#include "server/journal/journal.h"
