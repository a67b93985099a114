#include <sstream>

#include "server/http/import_records.h"
#include "tests/http/api_fixture.h"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class HttpImport : public ApiTest {
  protected:
    HttpImport() {
        backend.add_profile(R"({"name": "water", "servers": [{"shortServerId": 101,
            "uri": "coap://dm.example:5683", "security": {"mode": "nosec"}}]})");
    }

    static std::string line(const std::string& endpoint) {
        return R"({"endpoint":")" + endpoint +
               R"(","profile":"water","credentials":{"psk":{"identity":")" + endpoint +
               R"(","key":"00ff"}}})" + "\n";
    }
    std::unique_ptr<http::BodySink> open(const std::string& type = "application/x-ndjson") {
        auto reception = api.receive(request("POST", "/v1/devices:import", "", type));
        auto* sink = std::get_if<std::unique_ptr<http::BodySink>>(&reception);
        return sink == nullptr ? nullptr : std::move(*sink);
    }
    static std::string read(const Response& response) {
        if (!response.source) return response.body;
        std::string text;
        for (bool more = true; more;)
            response.source->next([&](const http::BodySource::Piece& piece) {
                text += piece.octets;
                more = piece.then == http::BodySource::Piece::Then::go_on;
            });
        return text;
    }
    // The whole of it, in pieces of some octets.
    Response import(const std::string& body, const std::string& type = "application/x-ndjson",
                    std::size_t size = 7) {
        const auto sink = open(type);
        std::optional<Response> answer;
        for (std::size_t i = 0; i < body.size() && !answer; i += size)
            sink->piece(body.substr(i, size),
                        [&](std::optional<Response> early) { answer = std::move(early); });
        if (!answer) sink->end([&](Response response) { answer = std::move(response); });
        return answer.value_or(Response{0, "", "", {}});
    }
    std::vector<Json> results(const Response& response) {
        EXPECT_EQ(response.status, 200U) << response.body;
        EXPECT_EQ(response.content_type, "application/x-ndjson");
        std::vector<Json> all;
        std::istringstream lines(read(response));
        for (std::string each; std::getline(lines, each);) all.push_back(Json::parse(each));
        return all;
    }
};

TEST_F(HttpImport, TellsWhatBecameOfEachLine) {
    const auto told = results(import(
        line("a") + "\n" + line("a") + "{\"endpoint\":\"b\"\n" +
        R"({"endpoint":"c","profile":"gas","credentials":{"nosec":true}})" + "\n" + line("d")));
    ASSERT_EQ(told.size(), 6U);
    EXPECT_EQ(told[0], Json::parse(R"({"line":1,"endpoint":"a","status":"created"})"));
    EXPECT_EQ(told[1], Json::parse(R"({"line":3,"endpoint":"a","status":"updated"})"));
    EXPECT_EQ(told[2]["line"], 4);
    EXPECT_EQ(told[2]["status"], "refused");
    EXPECT_TRUE(told[2]["endpoint"].is_null());
    EXPECT_EQ(told[2]["problem"]["status"], 400);
    EXPECT_EQ(told[3]["endpoint"], "c");
    EXPECT_EQ(told[3]["problem"]["status"], 422);
    EXPECT_EQ(told[3]["problem"]["pointer"], "/profile");
    EXPECT_EQ(told[4]["line"], 6);
    EXPECT_EQ(told[5],
              Json::parse(R"({"summary":{"lines":5,"created":2,"updated":1,"refused":2}})"));
    EXPECT_EQ(backend.kept.devices.size(), 2U);
    EXPECT_THAT(audited(), ElementsAre("token ops device.import "));
}

TEST_F(HttpImport, TellsWhatTheStoreRefused) {
    const std::string imsi = R"("identifiers":{"imsi":"001010000000001"},)";
    std::string first = line("a"), second = line("b");
    first.insert(1, imsi);
    second.insert(1, imsi);
    const auto told = results(import(first + second));
    EXPECT_EQ(told[1]["status"], "refused");
    EXPECT_EQ(told[1]["problem"]["status"], 409);
    EXPECT_THAT(told[1]["problem"]["detail"].get<std::string>(), HasSubstr("\"a\""));
    backend.kept.error = store::Error{store::Errc::disk_full, "the disk is full"};
    const auto full = results(import(line("c")));
    EXPECT_EQ(full[0]["problem"]["status"], 503);
    EXPECT_EQ(full[1]["summary"]["refused"], 1);
}

TEST_F(HttpImport, ReadsCsv) {
    const auto told =
        results(import("endpoint,profile,psk.identity,psk.key,nosec,imsi,reach.mode,reach.port,"
                       "variables.region\r\n"
                       "a,water,id-a,00ff,,001010000000001,dial,5684,\"eu, \"\"west\"\"\"\r\n"
                       "b,water,,,true,,unsecured,,\r\n"
                       "c,water,id-c,00ff,,,,x,\r\n"
                       "d,water,id-d\r\n"
                       "e,water,id\"e,00ff,,,,,\r\n"
                       "\"f\",water,,,1,,,,\"two\nlines\"\n"
                       "g,water,,,true,,,,",
                       "text/csv; charset=utf-8"));
    ASSERT_EQ(told.size(), 8U);
    EXPECT_EQ(told[0], Json::parse(R"({"line":2,"endpoint":"a","status":"created"})"));
    EXPECT_EQ(told[1]["status"], "created");
    EXPECT_EQ(told[2]["problem"]["pointer"], "/reach/port");
    EXPECT_THAT(told[3]["problem"]["detail"].get<std::string>(), HasSubstr("has 3 fields"));
    EXPECT_THAT(told[4]["problem"]["detail"].get<std::string>(), HasSubstr("quote"));
    EXPECT_EQ(told[5]["line"], 7);
    EXPECT_EQ(told[6]["line"], 9);
    EXPECT_EQ(told[7]["summary"],
              Json::parse(R"({"lines":7,"created":4,"updated":0,"refused":3})"));
    const auto& device = backend.kept.devices.at("a")->device;
    EXPECT_EQ(device.variables.at("region"), "eu, \"west\"");
    EXPECT_EQ(device.identifiers.imsi, "001010000000001");
    EXPECT_EQ(device.reach.port, 5684);
    EXPECT_TRUE(backend.kept.devices.at("b")->device.credentials.nosec);
    EXPECT_TRUE(backend.kept.devices.at("b")->device.variables.empty());
    EXPECT_EQ(backend.kept.devices.at("f")->device.variables.at("region"), "two\nlines");
}

TEST_F(HttpImport, WantsAHeaderThatItKnows) {
    for (const auto& [body, why] : std::vector<std::pair<std::string, std::string>>{
             {"endpoint,profile,colour\na,water,red\n", "colour"},
             {"endpoint,profile,endpoint\n", "twice"},
             {"endpoint\na\n", "\"profile\""},
             {"end\"point,profile\n", "quote"},
             {"endpoint,profile,variables.\n", "variables."},
             {"", "header"}}) {
        const Response response = import(body, "text/csv");
        EXPECT_EQ(response.status, 400U) << body;
        EXPECT_THAT(detail(response), HasSubstr(why)) << body;
    }
    EXPECT_EQ(open("application/json"), nullptr);
    EXPECT_EQ(open(""), nullptr);
    EXPECT_TRUE(backend.kept.devices.empty());
}

TEST_F(HttpImport, HasOneBatchInFlight) {
    backend.kept.hold_imports = true;
    std::string body;
    for (int i = 0; i < 500; ++i) body += line("d" + std::to_string(i));
    auto sink = open();
    int wanted = 0;
    const auto more = [&](const std::optional<Response>& early) {
        EXPECT_FALSE(early);
        ++wanted;
    };
    sink->piece(body, more);
    EXPECT_EQ(wanted, 1);
    EXPECT_THAT(backend.kept.batches, ElementsAre(500U));
    sink->piece(body, more);
    EXPECT_EQ(wanted, 1);  // it waits for the store
    EXPECT_EQ(backend.kept.batches.size(), 1U);
    backend.kept.release();
    EXPECT_EQ(wanted, 2);
    EXPECT_THAT(backend.kept.batches, ElementsAre(500U, 500U));
    std::optional<Response> answer;
    sink->end([&](Response response) { answer = std::move(response); });
    EXPECT_FALSE(answer);
    backend.kept.release();
    ASSERT_TRUE(answer);
    const auto told = results(*answer);
    ASSERT_EQ(told.size(), 1001U);
    for (std::size_t i = 0; i < 1000; ++i)
        EXPECT_EQ(told[i]["status"], i < 500 ? "created" : "updated");
}

TEST_F(HttpImport, IsForgottenWhenItsConnectionGoes) {
    backend.kept.hold_imports = true;
    std::string body;
    for (int i = 0; i < 500; ++i) body += line("d" + std::to_string(i));
    auto sink = open();
    int wanted = 0;
    const auto more = [&](const std::optional<Response>&) { ++wanted; };
    sink->piece(body, more);
    sink->piece(body, more);
    sink.reset();
    backend.kept.release();
    EXPECT_EQ(wanted, 1);
    EXPECT_EQ(backend.kept.batches.size(), 1U);
}

TEST_F(HttpImport, PassesOverLinesThatAreTooLong) {
    const std::string body =
        line("a") + std::string(http::longest_record + 1, 'x') + "\n" + line("b");
    const auto told = results(import(body, "application/x-ndjson", 4096));
    ASSERT_EQ(told.size(), 4U);
    EXPECT_EQ(told[1]["line"], 2);
    EXPECT_THAT(told[1]["problem"]["detail"].get<std::string>(), HasSubstr("1 MiB"));
    EXPECT_EQ(told[2]["status"], "created");
    const std::string csv = "endpoint,profile,nosec\na,water,\"" +
                            std::string(http::longest_record + 1, 'x') + "\nb,water,true\n";
    const auto rows = results(import(csv, "text/csv", 4096));
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[1]["line"], 3);
    EXPECT_EQ(rows[1]["status"], "updated");
}

std::string shown(const std::string& text, std::size_t size) {
    http::CsvReader reader;
    std::vector<http::CsvReader::Record> records;
    for (std::size_t i = 0; i < text.size(); i += size) reader.feed(text.substr(i, size), records);
    reader.end(records);
    std::string all;
    for (const auto& record : records) {
        all += std::to_string(record.line);
        for (const auto& field : record.fields) all += "<" + field + ">";
        if (record.fault != http::RecordFault::none) all += "!";
        all += ";";
    }
    return all;
}

TEST(CsvReader, ReadsWhatRfc4180Writes) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n", "1<aaa><bbb><ccc>;2<zzz><yyy><xxx>;"},  // §2.1
        {"aaa,bbb,ccc\r\nzzz,yyy,xxx", "1<aaa><bbb><ccc>;2<zzz><yyy><xxx>;"},      // §2.2
        {"\"aaa\",\"bbb\",\"ccc\"\r\nzzz,yyy,xxx", "1<aaa><bbb><ccc>;2<zzz><yyy><xxx>;"},
        {"\"aaa\",\"b\r\nbb\",\"ccc\"\r\nzzz", "1<aaa><b\r\nbb><ccc>;3<zzz>;"},  // §2.6
        {"\"aaa\",\"b\"\"bb\",\"ccc\"", "1<aaa><b\"bb><ccc>;"},                  // §2.7
        {"a, b ,\n", "1<a>< b ><>;"},
        {"\xEF\xBB\xBF"
         "a,b",
         "1<a><b>;"},
        {"\xEF\xBB\xBF"
         "\"a\",b",
         "1<a><b>;"},
        {"\n\r\na\n", "3<a>;"},
        {"\"\"\n", "1<>;"},
        {"", ""},
        {"a\"b,c\nd", "1!;2<d>;"},
        {"\"a\"b,c\nd", "1!;2<d>;"},
        {"a\n\"b", "1<a>;2!;"},
        {"\"a\",\"\"", "1<a><>;"}};
    for (const auto& [text, expected] : cases)
        for (const std::size_t size : {1U, 2U, 1000U})
            EXPECT_EQ(shown(text, size), expected) << text << " in pieces of " << size;
}

}  // namespace
