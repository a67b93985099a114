#pragma once

#include <filesystem>

#include "provisioning/store/sqlite_connection.h"

namespace store {

// A copy of the connection's database as it is now, on the disk when this returns. Outside of
// transactions. Where it fails the connection has the error, and there is no file.
void back_up(Connection&, const std::filesystem::path& to);

}  // namespace store
