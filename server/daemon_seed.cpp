#include "server/daemon_seed.h"

#include <future>
#include <memory>
#include <string_view>
#include <utility>

namespace bootstrapd {
namespace {

// Starts an operation of the store and waits for what it answers.
template <class T, class Start>
store::Result<T> wait_for(Start start) {
    auto promise = std::make_shared<std::promise<store::Result<T>>>();
    auto answer = promise->get_future();
    start([promise](store::Result<T> result) { promise->set_value(std::move(result)); });
    return answer.get();
}

struct Place {
    std::string_view pointer;
    std::string_view name;
};

Place place_of(store::KeyKind kind) {
    switch (kind) {
        case store::KeyKind::endpoint:
            return {"/endpoint", "endpoint name"};
        case store::KeyKind::psk_identity:
            return {"/credentials/psk/identity", "PSK identity"};
        case store::KeyKind::imsi:
            return {"/identifiers/imsi", "IMSI"};
        case store::KeyKind::imei:
            return {"/identifiers/imei", "IMEI"};
        case store::KeyKind::iccid:
            return {"/identifiers/iccid", "ICCID"};
        case store::KeyKind::msisdn:
            return {"/identifiers/msisdn", "MSISDN"};
        case store::KeyKind::external_id:
            return {"/identifiers/externalId", "external identifier"};
        case store::KeyKind::certificate:
            return {"/credentials/x509", "certificate"};
        case store::KeyKind::public_key:
            return {"/credentials", "public key"};
    }
    return {"/endpoint", "endpoint name"};
}

document::Problem problem_of(const provisioning::Device& device, const store::Store::Clash& clash) {
    const auto* const twin = std::get_if<store::Twin>(&clash.with);
    if (twin == nullptr)
        return {device.file, device.pointer + "/endpoint",
                "the API made a device of this endpoint name",
                "delete the device there, or take it out of the file"};
    const Place place = place_of(twin->kind);
    return {device.file, device.pointer + std::string(place.pointer),
            "another device has this " + std::string(place.name) + ": \"" + twin->endpoint + '"',
            "correct one of them"};
}

}  // namespace

boost::system::result<std::vector<store::ProfileRecord>, store::Error> made_profiles(
    store::Store& store) {
    return wait_for<std::vector<store::ProfileRecord>>(
        [&](auto then) { store.profiles(std::move(then)); });
}

boost::system::result<store::Store::Seeded, store::Error> seed(
    store::Store& store, const std::vector<provisioning::Device>& devices,
    document::Problems& problems) {
    auto seeded = wait_for<store::Store::Seeded>(
        [&](auto then) { store.seed_devices(devices, std::move(then)); });
    if (seeded)
        for (const store::Store::Clash& clash : seeded->clashes)
            problems.push_back(problem_of(devices.at(clash.device), clash));
    return seeded;
}

std::vector<std::string> missing_profiles(store::Store& store,
                                          const provisioning::ProfileSet& profiles) {
    std::vector<std::string> missing;
    const auto names = wait_for<std::vector<std::string>>(
        [&](auto then) { store.profiles_in_use(std::move(then)); });
    if (names)
        for (const std::string& name : *names)
            if (profiles.find(name) == nullptr) missing.push_back(name);
    return missing;
}

}  // namespace bootstrapd
