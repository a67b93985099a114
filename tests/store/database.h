#pragma once

#include <filesystem>
#include <string>

#include "server/wire/bytes.h"

// The database as others see it: from outside, without the store.
namespace store_test {

// What SQLite's own check and ours of the numbers that triggers keep complain of; empty: nothing.
std::string inconsistencies(const std::filesystem::path& file);
// The first column of the first row as a text; throws where it fails.
std::string sql(const std::filesystem::path& file, const std::string& statement);

wire::Bytes octets_of(const std::filesystem::path& file);
void write_octets(const std::filesystem::path& file, wire::BytesView octets);

}  // namespace store_test
