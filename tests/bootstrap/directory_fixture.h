#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/bootstrap/directory.h"

// A Directory, a clock that stands until a test moves it, and what a daemon does with both.
namespace bootstrap::testing {

using namespace std::chrono_literals;
using provisioning::Assignment;
using provisioning::Device;
using provisioning::Profile;

class CountingRandom final : public wire::Random {
  public:
    void fill(std::span<std::uint8_t> out) override {
        for (std::uint8_t& octet : out) octet = 0;
        const std::uint32_t count = next_++;
        for (std::size_t i = 0; i < 4 && i < out.size(); ++i)
            out[i] = static_cast<std::uint8_t>(count >> (8 * i));
    }

  private:
    std::uint32_t next_ = 1;
};

inline wire::SocketAddress at(const char* text) {
    return *wire::SocketAddress::from(text);
}

enum class Keys { psk, nosec, both };

inline Assignment assignment(const std::string& endpoint, Keys keys) {
    auto device = std::make_shared<Device>(
        Device{*model::EndpointName::from(endpoint), {}, {}, "meter", {}, {}, {}, {}});
    if (keys != Keys::nosec) {
        const std::string identity = "id-" + endpoint;
        device->credentials.psk = provisioning::PskCredential{
            {identity.begin(), identity.end()}, model::Secret(wire::as_bytes("0123456789abcdef"))};
    }
    device->credentials.nosec = keys != Keys::psk;
    auto profile = std::make_shared<Profile>();
    profile->name = "meter";
    return {device, profile};
}

class DirectoryTest : public ::testing::Test {
  protected:
    static DirectorySettings small_settings() {
        DirectorySettings settings;
        settings.attach_window = 1000s;
        settings.settle = 5s;
        settings.attach_retry = 60s;
        settings.max_sessions = 3;
        settings.max_pending_attachments = 3;
        settings.max_records = 5;
        settings.max_not_admitted_records = 2;
        settings.serves_secured = true;
        settings.serves_unsecured = true;
        return settings;
    }

    Claim claim(const std::string& endpoint, PeerRef peer, Keys keys = Keys::psk) {
        Claim what;
        what.peer = peer;
        what.assignment = assignment(endpoint, keys);
        what.remote = at("192.0.2.1:40000");
        what.secured = keys == Keys::psk;
        return what;
    }

    static AssociationOpened opened(PeerRef peer, const std::string& endpoint) {
        AssociationOpened what{peer, wire::Bytes{'i', 'd'}, at("192.0.2.1:5")};
        what.endpoint = endpoint;
        return what;
    }

    Directory::Output tell(Notice notice) {
        Directory::Output out;
        directory_.notice(std::move(notice), now_, wall_, out);
        return out;
    }

    // As a gateway tells it.
    std::pair<AttachResult, Directory::Output> attach_from(const std::string& origin,
                                                           const Assignment& who,
                                                           const char* address = nullptr) {
        Attachment event{who, {}, {}, "radius:" + origin, origin};
        if (address != nullptr) event.address = wire::IpAddress::from(address);
        Directory::Output out;
        AttachResult result = directory_.attach(event, now_, wall_, out);
        return {std::move(result), std::move(out)};
    }

    std::pair<AttachResult, Directory::Output> attach(const Assignment& who,
                                                      const char* address = nullptr,
                                                      std::uint16_t port = 0) {
        Attachment event;
        event.assignment = who;
        if (address != nullptr) event.address = wire::IpAddress::from(address);
        if (port != 0) event.port = port;
        event.source = "api";
        Directory::Output out;
        AttachResult result = directory_.attach(event, now_, wall_, out);
        return {std::move(result), std::move(out)};
    }

    Directory::Output advance(wire::Duration by) {
        now_ += by;
        wall_ += std::chrono::duration_cast<Directory::Wall::duration>(by);
        Directory::Output out;
        directory_.on_timer(now_, wall_, out);
        return out;
    }

    Directory::Output answered(const SessionId& session, std::optional<std::string> failure = {}) {
        Directory::Output out;
        directory_.asked(session, std::move(failure), now_, wall_, out);
        return out;
    }

    std::pair<std::optional<SessionId>, Directory::Output> withdraw(const std::string& endpoint,
                                                                    const char* address = nullptr) {
        Directory::Output out;
        auto session =
            directory_.withdraw(endpoint, address ? wire::IpAddress::from(address) : std::nullopt,
                                "it has left", now_, wall_, out);
        return {std::move(session), std::move(out)};
    }

    static Ended over(const SessionId& session, PeerRef peer, Outcome outcome,
                      bool answered = true) {
        Ended ended{peer, session, {}};
        ended.report.outcome = outcome;
        ended.report.device_answered = answered;
        return ended;
    }

    SessionId granted(const Directory::Output& out) {
        EXPECT_THAT(out.commands, ::testing::SizeIs(1));
        return std::get<Grant>(out.commands.at(0).command).session;
    }

    static SessionId accepted(const AttachResult& result) {
        return std::get<AttachAccepted>(result).session;
    }

    const PeerRef first_{0, 1};
    const PeerRef second_{1, 7};
    wire::TimePoint now_ = wire::TimePoint{} + 1000s;
    std::chrono::system_clock::time_point wall_{};
    CountingRandom random_;
    Directory directory_{
        small_settings(), random_,
        [](const wire::SocketAddress& remote) -> std::uint16_t { return remote.port % 2; }};
};

}  // namespace bootstrap::testing
