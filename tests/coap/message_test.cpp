#include "server/coap/message.h"

#include <memory>

#include <gtest/gtest.h>

#include "tests/coap/conversation.h"

namespace coap {
namespace {

// Decodes from memory of exactly that size, so that a sanitizer sees each octet read too far.
struct Decoded {
    explicit Decoded(std::string_view hex) : size(from_hex(hex).size()) {
        const wire::Bytes octets = from_hex(hex);
        memory = std::make_unique<std::uint8_t[]>(size);
        std::copy(octets.begin(), octets.end(), memory.get());
    }
    Result<Message> operator()() const { return decode({memory.get(), size}); }

    std::size_t size;
    std::unique_ptr<std::uint8_t[]> memory;
};

Errc error_of(std::string_view hex) {
    return Decoded(hex)().error();
}

// RFC 7252 appendix A, figure 16: "Confirmable Request; Piggybacked Response".
TEST(CoapCodec, ReadsTheRequestOfTheSpecificationsFirstExample) {
    const Decoded request("40 01 7d 34 bb 74 65 6d 70 65 72 61 74 75 72 65");
    const auto message = request();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->type, Type::confirmable);
    EXPECT_EQ(message->code, Code::get);
    EXPECT_EQ(message->id, MessageId(0x7d34));
    EXPECT_EQ(message->token, Token{});
    ASSERT_EQ(message->options.size(), 1U);
    EXPECT_EQ(message->options.begin()->number, OptionNumber::uri_path);
    EXPECT_EQ(wire::as_text(message->options.begin()->value), "temperature");
    EXPECT_TRUE(message->payload.empty());
}

TEST(CoapCodec, ReadsTheResponseOfTheSpecificationsFirstExample) {
    const Decoded response("60 45 7d 34 ff 32 32 2e 33 20 43");
    const auto message = response();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->type, Type::acknowledgement);
    EXPECT_EQ(message->code, Code::content);
    EXPECT_EQ(wire::as_text(message->payload), "22.3 C");
}

// Figure 17: the same with a token.
TEST(CoapCodec, WritesTheSpecificationsSecondExample) {
    const Token token = *Token::from(from_hex("20"));
    MessageWriter request(Type::confirmable, Code::get, MessageId(0x7d35), token);
    request.option(OptionNumber::uri_path, wire::as_bytes("temperature"));
    EXPECT_EQ(request.take(), from_hex("41 01 7d 35 20 bb 74 65 6d 70 65 72 61 74 75 72 65"));

    MessageWriter response(Type::acknowledgement, Code::content, MessageId(0x7d35), token);
    response.payload(wire::as_bytes("22.3 C"));
    EXPECT_EQ(response.take(), from_hex("61 45 7d 35 20 ff 32 32 2e 33 20 43"));
}

TEST(CoapCodec, RejectsFewerThanFourOctets) {
    EXPECT_EQ(error_of(""), Errc::truncated_header);
    EXPECT_EQ(error_of("40 01 7d"), Errc::truncated_header);
}

TEST(CoapCodec, RejectsOtherVersions) {
    EXPECT_EQ(error_of("00 01 00 01"), Errc::bad_version);
    EXPECT_EQ(error_of("80 01 00 01"), Errc::bad_version);
    EXPECT_EQ(error_of("c0 01 00 01"), Errc::bad_version);
}

TEST(CoapCodec, AcceptsTokenLengthEight) {
    EXPECT_TRUE(Decoded("48 01 00 01 01 02 03 04 05 06 07 08")());
}

TEST(CoapCodec, RejectsTokenLengthNine) {
    EXPECT_EQ(error_of("49 01 00 01 01 02 03 04 05 06 07 08 09"), Errc::bad_token_length);
}

TEST(CoapCodec, RejectsTokenLengthFifteen) {
    EXPECT_EQ(error_of("4f 01 00 01 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f"),
              Errc::bad_token_length);
}

TEST(CoapCodec, RejectsATokenThatIsCutOff) {
    EXPECT_EQ(error_of("44 01 00 01 01 02 03"), Errc::truncated);
}

TEST(CoapCodec, RejectsReservedCodeClasses) {
    EXPECT_EQ(error_of("40 20 00 01"), Errc::reserved_code);
    EXPECT_EQ(error_of("40 60 00 01"), Errc::reserved_code);
    EXPECT_EQ(error_of("40 c0 00 01"), Errc::reserved_code);
    EXPECT_EQ(error_of("40 e1 00 01"), Errc::reserved_code);
}

TEST(CoapCodec, RejectsAnEmptyMessageWithAnythingInIt) {
    EXPECT_EQ(error_of("41 00 00 01 20"), Errc::content_in_empty_message);
    EXPECT_EQ(error_of("40 00 00 01 b1 61"), Errc::content_in_empty_message);
    EXPECT_EQ(error_of("60 00 00 01 ff 61"), Errc::content_in_empty_message);
    EXPECT_TRUE(Decoded("40 00 00 01")());
}

TEST(CoapCodec, RejectsAMarkerWithoutAPayload) {
    EXPECT_EQ(error_of("40 01 00 01 ff"), Errc::no_payload_after_marker);
    EXPECT_EQ(error_of("40 01 00 01 b1 61 ff"), Errc::no_payload_after_marker);
}

TEST(CoapCodec, RejectsOptionDeltaFifteen) {
    EXPECT_EQ(error_of("40 01 00 01 f1 61"), Errc::bad_option_delta);
}

TEST(CoapCodec, RejectsOptionLengthFifteen) {
    EXPECT_EQ(error_of("40 01 00 01 bf 61 62 63 64 65 66 67 68 69 6a 6b 6c 6d 6e 6f"),
              Errc::bad_option_length);
}

TEST(CoapCodec, RejectsOptionsThatAreCutOff) {
    EXPECT_EQ(error_of("40 01 00 01 b3 61 62"), Errc::truncated);
    EXPECT_EQ(error_of("40 01 00 01 d0"), Errc::truncated);
    EXPECT_EQ(error_of("40 01 00 01 e0 00"), Errc::truncated);
    EXPECT_EQ(error_of("40 01 00 01 bd"), Errc::truncated);
    EXPECT_EQ(error_of("40 01 00 01 be 00"), Errc::truncated);
}

TEST(CoapCodec, RejectsOptionNumbersAboveSixteenBits) {
    EXPECT_TRUE(Decoded("40 01 00 01 e0 fe f2")());  // 65535
    EXPECT_EQ(error_of("40 01 00 01 e0 fe f3"), Errc::bad_option_delta);
    EXPECT_EQ(error_of("40 01 00 01 e0 fe f2 10"), Errc::bad_option_delta);
}

TEST(CoapCodec, RejectsMoreOptionsThanItsLimit) {
    std::string hex = "40 01 00 01 b0";
    for (std::size_t i = 1; i < max_options; ++i) hex += " 00";
    EXPECT_EQ(Decoded(hex)()->options.size(), max_options);
    EXPECT_EQ(error_of(hex + " 00"), Errc::too_many_options);
}

TEST(CoapCodec, RejectsAnOptionLongerThanAnyThatIsDefined) {
    std::string value;
    for (std::size_t i = 0; i < max_option_size; ++i) value += " 61";
    EXPECT_TRUE(Decoded("40 01 00 01 de 16 02 fd" + value)());  // 35, 1034 octets
    EXPECT_EQ(error_of("40 01 00 01 de 16 02 fe" + value + " 61"), Errc::option_too_long);
}

// RFC 7252 §3.1: one octet up to 268, two from 269 on.
TEST(CoapCodec, ExtendsDeltaAndLengthAtTheirLimits) {
    for (const std::size_t size : {0U, 12U, 13U, 268U, 269U, 1034U}) {
        for (const unsigned number : {12U, 13U, 268U, 269U, 65535U}) {
            const wire::Bytes value(size, 0x55);
            MessageWriter writer(Type::non_confirmable, Code::post, MessageId(7), Token{});
            writer.option(OptionNumber(number), value);
            const wire::Bytes datagram = writer.take();
            const std::size_t extension = (number < 13    ? 0U
                                           : number < 269 ? 1U
                                                          : 2U) +
                                          (size < 13    ? 0U
                                           : size < 269 ? 1U
                                                        : 2U);
            EXPECT_EQ(datagram.size(), 5 + extension + size);
            const auto message = decode(datagram);
            ASSERT_TRUE(message) << number << ", " << size;
            EXPECT_EQ(message->options.begin()->number, OptionNumber(number));
            EXPECT_EQ(message->options.begin()->value.size(), size);
        }
    }
}

// RFC 7252 §3.2: no leading zeros when sending, any number of them when receiving.
TEST(CoapCodec, WritesNumbersInTheFewestOctets) {
    const auto written = [](std::uint32_t value) {
        MessageWriter writer(Type::confirmable, Code::get, MessageId(0), Token{});
        writer.option(OptionNumber::if_match, value);
        return wire::to_hex(wire::BytesView(writer.take()).subspan(4));
    };
    EXPECT_EQ(written(0), "10");
    EXPECT_EQ(written(1), "1101");
    EXPECT_EQ(written(255), "11ff");
    EXPECT_EQ(written(256), "120100");
    EXPECT_EQ(written(0x10000), "13010000");
    EXPECT_EQ(written(0xFFFFFFFF), "14ffffffff");
    EXPECT_EQ(uint_value(from_hex("00 00 28")), 40U);
    EXPECT_EQ(uint_value({}), 0U);
    EXPECT_FALSE(uint_value(from_hex("00 00 00 00 28")));
}

TEST(CoapCodec, KeepsRepeatedOptionsInTheirOrder) {
    const Decoded request("40 02 00 01 b2 62 73 02 65 70 ff 00");
    const auto message = request();
    ASSERT_TRUE(message);
    std::vector<std::string_view> segments;
    for (const Option& option : message->options) segments.push_back(wire::as_text(option.value));
    EXPECT_EQ(segments, (std::vector<std::string_view>{"bs", "ep"}));
    EXPECT_EQ(message->payload.size(), 1U);
}

TEST(CoapCodec, FindsAMessageIdToResetInConfirmableMessagesAlone) {
    EXPECT_EQ(confirmable_id(from_hex("4f 01 12 34")), MessageId(0x1234));
    EXPECT_FALSE(confirmable_id(from_hex("5f 01 12 34")));
    EXPECT_FALSE(confirmable_id(from_hex("6f 01 12 34")));
    EXPECT_FALSE(confirmable_id(from_hex("7f 01 12 34")));
    EXPECT_FALSE(confirmable_id(from_hex("8f 01 12 34")));
    EXPECT_FALSE(confirmable_id(from_hex("4f 01 12")));
}

}  // namespace
}  // namespace coap
