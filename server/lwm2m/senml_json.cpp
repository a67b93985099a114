#include "server/lwm2m/senml_json.h"

#include <string>
#include <utility>

#include "server/lwm2m/base64.h"
#include "server/lwm2m/json.h"
#include "server/lwm2m/json_values.h"
#include "server/lwm2m/record_values.h"

//   pack   = "[" [ record *( "," record ) ] "]"
//   record = "{" [ "bn":path "," ] [ "n":path "," ] value "}"
//   value  = "v":number / "vs":text / "vb":boolean / "vd":base64url / "vlo":"O:I"
//
// as it is written; what is read besides, senml_records.cpp says.

namespace lwm2m {
namespace {

std::optional<SenmlLabel> label_of(const Item& key) {
    const auto* name = std::get_if<std::string>(&key.value);
    if (name == nullptr) return std::nullopt;
    return senml_label_named(*name);
}

std::optional<wire::Bytes> octets_of_data(const Item& value) {
    const auto* text = std::get_if<std::string>(&value.value);
    if (text == nullptr) return std::nullopt;
    return from_base64(*text);
}

constexpr SenmlDialect dialect{label_of, octets_of_data};

constexpr JsonValueMembers value_members{R"("vs":)", R"("vb":)", R"("vd":)", R"("vlo":)",
                                         write_base64url};

void write_record(const SenmlEntry& entry, Output& out) {
    out.u8('{');
    if (!entry.base_name.empty()) {
        out.text(R"("bn":)");
        write_json_string(wire::as_bytes(entry.base_name), out);
        out.u8(',');
    }
    if (!entry.name.empty()) {
        out.text(R"("n":)");
        write_json_string(wire::as_bytes(entry.name), out);
        out.u8(',');
    }
    write_json_value(*entry.value, value_members, out);
    out.u8('}');
}

}  // namespace

boost::system::result<wire::Bytes, PayloadErrc> encode_senml_json(const model::Path& path,
                                                                  const Content& content) {
    const auto entries = senml_entries(path, content);
    if (!entries) return entries.error();
    return write_once([&](Output& out) {
        out.u8('[');
        for (const auto& entry : *entries) {
            if (&entry != &entries->front()) out.u8(',');
            write_record(entry, out);
        }
        out.u8(']');
    });
}

boost::system::result<std::vector<SenmlRecord>, PayloadErrc> decode_senml_json(
    wire::BytesView payload) {
    const auto pack = decode_json(payload);
    if (!pack) return PayloadErrc::malformed;
    return resolve_senml(*pack, dialect);
}

}  // namespace lwm2m
