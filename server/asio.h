#pragma once

// Asio comes in through here alone: g++ 12 needs <utility> before its coroutines.
#include <utility>

#include <boost/asio.hpp>
