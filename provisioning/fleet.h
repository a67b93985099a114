#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "provisioning/device.h"
#include "provisioning/model/endpoint_name.h"
#include "provisioning/model/secret.h"
#include "server/wire/bytes.h"

namespace provisioning {

// Devices without a record of their own: what is known of such a one follows from rules. Pure and
// immutable; a device that has a record is never asked about here. Any thread may read it.
//
// The device that comes out of it is as one of the API's, with the endpoint and the credentials
// that its rule gives it.
class Fleet {
  public:
    // A device's PSK is derived from a master key, its identity is its endpoint name.
    struct Psk {
        model::Secret master_key;
        std::string profile;
        std::string endpoint = "*";  // a pattern: "*" stands for any octets, also for none
    };
    struct Rule {
        enum class Credentials {
            x509,  // a certificate that was verified and names the endpoint
            nosec,
        };
        std::string endpoint = "*";
        std::string issuer;  // as RFC 2253 writes it; empty: any
        std::string profile;
        Credentials credentials = Credentials::x509;
    };

    Fleet() = default;
    Fleet(std::vector<Psk> psk, std::vector<Rule> rules)
        : psk_(std::move(psk)), rules_(std::move(rules)) {}

    bool empty() const { return psk_.empty() && rules_.empty(); }

    using Pointer = std::shared_ptr<const Device>;
    // Null: it is none of the fleet. The first rule that fits decides.
    Pointer by_identity(wire::BytesView psk_identity) const;
    // A verified certificate that names this endpoint.
    Pointer by_certificate(std::string_view endpoint, std::string_view issuer) const;
    // One that says so and proves nothing by it, or of which the network tells: with the
    // credentials that it has to prove. A certificate is known by its endpoint's pattern alone.
    Pointer by_endpoint(std::string_view endpoint) const;

    // The names of the profiles, each once, and of which rule: "/fleet/psk/0/profile".
    struct Use {
        std::string profile;
        std::string pointer;
    };
    std::vector<Use> uses() const;

  private:
    const Psk* psk_of(std::string_view endpoint) const;
    std::vector<Psk> psk_;
    std::vector<Rule> rules_;
};

// Whether the device is made of a rule, so that it has no record: its pointer names the rule.
bool is_of_fleet(const Device&);

// Whether the text is as the pattern says.
bool fits(std::string_view pattern, std::string_view text);

// HKDF-SHA-256 without a salt over the identity (RFC 5869), 16 octets; its info is
// "lwm2m-bootstrapd psk v1", a zero octet, the identity.
model::Secret fleet_psk(const model::Secret& master_key, wire::BytesView identity);

}  // namespace provisioning
