#include "server/lwm2m/json_1_0.h"

#include <string>
#include <string_view>
#include <utility>

#include "server/lwm2m/base64.h"
#include "server/lwm2m/content_builder.h"
#include "server/lwm2m/content_values.h"
#include "server/lwm2m/json.h"
#include "server/lwm2m/json_values.h"
#include "server/lwm2m/record_values.h"
#include "server/lwm2m/typed_value.h"

//   payload = { "bn":path, "e":[ *entry ], [ "bt":number ] }      in any order
//   entry   = { "n":path, value, [ "t":number ] }
//   value   = "v":number / "sv":text / "bv":boolean / "ov":"O:I"
//
// An entry's path is bn followed by n. Written are bn, "/0/1/" for all that is in an instance, and
// e. Read besides: without bn an n that does not begin with "/" is relative to the path of the
// request; without n the entry's path is bn; times and other members are read over. An Opaque is
// base64 in sv.

namespace lwm2m {
namespace {

// ---- writing ----

constexpr JsonValueMembers value_members{R"("sv":)", R"("bv":)", R"("sv":)", R"("ov":)",
                                         write_base64};

// Clients of the time know the path of an instance as base better than that of a Resource.
NodePath base_of(const model::Path& path) {
    if (path.resource()) return NodePath(model::Path(*path.object(), *path.instance()));
    return NodePath(path);
}

// ---- reading ----

const Item* find(const Map& entries, std::string_view name, bool& is_unique) {
    const Item* found = nullptr;
    for (const auto& entry : entries) {
        if (std::get<std::string>(entry.key.value) != name) continue;
        is_unique = is_unique && found == nullptr;
        found = &entry.value;
    }
    return found;
}

// A path's text that is there, or empty; nothing where it is no text or too long.
std::optional<std::string_view> name_in(const Item* item) {
    if (item == nullptr) return std::string_view();
    const auto* text = std::get_if<std::string>(&item->value);
    if (text == nullptr || text->size() > max_json_name) return std::nullopt;
    return *text;
}

std::optional<model::Single> text_value(const Item& item, const std::optional<KnownType>& known) {
    const auto* text = std::get_if<std::string>(&item.value);
    if (text == nullptr) return std::nullopt;
    if (!known || known->type != model::ResourceType::opaque) return *text;
    auto octets = from_base64(*text);
    if (!octets) return std::nullopt;
    return model::Opaque{std::move(*octets)};
}

std::optional<model::Single> link_value(const Item& item) {
    const auto* text = std::get_if<std::string>(&item.value);
    const auto link = text != nullptr ? object_link_from(*text) : std::nullopt;
    if (!link) return std::nullopt;
    return *link;
}

std::optional<model::Single> boolean_value(const Item& item) {
    const auto* boolean = std::get_if<bool>(&item.value);
    if (boolean == nullptr) return std::nullopt;
    return *boolean;
}

// Of the one member that holds a value.
std::optional<model::Single> value_in(const Map& entries, const std::optional<KnownType>& known) {
    bool is_unique = true;
    const Item* const number = find(entries, "v", is_unique);
    const Item* const text = find(entries, "sv", is_unique);
    const Item* const boolean = find(entries, "bv", is_unique);
    const Item* const link = find(entries, "ov", is_unique);
    const int count = (number != nullptr ? 1 : 0) + (text != nullptr ? 1 : 0) +
                      (boolean != nullptr ? 1 : 0) + (link != nullptr ? 1 : 0);
    if (!is_unique || count != 1) return std::nullopt;
    if (number != nullptr) return number_of(*number);
    if (text != nullptr) return text_value(*text, known);
    if (boolean != nullptr) return boolean_value(*boolean);
    return link_value(*link);
}

class Reading {
  public:
    Reading(std::string base, ContentBuilder& content)
        : base_(std::move(base)), content_(content) {}

    std::optional<PayloadErrc> entry(const Item& item) {
        const auto* entries = std::get_if<Map>(&item.value);
        if (entries == nullptr) return PayloadErrc::malformed;
        bool is_unique = true;
        const auto name = name_in(find(*entries, "n", is_unique));
        if (!name || !is_unique) return PayloadErrc::malformed;
        const auto path = path_of(*name);
        if (!path) return PayloadErrc::wrong_path;
        auto value = value_in(*entries, content_.type_of(*path));
        if (!value) return PayloadErrc::malformed;
        return content_.add(*path, std::move(*value));
    }

  private:
    std::optional<NodePath> path_of(std::string_view name) const {
        if (!base_.empty()) return NodePath::from(base_ + std::string(name));
        if (name.starts_with('/')) return NodePath::from(name);
        const std::string request = content_.base().size() > 0 ? content_.base().to_string() : "";
        return NodePath::from(name.empty() ? request : request + '/' + std::string(name));
    }

    std::string base_;
    ContentBuilder& content_;
};

}  // namespace

boost::system::result<wire::Bytes, PayloadErrc> encode_json_1_0(const model::Path& path,
                                                                const Content& content) {
    if (has_empty_parts(content)) return PayloadErrc::unsupported_format;
    bool all_fit = true;
    for_each_value(path, content, [&](const NodePath&, const model::Single& value) {
        all_fit = all_fit && fits_records(value);
    });
    if (!all_fit) return PayloadErrc::wrong_type_for_format;
    const NodePath base = base_of(path);
    return write_once([&](Output& out) {
        out.text(R"({"bn":")");
        out.text(base.to_string());
        out.text(base.size() > 0 ? R"(/","e":[)" : R"(","e":[)");
        bool is_first = true;
        for_each_value(path, content, [&](const NodePath& at, const model::Single& value) {
            out.text(is_first ? R"({"n":")" : R"(,{"n":")");
            is_first = false;
            out.text(at.relative_text(base.size()));
            out.text(R"(",)");
            write_json_value(value, value_members, out);
            out.u8('}');
        });
        out.text("]}");
    });
}

boost::system::result<Content, PayloadErrc> decode_json_1_0(const model::Path& path,
                                                            wire::BytesView payload,
                                                            const TypeOf& type_of) {
    const auto root = decode_json(payload);
    const auto* members = root ? std::get_if<Map>(&root->value) : nullptr;
    if (members == nullptr) return PayloadErrc::malformed;
    bool is_unique = true;
    const auto base = name_in(find(*members, "bn", is_unique));
    const Item* const list = find(*members, "e", is_unique);
    const auto* entries = list != nullptr ? std::get_if<Array>(&list->value) : nullptr;
    if (!base || entries == nullptr || !is_unique) return PayloadErrc::malformed;
    ContentBuilder content(path, type_of);
    Reading reading(std::string(*base), content);
    for (const auto& entry : *entries)
        if (const auto wrong = reading.entry(entry)) return *wrong;
    return std::move(content).finish();
}

}  // namespace lwm2m
