#pragma once

// TLS streams for those who speak HTTP.
#include <boost/asio/ssl.hpp>

#include "server/asio.h"
