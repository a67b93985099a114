#include "provisioning/plan.h"
