#include "server/lwm2m/node_path.h"

#include <charconv>

//   path = "/" / 1*4( "/" id )      id = "0" / %x31-39 *4DIGIT      LwM2M Core §7.1

namespace lwm2m {
namespace {

// The id that the text begins with, which is taken off.
std::optional<std::uint16_t> take_id(std::string_view& text) {
    std::uint16_t id = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), id);
    if (end.ec != std::errc()) return std::nullopt;
    const auto digits = static_cast<std::size_t>(end.ptr - text.data());
    if (digits > 1 && text.front() == '0') return std::nullopt;
    text.remove_prefix(digits);
    return id;
}

}  // namespace

NodePath::NodePath(const model::Path& path) {
    for (const auto& id : {path.object(), path.instance(), path.resource()})
        if (id) ids_[size_++] = *id;
}

std::optional<NodePath> NodePath::from(std::string_view text) {
    NodePath path;
    if (text == "/") return path;
    if (text.empty()) return std::nullopt;
    while (!text.empty()) {
        if (text.front() != '/') return std::nullopt;
        text.remove_prefix(1);
        const auto id = take_id(text);
        if (!id || !path.append(*id)) return std::nullopt;
    }
    return path;
}

bool NodePath::append(std::uint16_t id) {
    if (size_ == ids_.size() || (id == 0xFFFF && size_ < 3)) return false;
    ids_[size_++] = id;
    return true;
}

bool NodePath::starts_with(const NodePath& other) const {
    if (other.size_ > size_) return false;
    for (std::size_t i = 0; i < other.size_; ++i)
        if (ids_[i] != other.ids_[i]) return false;
    return true;
}

std::string NodePath::relative_text(std::size_t from) const {
    std::string text;
    for (std::size_t i = from; i < size_; ++i) {
        if (i > from) text += '/';
        text += std::to_string(ids_[i]);
    }
    return text;
}

std::string NodePath::to_string() const {
    return '/' + relative_text(0);
}

}  // namespace lwm2m
