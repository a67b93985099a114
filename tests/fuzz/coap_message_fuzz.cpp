// What is decoded is encoded so that it decodes as the same; the fields of requests and responses
// are read from it without harm.

#include <algorithm>
#include <cstdlib>

#include "server/coap/fields.h"
#include "server/coap/message.h"

namespace {

bool same(const coap::Message& a, const coap::Message& b) {
    return a.type == b.type && a.code == b.code && a.id == b.id && a.token == b.token &&
           std::equal(a.options.begin(), a.options.end(), b.options.begin(), b.options.end(),
                      [](const coap::Option& x, const coap::Option& y) {
                          return x.number == y.number && std::ranges::equal(x.value, y.value);
                      }) &&
           std::ranges::equal(a.payload, b.payload);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto message = coap::decode({data, size});
    if (!message) {
        (void)coap::answer_code(coap::reaction(message.error()));
        (void)coap::confirmable_id({data, size});
        return 0;
    }
    const wire::Bytes again = coap::encode(*message);
    // Only extended deltas and lengths can be written longer than need be, and they may not.
    if (again.size() > size) std::abort();
    const auto decoded = coap::decode(again);
    if (!decoded || !same(*message, *decoded)) std::abort();
    (void)coap::read_request(*message);
    (void)coap::read_response(*message);
    return 0;
}
