#include "provisioning/model/secret.h"
