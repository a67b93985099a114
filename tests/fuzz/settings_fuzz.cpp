#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "config/settings.h"
#include "server/wire/bytes.h"

// Any octets as a settings file: either problems or settings, and settings that are read can be
// printed and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    document::Problems problems;
    const auto settings =
        config::parse_settings(wire::as_text({data, size}), "s.json", "/etc", problems);
    if (settings.has_value() != problems.empty()) std::abort();
    for (const auto& problem : problems)
        if (document::to_string(problem).find('\n') != std::string::npos) std::abort();
    if (!settings) return 0;
    document::Problems again;
    const auto printed = config::print_settings(*settings);
    const auto second = config::parse_settings(printed, "s.json", "/etc", again);
    if (!second || !config::needs_restart(*settings, *second).empty()) std::abort();
    return 0;
}
