#include "provisioning/template.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "provisioning/device.h"
#include "provisioning/issue.h"

namespace provisioning {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CountingRandom : public wire::Random {
  public:
    void fill(std::span<std::uint8_t> out) override {
        for (std::uint8_t& octet : out) octet = next_++;
    }

  private:
    std::uint8_t next_ = 0xa0;
};

Device device() {
    Device result{*model::EndpointName::from("urn:dev:1"), {}, {}, {}, {}, {}, {}, {}};
    result.variables = {{"region", "eu"}, {"key", "base64:AAEC"}, {"bad", "zz"}, {"a.b-c_1", "x"}};
    return result;
}

std::variant<model::Single, TemplateError> expanded(const Template& from) {
    CountingRandom random;
    return expand(from, device(), random);
}

std::string text_of(const std::string& text) {
    const auto result = expanded({text, false, Template::Kind::text});
    const auto* single = std::get_if<model::Single>(&result);
    return single != nullptr ? std::get<std::string>(*single) : "error";
}

TEST(Templates, StandForWhatTheDeviceBrings) {
    EXPECT_EQ(text_of("${endpoint}"), "urn:dev:1");
    EXPECT_EQ(text_of("coaps://${device.region}.example.com:${device.region}"),
              "coaps://eu.example.com:eu");
    EXPECT_EQ(text_of("${device.a.b-c_1}"), "x");
    EXPECT_EQ(text_of("${random:3}-${random:1}"), "a0a1a2-a3");
    EXPECT_EQ(text_of("plain $ text } {"), "plain $ text } {");
    EXPECT_EQ(text_of("$${endpoint} ${endpoint}"), "${endpoint} urn:dev:1");
    EXPECT_EQ(text_of("a$$b$${"), "a$$b${");
}

GeneratedSecret secret_of(wire::Bytes octets) {
    GeneratedSecret secret;
    secret.octets = model::Secret(std::move(octets));
    return secret;
}

std::string error_of(const Template& from, const Issued* issued) {
    CountingRandom random;
    const auto result = expand(from, device(), random, issued);
    const auto* error = std::get_if<TemplateError>(&result);
    return error != nullptr ? error->message : "";
}

TEST(Templates, StandForWhatWasMadeForTheDevice) {
    Issued issued;
    issued.secrets["psk"] = secret_of(wire::Bytes(16, 0x5a));
    issued.secrets["long"] = secret_of(wire::Bytes(32, 0x5b));
    issued.secrets["pair"] = secret_of({1, 2, 3});
    issued.secrets["pair"].kind = WantedSecret::Kind::key_pair;
    issued.secrets["pair"].public_key = {4, 5};
    CountingRandom random;
    const auto made = [&](const std::string& text, Template::Kind kind) {
        const auto result = expand({text, true, kind}, device(), random, &issued);
        const auto* single = std::get_if<model::Single>(&result);
        return single != nullptr ? wire::to_hex(std::get<model::Secret>(*single).reveal()) : "";
    };
    EXPECT_EQ(made("${secret:psk}", Template::Kind::octets), "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a");
    EXPECT_EQ(made("${secret:psk:16}00", Template::Kind::octets).size(), 34U);
    EXPECT_EQ(made("${secret:long:32}", Template::Kind::octets).size(), 64U);
    EXPECT_EQ(made("${secret:psk}", Template::Kind::text).size(), 64U);
    EXPECT_EQ(made("${secret:pair}", Template::Kind::private_key), "010203");
    const auto half =
        expand({"${secret:pair}", false, Template::Kind::public_key}, device(), random, &issued);
    EXPECT_EQ(std::get<model::Opaque>(std::get<model::Single>(half)).octets, (wire::Bytes{4, 5}));
}

TEST(Templates, AreNothingWhileTheirSecretIsNotMade) {
    Issued issued;
    issued.secrets["psk"] = secret_of(wire::Bytes(16, 0x5a));
    issued.secrets["pair"] = secret_of({1, 2, 3});
    issued.secrets["pair"].kind = WantedSecret::Kind::key_pair;
    const auto octets = [](std::string text) {
        return Template{std::move(text), true, Template::Kind::octets};
    };
    EXPECT_THAT(error_of(octets("${secret:psk}"), nullptr), HasSubstr("not made yet"));
    EXPECT_THAT(error_of(octets("${secret:other}"), &issued), HasSubstr("not made yet"));
    EXPECT_THAT(error_of(octets("${secret:psk:32}"), &issued), HasSubstr("another use"));
    EXPECT_THAT(error_of(octets("${secret:pair}"), &issued), HasSubstr("another use"));
    EXPECT_THAT(error_of({"${secret:psk}", true, Template::Kind::private_key}, &issued),
                HasSubstr("another use"));
}

TEST(Templates, AreNotExpandedTwice) {
    Device nested = device();
    nested.variables["region"] = "${endpoint}";
    CountingRandom random;
    const auto result = expand({"${device.region}", false, Template::Kind::text}, nested, random);
    EXPECT_EQ(std::get<std::string>(std::get<model::Single>(result)), "${endpoint}");
}

TEST(Templates, BecomeOctetsWhereOctetsAreWanted) {
    const auto opaque = [](const std::string& text) {
        const auto result = expanded({text, false, Template::Kind::octets});
        return wire::to_hex(std::get<model::Opaque>(std::get<model::Single>(result)).octets);
    };
    EXPECT_EQ(opaque("${random:4}"), "a0a1a2a3");
    EXPECT_EQ(opaque("${device.key}"), "000102");
    EXPECT_EQ(opaque("text:${device.region}"), "6575");
    EXPECT_EQ(opaque("ff${random:1}"), "ffa0");
}

TEST(Templates, OfSecretsBecomeSecrets) {
    const auto result = expanded({"${device.key}", true, Template::Kind::octets});
    EXPECT_EQ(wire::to_hex(std::get<model::Secret>(std::get<model::Single>(result)).reveal()),
              "000102");
    const auto text = expanded({"${device.region}", true, Template::Kind::text});
    EXPECT_EQ(wire::as_text(std::get<model::Secret>(std::get<model::Single>(text)).reveal()), "eu");
}

TEST(Templates, TellAMissingVariableAndOctetsThatAreNone) {
    const auto missing = expanded({"${device.nothing}", false, Template::Kind::text});
    EXPECT_THAT(std::get<TemplateError>(missing).message, HasSubstr("\"nothing\""));
    const auto bad = expanded({"${device.bad}", true, Template::Kind::octets});
    EXPECT_THAT(std::get<TemplateError>(bad).message, HasSubstr("not hexadecimal"));
    EXPECT_THAT(std::get<TemplateError>(bad).message, Not(HasSubstr("zz")));
}

TEST(Templates, ThatAreMalformedAreTold) {
    struct Case {
        std::string text, message;
    };
    const std::vector<Case> cases = {
        {"${", "not closed"},
        {"a${endpoint", "not closed"},
        {"${}", "not known"},
        {"${Endpoint}", "not known"},
        {"${device}", "not known"},
        {"${device.}", "not known"},
        {"${device.a b}", "not known"},
        {"${device.${endpoint}}", "not known"},
        {"${random:0}", "random octets"},
        {"${random:65}", "random octets"},
        {"${random:}", "random octets"},
        {"${random:1x}", "random octets"},
        {"${secret:}", "proper name"},
        {"${secret:a b}", "proper name"},
        {"${secret::16}", "proper name"},
        {"${secret:k:0}", "length"},
        {"${secret:k:65}", "length"},
        {"${secret:k:}", "length"},
        {"${secret:k:1:1}", "length"},
    };
    for (const Case& each : cases) {
        const auto parsed = parse_template(each.text);
        const auto* error = std::get_if<TemplateError>(&parsed);
        ASSERT_NE(error, nullptr) << each.text;
        EXPECT_THAT(error->message, HasSubstr(each.message)) << each.text;
        EXPECT_FALSE(error->remedy.empty());
    }
}

}  // namespace
}  // namespace provisioning
