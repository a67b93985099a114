#include "server/trace/mask.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/coap/block.h"
#include "server/lwm2m/payload.h"
#include "tests/support/seeded_random.h"

namespace trace {
namespace {

using coap::Code;
using coap::OptionNumber;
using model::ContentFormat;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string key = "0123456789abcdef";

const Knowledge& knowledge() {
    static const Knowledge known(
        std::make_shared<const model::Definitions>(model::Definitions::built_in()));
    return known;
}

// An account with a key, and what anybody may see of it.
model::Resources account() {
    return {{0, model::Single("coaps://dm.example.com:5684")},
            {1, model::Single(false)},
            {2, model::Single(std::int64_t{0})},
            {3, model::Single(model::Opaque{{'i', 'd', '-', '1'}})},
            {5, model::Single(model::Secret(wire::as_bytes(key)))},
            {10, model::Single(std::int64_t{101})}};
}

wire::Bytes encoded(ContentFormat format, const model::Path& path, const lwm2m::Content& content) {
    auto made = lwm2m::encode_payload(format, path, content);
    EXPECT_TRUE(made) << model::name_of(format);
    return made ? std::move(*made) : wire::Bytes();
}

struct Sent {
    Code code = Code::put;
    std::string path = "/0/1";
    std::optional<ContentFormat> format = ContentFormat::tlv;
    std::optional<ContentFormat> accept = std::nullopt;
    std::optional<coap::Block> block1 = std::nullopt;
    std::optional<coap::Block> block2 = std::nullopt;
    std::uint8_t token = 1;
};

Datagram datagram(Direction direction, const Sent& sent, wire::BytesView payload,
                  std::uint64_t peer = 1) {
    const wire::Bytes token{sent.token, 9};
    coap::MessageWriter out(coap::Type::confirmable, sent.code, coap::MessageId(7),
                            *coap::Token::from(token));
    if (coap::is_request(sent.code))
        for (std::size_t at = 0; at < sent.path.size();) {
            const std::size_t end = std::min(sent.path.find('/', at + 1), sent.path.size());
            if (end > at + 1)
                out.option(
                    OptionNumber::uri_path,
                    wire::as_bytes(std::string_view(sent.path).substr(at + 1, end - at - 1)));
            at = end;
        }
    if (sent.format)
        out.option(OptionNumber::content_format, static_cast<std::uint32_t>(*sent.format));
    if (sent.accept) out.option(OptionNumber::accept, static_cast<std::uint32_t>(*sent.accept));
    if (sent.block2) out.option(OptionNumber::block2, sent.block2->value());
    if (sent.block1) out.option(OptionNumber::block1, sent.block1->value());
    out.payload(payload);
    Datagram made;
    made.peer = {0, peer};
    made.direction = direction;
    made.message = out.take();
    return made;
}

std::string text(const wire::Bytes& octets) {
    return std::string(wire::as_text(octets));
}

// What is left of a message's payload; the rest of the message has to stay.
std::string payload_of(Masker& masker, Datagram made) {
    const wire::Bytes before = made.message;
    const auto sent = coap::decode(before);
    const std::size_t hidden = masker.mask(made, knowledge());
    EXPECT_EQ(made.message.size(), before.size());
    const std::size_t head = before.size() - sent->payload.size();
    EXPECT_TRUE(std::equal(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(head),
                           made.message.begin()));
    std::string payload = text(made.message).substr(head);
    EXPECT_EQ(hidden > 0, payload != text(before).substr(head));
    return payload;
}

std::string payload_of(const Datagram& made) {
    Masker masker;
    return payload_of(masker, made);
}

bool is_hidden(std::string_view payload) {
    return !payload.empty() && payload.find_first_not_of('*') == std::string_view::npos;
}

constexpr std::array formats{ContentFormat::tlv, ContentFormat::senml_json,
                             ContentFormat::senml_cbor, ContentFormat::lwm2m_cbor,
                             ContentFormat::json};

TEST(TraceMask, HidesTheKeyOfAWriteAndShowsTheRest) {
    for (const ContentFormat format : formats) {
        const auto payload = encoded(format, model::Path(0, 1), account());
        Sent sent;
        sent.format = format;
        const std::string shown = payload_of(datagram(Direction::outbound, sent, payload));
        EXPECT_THAT(shown, HasSubstr("coaps://dm.example.com:5684")) << model::name_of(format);
        EXPECT_THAT(shown, HasSubstr("****************")) << model::name_of(format);
        EXPECT_FALSE(is_hidden(shown));
        for (std::size_t at = 0; at + 4 <= key.size(); ++at)
            EXPECT_THAT(shown, Not(HasSubstr(key.substr(at, 4)))) << model::name_of(format);
    }
}

// Whatever the key, the same is shown: nothing depends on it.
TEST(TraceMask, ShowsNothingThatDependsOnTheKey) {
    support::SeededRandom random(7);
    for (const ContentFormat format : formats) {
        Sent sent;
        sent.format = format;
        const std::string first = payload_of(
            datagram(Direction::outbound, sent, encoded(format, model::Path(0, 1), account())));
        for (int i = 0; i < 50; ++i) {
            wire::Bytes other(key.size());
            random.fill(other);
            auto resources = account();
            resources[5] = model::Single(model::Secret(std::move(other)));
            EXPECT_EQ(first, payload_of(datagram(Direction::outbound, sent,
                                                 encoded(format, model::Path(0, 1), resources))))
                << model::name_of(format);
        }
    }
}

TEST(TraceMask, HidesASingleValueThatIsAKey) {
    const lwm2m::Content value = account().at(5);
    for (const ContentFormat format :
         {ContentFormat::opaque, ContentFormat::cbor, ContentFormat::text, ContentFormat::tlv}) {
        Sent sent;
        sent.path = "/0/1/5";
        sent.format = format;
        const std::string shown = payload_of(
            datagram(Direction::outbound, sent, encoded(format, model::Path(0, 1, 5), value)));
        EXPECT_THAT(shown, Not(HasSubstr(key.substr(0, 4)))) << model::name_of(format);
        EXPECT_THAT(shown, HasSubstr("****************")) << model::name_of(format);
    }
}

// A quotation mark takes two octets in JSON, the filler one.
TEST(TraceMask, HidesAllWhereASecretTakesMoreOctetsThanItsFiller) {
    Sent sent;
    sent.path = "/11/0";
    sent.format = ContentFormat::senml_json;
    const auto shown = [&](const std::string& secret) {
        const model::Resources resources{{0, model::Single("iot")}, {6, model::Single(secret)}};
        return payload_of(
            datagram(Direction::outbound, sent,
                     encoded(ContentFormat::senml_json, model::Path(11, 0), resources)));
    };
    EXPECT_THAT(shown("secret"), HasSubstr("iot"));
    EXPECT_TRUE(is_hidden(shown("sec\"et")));
}

TEST(TraceMask, HidesWhatNoDefinitionKnows) {
    const auto tlv = [](const model::Single& value) {
        return encoded(ContentFormat::tlv, model::Path(31000, 0), model::Resources{{1, value}});
    };
    Sent sent;
    sent.path = "/31000/0";
    // c8 01 04 and the value.
    EXPECT_EQ(payload_of(datagram(Direction::outbound, sent, tlv(std::string("text")))),
              "\xc4\x01****");
    // In JSON a number has no length that could be kept.
    sent.format = ContentFormat::senml_json;
    EXPECT_TRUE(is_hidden(
        payload_of(datagram(Direction::outbound, sent,
                            encoded(ContentFormat::senml_json, model::Path(31000, 0),
                                    model::Resources{{1, model::Single(std::int64_t{4711})}})))));
}

TEST(TraceMask, HidesWhatAProfileMarksAsSecret) {
    document::Problems problems;
    const auto json = document::parse(R"({"name": "p", "servers": [{"shortServerId": 101,
        "uri": "coap://dm.example.com:5683", "security": {"mode": "nosec"}, "lifetime": 60}],
        "objects": {"/11/0": {"0": "iot", "1": {"secret": "text:apn.example"}, "4": 3}}})",
                                      "p.json", problems);
    auto profile =
        provisioning::parse_profile(document::Node(*json, "p.json", "", problems), "p.json");
    for (const auto& problem : problems) ADD_FAILURE() << document::to_string(problem);
    ASSERT_TRUE(profile);
    const auto definitions =
        std::make_shared<const model::Definitions>(model::Definitions::built_in());
    provisioning::ProfileSet profiles(definitions);
    ASSERT_TRUE(profiles.add(
        {std::make_shared<const provisioning::Profile>(std::move(*profile)), "", 0}, problems));

    EXPECT_TRUE(knowledge().may_show(11, 1));
    const Knowledge known(profiles, nullptr);
    EXPECT_FALSE(known.may_show(11, 1));
    EXPECT_TRUE(known.may_show(11, 0));
    EXPECT_FALSE(known.may_show(0, 5));
    // Also once the profile has gone: a session may still go on with it.
    EXPECT_FALSE(Knowledge(provisioning::ProfileSet(definitions), &known).may_show(11, 1));
}

TEST(TraceMask, HidesABlockOfALongerBodyAltogether) {
    const auto payload = encoded(ContentFormat::tlv, model::Path(1, 0),
                                 model::Resources{{0, model::Single(std::int64_t{101})}});
    Sent sent;
    sent.path = "/1/0";
    EXPECT_EQ(payload_of(datagram(Direction::outbound, sent, payload)), text(payload));
    sent.block1 = coap::Block{0, false, 6};
    EXPECT_EQ(payload_of(datagram(Direction::outbound, sent, payload)), text(payload));
    for (const coap::Block block : {coap::Block{0, true, 6}, coap::Block{3, false, 6}}) {
        sent.block1 = block;
        EXPECT_TRUE(is_hidden(payload_of(datagram(Direction::outbound, sent, payload))));
    }
}

TEST(TraceMask, HidesWhatItCannotRead) {
    const auto hidden = [](const Sent& sent, std::string_view payload) {
        return is_hidden(payload_of(datagram(Direction::outbound, sent, wire::as_bytes(payload))));
    };
    EXPECT_TRUE(hidden({}, "no tlv"));
    Sent sent;
    sent.format = std::nullopt;
    EXPECT_TRUE(hidden(sent, "of no format"));
    sent.format = ContentFormat::senml_json;
    sent.path = "/1/0";
    EXPECT_FALSE(hidden(sent, R"([{"bn":"/1/0/","n":"0","v":101}])"));
    // Not as the encoder writes it: what else it holds is not known.
    EXPECT_TRUE(hidden(sent, R"([{"bn":"/1/0/","n":"0","v":101,"x":"key"}])"));
    EXPECT_TRUE(hidden(sent, R"([{"bn":"/1/0/","n":"0","v":101} ])"));
    EXPECT_TRUE(hidden(sent, R"([{"bn":"/1/0/","v":101,"n":"0"}])"));
    sent.path = "/rd";
    EXPECT_TRUE(hidden(sent, R"([{"bn":"/1/0/","n":"0","v":101}])"));
    // A device sends no payload to /bs.
    EXPECT_TRUE(is_hidden(payload_of(
        datagram(Direction::inbound, {Code::post, "/bs"}, wire::as_bytes("something")))));
}

TEST(TraceMask, OverwritesAllBehindTheHeaderOfWhatIsNoMessage) {
    Masker masker;
    Datagram made;
    made.message = {0x48, 0x03, 0x00, 0x01, 1, 2, 3};  // a token of 8 octets
    EXPECT_EQ(masker.mask(made, knowledge()), 3U);
    EXPECT_EQ(made.message, (wire::Bytes{0x48, 0x03, 0x00, 0x01, '*', '*', '*'}));
    made.message = {1, 2};
    EXPECT_EQ(masker.mask(made, knowledge()), 0U);
}

TEST(TraceMask, ReadsAnAnswerByThePathOfItsRequest) {
    const auto payload = encoded(ContentFormat::tlv, model::Path(0, 1), account());
    Masker masker;
    const Sent read{Code::get, "/0/1", std::nullopt, ContentFormat::tlv};
    payload_of(masker, datagram(Direction::outbound, read, {}));
    const Sent answer{Code::content, "", ContentFormat::tlv};
    const std::string shown = payload_of(masker, datagram(Direction::inbound, answer, payload));
    EXPECT_THAT(shown, HasSubstr("coaps://dm.example.com:5684"));
    EXPECT_THAT(shown, Not(HasSubstr(key)));
    // Of the wrong token, direction or peer, or a block.
    Sent other = answer;
    other.token = 2;
    EXPECT_TRUE(is_hidden(payload_of(masker, datagram(Direction::inbound, other, payload))));
    EXPECT_TRUE(is_hidden(payload_of(masker, datagram(Direction::outbound, answer, payload))));
    EXPECT_TRUE(is_hidden(payload_of(masker, datagram(Direction::inbound, answer, payload, 2))));
    other = answer;
    other.block2 = coap::Block{0, true, 6};
    EXPECT_TRUE(is_hidden(payload_of(masker, datagram(Direction::inbound, other, payload))));
}

TEST(TraceMask, ShowsTheLinksOfADiscoverInBlocksToo) {
    const std::string links = "lwm2m=1.0,</0/0>";
    Masker masker;
    const Sent discover{Code::get, "/", std::nullopt, ContentFormat::link_format};
    payload_of(masker, datagram(Direction::outbound, discover, {}));
    Sent answer{Code::content, "", ContentFormat::link_format};
    answer.block2 = coap::Block{1, true, 0};
    EXPECT_EQ(payload_of(masker, datagram(Direction::inbound, answer, wire::as_bytes(links))),
              links);
    // Who asked for links gets nothing else shown, and who asked for something else no links.
    answer.format = ContentFormat::text;
    EXPECT_TRUE(
        is_hidden(payload_of(masker, datagram(Direction::inbound, answer, wire::as_bytes(links)))));
    const Sent read{Code::get, "/0/0/5", std::nullopt, ContentFormat::tlv};
    payload_of(masker, datagram(Direction::outbound, read, {}));
    answer.format = ContentFormat::link_format;
    EXPECT_TRUE(
        is_hidden(payload_of(masker, datagram(Direction::inbound, answer, wire::as_bytes(links)))));
}

TEST(TraceMask, HidesTheKeysOfAPack) {
    const model::Objects objects{{0, {{1, account()}}}};
    const auto payload = encoded(ContentFormat::senml_cbor, model::Path(), objects);
    Masker masker;
    payload_of(masker, datagram(Direction::inbound, {Code::get, "/bspack", std::nullopt}, {}));
    const std::string shown = payload_of(
        masker,
        datagram(Direction::outbound, {Code::content, "", ContentFormat::senml_cbor}, payload));
    EXPECT_THAT(shown, HasSubstr("coaps://dm.example.com:5684"));
    EXPECT_THAT(shown, HasSubstr("****************"));
    EXPECT_THAT(shown, Not(HasSubstr(key.substr(0, 4))));
}

TEST(TraceMask, ShowsTheWordsOfTheDaemonButNotThoseOfADevice) {
    const Sent refused{Code::bad_request, "", std::nullopt};
    const auto why = wire::as_bytes("the key 0123456789abcdef is wrong");
    EXPECT_EQ(payload_of(datagram(Direction::outbound, refused, why)), wire::as_text(why));
    EXPECT_TRUE(is_hidden(payload_of(datagram(Direction::inbound, refused, why))));
}

TEST(TraceMask, RemembersTheLastRequestsOfTheLastPeersAlone) {
    const std::string links = "</0/0>";
    const Sent discover{Code::get, "/", std::nullopt, ContentFormat::link_format};
    const Sent answer{Code::content, "", ContentFormat::link_format};
    const auto is_remembered = [&](Masker& masker, std::uint64_t peer) {
        return !is_hidden(
            payload_of(masker, datagram(Direction::inbound, answer, wire::as_bytes(links), peer)));
    };
    Masker requests;
    payload_of(requests, datagram(Direction::outbound, discover, {}));
    for (std::size_t i = 1; i < Masker::most_requests; ++i) {
        Sent later = discover;
        later.token = static_cast<std::uint8_t>(i + 1);
        payload_of(requests, datagram(Direction::outbound, later, {}));
    }
    EXPECT_TRUE(is_remembered(requests, 1));
    Sent last = discover;
    last.token = 100;
    payload_of(requests, datagram(Direction::outbound, last, {}));
    EXPECT_FALSE(is_remembered(requests, 1));

    Masker peers;
    for (std::uint64_t peer = 1; peer <= Masker::most_peers; ++peer)
        payload_of(peers, datagram(Direction::outbound, discover, {}, peer));
    EXPECT_TRUE(is_remembered(peers, 1));  // and the newest by that
    payload_of(peers, datagram(Direction::outbound, discover, {}, 1000));
    EXPECT_TRUE(is_remembered(peers, 1));
    EXPECT_FALSE(is_remembered(peers, 2));
}

}  // namespace
}  // namespace trace
