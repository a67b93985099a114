#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "server/cli/event_reader.h"
#include "server/wire/bytes.h"

// However the octets come, the events are the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const std::string_view text = wire::as_text({data + 1, size - 1});
    std::vector<cli::ServerEvent> whole;
    std::vector<cli::ServerEvent> pieces;
    cli::EventReader reader;
    if (!reader.feed(text, whole)) return 0;
    cli::EventReader slow;
    for (std::size_t i = 0; i < text.size(); i += 1 + data[0])
        if (!slow.feed(text.substr(i, 1 + data[0]), pieces)) std::abort();
    if (whole.size() != pieces.size()) std::abort();
    for (std::size_t i = 0; i < whole.size(); ++i)
        if (whole[i].id != pieces[i].id || whole[i].kind != pieces[i].kind ||
            whole[i].data != pieces[i].data)
            std::abort();
    return 0;
}
