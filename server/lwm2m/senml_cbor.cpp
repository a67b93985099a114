#include "server/lwm2m/senml_cbor.h"

#include <string>
#include <utility>

#include "server/lwm2m/cbor.h"
#include "server/lwm2m/cbor_value.h"
#include "server/lwm2m/record_values.h"

//   pack   = [ *record ]
//   record = { [ -2: path, ] [ 0: path, ] value }
//   value  = 2: number / 3: text / 4: boolean / 8: octets / "vlo": "O:I"
//
// as it is written; what is read besides, senml_records.cpp says. The labels are RFC 8428 §6's
// table 4; LwM2M's own is a text (LwM2M Core §7.4.5).

namespace lwm2m {
namespace {

constexpr std::int64_t base_name_label = -2;
constexpr std::int64_t name_label = 0;
constexpr std::int64_t value_label = 2;
constexpr std::int64_t string_value_label = 3;
constexpr std::int64_t boolean_value_label = 4;
constexpr std::int64_t data_value_label = 8;

SenmlLabel label_numbered(std::int64_t number) {
    switch (number) {
        case -6:
            return SenmlLabel::base_sum;
        case -5:
            return SenmlLabel::base_value;
        case -4:
            return SenmlLabel::base_unit;
        case -3:
            return SenmlLabel::base_time;
        case base_name_label:
            return SenmlLabel::base_name;
        case -1:
            return SenmlLabel::base_version;
        case name_label:
            return SenmlLabel::name;
        case 1:
            return SenmlLabel::unit;
        case value_label:
            return SenmlLabel::value;
        case string_value_label:
            return SenmlLabel::string_value;
        case boolean_value_label:
            return SenmlLabel::boolean_value;
        case 5:
            return SenmlLabel::sum;
        case 6:
            return SenmlLabel::time;
        case 7:
            return SenmlLabel::update_time;
        case data_value_label:
            return SenmlLabel::data_value;
    }
    return SenmlLabel::unknown;
}

std::optional<SenmlLabel> label_of(const Item& key) {
    if (const auto* name = std::get_if<std::string>(&key.value)) return senml_label_named(*name);
    if (!std::holds_alternative<std::uint64_t>(key.value) &&
        !std::holds_alternative<Negative>(key.value))
        return std::nullopt;
    const auto number = number_of(key);
    const auto* label = number ? std::get_if<std::int64_t>(&*number) : nullptr;
    return label != nullptr ? label_numbered(*label) : SenmlLabel::unknown;
}

std::optional<wire::Bytes> octets_of_data(const Item& value) {
    const auto* octets = std::get_if<wire::Bytes>(&value.value);
    if (octets == nullptr) return std::nullopt;
    return *octets;
}

constexpr SenmlDialect dialect{label_of, octets_of_data};

struct LabelWriter {
    CborWriter& out;

    void operator()(const std::string&) const { out.integer(string_value_label); }
    void operator()(std::int64_t) const { out.integer(value_label); }
    void operator()(double) const { out.integer(value_label); }
    void operator()(bool) const { out.integer(boolean_value_label); }
    void operator()(const model::Opaque&) const { out.integer(data_value_label); }
    void operator()(const model::Secret& secret) const {
        const bool is_text = secret.kind() == model::Secret::Kind::text;
        out.integer(is_text ? string_value_label : data_value_label);
    }
    void operator()(const model::Time&) const { out.integer(value_label); }
    void operator()(const model::ObjectLink&) const { out.text("vlo"); }
};

void write_record(const SenmlEntry& entry, CborWriter& out) {
    out.map(1 + (entry.base_name.empty() ? 0u : 1u) + (entry.name.empty() ? 0u : 1u));
    if (!entry.base_name.empty()) {
        out.integer(base_name_label);
        out.text(entry.base_name);
    }
    if (!entry.name.empty()) {
        out.integer(name_label);
        out.text(entry.name);
    }
    std::visit(LabelWriter{out}, *entry.value);
    write_cbor_value(*entry.value, out);
}

}  // namespace

boost::system::result<wire::Bytes, PayloadErrc> encode_senml_cbor(const model::Path& path,
                                                                  const Content& content) {
    const auto entries = senml_entries(path, content);
    if (!entries) return entries.error();
    return write_once([&](Output& out) {
        CborWriter writer(out);
        writer.array(entries->size());
        for (const auto& entry : *entries) write_record(entry, writer);
    });
}

boost::system::result<std::vector<SenmlRecord>, PayloadErrc> decode_senml_cbor(
    wire::BytesView payload) {
    const auto pack = decode_cbor(payload);
    if (!pack) return PayloadErrc::malformed;
    return resolve_senml(*pack, dialect);
}

}  // namespace lwm2m
