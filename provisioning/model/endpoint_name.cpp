#include "provisioning/model/endpoint_name.h"
