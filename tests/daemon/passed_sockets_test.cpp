#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/daemon_passed_sockets.h"
#include "server/net/native_address.h"

namespace bootstrapd {
namespace {

using ::testing::HasSubstr;
using Passed = service::ServiceManager::Passed;

// Bound where the kernel likes.
struct Bound {
    Bound(const char* loopback, int type) {
        const auto wanted = *wire::SocketAddress::from(loopback);
        const bool v4 = wanted.ip.family() == wire::IpAddress::Family::v4;
        descriptor = ::socket(v4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0);
        net::NativeAddress native = net::to_native(wanted);
        EXPECT_EQ(::bind(descriptor, native.get(), native.size), 0);
        if (type == SOCK_STREAM) {
            EXPECT_EQ(::listen(descriptor, 8), 0);
        }
        native.size = sizeof native.storage;
        ::getsockname(descriptor, native.get(), &native.size);
        address = net::from_native(native.storage);
    }
    wire::SocketAddress address;
    int descriptor = -1;
};

bool is_open(int descriptor) {
    return ::fcntl(descriptor, F_GETFD) >= 0;
}

TEST(PassedSockets, AreSortedByTheAddressesOfTheSettings) {
    const Bound coap("127.0.0.1:0", SOCK_DGRAM);
    const Bound coaps("[::1]:0", SOCK_DGRAM);
    const Bound api("127.0.0.1:0", SOCK_STREAM);
    const std::string path =
        std::filesystem::temp_directory_path() / ("passed-" + std::to_string(::getpid()));
    const int local = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::strcpy(name.sun_path, path.c_str());
    ASSERT_EQ(::bind(local, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
    ASSERT_EQ(::listen(local, 8), 0);
    config::Settings settings;
    settings.listen.coap = {"127.0.0.1:1", coap.address.to_string()};
    settings.listen.coaps = {coaps.address.to_string()};
    settings.http.listen = {api.address.to_string()};
    settings.http.socket = path;
    {
        const auto sorted = PassedSockets::sort(
            {{coap.descriptor, "a"}, {coaps.descriptor, "b"}, {api.descriptor, "c"}, {local, "d"}},
            settings);
        ASSERT_TRUE(sorted) << sorted.error();
        ASSERT_EQ(sorted->datagrams().size(), 2U);
        EXPECT_EQ(sorted->datagrams()[0].bound, coap.address);
        EXPECT_EQ(sorted->datagrams()[0].descriptor, coap.descriptor);
        EXPECT_EQ(sorted->datagrams()[1].bound, coaps.address);
        ASSERT_EQ(sorted->http().size(), 1U);
        EXPECT_EQ(sorted->http()[0].bound, api.address);
        EXPECT_EQ(sorted->control(), local);
        EXPECT_TRUE(is_open(local));
    }
    for (const int descriptor : {coap.descriptor, coaps.descriptor, api.descriptor, local})
        EXPECT_FALSE(is_open(descriptor));
    std::filesystem::remove(path);
}

TEST(PassedSockets, ThatNothingAsksForAreNamed) {
    config::Settings settings;
    for (const int type : {SOCK_DGRAM, SOCK_STREAM}) {
        const Bound bound("127.0.0.1:0", type);
        // The other list has it: that is not what it is for.
        settings.listen.coaps = {"127.0.0.1:1"};
        settings.http.listen = {"127.0.0.1:1"};
        (type == SOCK_DGRAM ? settings.http.listen : settings.listen.coaps)
            .push_back(bound.address.to_string());
        const auto sorted = PassedSockets::sort({{bound.descriptor, "odd"}}, settings);
        ASSERT_FALSE(sorted);
        EXPECT_THAT(sorted.error(), HasSubstr(bound.address.to_string()));
        EXPECT_THAT(sorted.error(), HasSubstr("\"odd\""));
        EXPECT_THAT(sorted.error(), HasSubstr(type == SOCK_DGRAM ? "listen.coap" : "http.listen"));
        EXPECT_FALSE(is_open(bound.descriptor));
    }
}

TEST(PassedSockets, AreSocketsThatListen) {
    const std::array<int, 3> odd = {
        ::open("/dev/null", O_RDONLY | O_CLOEXEC),
        ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
        ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0),
    };
    for (const int descriptor : odd) {
        const auto sorted = PassedSockets::sort({{descriptor, "odd"}}, {});
        ASSERT_FALSE(sorted);
        EXPECT_THAT(sorted.error(), HasSubstr("\"odd\""));
    }
}

}  // namespace
}  // namespace bootstrapd
