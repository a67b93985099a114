#include "server/explain/masking.h"

#include <map>
#include <variant>

namespace explain {
namespace {

// In octets all bits differ between the two. In a text, where the highest bit is to stay clear, no
// group of 6 bits is the same: 0101 0101 and 0010 1010.
std::uint8_t octet_of(Filler filler, model::Secret::Kind kind) {
    if (kind == model::Secret::Kind::text) return filler == Filler::one ? 'U' : '*';
    return filler == Filler::one ? 0x00 : 0xFF;
}

model::Single replaced(const model::Single& value, Filler filler) {
    const auto* secret = std::get_if<model::Secret>(&value);
    if (secret == nullptr) return value;
    return model::Secret(wire::Bytes(secret->size(), octet_of(filler, secret->kind())),
                         secret->kind());
}

template <class... T>
std::variant<T...> replaced(const std::variant<T...>& content, Filler filler);

template <class Id, class T>
std::map<Id, T> replaced(const std::map<Id, T>& all, Filler filler) {
    std::map<Id, T> result;
    for (const auto& [id, each] : all)
        result.emplace_hint(result.end(), id, replaced(each, filler));
    return result;
}

template <class... T>
std::variant<T...> replaced(const std::variant<T...>& content, Filler filler) {
    return std::visit([&](const auto& what) { return std::variant<T...>(replaced(what, filler)); },
                      content);
}

}  // namespace

provisioning::Content with_filler(const provisioning::Content& content, Filler filler) {
    return replaced(content, filler);
}

lwm2m::Content with_filler(const lwm2m::Content& content, Filler filler) {
    return replaced(content, filler);
}

std::string masked_hex(wire::BytesView with_one, wire::BytesView with_other) {
    const bool is_comparable = with_one.size() == with_other.size();
    std::string text;
    text.reserve(with_one.size() * 2);
    for (std::size_t i = 0; i < with_one.size(); ++i)
        text += is_comparable && with_one[i] == with_other[i] ? wire::to_hex(with_one.subspan(i, 1))
                                                              : "**";
    return text;
}

}  // namespace explain
