#pragma once

#include "server/journal/log_limit.h"

namespace net {

using journal::LogLimit;

}  // namespace net
