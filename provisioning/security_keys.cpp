#include "provisioning/security_keys.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "server/crypto/digest.h"
#include "server/crypto/keys.h"
#include "server/wire/socket_address.h"

namespace provisioning {
namespace {

namespace security = model::security;
using security::Mode;

constexpr std::string_view curve_of_lwm2m = "prime256v1";

// A file of both would be shown wherever the certificate is.
bool holds_private_key(const wire::Bytes& octets) {
    constexpr std::string_view mark = "PRIVATE KEY-----";
    return std::search(octets.begin(), octets.end(), mark.begin(), mark.end()) != octets.end();
}

std::string remedy_for_rpk() {
    return "write a SubjectPublicKeyInfo on P-256 as PEM, hexadecimal digits or with \"base64:\"";
}
std::string remedy_for_certificate() {
    return "write a certificate as PEM, or its DER as hexadecimal digits or with \"base64:\"";
}

class Settling {
  public:
    Settling(const SecurityKeys& keys, std::optional<std::chrono::sys_seconds> now)
        : keys_(keys), now_(now) {}

    std::vector<KeyFault> run() {
        for (const auto& [value, resource] :
             {std::pair(keys_.own, security::public_key_or_identity),
              std::pair(keys_.server, security::server_public_key)})
            if (is_there(value) && keys_.mode != Mode::psk && holds_private_key(value->octets))
                fault(resource, "holds a private key", "write what is public alone");
        if (!faults_.empty()) return std::move(faults_);
        switch (keys_.mode) {
            case Mode::raw_public_key:
                settle_secret(settle_public_key(keys_.own, security::public_key_or_identity),
                              "is not the private key of the public key");
                settle_server([&] { settle_server_public_key(); });
                break;
            case Mode::certificate:
                settle_secret(settle_chain(), "is not the private key of the certificate");
                settle_server([&] { settle_server_certificate(); });
                break;
            case Mode::est:
                settle_server([&] { settle_server_certificate(); });
                refuse_own_keys();
                break;
            case Mode::psk:
            case Mode::none:
                break;
        }
        return std::move(faults_);
    }

  private:
    template <class T>
    static bool is_there(const T* octets) {
        return octets != nullptr && size_of(*octets) > 0;
    }
    static std::size_t size_of(const model::Opaque& value) { return value.octets.size(); }
    static std::size_t size_of(const model::Secret& value) { return value.size(); }

    void fault(model::ResourceId resource, std::string message, std::string remedy) {
        faults_.push_back({resource, std::move(message), std::move(remedy)});
    }

    // The SubjectPublicKeyInfo; empty: it is not at hand, or was told.
    wire::Bytes settle_public_key(model::Opaque* value, model::ResourceId resource) {
        if (!is_there(value)) return {};
        auto key = crypto::public_key(value->octets);
        if (!key) {
            fault(resource, key.error(), remedy_for_rpk());
            return {};
        }
        if (const std::string curve = crypto::curve_of(*key); curve != curve_of_lwm2m) {
            fault(resource, "is a key on " + curve + ", but LwM2M's raw public keys are on P-256",
                  remedy_for_rpk());
            return {};
        }
        value->octets = *key;
        return std::move(*key);
    }

    // `own`: the public half that it must have; empty: not known.
    void settle_secret(const wire::Bytes& own, std::string_view mismatch) {
        if (!is_there(keys_.secret)) return;
        const std::string remedy =
            "write a private key as PEM, or as PKCS #8 or SEC1 in hexadecimal digits or with "
            "\"base64:\"";
        auto key = crypto::private_key(keys_.secret->reveal());
        if (!key) return fault(security::secret_key, key.error(), remedy);
        const auto public_half = crypto::public_key_of(*key);
        if (!public_half) return fault(security::secret_key, public_half.error(), remedy);
        if (!own.empty() && *public_half != own)
            return fault(security::secret_key, std::string(mismatch),
                         "write the key that belongs to it");
        if (keys_.mode == Mode::raw_public_key && faults_.empty() &&
            crypto::curve_of(*public_half) != curve_of_lwm2m)
            return fault(security::secret_key, "is not on P-256, as LwM2M's raw public keys are",
                         remedy);
        *keys_.secret = std::move(*key);
    }

    // The public key of the first certificate; empty: it is not at hand, or was told.
    wire::Bytes settle_chain() {
        constexpr auto resource = security::public_key_or_identity;
        if (!is_there(keys_.own)) return {};
        const auto chain = crypto::certificates(keys_.own->octets);
        if (!chain) {
            fault(resource, chain.error(), remedy_for_certificate());
            return {};
        }
        const auto leaf = crypto::facts(chain->front());
        if (!leaf) {
            fault(resource, leaf.error(), remedy_for_certificate());
            return {};
        }
        for (std::size_t i = 0; i + 1 < chain->size(); ++i)
            if (!crypto::is_issued_by((*chain)[i], (*chain)[i + 1])) {
                fault(resource,
                      "has certificate " + std::to_string(i + 2) +
                          " that did not issue the one before it",
                      "begin with the device's own, and let each issuer follow");
                return leaf->public_key;
            }
        for (std::size_t i = 0; i < chain->size(); ++i)
            if (!check_validity(resource, (*chain)[i],
                                chain->size() == 1 ? "" : "certificate " + std::to_string(i + 1)))
                return leaf->public_key;
        constexpr std::string_view usable[] = {curve_of_lwm2m, "secp384r1", "secp521r1", "ED25519"};
        if (std::ranges::count(usable, leaf->curve) == 0) {
            fault(resource,
                  "is the certificate of a key of the kind " + leaf->curve +
                      ", for which LwM2M has no ciphersuite",
                  "make a key on P-256 and a certificate for it");
            return leaf->public_key;
        }
        wire::Bytes joined;
        for (const wire::Bytes& each : *chain)
            joined.insert(joined.end(), each.begin(), each.end());
        keys_.own->octets = std::move(joined);
        return leaf->public_key;
    }

    bool check_validity(model::ResourceId resource, const wire::Bytes& der,
                        const std::string& which) {
        const auto facts = crypto::facts(der);
        const std::string where = which.empty() ? "" : " (" + which + ")";
        if (!facts) {
            fault(resource, facts.error() + where, remedy_for_certificate());
            return false;
        }
        if (!now_) return true;
        const auto now = now_->time_since_epoch().count();
        if (facts->not_after < now)
            fault(resource, "has expired" + where, "write one that is valid");
        else if (facts->not_before > now)
            fault(resource, "is not valid yet" + where,
                  "write one that is valid, or set the clock of this machine");
        else
            return true;
        return false;
    }

    template <class Settle>
    void settle_server(Settle settle) {
        if (is_there(keys_.server) && keys_.matching_type) settle();
    }

    void settle_server_public_key() {
        if (settle_hash()) return;
        const wire::Bytes key = settle_public_key(keys_.server, security::server_public_key);
        if (!key.empty()) digest(key);
    }

    void settle_server_certificate() {
        constexpr auto resource = security::server_public_key;
        if (settle_hash()) return;
        const auto certificate = crypto::certificates(keys_.server->octets);
        if (!certificate) return fault(resource, certificate.error(), remedy_for_certificate());
        if (certificate->size() > 1)
            return fault(resource, "holds several certificates",
                         "write the one that the device is to match");
        if (!check_validity(resource, certificate->front(), "")) return;
        constexpr std::int64_t ca_constraint = 0;
        constexpr std::int64_t trust_anchor = 2;
        const bool is_of_authority =
            keys_.certificate_usage == ca_constraint || keys_.certificate_usage == trust_anchor;
        if (is_of_authority && !crypto::facts(certificate->front())->is_authority)
            return fault(resource, "is no CA's certificate, which the Certificate Usage asks for",
                         "write the CA's certificate, or the usage 1 or 3 for the server's own");
        digest(certificate->front());
    }

    static std::size_t hash_size(std::int64_t matching_type) {
        switch (matching_type) {
            case 1:
                return sizeof(crypto::Sha256);
            case 2:
                return sizeof(crypto::Sha384);
            case 3:
                return sizeof(crypto::Sha512);
            default:
                return 0;
        }
    }

    // Whether it is a digest as it stands.
    bool settle_hash() const {
        const std::size_t size = hash_size(*keys_.matching_type);
        return size > 0 && keys_.server->octets.size() == size;
    }

    void digest(const wire::Bytes& of) {
        const auto assign = [&](const auto& hash) {
            keys_.server->octets.assign(hash.begin(), hash.end());
        };
        switch (*keys_.matching_type) {
            case 1:
                return assign(crypto::sha256(of));
            case 2:
                return assign(crypto::sha384(of));
            case 3:
                return assign(crypto::sha512(of));
            default:
                return assign(of);
        }
    }

    // An EST client brings its own, RFC 9148.
    void refuse_own_keys() {
        const std::string remedy = "remove it, or choose the Security Mode \"x509\"";
        if (is_there(keys_.own))
            fault(security::public_key_or_identity,
                  "is not used where the device gets its certificate by EST", remedy);
        if (is_there(keys_.secret))
            fault(security::secret_key, "is not used where the device gets its certificate by EST",
                  remedy);
    }

    const SecurityKeys& keys_;
    std::optional<std::chrono::sys_seconds> now_;
    std::vector<KeyFault> faults_;
};

}  // namespace

std::vector<KeyFault> settle_keys(const SecurityKeys& keys,
                                  std::optional<std::chrono::sys_seconds> now) {
    return Settling(keys, now).run();
}

bool is_host_name(std::string_view text) {
    constexpr std::size_t longest = 253;
    constexpr std::size_t longest_label = 63;
    if (text.empty() || text.size() > longest || wire::IpAddress::from(text)) return false;
    while (true) {
        const auto dot = std::min(text.find('.'), text.size());
        const std::string_view label = text.substr(0, dot);
        const bool is_label = !label.empty() && label.size() <= longest_label &&
                              label.front() != '-' && label.back() != '-' &&
                              std::ranges::all_of(label, [](char c) {
                                  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                         (c >= '0' && c <= '9') || c == '-' || c == '_';
                              });
        if (!is_label) return false;
        if (dot == text.size()) return true;
        text.remove_prefix(dot + 1);
    }
}

}  // namespace provisioning
