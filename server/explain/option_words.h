#pragma once

#include <cstdint>
#include <string_view>

namespace explain {

// How the value of an option is read, RFC 7252 §3.2.
enum class OptionForm { empty, opaque, number, text, content_format, block };

struct OptionWords {
    std::string_view name;  // "Uri-Path"; empty: not known
    OptionForm form = OptionForm::opaque;
};
// Of every option that IANA's registry has and a LwM2M device may come with.
OptionWords option_words(std::uint16_t number);

}  // namespace explain
