#include "tests/http/api_fixture.h"

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class HttpTraces : public ApiTest {
  protected:
    // A CoAP ping.
    void pass() {
        trace::Datagram ping;
        ping.message = {0x40, 0, 0, 1};
        static const trace::Knowledge knowledge(
            std::make_shared<const model::Definitions>(model::Definitions::built_in()));
        backend.recordings.back().lock()->add(ping, knowledge);
    }
};

TEST_F(HttpTraces, StreamTheCaptureFileUntilItEnds) {
    Response response = get("/v1/traces/meter-1");
    ASSERT_EQ(response.status, 200U);
    EXPECT_EQ(response.content_type, "application/x-pcapng");
    ASSERT_TRUE(response.source);
    EXPECT_FALSE(response.source->heartbeat().empty());
    std::string file;
    std::optional<http::BodySource::Piece::Then> then;
    const auto next = [&] {
        then.reset();
        response.source->next([&](const http::BodySource::Piece& piece) {
            file += piece.octets;
            then = piece.then;
        });
    };
    next();
    EXPECT_THAT(file, StartsWith("\x0a\x0d\x0d\x0a"));
    next();
    EXPECT_FALSE(then);  // until a message comes
    const std::size_t before = file.size();
    pass();
    EXPECT_EQ(then, http::BodySource::Piece::Then::go_on);
    EXPECT_THAT(file.substr(before), HasSubstr(std::string("\x40\x00\x00\x01", 4)));
    next();
    pass();
    pass();  // both before they are asked for
    next();
    backend.recordings.back().lock()->end({});
    next();
    EXPECT_EQ(then, http::BodySource::Piece::Then::go_on);
    next();
    EXPECT_EQ(then, http::BodySource::Piece::Then::end);
    // The reader has gone.
    response.source.reset();
    EXPECT_TRUE(backend.recordings.back().expired());
}

TEST_F(HttpTraces, HideSecretsUnlessTheyAreAskedForAndAreWrittenDown) {
    get("/v1/traces/urn:imei:1?seconds=60&sessions=2");
    get("/v1/traces/a%2Fb?secrets=hide");
    get("/v1/traces/meter-1?secrets=show");
    ASSERT_EQ(backend.trace_orders.size(), 3U);
    EXPECT_EQ(backend.trace_orders[0].endpoint, "urn:imei:1");
    EXPECT_FALSE(backend.trace_orders[0].shows_secrets);
    EXPECT_EQ(backend.trace_orders[0].lasts, std::chrono::seconds(60));
    EXPECT_EQ(backend.trace_orders[0].sessions, 2U);
    EXPECT_EQ(backend.trace_orders[1].endpoint, "a/b");
    EXPECT_FALSE(backend.trace_orders[1].shows_secrets);
    EXPECT_FALSE(backend.trace_orders[1].lasts);
    EXPECT_TRUE(backend.trace_orders[2].shows_secrets);
    EXPECT_THAT(audited(),
                ElementsAre("token ops trace.begin urn:imei:1", "token ops trace.begin a/b",
                            "token ops trace.begin meter-1"));
    EXPECT_EQ(backend.kept.entries[0].detail, R"({"secrets":"hide"})");
    EXPECT_EQ(backend.kept.entries[2].detail, R"({"secrets":"show"})");
}

TEST_F(HttpTraces, ShowNothingThatCouldNotBeWrittenDown) {
    backend.kept.error = store::Error{store::Errc::disk_full, "disk full"};
    const Response response = get("/v1/traces/meter-1?secrets=show");
    EXPECT_EQ(response.status, 503U);
    EXPECT_FALSE(response.source);
    EXPECT_TRUE(backend.recordings.back().expired());
}

TEST_F(HttpTraces, AreForAdministratorsAlone) {
    for (const http::Role role : {http::Role::attach, http::Role::read, http::Role::provision}) {
        caller.roles = http::bit(role);
        EXPECT_EQ(get("/v1/traces/meter-1").status, 403U);
    }
    EXPECT_THAT(backend.trace_orders, IsEmpty());
}

TEST_F(HttpTraces, AreLimited) {
    backend.traces_full = true;
    const Response full = get("/v1/traces/meter-1");
    EXPECT_EQ(full.status, 503U);
    EXPECT_THAT(detail(full), HasSubstr("limits.traces"));
    EXPECT_EQ(header(full, "Retry-After"), "10");
    EXPECT_THAT(audited(), IsEmpty());
}

TEST_F(HttpTraces, RefuseWhatMakesNoSense) {
    for (const char* query :
         {"seconds=0", "seconds=604801", "seconds=1.5", "seconds=", "sessions=0", "sessions=-1",
          "sessions=x", "secrets=yes", "secrets=", "follow=1"})
        EXPECT_EQ(get("/v1/traces/meter-1?" + std::string(query)).status, 400U) << query;
    EXPECT_EQ(get("/v1/traces/" + std::string(300, 'a')).status, 400U);
    EXPECT_EQ(get("/v1/traces/").status, 404U);
    EXPECT_THAT(backend.trace_orders, IsEmpty());
}

TEST_F(HttpTraces, AreNotTakenForAHead) {
    const Response response = send("HEAD", "/v1/traces/meter-1");
    EXPECT_EQ(response.status, 200U);
    EXPECT_FALSE(response.source);
    EXPECT_THAT(backend.trace_orders, IsEmpty());
}
