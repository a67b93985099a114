#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "provisioning/device.h"
#include "provisioning/model/path.h"
#include "provisioning/model/value.h"
#include "server/bootstrap/outcome.h"
#include "server/coap/types.h"
#include "server/wire/bytes.h"
#include "tests/support/contents.h"
#include "tests/support/habits.h"

namespace support {

// What a device holds and what the operations of the Bootstrap interface do to it. The Habits
// outlive it.
class DeviceStore {
  public:
    explicit DeviceStore(const Habits& habits);

    coap::Code remove(const model::Path& path);
    coap::Code write(const model::Path& path, std::optional<std::uint16_t> format,
                     wire::BytesView payload);
    // A Write that fails halfway: the first Resource is there, the rest is not.
    void half_write(const model::Path& path, std::uint16_t format, wire::BytesView payload);
    struct Told {
        coap::Code code = coap::Code::content;
        std::string payload;
    };
    Told read(const model::Path& path, std::uint16_t format) const;
    Told discover(const model::Path& path) const;
    // A Bootstrap-Pack: each Object in it replaces all its instances. False: not understood.
    bool unpack(std::uint16_t format, wire::BytesView payload);
    // What Anjay looks at before it answers a Finish by 2.04.
    bool is_consistent() const;

    // A bootstrap begins; it ended without a Finish.
    void begin() { snapshot_ = held_; }
    void go_back();

    using Held = std::map<model::Path, model::Resources>;
    const Held& held() const { return held_; }
    // In the place of what it left the factory with.
    void hold(Held held) { held_ = std::move(held); }
    // As it left the factory.
    void reset() { held_ = snapshot_ = initial_; }
    // An account with a Bootstrap-Server, over a PSK.
    struct Account {
        model::InstanceId instance = 0;
        std::string uri;
        provisioning::PskCredential psk;
        friend bool operator==(const Account& a, const Account& b) {
            return a.instance == b.instance && a.uri == b.uri && a.psk.identity == b.psk.identity &&
                   a.psk.key.equals(b.psk.key);
        }
    };
    // The one that it uses first. An instance without identity or key is none.
    std::vector<Account> accounts() const { return accounts(held_); }
    std::vector<Account> accounts_before() const { return accounts(snapshot_); }
    // Those that it would have if no Finish came.
    std::vector<Account> accounts_without_finish() const { return accounts(without_finish()); }

    Contents contents() const;
    bool is_touched() const { return touched_; }  // a Delete or Write took effect
    // Compared with what it held at first: `planned` are the instances of the profile, and with
    // `alone` nothing else may be there but its own account and /3/0. A device that restores
    // /0 and /1 alone has rolled back when these are as they were.
    bootstrap::DeviceState state(const Contents& planned, bool alone) const;

  private:
    std::vector<Account> accounts(const Held& held) const;
    Held without_finish() const;
    // An account with a Bootstrap-Server, what Delete "/" leaves alone.
    bool is_account_at(const model::Path& path) const;
    bool is_own(const model::Path& path) const;
    coap::Code write_instance(model::Path path, model::Resources resources);
    model::Instances instances_of(model::ObjectId object) const;
    model::InstanceId lowest_free(model::ObjectId object) const;

    const Habits& habits_;
    Held held_, initial_, snapshot_;
    bool touched_ = false;
    bool went_back_ = false;
};

}  // namespace support
