#pragma once

#include <variant>

#include "provisioning/catalog.h"
#include "server/bootstrap/admission.h"

// A Catalog in the place of the store.
namespace support {

bootstrap::LookedUp look_up(const provisioning::Catalog&, const bootstrap::DeviceQuery&);

// From the request to the verdict, in one go.
std::variant<bootstrap::Admitted, bootstrap::Refused> admit(const bootstrap::BootstrapRequest&,
                                                            const bootstrap::Transport&,
                                                            const provisioning::Catalog&);

}  // namespace support
