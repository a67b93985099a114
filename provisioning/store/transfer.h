#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>

#include <boost/system/result.hpp>

#include "provisioning/store/sqlite.h"

// What operators declared (devices and profiles), and what was made for devices, out of a database
// and into one, as lines of JSON. Secrets stay sealed: who loads a dump needs the master key that
// it names.
//
//   {"format": "lwm2m-bootstrapd-dump", "version": 2, "masterKeys": ["0011223344556677"]}
//   {"device": "urn:…", "revision": 1, "created": 0, "updated": 0, "file": "", "disabled": false,
//    "document": {…}, "wrapped": "base64", "sealed": "base64",
//    "state": {"wrapped": "base64", "sealed": "base64"}}
//   {"profile": "…", "revision": 1, "created": 0, "updated": 0, "wrapped": "…", "sealed": "…"}
//   {"end": true, "devices": 1, "profiles": 1}
//
// Version 1 is read too: its devices have no state, and a device that has one here keeps it.
namespace store {

struct Transferred {
    std::uint64_t devices = 0, profiles = 0;
};
// The error names what to do, and the line where it is one of a dump.
using TransferResult = boost::system::result<Transferred, std::string>;

// The database as it is at one moment; the daemon may be running.
TransferResult dump(const SqliteOptions&, std::ostream&);
// A copy of it as it is at one moment, sessions and all, into a file that does not exist; the
// daemon may be running. Nothing, or why not.
std::optional<std::string> copy(const SqliteOptions&, const std::filesystem::path& to);
// All or nothing, into a database that no daemon uses; made where there is none. A device or a
// profile that is there already is replaced. What the dump's records were sealed with must be
// among the keys; they are sealed with the first.
TransferResult load(const SqliteOptions&, std::istream&, wire::Random&);
// Wraps everything with the first of the keys. How many records it was.
boost::system::result<std::uint64_t, std::string> rewrap(const SqliteOptions&, wire::Random&);

}  // namespace store
