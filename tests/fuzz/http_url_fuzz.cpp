// A URL that is read is written so that it reads as the same one, and holds nothing that would end
// its line in a request. What fills a template stays in its path segment and in its JSON string.

#include <cstdlib>

#include "server/wire/bytes.h"
#include "server/wire/http_url.h"
#include "server/wire/placeholders.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = wire::as_text({data, size});
    if (const auto url = wire::HttpUrl::from(text)) {
        const std::string written = url->to_string();
        for (const char octet : written)
            if (octet <= ' ' || octet == '\x7f') std::abort();
        if (!url->target.starts_with('/') || url->host.empty() || url->port == 0) std::abort();
        const auto again = wire::HttpUrl::from(written);
        if (written.size() <= wire::HttpUrl::max_octets && (!again || *again != *url)) std::abort();
    }
    if (const auto segment = wire::path_segment(text)) {
        const auto url = wire::HttpUrl::from("http://a/" + *segment + "/x");
        if (segment->find_first_of("/?#\r\n \"") != segment->npos) std::abort();
        if (segment->size() < 4000 && (!url || url->target != "/" + *segment + "/x")) std::abort();
    }
    if (const auto parsed = wire::TextTemplate::from(text, {"endpoint", "serverInstance"})) {
        const std::string filled = parsed->expand([](std::string_view) { return "x"; });
        if (filled.size() > size) std::abort();
        if (!filled.starts_with(parsed->beginning())) std::abort();
    }
    for (const char octet : wire::json_escape(text))
        if (static_cast<unsigned char>(octet) < 0x20) std::abort();
    return 0;
}
