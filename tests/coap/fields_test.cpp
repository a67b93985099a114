#include "server/coap/fields.h"

#include <gtest/gtest.h>

#include "tests/coap/conversation.h"

namespace coap {
namespace {

Result<RequestFields> request_of(std::string_view hex) {
    const wire::Bytes datagram = from_hex(hex);
    return read_request(*decode(datagram));
}

Result<ResponseFields> response_of(std::string_view hex) {
    const wire::Bytes datagram = from_hex(hex);
    return read_response(*decode(datagram));
}

TEST(CoapFields, ReadsABootstrapRequest) {
    const auto fields = request_of("40 02 00 01 b2 62 73 44 65 70 3d 61 07 70 63 74 3d 31 31 32");
    ASSERT_TRUE(fields);
    EXPECT_EQ(fields->request.method, Code::post);
    EXPECT_EQ(fields->request.path, std::vector<std::string>{"bs"});
    EXPECT_EQ(fields->request.queries, (std::vector<std::string>{"ep=a", "pct=112"}));
}

TEST(CoapFields, WritesOptionsInTheirOrder) {
    Request request;
    request.method = Code::put;
    request.path = {"0", "1"};
    request.queries = {"ver=1"};
    request.content_format = 11542;
    request.accept = 40;
    MessageWriter writer(Type::confirmable, request.method, MessageId(1), Token{});
    write_options(writer, request, Block{2, false, 6}, Block{1, true, 2}, 3000);
    EXPECT_EQ(wire::to_hex(writer.take()),
              "40030001"  // CON PUT
              "b130"
              "0131"          // Uri-Path "0", "1"
              "122d16"        // Content-Format 11542
              "357665723d31"  // Uri-Query "ver=1"
              "2128"          // Accept 40
              "6126"          // Block2 2/0/1024
              "411a");        // Block1 1/1/64
}

TEST(CoapFields, WritesContentFormatZeroWithoutAnOctet) {
    Request request;
    request.content_format = 0;
    MessageWriter writer(Type::confirmable, Code::put, MessageId(1), Token{});
    write_options(writer, request, {}, {}, 0);
    EXPECT_EQ(wire::to_hex(writer.take()), "40030001c0");
}

// libcoap 4.3.1 takes the first block for all of the body where its size is not said.
TEST(CoapFields, SaysTheSizeOfTheWholeBodyWithItsFirstBlock) {
    Request request;
    MessageWriter writer(Type::confirmable, Code::put, MessageId(1), Token{});
    write_options(writer, request, {}, Block{0, true, 6}, 3004);
    EXPECT_EQ(wire::to_hex(writer.take()),
              "40030001"
              "d10e0e"      // Block1 0/1/1024
              "d2140bbc");  // Size1 3004
}

TEST(CoapFields, AnUnknownCriticalOptionIsAnError) {
    EXPECT_EQ(request_of("40 02 00 01 91 00").error(), Errc::unrecognised_option);   // 9
    EXPECT_EQ(response_of("60 44 00 01 91 00").error(), Errc::unrecognised_option);  // 9
    EXPECT_EQ(request_of("40 02 00 01 10").error(), Errc::unrecognised_option);      // If-Match
}

TEST(CoapFields, AnUnknownElectiveOptionIsPassedOver) {
    EXPECT_TRUE(request_of("40 02 00 01 a1 00"));      // 10
    EXPECT_TRUE(response_of("60 44 00 01 d1 ff 00"));  // 268
    EXPECT_TRUE(request_of("40 02 00 01 60"));         // Observe
}

// RFC 7252 §5.4.5: what is repeated though it may not be counts as not recognised.
TEST(CoapFields, ARepeatedAcceptIsAnError) {
    EXPECT_TRUE(request_of("40 01 00 01 d1 04 28"));
    EXPECT_EQ(request_of("40 01 00 01 d1 04 28 01 28").error(), Errc::unrecognised_option);
}

TEST(CoapFields, ARepeatedContentFormatIsPassedOver) {
    const auto fields = request_of("40 02 00 01 c1 28 01 00");
    ASSERT_TRUE(fields);
    EXPECT_EQ(fields->request.content_format, 40);
}

// RFC 7252 §5.4.3.
TEST(CoapFields, AnOptionOfAWrongLengthIsNotRecognised) {
    EXPECT_EQ(request_of("40 01 00 01 d3 04 00 00 28").error(), Errc::unrecognised_option);
    EXPECT_FALSE(request_of("40 02 00 01 c3 00 00 28")->request.content_format);
    EXPECT_EQ(request_of("40 02 00 01 30").error(), Errc::unrecognised_option);  // Uri-Host ""
    std::string path = "40 02 00 01 bd f3";
    for (int i = 0; i < 256; ++i) path += " 61";
    EXPECT_EQ(request_of(path).error(), Errc::unrecognised_option);
}

TEST(CoapFields, HostAndPortOfTheServerAreTaken) {
    EXPECT_TRUE(request_of("40 02 00 01 32 62 73 42 16 33 42 62 73"));
}

TEST(CoapFields, ProxyingIsRefused) {
    EXPECT_EQ(request_of("40 01 00 01 d1 16 61").error(), Errc::proxying);  // Proxy-Uri
    EXPECT_EQ(request_of("40 01 00 01 d4 1a 63 6f 61 70").error(), Errc::proxying);
    EXPECT_EQ(answer_code(reaction(Errc::proxying)), Code::proxying_not_supported);
}

TEST(CoapFields, TheReservedBlockSizeIsAnError) {
    EXPECT_EQ(request_of("40 02 00 01 d1 0e 07").error(), Errc::bad_block);
    EXPECT_EQ(request_of("40 02 00 01 d1 0a 0f").error(), Errc::bad_block);
    EXPECT_EQ(answer_code(reaction(Errc::bad_block)), Code::bad_request);
}

TEST(CoapFields, ReadsWhatAResponseSaysOfItsBody) {
    const auto fields = response_of("60 45 00 01 42 ab cd 81 28 b1 0e 41 08");
    ASSERT_TRUE(fields);
    EXPECT_EQ(fields->etag, from_hex("ab cd"));
    EXPECT_EQ(fields->content_format, 40);
    EXPECT_EQ(fields->block2, (Block{0, true, 6}));
    EXPECT_EQ(fields->block1, (Block{0, true, 0}));
}

}  // namespace
}  // namespace coap
