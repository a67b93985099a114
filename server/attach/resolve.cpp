#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "provisioning/model/imei.h"
#include "server/attach/event.h"

namespace attach {
namespace {

using provisioning::Assignment;
using provisioning::Catalog;
using provisioning::Identifiers;

std::string as_it_is(std::string_view value) {
    return std::string(value);
}

std::string without_plus(std::string_view value) {
    if (value.starts_with('+')) value.remove_prefix(1);
    return std::string(value);
}

// An identifier other than the endpoint: where the event has it, where the record, and what of it
// is compared.
struct Kind {
    std::string_view name;
    Catalog::Identifier identifier;
    std::optional<std::string> Event::*in_event;
    std::optional<std::string> Identifiers::*in_record;
    std::string (*comparable)(std::string_view);
};

constexpr Kind kinds[] = {
    {"imsi", Catalog::Identifier::imsi, &Event::imsi, &Identifiers::imsi, as_it_is},
    {"imei", Catalog::Identifier::imei, &Event::imei, &Identifiers::imei, model::normalised_imei},
    {"iccid", Catalog::Identifier::iccid, &Event::iccid, &Identifiers::iccid, as_it_is},
    {"msisdn", Catalog::Identifier::msisdn, &Event::msisdn, &Identifiers::msisdn, without_plus},
    {"externalId", Catalog::Identifier::external_id, &Event::external_id, &Identifiers::external_id,
     as_it_is},
};

bool is_same_device(const Assignment& one, const Assignment& other) {
    return one.device->endpoint == other.device->endpoint;
}

// What was looked up so far, and the device that it led to.
struct Search {
    std::string names;  // "endpoint, imsi"
    std::string found_by;
    std::optional<Assignment> found;
    std::optional<Contradiction> contradiction;

    void add(std::string_view name, std::optional<Assignment> assignment) {
        names += (names.empty() ? "" : ", ") + std::string(name);
        if (!assignment) return;
        if (!found) {
            found = std::move(assignment);
            found_by = name;
        } else if (!contradiction && !is_same_device(*found, *assignment)) {
            contradiction = Contradiction{found_by + " and " + std::string(name) +
                                          " are of two different devices"};
        }
    }
};

std::optional<Contradiction> compare_with_record(const Event& event, const Search& search) {
    const auto& device = *search.found->device;
    if (event.endpoint && *event.endpoint != device.endpoint.text())
        return Contradiction{"the device found by " + search.found_by + " has another endpoint"};
    for (const auto& kind : kinds) {
        const auto& said = event.*kind.in_event;
        const auto& recorded = device.identifiers.*kind.in_record;
        if (said && recorded && kind.comparable(*said) != kind.comparable(*recorded))
            return Contradiction{"the device found by " + search.found_by + " has another " +
                                 std::string(kind.name) + " in its record"};
    }
    return std::nullopt;
}

}  // namespace

std::vector<LookupKey> lookup_keys(const Event& event) {
    std::vector<LookupKey> keys;
    if (event.endpoint) keys.push_back({std::nullopt, *event.endpoint});
    for (const auto& kind : kinds)
        if (const auto& value = event.*kind.in_event) keys.push_back({kind.identifier, *value});
    return keys;
}

Resolved resolve(const Event& event, const std::vector<std::optional<Assignment>>& found) {
    Search search;
    std::size_t next = 0;
    const auto take = [&] { return next < found.size() ? found[next++] : std::nullopt; };
    if (event.endpoint) search.add("endpoint", take());
    for (const auto& kind : kinds)
        if (event.*kind.in_event) search.add(kind.name, take());
    if (search.contradiction) return *search.contradiction;
    if (!search.found) return UnknownDevice{"no device is known by its " + search.names};
    if (auto contradiction = compare_with_record(event, search)) return *contradiction;
    return *search.found;
}

Resolved resolve(const Event& event, const Catalog& catalog) {
    std::vector<std::optional<Assignment>> found;
    for (const LookupKey& key : lookup_keys(event))
        found.push_back(key.identifier ? catalog.find_by_identifier(*key.identifier, key.value)
                                       : catalog.find_by_endpoint(key.value));
    return resolve(event, found);
}

}  // namespace attach
