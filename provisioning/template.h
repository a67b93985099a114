#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "provisioning/model/value.h"
#include "server/wire/random.h"

namespace provisioning {

struct Device;
struct Issued;

// A text in which "${endpoint}", "${device.NAME}", "${random:N}" (N octets, as hexadecimal digits)
// and "${secret:NAME}", "${secret:NAME:N}" (made once for the device and kept; 16 octets, or N)
// stand for something known only with the device at hand. "$${" is a plain "${".
struct Template {
    std::string text;
    bool is_secret = false;
    enum class Kind {
        text,
        octets,  // what comes out is read as parse_octets() does
        // A half of the key pair that "${secret:NAME}" is; the text is nothing else.
        public_key,   // SubjectPublicKeyInfo
        private_key,  // RFC 5958
    } kind = Kind::text;
};

struct TemplatePart {
    enum class Kind { literal, endpoint, variable, random, secret } kind = Kind::literal;
    std::string text;       // the literal; the name of the variable or secret
    std::size_t count = 0;  // of random octets, of a secret's
};
struct TemplateError {
    std::string message;
    std::string remedy;
};

bool has_placeholder(std::string_view text);
std::variant<std::vector<TemplatePart>, TemplateError> parse_template(std::string_view text);

// The value for a device; an error when a variable is missing, a secret was not made, or the octets
// are none. `issued` is what was made for the device; null: nothing.
std::variant<model::Single, TemplateError> expand(const Template&, const Device&, wire::Random&,
                                                  const Issued* issued = nullptr);

}  // namespace provisioning
