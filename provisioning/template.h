#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "provisioning/model/value.h"
#include "server/wire/random.h"

namespace provisioning {

struct Device;

// A text in which "${endpoint}", "${device.NAME}" and "${random:N}" (N octets, as hexadecimal
// digits) stand for something known only with the device at hand. "$${" is a plain "${".
struct Template {
    std::string text;
    bool is_secret = false;
    // octets: what comes out is read as parse_octets() does.
    enum class Kind { text, octets } kind = Kind::text;
};

struct TemplatePart {
    enum class Kind { literal, endpoint, variable, random } kind = Kind::literal;
    std::string text;       // the literal; the variable's name
    std::size_t count = 0;  // of random octets
};
struct TemplateError {
    std::string message;
    std::string remedy;
};

bool has_placeholder(std::string_view text);
std::variant<std::vector<TemplatePart>, TemplateError> parse_template(std::string_view text);

// The value for a device; an error when a variable is missing or the octets are none.
std::variant<model::Single, TemplateError> expand(const Template&, const Device&, wire::Random&);

}  // namespace provisioning
