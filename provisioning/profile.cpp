#include "provisioning/profile.h"
