#pragma once

#include <optional>
#include <string>
#include <vector>

#include "provisioning/store/tables.h"

// Rows of devices and of their keys, for the operations on them.
namespace store {

struct DeviceRow {
    std::int64_t id = 0;
    DevicePointer record;
};
// Nothing: there is none, or the connection failed.
std::optional<DeviceRow> read_device(const Reading&, std::string_view endpoint);

struct NewRow {
    bool disabled = false;
    std::optional<crypto::Sha256> fingerprint;  // where a file declares it
};
// Writes the device over the row, or makes one; without its keys.
std::int64_t write_device(Writing&, const provisioning::Device&, const DeviceRow* over,
                          const NewRow&, Revision);
// Enters keys of a device; when another has one of them, none is entered. `from_disabled`: a
// disabled device yields. One that only declared an identity once yields in any case.
std::optional<Twin> enter_keys(Writing&, std::int64_t id, const std::vector<KeyRow>&,
                               bool from_disabled);
// Those of its record's keys that lead to it: a disabled one may have lost some.
std::vector<KeyRow> held_keys(const Reading&, const DeviceRow&);
bool is_taken(const Reading&, const DeviceKey&);
void remove_keys(Writing&, std::int64_t id, const std::vector<KeyRow>&);

}  // namespace store
