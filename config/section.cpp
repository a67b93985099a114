#include "config/section.h"

#include <algorithm>

namespace config {

using document::Node;

namespace {

bool read_path(const Node& node, std::filesystem::path& value,
               const std::filesystem::path& folder) {
    const auto text = node.text();
    if (!text) return false;
    if (text->empty() || text->find('\0') != std::string::npos) {
        node.problem("is no path", "write a path; a relative one starts at this file");
        return false;
    }
    value = text->starts_with("credential:") ? std::filesystem::path(*text)
                                             : (folder / *text).lexically_normal();
    return true;
}

}  // namespace

Section::Section(const Node& root, std::string_view name,
                 std::initializer_list<std::string_view> known) {
    node_ = root.member(name);
    if (node_ && !node_->object(known)) node_.reset();
}

Section::Section(const Node& object, std::initializer_list<std::string_view> known) {
    if (object.object(known)) node_ = object;
}

std::optional<Node> Section::member(std::string_view key) const {
    return node_ ? node_->member(key) : std::nullopt;
}

void Section::seconds(std::string_view key, double& value, double lowest, double highest) const {
    if (const auto node = member(key))
        if (const auto number = node->number(lowest, highest)) value = *number;
}

void Section::flag(std::string_view key, bool& value) const {
    if (const auto node = member(key))
        if (const auto flag = node->boolean()) value = *flag;
}

void Section::text(std::string_view key, std::string& value) const {
    if (const auto node = member(key))
        if (auto text = node->text()) value = std::move(*text);
}

void Section::path(std::string_view key, std::filesystem::path& value,
                   const std::filesystem::path& folder) const {
    if (const auto node = member(key)) read_path(*node, value, folder);
}

void Section::paths(std::string_view key, std::vector<std::filesystem::path>& values,
                    const std::filesystem::path& folder) const {
    const auto list = member(key);
    if (!list || !list->array()) return;
    for (std::size_t i = 0; i < list->size(); ++i) {
        std::filesystem::path value;
        if (read_path(list->element(i), value, folder)) values.push_back(std::move(value));
    }
}

void Section::optional_path(std::string_view key, std::filesystem::path& value,
                            const std::filesystem::path& folder) const {
    if (const auto node = member(key); node && node->is_null())
        value.clear();
    else
        path(key, value, folder);
}

std::vector<std::string> addresses(const Section& section, std::string_view key,
                                   std::vector<Address>& seen) {
    std::vector<std::string> result;
    const auto list = section.member(key);
    if (!list || !list->array()) return result;
    for (std::size_t i = 0; i < list->size(); ++i) {
        const Node node = list->element(i);
        const auto text = node.text();
        if (!text) continue;
        const auto address =
            text->find('\0') == std::string::npos ? wire::SocketAddress::from(*text) : std::nullopt;
        if (!address) {
            node.problem("is no address with a port",
                         "write a numeric one as in \"192.0.2.1:5684\" or \"[2001:db8::1]:5684\"");
            continue;
        }
        const auto twin = std::find_if(seen.begin(), seen.end(), [&](const Address& other) {
            return other.address == *address && address->port != 0;
        });
        if (twin != seen.end())
            node.problem("is the same address as " + twin->pointer, "keep one of them");
        seen.push_back({*address, node.pointer()});
        result.push_back(*text);
    }
    return result;
}

}  // namespace config
