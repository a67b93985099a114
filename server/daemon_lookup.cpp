#include "server/daemon_lookup.h"

#include <memory>
#include <utility>

namespace bootstrapd {
namespace {

bootstrap::DeviceAnswer answer_of(const Profiles& profiles, const store::DevicePointer& record) {
    if (!record) return bootstrap::LookedUp(bootstrap::UnknownDevice{});
    std::shared_ptr<const provisioning::Device> device(record, &record->device);
    return bootstrap::LookedUp(
        bootstrap::FoundDevice{profiles.get()->assign(std::move(device)), record->disabled});
}

store::DeviceKey key_of(const bootstrap::DeviceQuery& query) {
    switch (query.by) {
        case bootstrap::DeviceQuery::By::psk_identity:
            return {store::KeyKind::psk_identity, query.value};
        case bootstrap::DeviceQuery::By::public_key:
            break;  // nobody asks yet
        case bootstrap::DeviceQuery::By::endpoint:
            return {store::KeyKind::endpoint, query.value};
    }
    return {store::KeyKind::endpoint, query.value};
}

}  // namespace

void look_up(store::Store& store, const Profiles& profiles, const bootstrap::DeviceQuery& query,
             std::function<void(bootstrap::DeviceAnswer)> answer) {
    store::DeviceKey key = key_of(query);
    if (const store::DevicePointer at_hand = store.cached(key)) {
        answer(answer_of(profiles, at_hand));
        return;
    }
    store.find_device(std::move(key), [&profiles, answer = std::move(answer)](
                                          store::Result<store::DevicePointer> result) {
        if (result)
            answer(answer_of(profiles, *result));
        else
            answer(bootstrap::Unavailable{});
    });
}

}  // namespace bootstrapd
