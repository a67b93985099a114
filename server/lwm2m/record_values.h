#pragma once

#include <cmath>
#include <string>
#include <variant>

#include "provisioning/model/value.h"
#include "server/lwm2m/utf8.h"

namespace lwm2m {

// Whether a value is a text that is to be written as such: a String, or a Secret that stands for
// one.
inline bool is_text(const model::Single& value) {
    if (const auto* secret = std::get_if<model::Secret>(&value))
        return secret->kind() == model::Secret::Kind::text;
    return std::holds_alternative<std::string>(value);
}

// The octets of a text or of an Opaque, Secrets included; the view lives as long as the value.
inline wire::BytesView octets_of(const model::Single& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return wire::as_bytes(*text);
    if (const auto* opaque = std::get_if<model::Opaque>(&value)) return opaque->octets;
    if (const auto* secret = std::get_if<model::Secret>(&value)) return secret->reveal();
    return {};
}

// A text that is not UTF-8 has no form in JSON or CBOR.
inline bool is_text_without_form(const model::Single& value) {
    return is_text(value) && !is_utf8(octets_of(value));
}

// Neither has a number that is not finite one in JSON, nor in SenML.
inline bool fits_records(const model::Single& value) {
    const auto* number = std::get_if<double>(&value);
    return !is_text_without_form(value) && (number == nullptr || std::isfinite(*number));
}

}  // namespace lwm2m
