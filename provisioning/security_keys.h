#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "provisioning/model/objects.h"
#include "provisioning/model/path.h"
#include "provisioning/model/secret.h"
#include "provisioning/model/value.h"

namespace provisioning {

// Of a Security Instance what is at hand of its keys; null: it has none, or it is not known yet.
struct SecurityKeys {
    model::security::Mode mode = model::security::Mode::none;
    model::Opaque* own = nullptr;     // Resource 3
    model::Opaque* server = nullptr;  // Resource 4
    model::Secret* secret = nullptr;  // Resource 5
    // LwM2M 1.1; nothing: it comes from a template, and `server` is left alone.
    std::optional<std::int64_t> matching_type = 0;
    std::optional<std::int64_t> certificate_usage = 3;
};

struct KeyFault {
    model::ResourceId resource = 0;
    std::string message;
    std::string remedy;
};

// Brings keys and certificates into the one form that devices read, LwM2M Transport §5.2.8 and
// §5.2.9 (SubjectPublicKeyInfo, RFC 5958, DER; a chain one after another, the device's own first; a
// digest where the Matching Type asks for one), and tells what they lack: the key of the
// certificate, a curve of LwM2M, a chain in its order, and, where the time is known, that they are
// valid now. Keys that are empty are passed over. No word of a key is told.
std::vector<KeyFault> settle_keys(const SecurityKeys&, std::optional<std::chrono::sys_seconds> now);

// A name that a server can be called by in SNI (RFC 6066 §3): no address.
bool is_host_name(std::string_view);

}  // namespace provisioning
