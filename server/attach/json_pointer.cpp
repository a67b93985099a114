#include "server/attach/json_pointer.h"

#include <charconv>
#include <cstddef>

#include <nlohmann/json.hpp>

namespace attach {
namespace {

std::optional<std::string> unescape(std::string_view token) {
    std::string plain;
    for (std::size_t i = 0; i < token.size(); ++i) {
        if (token[i] != '~') {
            plain += token[i];
            continue;
        }
        if (++i == token.size() || (token[i] != '0' && token[i] != '1')) return std::nullopt;
        plain += token[i] == '0' ? '~' : '/';
    }
    return plain;
}

// RFC 6901 §4: digits without leading zeros.
std::optional<std::size_t> array_index(std::string_view token) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
    if (token.empty() || (token.size() > 1 && token[0] == '0') || error != std::errc{} ||
        end != token.data() + token.size())
        return std::nullopt;
    return index;
}

}  // namespace

std::optional<JsonPointer> JsonPointer::from(std::string_view text) {
    JsonPointer pointer{std::string(text)};
    while (!text.empty()) {
        if (text.front() != '/') return std::nullopt;
        text.remove_prefix(1);
        const auto end = text.find('/');
        auto token = unescape(text.substr(0, end));
        if (!token) return std::nullopt;
        pointer.tokens_.push_back(std::move(*token));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end);
    }
    return pointer;
}

const nlohmann::json* JsonPointer::find(const nlohmann::json& value) const {
    const nlohmann::json* at = &value;
    for (const std::string& token : tokens_) {
        if (at->is_object()) {
            const auto member = at->find(token);
            if (member == at->end()) return nullptr;
            at = &*member;
        } else if (at->is_array()) {
            const auto index = array_index(token);
            if (!index || *index >= at->size()) return nullptr;
            at = &(*at)[*index];
        } else {
            return nullptr;
        }
    }
    return at;
}

}  // namespace attach
