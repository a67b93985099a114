#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

namespace wire {

// A text in which "${name}" stands for something that is known later. "$${" is a plain "${".
class TextTemplate {
  public:
    TextTemplate() = default;  // of the empty text
    // The error says what is wrong: a name that is not known, a "${" without its end.
    static boost::system::result<TextTemplate, std::string> from(
        std::string_view text, std::initializer_list<std::string_view> known);

    bool names(std::string_view name) const;
    // The text before the first placeholder.
    std::string_view beginning() const;
    // `value` is asked for each placeholder by its name; what it returns goes in as it is.
    std::string expand(const std::function<std::string(std::string_view name)>& value) const;

  private:
    struct Part {
        bool is_name = false;
        std::string text;
    };
    std::vector<Part> parts_;
};

// A text as it stands between the quotes of a JSON string (RFC 8259 §7); the quotes are not added.
std::string json_escape(std::string_view text);

}  // namespace wire
