#include "server/lwm2m/lwm2m_cbor.h"

#include <utility>

#include "server/lwm2m/cbor.h"
#include "server/lwm2m/cbor_value.h"
#include "server/lwm2m/content_builder.h"
#include "server/lwm2m/content_values.h"
#include "server/lwm2m/record_values.h"

//   payload = { *( key: node ) }
//   key     = id / [ 1*4 id ]        read; an id is written
//   node    = { *( key: node ) } / value / null
//
// Along every way from the root the ids are Object, Object Instance, Resource and, if it has
// several, Resource Instance; values are where three or four ids have been. What is written names
// each level in a map of its own, ids ascending, from the Object on: Core 1.2 lets a Write leave
// out the ids of its path, but clients do not read that. Null says that there is nothing.

namespace lwm2m {
namespace {

// ---- writing ----

void write_node(const model::Single& single, CborWriter& out) {
    write_cbor_value(single, out);
}
template <class Id, class Node>
void write_node(const std::map<Id, Node>& nodes, CborWriter& out);
void write_node(const model::Value& value, CborWriter& out) {
    std::visit([&](const auto& held) { write_node(held, out); }, value);
}
template <class Id, class Node>
void write_node(const std::map<Id, Node>& nodes, CborWriter& out) {
    out.map(nodes.size());
    for (const auto& [id, node] : nodes) {
        out.unsigned_integer(id);
        write_node(node, out);
    }
}

// ---- reading ----

bool append_id(const Item& item, NodePath& path) {
    const auto* id = std::get_if<std::uint64_t>(&item.value);
    return id != nullptr && *id <= 0xFFFF && path.append(static_cast<std::uint16_t>(*id));
}

// False where the key is none, or leads further than to a Resource Instance.
bool append_key(const Item& key, NodePath& path) {
    const auto* ids = std::get_if<Array>(&key.value);
    if (ids == nullptr) return append_id(key, path);
    for (const auto& id : *ids)
        if (!append_id(id, path)) return false;
    return !ids->empty();
}

// The recursion is as deep as the item, and every key appends to the path.
std::optional<PayloadErrc> read_node(const Item& item, const NodePath& path,
                                     ContentBuilder& content) {
    if (const auto* entries = std::get_if<Map>(&item.value)) {
        if (const auto wrong = content.put_empty(path)) return wrong;
        for (const auto& entry : *entries) {
            NodePath below = path;
            if (!append_key(entry.key, below)) return PayloadErrc::malformed;
            if (const auto wrong = read_node(entry.value, below, content)) return wrong;
        }
        return std::nullopt;
    }
    if (std::holds_alternative<Null>(item.value))
        return path.size() < 3 ? content.put_empty(path) : content.check(path);
    auto value = single_of(item);
    if (!value || path.size() < 3) return PayloadErrc::malformed;
    return content.add(path, std::move(*value));
}

}  // namespace

boost::system::result<wire::Bytes, PayloadErrc> encode_lwm2m_cbor(const model::Path& path,
                                                                  const Content& content) {
    bool all_fit = true;
    for_each_value(path, content, [&](const NodePath&, const model::Single& value) {
        all_fit = all_fit && !is_text_without_form(value);
    });
    if (!all_fit) return PayloadErrc::wrong_type_for_format;
    const NodePath base(path);
    return write_once([&](Output& out) {
        CborWriter writer(out);
        for (std::size_t i = 0; i < base.size(); ++i) {
            writer.map(1);
            writer.unsigned_integer(base[i]);
        }
        std::visit([&](const auto& held) { write_node(held, writer); }, content);
    });
}

boost::system::result<Content, PayloadErrc> decode_lwm2m_cbor(const model::Path& path,
                                                              wire::BytesView payload,
                                                              const TypeOf& type_of) {
    const auto root = decode_cbor(payload);
    if (!root || !std::holds_alternative<Map>(root->value)) return PayloadErrc::malformed;
    ContentBuilder content(path, type_of);
    if (const auto wrong = read_node(*root, NodePath(), content)) return *wrong;
    return std::move(content).finish();
}

}  // namespace lwm2m
