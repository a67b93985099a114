#include "server/service/service_manager.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace service {
namespace {

using ::testing::StartsWith;

// What a manager listens on, sd_notify(3): a datagram a message.
class Manager : public ::testing::Test {
  protected:
    Manager() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
        name_ = "@bootstrapd-test-" + std::to_string(::getpid());
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        // An abstract one: its path begins with a zero octet.
        std::copy(name_.begin() + 1, name_.end(), address.sun_path + 1);
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
        EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), length), 0);
        ::setenv("NOTIFY_SOCKET", name_.c_str(), 1);
    }
    ~Manager() override {
        ::close(socket_);
        for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS",
                                 "LISTEN_PID", "LISTEN_FDNAMES"})
            ::unsetenv(name);
    }
    std::string heard() {
        std::array<char, 4096> room{};
        const auto octets = ::recv(socket_, room.data(), room.size(), 0);
        return octets < 0 ? std::string() : std::string(room.data(), static_cast<size_t>(octets));
    }

  private:
    int socket_;
    std::string name_;
};

TEST_F(Manager, HearsThatTheDaemonIsReady) {
    ServiceManager manager;
    EXPECT_TRUE(manager.is_there());
    manager.ready("2 shards\nserve");
    EXPECT_EQ(heard(), "READY=1\nSTATUS=2 shards serve");
    manager.status("42 sessions");
    EXPECT_EQ(heard(), "STATUS=42 sessions");
    manager.reloading();
    EXPECT_THAT(heard(), StartsWith("RELOADING=1\nMONOTONIC_USEC="));
    manager.stopping("draining", std::chrono::seconds(72));
    EXPECT_EQ(heard(), "STOPPING=1\nEXTEND_TIMEOUT_USEC=72000000\nSTATUS=draining");
}

TEST_F(Manager, IsToldTwiceWithinItsTime) {
    ::setenv("WATCHDOG_USEC", "30000000", 1);
    ServiceManager manager;
    ASSERT_TRUE(manager.watchdog());
    EXPECT_EQ(*manager.watchdog(), std::chrono::seconds(15));
    manager.alive();
    EXPECT_EQ(heard(), "WATCHDOG=1");
    EXPECT_EQ(std::getenv("WATCHDOG_USEC"), nullptr) << "a child would feed it too";
}

TEST_F(Manager, IsToldNothingOfAWatchThatItDoesNotKeep) {
    ServiceManager manager;
    EXPECT_FALSE(manager.watchdog());
    manager.alive();
    EXPECT_EQ(heard(), "");
}

TEST(WithoutManager, NothingHappens) {
    ::unsetenv("NOTIFY_SOCKET");
    ServiceManager manager;
    EXPECT_FALSE(manager.is_there());
    manager.ready("x");
    manager.stopping("x", std::chrono::seconds(1));
    EXPECT_TRUE(manager.take_sockets().empty());
}

}  // namespace
}  // namespace service
