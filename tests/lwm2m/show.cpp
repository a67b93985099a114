#include "tests/lwm2m/show.h"

#include <array>
#include <charconv>
#include <map>
#include <variant>

namespace lwm2m {
namespace {

struct Shown {
    std::string operator()(const std::string& text) const { return '"' + text + '"'; }
    std::string operator()(std::int64_t integer) const { return std::to_string(integer); }
    std::string operator()(double number) const {
        // Zero is shown without its sign, which a format may drop.
        std::array<char, 40> text{};
        const auto end =
            std::to_chars(text.data(), text.data() + text.size(), number == 0 ? 0.0 : number);
        return std::string(text.data(), end.ptr) + 'f';
    }
    std::string operator()(bool boolean) const { return boolean ? "true" : "false"; }
    std::string operator()(const model::Opaque& opaque) const {
        return "h'" + wire::to_hex(opaque.octets) + '\'';
    }
    std::string operator()(const model::Secret&) const { return "secret"; }
    std::string operator()(const model::Time& time) const {
        return 't' + std::to_string(time.seconds);
    }
    std::string operator()(const model::ObjectLink& link) const {
        return std::to_string(link.object) + ':' + std::to_string(link.instance);
    }
};

std::string show_node(const model::Single& single) {
    return std::visit(Shown{}, single);
}
template <class Id, class Node>
std::string show_node(const std::map<Id, Node>& nodes);
std::string show_node(const model::Value& value) {
    if (const auto* single = std::get_if<model::Single>(&value)) return show_node(*single);
    return show_node(std::get<model::Multiple>(value));
}
template <class Id, class Node>
std::string show_node(const std::map<Id, Node>& nodes) {
    std::string text;
    for (const auto& [id, node] : nodes)
        text += (text.empty() ? "" : ", ") + std::to_string(id) + ": " + show_node(node);
    return '{' + text + '}';
}

}  // namespace

std::string show(const model::Single& single) {
    return show_node(single);
}

std::string show(const Content& content) {
    return std::visit([](const auto& held) { return show_node(held); }, content);
}

std::string show(const boost::system::result<Content, PayloadErrc>& result) {
    if (!result) return "error " + std::to_string(static_cast<int>(result.error()));
    return show(*result);
}

}  // namespace lwm2m
