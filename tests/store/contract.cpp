#include "tests/store/contract.h"

#include <ostream>

#include <nlohmann/json.hpp>

#include "provisioning/device_document.h"

namespace store_test {
namespace {

nlohmann::json document_of(std::string_view json) {
    auto document = nlohmann::json::parse(json);
    if (!document.contains("profile")) document["profile"] = "p";
    if (!document.contains("credentials")) document["credentials"] = {{"nosec", true}};
    return document;
}

template <class T>
T value_of(store::Result<T> result) {
    if (!result) throw std::runtime_error(result.error().text);
    return std::move(*result);
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Backend& backend) {
    return out << backend.name;
}

provisioning::Device device_of(std::string_view json, std::string_view file) {
    const auto document = document_of(json);
    document::Problems problems;
    auto device = provisioning::parse_device(document::Node(document, file, "", problems), file);
    if (!device) throw std::runtime_error(to_string(problems.at(0)));
    return std::move(*device);
}

provisioning::DeviceChange change_of(std::string_view json) {
    const auto document = document_of(json);
    document::Problems problems;
    auto change =
        provisioning::parse_device_change(document::Node(document, "test", "", problems), "");
    if (!change) throw std::runtime_error(to_string(problems.at(0)));
    return std::move(*change);
}

std::string numbered(std::size_t number) {
    std::string digits = std::to_string(number);
    digits.insert(0, 10 - digits.size(), '0');
    return R"({"endpoint": "dev-)" + digits +
           R"(", "profile": "p", "identifiers": {"imsi": "00101)" + digits +
           R"("}, "credentials": {"psk": {"identity": "id-)" + digits + R"(", "key": "text:key-)" +
           digits + R"("}}, "variables": {"v": "value-)" + digits + R"("}})";
}

store::PutResult Contract::put(std::string_view json, store::Precondition precondition) {
    return value_of(ask<store::PutResult>([&](auto then) {
        store_->put_device(change_of(json), std::move(precondition), by("t", "device.put"), then);
    }));
}

store::RemoveResult Contract::remove(const std::string& endpoint,
                                     store::Precondition precondition) {
    return value_of(ask<store::RemoveResult>([&](auto then) {
        store_->remove_device(endpoint, std::move(precondition), by("t", "device.remove"), then);
    }));
}

std::vector<store::PutResult> Contract::import(const std::vector<std::string>& devices) {
    std::vector<provisioning::DeviceChange> changes;
    for (const std::string& device : devices) changes.push_back(change_of(device));
    return value_of(ask<std::vector<store::PutResult>>([&](auto then) {
        store_->import_devices(std::move(changes), by("t", "device.import"), then);
    }));
}

store::Store::Seeded Contract::seed(std::vector<provisioning::Device> devices) {
    return value_of(ask<store::Store::Seeded>(
        [&](auto then) { store_->seed_devices(std::move(devices), then); }));
}

store::DevicePointer Contract::find(store::KeyKind kind, const std::string& value) {
    return value_of(ask<store::DevicePointer>([&](auto then) {
        store_->find_device({kind, value}, then);
    }));
}

std::string Contract::whose(store::KeyKind kind, const std::string& value) {
    const auto device = find(kind, value);
    return device ? device->device.endpoint.text() : "-";
}

store::PageOf<store::DevicePointer> Contract::list(store::DeviceFilter filter) {
    return value_of(ask<store::PageOf<store::DevicePointer>>(
        [&](auto then) { store_->list_devices(std::move(filter), then); }));
}

std::vector<std::string> Contract::endpoints(store::DeviceFilter filter) {
    std::vector<std::string> names;
    for (const auto& device : list(std::move(filter)).items)
        names.push_back(device->device.endpoint.text());
    return names;
}

std::vector<store::AuditRow> Contract::audit_rows(store::AuditFilter filter) {
    return value_of(ask<store::PageOf<store::AuditRow>>(
                        [&](auto then) { store_->list_audit(std::move(filter), then); }))
        .items;
}

void Contract::end(const store::SessionRow& row, std::vector<store::OutboxItem> items) {
    ASSERT_TRUE(ask<void>([&](auto then) { store_->end_session(row, std::move(items), then); }));
}

std::vector<store::Delivery> Contract::due(store::WallTime now, std::size_t limit) {
    return value_of(ask<std::vector<store::Delivery>>(
        [&](auto then) { store_->due_deliveries(now, limit, then); }));
}

store::AuditEntry by(std::string actor, std::string action) {
    return {std::move(actor), std::move(action), "subject", "{}"};
}

store::WallTime at(std::int64_t milliseconds) {
    return store::WallTime(std::chrono::milliseconds(milliseconds));
}

store::SessionRow session_row(std::string id, std::string endpoint, std::string outcome,
                              std::int64_t ended) {
    return {std::move(id), std::move(endpoint), "p",       "client-initiated", std::move(outcome),
            false,         at(ended - 1000),    at(ended), R"({"a": 1})"};
}

}  // namespace store_test
