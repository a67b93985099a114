#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "provisioning/model/secret.h"
#include "server/outbound/client.h"
#include "server/outbound/key_share_message.h"

namespace outbound {

// Who is to know the keys that are made for devices ("keyShares" of the settings).
struct KeyShareTarget {
    std::string name;
    wire::HttpUrl url;
    model::Secret secret;  // signs
    std::filesystem::path ca_file;
    wire::Duration timeout = std::chrono::seconds(10);  // of one attempt
    unsigned attempts = 3;
};

// Tells LwM2M Servers of keys, before a device gets them. Any 2xx means that it is taken.
// Sent by POST with the headers of signing.h, and told to nobody else.
//
// On the io_context's thread; io_context and Client outlive it.
class KeySharer {
  public:
    // Of all targets, those that wait for their turn too; more are refused.
    static constexpr std::size_t most_under_way = 10'000;
    // Of one target: messages that are sent at once.
    static constexpr std::size_t concurrency = 32;
    // All attempts of a message together: a device waits meanwhile.
    static constexpr wire::Duration patience = std::chrono::seconds(20);
    // Before the second attempt; doubles.
    static constexpr wire::Duration first_pause = std::chrono::milliseconds(250);

    KeySharer(boost::asio::io_context&, Client&);
    // No callback comes any more.
    ~KeySharer();
    KeySharer(const KeySharer&) = delete;
    KeySharer& operator=(const KeySharer&) = delete;

    // The targets from now on. What waits for one that is gone fails.
    void reconfigure(std::vector<KeyShareTarget>);

    using Then = std::function<void(std::optional<std::string> failure)>;
    // Comes later, never from within, exactly once. Nothing: it was taken; else why not, for
    // people, without secrets.
    void share(const std::string& target, SharedKey, Then);

    struct Counters {
        std::uint64_t taken = 0, failed = 0;
    };
    Counters counters() const;
    std::size_t under_way() const;  // what waits included

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;  // the callbacks look whether it is still there
};

}  // namespace outbound
