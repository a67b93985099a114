#include "server/bootstrap/admission.h"
