#include "tests/support/catalog_lookup.h"

#include <utility>

namespace support {

bootstrap::LookedUp look_up(const provisioning::Catalog& catalog,
                            const bootstrap::DeviceQuery& query) {
    auto found = query.by == bootstrap::DeviceQuery::By::endpoint
                     ? catalog.find_by_endpoint(query.value)
                     : catalog.find_by_psk_identity(wire::as_bytes(query.value));
    if (!found) return bootstrap::UnknownDevice{};
    return bootstrap::FoundDevice{std::move(*found), false};
}

std::variant<bootstrap::Admitted, bootstrap::Refused> admit(
    const bootstrap::BootstrapRequest& request, const bootstrap::Transport& transport,
    const provisioning::Catalog& catalog) {
    auto wanted = bootstrap::wanted_device(request, transport);
    if (auto* refused = std::get_if<bootstrap::Refused>(&wanted)) return std::move(*refused);
    return bootstrap::admit(request, transport,
                            look_up(catalog, std::get<bootstrap::DeviceQuery>(wanted)));
}

}  // namespace support
