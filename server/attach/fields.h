#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "config/document/document.h"
#include "server/attach/event.h"

// The canonical fields of an event, filled from what networks send: leniently, for nobody there can
// be asked to write it otherwise.
namespace attach {

enum class Field : std::uint8_t {
    endpoint,
    imsi,
    imei,
    iccid,
    msisdn,
    external_id,
    address,
    port,
    id,
    time,
    kind,
    apn,
};
inline constexpr std::string_view field_names[] = {"endpoint", "imsi",       "imei",    "iccid",
                                                   "msisdn",   "externalId", "address", "port",
                                                   "id",       "time",       "kind",    "apn"};
// Whether it tells which device it is.
constexpr bool is_identifier(Field field) {
    return field <= Field::external_id;
}

// A text or a whole number as text; nothing for anything else, and for the empty text.
std::optional<std::string> scalar_text(const nlohmann::json& value);

// Sets the field to the value; null and "" count as absent. An identifier, an address or a port of
// a wrong form is a problem; an id, a time, a kind or an APN is left out then. True when it was
// set.
//
// A time may be a number of seconds or milliseconds since 1970, or have its offset without a colon.
bool set_field(Event& event, Field field, const document::Node& value);

bool names_a_device(const Event& event);

}  // namespace attach
