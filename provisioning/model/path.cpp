#include "provisioning/model/path.h"
