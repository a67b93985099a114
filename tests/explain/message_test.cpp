#include "server/coap/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/explain/coap_message.h"
#include "server/explain/message_reader.h"
#include "tests/lwm2m/hex.h"
#include "tests/support/seeded_random.h"

namespace explain {
namespace {

using lwm2m::from_hex;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

json read(std::string_view hex, Secrets secrets = Secrets::masked,
          const std::optional<model::Path>& path = std::nullopt) {
    return message_json(from_hex(hex), path, model::Definitions::built_in(), secrets);
}
std::string told(std::string_view hex) {
    return message_text(
        message_json(from_hex(hex), std::nullopt, model::Definitions::built_in(), Secrets::masked));
}

// RFC 7252 appendix A, figure 16: a request with a Confirmable message, answered piggybacked.
TEST(ExplainMessage, ReadsTheExampleOfTheRfc) {
    const json request = read("40 01 7d 34 bb 74 65 6d 70 65 72 61 74 75 72 65");
    EXPECT_EQ(request, (json::parse(R"({ "size": 16, "version": 1, "type": "Confirmable",
        "code": "0.01", "codeName": "GET", "messageId": 32052, "token": "",
        "request": "GET /temperature",
        "options": [ { "offset": 4, "number": 11, "name": "Uri-Path", "critical": true,
                       "unsafe": true, "value": "temperature" } ] })")));
    const json response = read("60 45 7d 34 ff 32 32 2e 33 20 43");
    EXPECT_EQ(response["type"], "Acknowledgement");
    EXPECT_EQ(response["codeName"], "2.05 Content");
    EXPECT_FALSE(response.contains("request"));
    EXPECT_EQ(response["payload"]["size"], 6);
    EXPECT_EQ(response["payload"]["offset"], 5);
    EXPECT_THAT(response["payload"]["note"].get<std::string>(), HasSubstr("content format"));
}

TEST(ExplainMessage, NamesOptionsAndSaysWhatTheyMean) {
    // Content-Format 11542, Accept 40, Block2 0/0/64, Block1 1/1/1024, Size1 1500.
    const json message = read("40 03 00 01  c2 2d16  51 28  61 02  41 1e  d2 14 05dc");
    const auto& options = message["options"];
    ASSERT_EQ(options.size(), 5U);
    EXPECT_EQ(options[0]["name"], "Content-Format");
    EXPECT_EQ(options[0]["value"], 11542);
    EXPECT_EQ(options[0]["meaning"], "tlv");
    EXPECT_EQ(options[1]["name"], "Accept");
    EXPECT_EQ(options[1]["meaning"], "link-format");
    EXPECT_EQ(options[2]["name"], "Block2");
    EXPECT_EQ(options[2]["meaning"], "block 0 of 64 octets, the last");
    EXPECT_EQ(options[3]["name"], "Block1");
    EXPECT_EQ(options[3]["meaning"], "block 1 of 1024 octets, more follow");
    EXPECT_EQ(options[4]["name"], "Size1");
    EXPECT_EQ(options[4]["value"], 1500);
    for (const json& option : options) EXPECT_FALSE(option.contains("problem")) << option;
}

TEST(ExplainMessage, FlagsOptionsThatItDoesNotKnow) {
    // 65001 is critical and safe, 65002 elective and unsafe.
    const json message = read("40 01 00 01  e1 fcdc 07  10");
    const auto& options = message["options"];
    ASSERT_EQ(options.size(), 2U);
    EXPECT_EQ(options[0]["number"], 65001);
    EXPECT_TRUE(options[0]["name"].is_null());
    EXPECT_EQ(options[0]["critical"], true);
    EXPECT_EQ(options[0]["unsafe"], false);
    EXPECT_EQ(options[0]["value"], "07");
    EXPECT_THAT(options[0]["problem"].get<std::string>(), HasSubstr("refused"));
    EXPECT_EQ(options[1]["critical"], false);
    EXPECT_EQ(options[1]["unsafe"], true);
    EXPECT_THAT(options[1]["problem"].get<std::string>(), HasSubstr("passed over"));
}

TEST(ExplainMessage, SaysWhatIsWrongWithAnOption) {
    // Content-Format of three octets; Accept twice.
    const json message = read("40 03 00 01  c3 000001  51 28  01 28");
    const auto& options = message["options"];
    EXPECT_THAT(options[0]["problem"].get<std::string>(), HasSubstr("length is not from 0 to 2"));
    EXPECT_FALSE(options[1].contains("problem"));
    EXPECT_THAT(options[2]["problem"].get<std::string>(), HasSubstr("repeated"));
    EXPECT_FALSE(message.contains("error"));  // RFC 7252 §5.4.3: the message is well-formed
}

TEST(ExplainMessage, DecodesAPayloadByItsFormatAndPath) {
    // PUT /0/1, Content-Format 11542: Resource 5 is a Secret Key.
    const auto* const write = "40 03 00 01  b1 30 01 31 12 2d16  ff c404aabbccdd c10a65";
    const auto* const key = "40 03 00 01  b1 30 01 31 12 2d16  ff c405aabbccdd c10a65";
    const json payload = read(key)["payload"];
    EXPECT_EQ(payload["path"], "/0/1");
    EXPECT_EQ(payload["contentFormatName"], "tlv");
    ASSERT_EQ(payload["values"].size(), 2U);
    EXPECT_EQ(payload["values"][0]["name"], "Secret Key");
    EXPECT_EQ(payload["values"][0]["value"], "(4 octets, secret)");
    EXPECT_EQ(payload["values"][1]["value"], 101);
    EXPECT_THAT(told(key), Not(HasSubstr("aabbccdd")));
    EXPECT_EQ(read(key, Secrets::shown)["payload"]["values"][0]["value"], "aabbccdd");
    EXPECT_EQ(read(write)["payload"]["values"][0]["value"], "aabbccdd");  // Server Public Key
}

TEST(ExplainMessage, DecodesAResponseWhenItIsToldThePath) {
    const auto* const answer = "60 45 00 01  c2 2d16  ff c10065";
    EXPECT_TRUE(read(answer)["payload"].contains("note"));
    const json payload = read(answer, Secrets::masked, model::Path(1, 0))["payload"];
    EXPECT_EQ(payload["values"][0]["name"], "Short Server ID");
}

TEST(ExplainMessage, ReadsTheAnswerToADiscover) {
    // `</0/1>;ssid=101`
    const json payload = read("60 45 00 01  c1 28  ff 3c2f302f313e3b737369643d313031")["payload"];
    EXPECT_EQ(payload["links"], (json::parse(R"([{"path": "/0/1", "ssid": 101}])")));
}

TEST(ExplainMessage, ShowsADiagnosticPayload) {
    EXPECT_EQ(read("60 80 00 01 ff 6e6f")["payload"]["text"], "no");
}

TEST(ExplainMessage, DoesNotDecodeABlockOfABody) {
    // Block1 0/1/16
    const json payload = read(
        "40 03 00 01  b1 30 01 31 12 2d16 d1 02 08  ff c8050caabbccddaabbccddaabbccdd")["payload"];
    EXPECT_THAT(payload["note"].get<std::string>(), HasSubstr("one block"));
    EXPECT_FALSE(payload.contains("hex"));
}

// What cannot be decoded could be a key: it is not shown either.
TEST(ExplainMessage, ShowsOctetsThatItCannotReadOnlyWhenAskedTo) {
    const auto* const message = "40 03 00 01 b1 30 01 31 12 2d16 ff c405aabbcc";
    EXPECT_THAT(read(message).dump(), Not(HasSubstr("aabbcc")));
    EXPECT_THAT(read(message)["payload"]["error"].get<std::string>(), HasSubstr("ends after"));
    EXPECT_EQ(read(message, Secrets::shown)["payload"]["hex"], "c405aabbcc");
}

TEST(ExplainMessage, TellsWhereAMalformedMessageGoesWrong) {
    const std::vector<std::tuple<const char*, std::size_t, const char*>> cases{
        {"", 0, "header is cut off: 4 octets, of which 0"},
        {"40 01 00", 3, "header is cut off"},
        {"80 01 00 01", 0, "version is 2"},
        {"49 01 00 01 000000000000000000", 0, "token length is 9"},
        {"40 20 00 01", 1, "reserved class"},
        {"40 00 00 01 ff", 4, "Empty message"},
        {"41 00 00 01 aa", 0, "Empty message"},
        {"44 01 00 01 aa bb", 6, "token is cut off: 4 octets, of which 2"},
        {"40 01 00 01 b1 30 f1 00", 6, "delta of the option is 15"},
        {"40 01 00 01 1f", 4, "length of the option is 15"},
        {"40 01 00 01 b3 61 62", 7, "option at octet 4 is cut off: 3 octets, of which 2"},
        {"40 01 00 01 d1", 5, "extended delta of the option at octet 4 is cut off"},
        {"40 01 00 01 0e 00", 6, "extended length of the option at octet 4 is cut off"},
        {"40 01 00 01 e0 fef2 e0 fef2", 7, "above 65535"},
        {"40 01 00 01 be 0400", 4, "no option has more than 1034"},
        {"40 01 00 01 b1 30 ff", 6, "followed by no payload"}};
    for (const auto& [hex, offset, what] : cases) {
        const json message = read(hex);
        ASSERT_TRUE(message.contains("error")) << hex;
        EXPECT_EQ(message["error"]["offset"], offset) << hex;
        EXPECT_THAT(message["error"]["what"].get<std::string>(), HasSubstr(what)) << hex;
        EXPECT_THAT(told(hex), HasSubstr("Wrong at octet " + std::to_string(offset))) << hex;
    }
}

TEST(ExplainMessage, KeepsWhatCouldBeReadOfAMalformedOne) {
    const json message = read("44 02 00 01 aabbccdd b2 62 73 f0");
    EXPECT_EQ(message["token"], "aabbccdd");
    EXPECT_EQ(message["request"], "POST /bs");
    EXPECT_EQ(message["error"]["offset"], 11);
}

// The reader that knows where agrees with the one that serves devices.
TEST(ExplainMessage, CallsMalformedWhatTheServerDoes) {
    support::SeededRandom random(3);
    for (int round = 0; round < 20000; ++round) {
        wire::Bytes octets(random.below(40));
        random.fill(octets);
        if (!octets.empty() && round % 4 != 0)
            octets[0] = static_cast<std::uint8_t>(0x40 | (octets[0] & 0x33));
        if (octets.size() > 1 && round % 4 != 1)
            octets[1] = static_cast<std::uint8_t>(octets[1] & 0x43);
        const auto message = read_message(octets);
        const auto decoded = coap::decode(octets);
        ASSERT_EQ(message.fault.has_value(), decoded.has_error()) << wire::to_hex(octets);
        if (message.fault) {
            ASSERT_LE(message.fault->offset, octets.size());
            continue;
        }
        ASSERT_EQ(message.options.size(), decoded->options.size());
        ASSERT_TRUE(std::ranges::equal(message.payload, decoded->payload));
    }
}

TEST(ExplainMessage, ShowsNothingThatATerminalObeys) {
    const std::string text = told("40 02 00 01 b2 62 73 44 1b5b314d");
    EXPECT_THAT(text, HasSubstr("\\x1b[1M"));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace explain
