#include "server/explain/option_words.h"

#include <algorithm>
#include <array>

namespace explain {
namespace {

struct Row {
    std::uint16_t number;
    OptionWords words;
};

// RFC 7252 §5.10; RFC 7641 (Observe); RFC 7959 (Block, Size); RFC 8613 (OSCORE); RFC 8768
// (Hop-Limit); RFC 9177 (Q-Block); RFC 9175 (Echo, Request-Tag); RFC 7967 (No-Response).
constexpr std::array rows{
    Row{1, {"If-Match", OptionForm::opaque}},
    Row{3, {"Uri-Host", OptionForm::text}},
    Row{4, {"ETag", OptionForm::opaque}},
    Row{5, {"If-None-Match", OptionForm::empty}},
    Row{6, {"Observe", OptionForm::number}},
    Row{7, {"Uri-Port", OptionForm::number}},
    Row{8, {"Location-Path", OptionForm::text}},
    Row{9, {"OSCORE", OptionForm::opaque}},
    Row{11, {"Uri-Path", OptionForm::text}},
    Row{12, {"Content-Format", OptionForm::content_format}},
    Row{14, {"Max-Age", OptionForm::number}},
    Row{15, {"Uri-Query", OptionForm::text}},
    Row{16, {"Hop-Limit", OptionForm::number}},
    Row{17, {"Accept", OptionForm::content_format}},
    Row{19, {"Q-Block1", OptionForm::block}},
    Row{20, {"Location-Query", OptionForm::text}},
    Row{23, {"Block2", OptionForm::block}},
    Row{27, {"Block1", OptionForm::block}},
    Row{28, {"Size2", OptionForm::number}},
    Row{31, {"Q-Block2", OptionForm::block}},
    Row{35, {"Proxy-Uri", OptionForm::text}},
    Row{39, {"Proxy-Scheme", OptionForm::text}},
    Row{60, {"Size1", OptionForm::number}},
    Row{252, {"Echo", OptionForm::opaque}},
    Row{258, {"No-Response", OptionForm::number}},
    Row{292, {"Request-Tag", OptionForm::opaque}},
};

}  // namespace

OptionWords option_words(std::uint16_t number) {
    const auto found = std::ranges::find(rows, number, [](const Row& row) { return row.number; });
    return found == rows.end() ? OptionWords{} : found->words;
}

}  // namespace explain
