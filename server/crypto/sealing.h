#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <boost/system/result.hpp>

#include "provisioning/model/secret.h"
#include "server/wire/bytes.h"
#include "server/wire/random.h"

// Secrets at rest: AES-256-GCM under a data key of their own, which a master key wraps (also
// AES-256-GCM).
namespace crypto {

// 32 octets, and the name that records call it by: the first octets of its SHA-256.
class MasterKey {
  public:
    static constexpr std::size_t key_size = 32;
    using Id = std::array<std::uint8_t, 8>;

    // Nothing when it has not key_size octets.
    static std::optional<MasterKey> from(model::Secret octets);
    // A file of 32 octets, or of 64 hexadecimal digits. The error names the file and what to do;
    // one that others than its owner and group may read is refused.
    static boost::system::result<MasterKey, std::string> read(const std::filesystem::path& file);
    // Makes the file, mode 0600; it must not exist.
    static boost::system::result<MasterKey, std::string> make(const std::filesystem::path& file,
                                                              wire::Random&);

    const Id& id() const { return id_; }
    const model::Secret& octets() const { return octets_; }

  private:
    explicit MasterKey(model::Secret octets);
    model::Secret octets_;
    Id id_{};
};

struct Sealed {
    wire::Bytes wrapped_key;  // the master key's id, nonce, wrapped data key, tag
    wire::Bytes octets;       // nonce, ciphertext, tag
};

// `context` is authenticated with it: what was sealed for one record does not open in another's
// place.
Sealed seal(wire::BytesView plain, wire::BytesView context, const MasterKey&, wire::Random&);
// Nothing when it was not sealed by this key and for this context, or is damaged.
std::optional<model::Secret> open(const Sealed&, wire::BytesView context, const MasterKey&);
// Which key wrapped it; nothing when it is too short to tell.
std::optional<MasterKey::Id> wrapped_by(const Sealed&);
// The data key under another master key; the octets stay as they are.
std::optional<wire::Bytes> rewrap(const wire::Bytes& wrapped_key, wire::BytesView context,
                                  const MasterKey& from, const MasterKey& to, wire::Random&);

}  // namespace crypto
