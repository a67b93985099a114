#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "server/attach/event.h"
#include "server/wire/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    document::Problems problems;
    const auto json = document::parse(wire::as_text({data, size}), "body", problems);
    if (!json) return 0;
    const auto event = attach::parse_event(document::Node(*json, "body", "", problems));
    if (event.has_value() != problems.empty()) std::abort();
    if (event && !event->endpoint && !event->imsi && !event->imei && !event->iccid &&
        !event->msisdn && !event->external_id)
        std::abort();
    return 0;
}
