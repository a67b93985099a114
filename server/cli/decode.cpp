#include "server/cli/decode.h"

#include <nlohmann/json.hpp>

#include "config/document/document.h"
#include "provisioning/ddf.h"
#include "server/cli/hex.h"
#include "server/explain/coap_message.h"
#include "server/explain/payload.h"

namespace cli {
namespace {

using Json = nlohmann::ordered_json;

bool is_well(const Json& what) {
    if (what.contains("error")) return false;
    const auto payload = what.find("payload");
    return payload == what.end() || !payload->is_object() || !payload->contains("error");
}

}  // namespace

ExitCode decode(const Decode& asked, std::ostream& out, std::ostream& err) {
    const auto parsed = parse_hex(asked.hex);
    if (const auto* error = std::get_if<HexError>(&parsed)) {
        err << error->reason << '\n';
        return ExitCode::usage;
    }
    const auto& octets = std::get<wire::Bytes>(parsed);

    document::Problems problems;
    auto definitions = model::Definitions::built_in();
    if (!asked.objects.empty()) provisioning::add_ddf_folder(asked.objects, definitions, problems);
    for (const document::Problem& problem : problems) err << document::to_string(problem) << '\n';
    if (!problems.empty()) return ExitCode::no;

    const auto secrets = asked.show_secrets ? explain::Secrets::shown : explain::Secrets::masked;
    const Json what =
        asked.format
            ? explain::payload_json(*asked.format, asked.path, octets, definitions, secrets)
            : explain::message_json(octets, asked.path, definitions, secrets);
    if (asked.json)
        out << what.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    else
        out << (asked.format ? explain::payload_text(what) : explain::message_text(what));
    return is_well(what) ? ExitCode::well : ExitCode::no;
}

}  // namespace cli
