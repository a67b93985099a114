#include "server/cli/token.h"

#include <array>
#include <cstdint>

#include <nlohmann/json.hpp>

#include "server/cli/system_random.h"
#include "server/crypto/digest.h"
#include "server/wire/bytes.h"

namespace cli {

ExitCode make_token(const NewToken& token, std::ostream& out) {
    SystemRandom random;
    std::array<std::uint8_t, 32> octets{};
    random.fill(octets);
    const std::string text = wire::to_hex(octets);
    nlohmann::ordered_json entry;
    entry["name"] = token.name;
    entry["roles"] = token.roles;
    entry["sha256"] = wire::to_hex(crypto::sha256(wire::as_bytes(text)));
    out << "token:    " << text << '\n' << "settings: " << entry.dump() << '\n';
    return ExitCode::well;
}

}  // namespace cli
