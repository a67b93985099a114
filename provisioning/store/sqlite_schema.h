#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "provisioning/store/sqlite_connection.h"

namespace store {

// Sets the connection up to write durably and makes or migrates the schema, all of it or nothing.
// What is wrong, naming the file; nothing when it is well.
std::optional<std::string> prepare_to_write(Connection&, const std::filesystem::path& file);
// Sets up a further connection, which will write nothing.
std::optional<std::string> prepare_to_read(Connection&, const std::filesystem::path& file);

// Which version of the schema this is; a database of a newer one is refused.
int schema_version();

}  // namespace store
