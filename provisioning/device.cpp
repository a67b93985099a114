#include "provisioning/device.h"
