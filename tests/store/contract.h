#pragma once

#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "provisioning/store/store.h"

// What every backend of the store promises, a test a promise. A backend is a name and a way to
// open it; one that keeps nothing when it is closed says so.
namespace store_test {

// Somewhere that a store can be, for the time of a test.
class Site {
  public:
    virtual ~Site() = default;
    virtual std::unique_ptr<store::Store> open() = 0;
};
struct Backend {
    std::string name;
    bool keeps = true;  // over a close
    std::function<std::unique_ptr<Site>()> make;
};
std::ostream& operator<<(std::ostream& out, const Backend& backend);
std::vector<Backend> all_backends();
inline std::string backend_name(const testing::TestParamInfo<Backend>& tested) {
    return tested.param.name;
}

// A device of {"endpoint": …, "profile": …, …}; credentials are {"nosec": true} where none are
// told.
provisioning::Device device_of(std::string_view json, std::string_view file = "");
provisioning::DeviceChange change_of(std::string_view json);
// {"endpoint": "dev-0001", …} with a PSK and an IMSI of its own.
std::string numbered(std::size_t number);

// Waits for what a function of the store tells.
template <class T, class Call>
store::Result<T> ask(Call call) {
    std::promise<store::Result<T>> told;
    auto answer = told.get_future();
    call(store::Then<T>([&](store::Result<T> result) { told.set_value(std::move(result)); }));
    return answer.get();
}

class Contract : public testing::TestWithParam<Backend> {
  protected:
    Contract() : site_(GetParam().make()), store_(site_->open()) {}

    void reopen() {
        store_.reset();
        store_ = site_->open();
    }

    // Each is what the store's function of that name tells, which must be no error.
    store::PutResult put(std::string_view json, store::Precondition precondition = {});
    store::RemoveResult remove(const std::string& endpoint, store::Precondition precondition = {});
    std::vector<store::PutResult> import(const std::vector<std::string>& devices);
    store::Store::Seeded seed(std::vector<provisioning::Device> devices);
    store::DevicePointer find(store::KeyKind kind, const std::string& value);
    store::DevicePointer find(const std::string& endpoint) {
        return find(store::KeyKind::endpoint, endpoint);
    }
    // Its endpoint, or "-".
    std::string whose(store::KeyKind kind, const std::string& value);
    store::PageOf<store::DevicePointer> list(store::DeviceFilter filter);
    std::vector<std::string> endpoints(store::DeviceFilter filter = {});
    std::vector<store::AuditRow> audit_rows(store::AuditFilter filter = {});
    void end(const store::SessionRow& row, std::vector<store::OutboxItem> items = {});
    std::vector<store::Delivery> due(store::WallTime now, std::size_t limit = 100);

    std::unique_ptr<Site> site_;
    std::unique_ptr<store::Store> store_;
};

store::AuditEntry by(std::string actor, std::string action = "test");
store::WallTime at(std::int64_t milliseconds);
store::SessionRow session_row(std::string id, std::string endpoint = "a",
                              std::string outcome = "finished", std::int64_t ended = 2000);

template <class Kind, class Variant>
bool is(const Variant& result) {
    return std::holds_alternative<Kind>(result);
}

}  // namespace store_test
