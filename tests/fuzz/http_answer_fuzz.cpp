// Any octets as a server's answer: what is held of them is bounded, however they are cut, and what
// is told of them is fit for a log.

#include <algorithm>
#include <cstdlib>

#include "server/outbound/answer_reader.h"
#include "server/outbound/server_request.h"
#include "server/wire/bytes.h"

namespace {

using State = outbound::AnswerReader::State;

void check(const outbound::AnswerReader& reader, State state) {
    if (state == State::more || state == State::garbage) return;
    const outbound::Answer answer = reader.answer();
    if (answer.body.size() > outbound::Client::max_body || answer.status > 999) std::abort();
    if (state == State::complete && answer.status < 200) std::abort();
    for (const auto preset : {outbound::ServerPreset::none, outbound::ServerPreset::leshan}) {
        const auto failure = outbound::failure_in(preset, answer);
        if (!failure) continue;
        if (failure->empty() || failure->size() > 1000) std::abort();
        for (const char octet : *failure)
            if (octet < ' ' || octet > '~') std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const std::size_t piece = data[0] == 0 ? size : data[0];
    std::string_view rest = wire::as_text({data + 1, size - 1});
    outbound::AnswerReader reader;
    State state = State::more;
    while (state == State::more && !rest.empty()) {
        state = reader.feed(rest.substr(0, piece));
        rest.remove_prefix(std::min(piece, rest.size()));
    }
    check(reader, state);
    if (state == State::more) check(reader, reader.end());
    return 0;
}
