#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "config/document/document.h"
#include "provisioning/profile_redaction.h"
#include "server/wire/bytes.h"

// Whatever JSON a profile is, it is shown, and what was shown is taken back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto definitions = model::Definitions::built_in();
    const std::string_view text = wire::as_text({data, size});
    document::Problems problems;
    const auto profile = document::parse(text, "body", problems);
    if (!profile) return 0;
    const auto shown = provisioning::redacted_profile(text, definitions);
    if (!shown) std::abort();
    const auto kept = provisioning::keep_profile_secrets(*shown, text, definitions);
    if (!kept) std::abort();
    if (!provisioning::redacted_profile(kept->text, definitions)) std::abort();
    return 0;
}
