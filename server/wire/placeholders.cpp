#include "server/wire/placeholders.h"

#include <algorithm>

namespace wire {

boost::system::result<TextTemplate, std::string> TextTemplate::from(
    std::string_view text, std::initializer_list<std::string_view> known) {
    TextTemplate result;
    std::string literal;
    const auto end_literal = [&] {
        if (!literal.empty()) result.parts_.push_back({false, std::move(literal)});
        literal.clear();
    };
    while (!text.empty()) {
        if (text.starts_with("$${")) {
            literal += "${";
            text.remove_prefix(3);
            continue;
        }
        if (!text.starts_with("${")) {
            literal += text.front();
            text.remove_prefix(1);
            continue;
        }
        const auto end = text.find('}');
        if (end == std::string_view::npos) return std::string("has a \"${\" without its \"}\"");
        const std::string_view name = text.substr(2, end - 2);
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            std::string all;
            for (const std::string_view each : known)
                ((all += all.empty() ? "${" : ", ${") += each) += '}';
            return "has a placeholder that is not known here (known: " + all + ")";
        }
        end_literal();
        result.parts_.push_back({true, std::string(name)});
        text.remove_prefix(end + 1);
    }
    end_literal();
    return result;
}

bool TextTemplate::names(std::string_view name) const {
    return std::any_of(parts_.begin(), parts_.end(),
                       [&](const Part& part) { return part.is_name && part.text == name; });
}

std::string_view TextTemplate::beginning() const {
    return parts_.empty() || parts_.front().is_name ? std::string_view()
                                                    : std::string_view(parts_.front().text);
}

std::string TextTemplate::expand(
    const std::function<std::string(std::string_view name)>& value) const {
    std::string result;
    for (const Part& part : parts_) result += part.is_name ? value(part.text) : part.text;
    return result;
}

std::string json_escape(std::string_view text) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string result;
    for (const char octet : text) {
        const auto value = static_cast<unsigned char>(octet);
        if (octet == '"' || octet == '\\')
            (result += '\\') += octet;
        else if (value < 0x20)
            ((result += "\\u00") += hex[value >> 4]) += hex[value & 15U];
        else
            result += octet;
    }
    return result;
}

}  // namespace wire
