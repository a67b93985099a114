#include "provisioning/server_uri.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace provisioning {
namespace {

using model::security::Mode;

TEST(ServerUri, IsCheckedAgainstTheSecurityMode) {
    struct Case {
        std::string uri;
        Mode mode;
        std::optional<UriErrc> error;
    };
    const std::string longest = "coap://" + std::string(248, 'h');
    const std::vector<Case> cases = {
        {"coaps://dm.example.com:5684", Mode::psk, {}},
        {"coaps://dm.example.com", Mode::psk, {}},
        {"coaps://192.0.2.1:1/path?query=1", Mode::certificate, {}},
        {"coaps://[2001:db8::1]:65535", Mode::psk, {}},
        {"coap://[2001:db8::1]", Mode::none, {}},
        {"coaps+tcp://h", Mode::psk, {}},
        {"coap+tcp://h:1", Mode::none, {}},
        {longest, Mode::none, {}},
        {longest + "h", Mode::none, UriErrc::too_long},
        {"coap://h", Mode::psk, UriErrc::plain_scheme_with_security},
        {"coaps://h", Mode::none, UriErrc::secure_scheme_without_security},
        {"coap+tcp://h", Mode::psk, UriErrc::plain_scheme_with_security},
        {"", Mode::psk, UriErrc::unknown_scheme},
        {"dm.example.com:5684", Mode::psk, UriErrc::unknown_scheme},
        {"http://h", Mode::none, UriErrc::unknown_scheme},
        {"COAPS://h", Mode::psk, UriErrc::unknown_scheme},
        {"coaps:/h", Mode::psk, UriErrc::unknown_scheme},
        {"coaps://", Mode::psk, UriErrc::no_host},
        {"coaps://:5684", Mode::psk, UriErrc::no_host},
        {"coaps:///path", Mode::psk, UriErrc::no_host},
        {"coaps://[::1", Mode::psk, UriErrc::no_host},
        {"coaps://[192.0.2.1]", Mode::psk, UriErrc::no_host},
        {"coaps://[::1]5684", Mode::psk, UriErrc::no_host},
        {"coaps://h:", Mode::psk, UriErrc::bad_port},
        {"coaps://h:0", Mode::psk, UriErrc::bad_port},
        {"coaps://h:65536", Mode::psk, UriErrc::bad_port},
        {"coaps://h:x", Mode::psk, UriErrc::bad_port},
        {"coaps://2001:db8::1", Mode::psk, UriErrc::bad_port},
        {"coaps://user@h", Mode::psk, UriErrc::bad_character},
        {"coaps://h#f", Mode::psk, UriErrc::bad_character},
        {"coaps://a b", Mode::psk, UriErrc::bad_character},
        {"coaps://h\n", Mode::psk, UriErrc::bad_character},
        {"coaps://\xc3\xa9", Mode::psk, UriErrc::bad_character},
    };
    for (const Case& each : cases)
        EXPECT_EQ(check_server_uri(each.uri, each.mode), each.error) << each.uri;
}

TEST(ServerUri, OfATemplateIsCheckedAsFarAsItIsWrittenDown) {
    EXPECT_FALSE(check_server_uri_scheme("coaps://", Mode::psk));
    EXPECT_FALSE(check_server_uri_scheme("", Mode::psk));
    EXPECT_FALSE(check_server_uri_scheme("coa", Mode::psk));
    EXPECT_EQ(check_server_uri_scheme("coap://a.", Mode::psk), UriErrc::plain_scheme_with_security);
    EXPECT_EQ(check_server_uri_scheme("ftp://", Mode::psk), UriErrc::unknown_scheme);
}

}  // namespace
}  // namespace provisioning
