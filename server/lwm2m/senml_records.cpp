#include "server/lwm2m/senml_records.h"

#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "server/lwm2m/content_builder.h"
#include "server/lwm2m/content_values.h"
#include "server/lwm2m/record_values.h"
#include "server/lwm2m/typed_value.h"

//   Pack   = [ *Record ]                      RFC 8428 §4, LwM2M Core §7.4.4
//   Record = { *base, [ n ], value, *other }  in any order, no label twice
//   base   = bver / bn / bt / bu / bv / bs    in force from this Record on
//   value  = v / vs / vb / vd / vlo           exactly one
//   other  = u / t / ut / s / what is unknown and does not end in "_"
//
// A Record's name is bn followed by n, its number the sum of bv and v.

namespace lwm2m {
namespace {

struct Labelled {
    std::string_view name;
    SenmlLabel label;
};

constexpr std::array<Labelled, 16> labels{{
    {"bver", SenmlLabel::base_version},
    {"bn", SenmlLabel::base_name},
    {"bt", SenmlLabel::base_time},
    {"bu", SenmlLabel::base_unit},
    {"bv", SenmlLabel::base_value},
    {"bs", SenmlLabel::base_sum},
    {"n", SenmlLabel::name},
    {"u", SenmlLabel::unit},
    {"v", SenmlLabel::value},
    {"vs", SenmlLabel::string_value},
    {"vb", SenmlLabel::boolean_value},
    {"s", SenmlLabel::sum},
    {"t", SenmlLabel::time},
    {"ut", SenmlLabel::update_time},
    {"vd", SenmlLabel::data_value},
    {"vlo", SenmlLabel::object_link_value},
}};

bool is_number(const model::Single& value) {
    return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value);
}

// The sum of integers is one where it fits.
model::Single sum_of(const model::Single& a, const model::Single& b) {
    const auto as_double = [](const model::Single& number) {
        const auto* integer = std::get_if<std::int64_t>(&number);
        return integer != nullptr ? static_cast<double>(*integer) : std::get<double>(number);
    };
    const auto* left = std::get_if<std::int64_t>(&a);
    const auto* right = std::get_if<std::int64_t>(&b);
    std::int64_t sum = 0;
    if (left != nullptr && right != nullptr && !__builtin_add_overflow(*left, *right, &sum))
        return sum;
    return as_double(a) + as_double(b);
}

// Reads the Records one after the other; the base fields last from one to the next.
class Resolver {
  public:
    explicit Resolver(const SenmlDialect& dialect) : dialect_(dialect) {}

    boost::system::result<SenmlRecord, PayloadErrc> record(const Map& entries) {
        name_.clear();
        value_.reset();
        seen_ = 0;
        for (const auto& entry : entries)
            if (!field(entry)) return PayloadErrc::malformed;
        if (!value_) return PayloadErrc::malformed;
        if (is_number(*value_) && base_value_) value_ = sum_of(*base_value_, *value_);
        if (!fits_records(*value_)) return PayloadErrc::malformed;
        if (base_name_.size() + name_.size() > max_senml_name) return PayloadErrc::malformed;
        return SenmlRecord{base_name_ + name_, std::move(*value_)};
    }

  private:
    bool field(const Entry& entry) {
        const auto label = dialect_.label_of(entry.key);
        if (!label || !is_first(*label)) return false;
        switch (*label) {
            case SenmlLabel::base_version:
                return version(entry.value);
            case SenmlLabel::base_name:
                return text(entry.value, &base_name_);
            case SenmlLabel::name:
                return text(entry.value, &name_);
            case SenmlLabel::base_unit:
            case SenmlLabel::unit:
                return text(entry.value, nullptr);
            case SenmlLabel::base_value:
                base_value_ = number_of(entry.value);
                return base_value_.has_value();
            case SenmlLabel::base_sum:
            case SenmlLabel::sum:
                return number_of(entry.value).has_value();
            case SenmlLabel::base_time:
            case SenmlLabel::time:
            case SenmlLabel::update_time:
                return number_or_time(entry.value).has_value();
            case SenmlLabel::value:
                return set(number_or_time(entry.value));
            case SenmlLabel::string_value:
                return set(held<std::string>(entry.value));
            case SenmlLabel::boolean_value:
                return set(held<bool>(entry.value));
            case SenmlLabel::data_value:
                return set(octets(entry.value));
            case SenmlLabel::object_link_value:
                return set(link(entry.value));
            case SenmlLabel::unknown:
                return true;
            case SenmlLabel::must_understand:
                return false;
        }
        return false;
    }

    bool is_first(SenmlLabel label) {
        if (label == SenmlLabel::unknown) return true;
        const auto bit = 1u << static_cast<unsigned>(label);
        if ((seen_ & bit) != 0) return false;
        seen_ |= bit;
        return true;
    }

    bool set(std::optional<model::Single> value) {
        if (!value || value_) return false;
        value_ = std::move(value);
        return true;
    }

    // A Time is a number, but of devices that tag it in CBOR (LwM2M Core 1.1 table C.-2 has it as a
    // date/time string).
    static std::optional<model::Single> number_or_time(const Item& item) {
        auto value = single_of(item);
        if (value && !is_number(*value) && !std::holds_alternative<model::Time>(*value))
            return std::nullopt;
        return value;
    }

    static bool version(const Item& item) {
        const auto number = number_of(item);
        if (!number) return false;
        const auto* version = std::get_if<std::int64_t>(&*number);
        return version != nullptr && *version > 0 && *version <= senml_version;
    }

    static bool text(const Item& item, std::string* where) {
        const auto* text = std::get_if<std::string>(&item.value);
        if (text == nullptr || (where != nullptr && text->size() > max_senml_name)) return false;
        if (where != nullptr) *where = *text;
        return true;
    }

    template <class T>
    static std::optional<model::Single> held(const Item& item) {
        const auto* value = std::get_if<T>(&item.value);
        if (value == nullptr) return std::nullopt;
        return *value;
    }

    std::optional<model::Single> octets(const Item& item) const {
        auto octets = dialect_.octets_of(item);
        if (!octets) return std::nullopt;
        return model::Opaque{std::move(*octets)};
    }

    static std::optional<model::Single> link(const Item& item) {
        const auto* text = std::get_if<std::string>(&item.value);
        if (text == nullptr) return std::nullopt;
        const auto link = object_link_from(*text);
        if (!link) return std::nullopt;
        return *link;
    }

    const SenmlDialect& dialect_;
    std::string base_name_;
    std::optional<model::Single> base_value_;
    // Of the Record being read:
    std::string name_;
    std::optional<model::Single> value_;
    unsigned seen_ = 0;
};

}  // namespace

SenmlLabel senml_label_named(std::string_view name) {
    for (const auto& known : labels)
        if (known.name == name) return known.label;
    return name.ends_with('_') ? SenmlLabel::must_understand : SenmlLabel::unknown;
}

boost::system::result<std::vector<SenmlRecord>, PayloadErrc> resolve_senml(
    const Item& pack, const SenmlDialect& dialect) {
    const auto* items = std::get_if<Array>(&pack.value);
    if (items == nullptr) return PayloadErrc::malformed;
    Resolver resolver(dialect);
    std::vector<SenmlRecord> records;
    records.reserve(items->size());
    for (const auto& item : *items) {
        const auto* entries = std::get_if<Map>(&item.value);
        if (entries == nullptr) return PayloadErrc::malformed;
        auto record = resolver.record(*entries);
        if (!record) return record.error();
        records.push_back(std::move(*record));
    }
    return records;
}

boost::system::result<Content, PayloadErrc> content_of(std::vector<SenmlRecord> records,
                                                       const model::Path& path,
                                                       const TypeOf& type_of) {
    ContentBuilder content(path, type_of);
    for (auto& record : records) {
        const auto name = NodePath::from(record.name);
        if (!name) return PayloadErrc::wrong_path;
        if (const auto wrong = content.add(*name, std::move(record.value))) return *wrong;
    }
    return std::move(content).finish();
}

boost::system::result<std::vector<SenmlEntry>, PayloadErrc> senml_entries(const model::Path& path,
                                                                          const Content& content) {
    if (has_empty_parts(content)) return PayloadErrc::unsupported_format;
    const NodePath base(path);
    std::vector<SenmlEntry> entries;
    bool all_fit = true;
    for_each_value(path, content, [&](const NodePath& at, const model::Single& value) {
        all_fit = all_fit && fits_records(value);
        entries.push_back({{}, at.relative_text(base.size()), &value});
    });
    if (!all_fit) return PayloadErrc::wrong_type_for_format;
    if (entries.empty()) return entries;
    // "/0/1/" before "5", "/0/1/5" where there is nothing to follow.
    entries.front().base_name = base.to_string();
    if (base.size() > 0 && !entries.front().name.empty()) entries.front().base_name += '/';
    return entries;
}

}  // namespace lwm2m
