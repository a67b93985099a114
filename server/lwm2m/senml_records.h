#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include "provisioning/model/path.h"
#include "provisioning/model/value.h"
#include "server/lwm2m/item.h"
#include "server/lwm2m/payload.h"

// What SenML JSON and SenML CBOR share (RFC 8428 §4): the labels, the resolution of a Pack's base
// fields, and which records a Content becomes (LwM2M Core §7.4.4).
namespace lwm2m {

inline constexpr std::size_t max_senml_name = 255;
// RFC 8428 §4.4: a Pack of a higher version is not to be used.
inline constexpr std::int64_t senml_version = 10;

enum class SenmlLabel {
    base_version,
    base_name,
    base_time,
    base_unit,
    base_value,
    base_sum,
    name,
    unit,
    value,
    string_value,
    boolean_value,
    sum,
    time,
    update_time,
    data_value,
    object_link_value,  // "vlo" of LwM2M
    unknown,
    must_understand,  // unknown, and ends in "_" (RFC 8428 §4.4)
};

// How JSON and CBOR differ.
struct SenmlDialect {
    // Nothing for a key that no Record can have.
    std::optional<SenmlLabel> (*label_of)(const Item& key);
    // The octets of a data value.
    std::optional<wire::Bytes> (*octets_of)(const Item& value);
};

// The labels that have a name; CBOR has numbers for all but "vlo".
SenmlLabel senml_label_named(std::string_view name);

// A resolved Record (RFC 8428 §4.6), of which LwM2M knows the name and the value. Times and units
// are read over.
struct SenmlRecord {
    std::string name;
    model::Single value;
};
boost::system::result<std::vector<SenmlRecord>, PayloadErrc> resolve_senml(
    const Item& pack, const SenmlDialect& dialect);

boost::system::result<Content, PayloadErrc> content_of(std::vector<SenmlRecord> records,
                                                       const model::Path& path,
                                                       const TypeOf& type_of);

// What a Record of an encoded Pack has; the value lives as long as the Content.
struct SenmlEntry {
    std::string base_name;  // in the first Record alone
    std::string name;       // empty: none
    const model::Single* value;
};
// The first Record's base name is the path of the Write, the names are relative to it. Values
// that SenML has no form for are refused: a text that is not UTF-8, a number that is not finite.
boost::system::result<std::vector<SenmlEntry>, PayloadErrc> senml_entries(const model::Path& path,
                                                                          const Content& content);

}  // namespace lwm2m
