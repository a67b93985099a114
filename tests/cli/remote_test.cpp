#include <algorithm>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/invocation.h"
#include "tests/cli/scripted_daemon.h"

namespace cli {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Invocation;
using ::testing::Not;
using testing::ScriptedDaemon;

// The commands that ask the daemon, against one that answers as it is told.
class CliRemote : public ::testing::Test {
  protected:
    Invocation run(std::vector<std::string> arguments, const std::string& in = "") const {
        arguments.insert(arguments.end(), {"--socket", daemon.socket()});
        return Invocation(arguments, in);
    }
    std::string file(const std::string& name, const std::string& text) const {
        std::ofstream(daemon.folder / name) << text;
        return daemon.folder / name;
    }

    ScriptedDaemon daemon;
};

class CliStatus : public CliRemote {};

TEST_F(CliStatus, IsATableWithoutTheNoughts) {
    daemon.on("GET /v1/status", ScriptedDaemon::json(200, R"({"version":"0.1.0","state":"running",
        "uptime":183845,"shards":2,"profiles":3,"devices":12,"disabledDevices":1,
        "listen":{"coap":[],"coaps":["0.0.0.0:5684","[::]:5684"]},
        "sessions":{"running":2,"waiting":0},"outcomes":{"finished":7,"timed_out":0},
        "attach":{"sources":{"radius:core":{"accepted":4,"refused":0}}},
        "store":{"writes":9,"trouble":"disk full"},"webhooks":{"crm":{"delivered":1}}})"));
    const Invocation status = run({"status"});
    EXPECT_EQ(status.code, ExitCode::well) << status.err;
    EXPECT_EQ(status.out,
              "version             0.1.0\n"
              "state               running, for 2 d 03:04:05\n"
              "shards              2\n"
              "coaps               0.0.0.0:5684, [::]:5684\n"
              "devices             12, of them disabled: 1\n"
              "profiles            3\n"
              "sessions            running 2\n"
              "outcomes            finished 7\n"
              "network             none\n"
              "store               writes 9, trouble disk full\n"
              "api                 none\n"
              "attach radius:core  accepted 4\n"
              "webhook crm         delivered 1\n"
              "trouble             the store takes nothing: disk full\n");
    EXPECT_EQ(json::parse(run({"status", "--json"}).out)["devices"], 12);
}

TEST_F(CliStatus, BearsADaemonOfAnotherVersion) {
    daemon.on("GET /v1/status", ScriptedDaemon::json(200, R"({"listen":7,"attach":[1],
        "webhooks":"x","uptime":"long"})"));
    EXPECT_EQ(run({"status"}).code, ExitCode::well);
    daemon.on("GET /v1/profiles", ScriptedDaemon::json(200, R"({"profiles":7})"));
    EXPECT_EQ(run({"profile", "list"}).code, ExitCode::no);
    daemon.on("GET /v1/sessions/1", ScriptedDaemon::json(200, "[]"));
    EXPECT_THAT(run({"session", "show", "1"}).err, HasSubstr("of another version"));
}

TEST_F(CliStatus, IsHealthyOnlyWhenItIsReady) {
    daemon.on("GET /readyz", ScriptedDaemon::text("ready\ntriggers waiting: 3\n"));
    daemon.on("GET /readyz",
              ScriptedDaemon::json(503, R"({"detail":"the store takes nothing: disk full"})"));
    const Invocation ready = run({"health"});
    EXPECT_EQ(ready.code, ExitCode::well);
    EXPECT_EQ(ready.out, "ready\n");
    const Invocation full = run({"health"});
    EXPECT_EQ(full.code, ExitCode::no);
    EXPECT_EQ(full.err, "the store takes nothing: disk full\n");
    EXPECT_EQ(Invocation({"health", "--socket", "/nonexistent/s"}).code, ExitCode::unreachable);
}

TEST_F(CliStatus, TellsWhatAReloadChangedOrWasRefusedFor) {
    daemon.on("POST /v1/reload", ScriptedDaemon::json(200, R"({"reloaded":true,
        "changed":["/log/level"],"profiles":3,"devices":{"written":2,"disabled":0}})"));
    daemon.on("POST /v1/reload", ScriptedDaemon::json(422, R"({"detail":"nothing was reloaded",
        "problems":[{"file":"/etc/x.json","pointer":"/shards","detail":"is 0; write 1"}]})"));
    const Invocation done = run({"reload"});
    EXPECT_EQ(done.code, ExitCode::well) << done.err;
    EXPECT_EQ(done.out,
              "reloaded: 3 profiles; devices of the files: 2 written, 0 disabled\n"
              "changed: /log/level\n");
    const Invocation refused = run({"reload"});
    EXPECT_EQ(refused.code, ExitCode::no);
    EXPECT_EQ(refused.out, "");
    EXPECT_EQ(refused.err, "nothing was reloaded\n/etc/x.json: /shards: is 0; write 1\n");
}

class CliAttach : public CliRemote {
  protected:
    CliAttach() { daemon.on("POST /v1/attachments", ScriptedDaemon::json(202, R"({"id":"s-1"})")); }
    void session(const std::string& state, const std::string& outcome) {
        daemon.on("GET /v1/sessions/s-1", ScriptedDaemon::json(200, json{{"id", "s-1"},
                                                                         {"state", state},
                                                                         {"outcome", outcome},
                                                                         {"cause", "the cause"}}
                                                                        .dump()));
    }
    void events(const std::string& stream, bool is_held = false) {
        daemon.on("GET /v1/events?endpoint=urn%3Aa", ScriptedDaemon::events(stream, is_held));
    }
    static std::string ended(const std::string& id) {
        return "id: b-1\nevent: session.ended\ndata: {\"id\":\"" + id + "\"}\n\n";
    }
};

TEST_F(CliAttach, PrintsTheSession) {
    const Invocation told = run({"attach", "urn:a", "--address", "192.0.2.1", "--port", "5684"});
    EXPECT_EQ(told.code, ExitCode::well) << told.err;
    EXPECT_EQ(told.out, "s-1\n");
    EXPECT_EQ(json::parse(daemon.seen()[0].body),
              json::parse(R"({"endpoint":"urn:a","address":"192.0.2.1","port":5684})"));
    EXPECT_TRUE(daemon.seen()[0].has("Content-Type: application/json\r\n"));
    EXPECT_EQ(json::parse(run({"attach", "urn:a", "--json"}).out)["id"], "s-1");
}

TEST_F(CliAttach, WaitsForTheEndOfItsOwnSession) {
    session("waiting", "");
    session("ended", "finished");
    events(ended("s-0") + ended("s-1"), true);
    const Invocation told = run({"attach", "urn:a", "--wait"});
    EXPECT_EQ(told.code, ExitCode::well) << told.err;
    EXPECT_EQ(told.out, "s-1\nfinished: the cause\n");
    EXPECT_THAT(daemon.requests(),
                ElementsAre("POST /v1/attachments", "GET /v1/events?endpoint=urn%3Aa",
                            "GET /v1/sessions/s-1", "GET /v1/sessions/s-1"));
}

TEST_F(CliAttach, SeesASessionThatEndedBeforeItListened) {
    session("ended", "unreachable");
    events("", true);
    const Invocation told = run({"attach", "urn:a", "--wait", "--json"});
    EXPECT_EQ(told.code, ExitCode::no);
    EXPECT_EQ(json::parse(told.out)["outcome"], "unreachable");
}

TEST_F(CliAttach, LooksAgainWhereEventsAreMissing) {
    session("running", "");
    session("ended", "finished");
    events("id: c-0\nevent: reset\ndata: {}\n\n", true);
    EXPECT_EQ(run({"attach", "urn:a", "--wait"}).code, ExitCode::well);
}

TEST_F(CliAttach, WaitsNoLongerThanItIsTold) {
    session("waiting", "");
    events("", true);
    const Invocation told = run({"attach", "urn:a", "--wait", "--timeout", "1"});
    EXPECT_EQ(told.code, ExitCode::no);
    EXPECT_EQ(told.err, "the time is over\n");
    EXPECT_EQ(run({"attach", "urn:a", "--timeout", "1"}).code, ExitCode::usage);
}

TEST_F(CliAttach, IsRefusedForAStranger) {
    ScriptedDaemon other;
    other.on("POST /v1/attachments", ScriptedDaemon::json(404, R"({"detail":"no device \u001b"})"));
    const Invocation told({"attach", "x", "--wait", "--socket", other.socket()});
    EXPECT_EQ(told.code, ExitCode::no);
    EXPECT_EQ(told.err, "no device \\x1b\n");
}

class CliSessions : public CliRemote {};

TEST_F(CliSessions, AreATableOverPages) {
    daemon.on("GET /v1/sessions?endpoint=a%26b&outcome=finished&limit=3",
              ScriptedDaemon::json(200, R"({"sessions":[{"id":"1","endpoint":"a&b","mode":"m",
        "state":"ended","outcome":"finished","startedAt":"t","endedAt":null,"cause":"x\u0007"}],
        "next":"c 1"})"));
    daemon.on("GET /v1/sessions?endpoint=a%26b&outcome=finished&limit=2&after=c%201",
              ScriptedDaemon::json(200, R"({"sessions":[{"id":"2"},{"id":"3"}],"next":"c2"})"));
    const std::vector<std::string> arguments{"sessions", "--endpoint", "a&b", "--outcome",
                                             "finished", "--limit",    "3"};
    const Invocation table = run(arguments);
    EXPECT_EQ(table.code, ExitCode::well) << table.err;
    EXPECT_EQ(table.out,
              "ID  ENDPOINT  MODE  STATE  OUTCOME   STARTED  ENDED  CAUSE\n"
              "1   a&b       m     ended  finished  t        -      x\\x07\n"
              "2\n3\n");
    EXPECT_THAT(table.err, HasSubstr("more than 3"));
    auto as_json = arguments;
    as_json.emplace_back("--json");
    const json told = json::parse(run(as_json).out);
    EXPECT_EQ(told["sessions"].size(), 3U);
    EXPECT_EQ(told["next"], "c2");
}

TEST_F(CliSessions, TellMoreAsTheyCome) {
    daemon.on("GET /v1/events?endpoint=a&kinds=session.started%2Csession.ended",
              ScriptedDaemon::events("id: b-1\nevent: session.started\n"
                                     "data: {\"id\":\"7\",\"endpoint\":\"a\"}\n\n"
                                     "id: b-2\nevent: session.ended\ndata: {\"id\":\"7\","
                                     "\"endpoint\":\"a\",\"outcome\":\"finished\"}\n\n",
                                     true));
    const Invocation told = run({"sessions", "-f", "-e", "a", "--count", "2"});
    EXPECT_EQ(told.code, ExitCode::well) << told.err;
    EXPECT_EQ(told.out,
              "session.started  a  id 7\n"
              "session.ended    a  id 7, outcome finished\n");
}

TEST_F(CliSessions, TellOfOneOutcomeAlone) {
    daemon.on("GET /v1/events?kinds=session.ended",
              ScriptedDaemon::events("id: b-1\nevent: session.ended\ndata: {\"id\":\"1\","
                                     "\"outcome\":\"finished\"}\n\n"
                                     "id: b-2\nevent: session.ended\ndata: {\"id\":\"2\","
                                     "\"outcome\":\"cancelled\"}\n\n",
                                     true));
    const Invocation told =
        run({"sessions", "--follow", "--outcome", "cancelled", "--count", "1", "--json"});
    EXPECT_EQ(told.code, ExitCode::well) << told.err;
    EXPECT_EQ(json::parse(told.out), json::parse(R"({"id":"b-2","event":"session.ended",
                              "data":{"id":"2","outcome":"cancelled"}})"));
}

TEST_F(CliSessions, ShowTheirOperations) {
    daemon.on("GET /v1/sessions/s%2F1", ScriptedDaemon::json(200, R"({"id":"s/1","notes":[],
        "outcome":"finished","operations":[{"method":"WRITE","path":"/0/1","contentFormat":11542,
        "payloadSize":40,"code":"2.04","retransmissions":1,"answeredAt":"t","note":""}]})"));
    const Invocation shown = run({"session", "show", "s/1"});
    EXPECT_EQ(shown.code, ExitCode::well) << shown.err;
    EXPECT_THAT(shown.out, HasSubstr("outcome  finished\noperations\n"));
    EXPECT_THAT(shown.out, HasSubstr("  WRITE   /0/1  11542   40      2.04"));
    EXPECT_EQ(json::parse(run({"session", "show", "s/1", "--json"}).out)["id"], "s/1");
}

TEST_F(CliSessions, AreCancelled) {
    daemon.on("DELETE /v1/sessions/1", {"HTTP/1.1 204 x\r\n\r\n", false, false});
    daemon.on("DELETE /v1/sessions/2", ScriptedDaemon::json(409, R"({"detail":"ended already"})"));
    EXPECT_EQ(run({"session", "cancel", "1"}).out, "cancelled 1\n");
    EXPECT_EQ(run({"session", "cancel", "2"}).code, ExitCode::no);
}

class CliEvents : public CliRemote {};

TEST_F(CliEvents, BeginWithThoseThatAreKept) {
    daemon.on("GET /v1/events",
              ScriptedDaemon::events("id: b-0\nevent: reset\ndata: {}\n\n"
                                     "id: b-1\nevent: attach\ndata: {\"endpoint\":\"a\"}\n\n",
                                     true));
    const Invocation told = run({"events", "--kept", "--count", "1"});
    EXPECT_EQ(told.code, ExitCode::well) << told.err;
    EXPECT_EQ(told.out, "attach           a\n");
    EXPECT_EQ(told.err, "");
    EXPECT_TRUE(daemon.seen()[0].has("Last-Event-ID: 0\r\n"));
}

TEST_F(CliEvents, TellWhereSomeMayBeMissing) {
    const std::string stream =
        "id: b-1\nevent: attach\ndata: {\"endpoint\":\"a\"}\n\n"
        "id: c-0\nevent: reset\ndata: {}\n\n"
        "id: c-1\nevent: attach\ndata: {\"endpoint\":\"b\"}\n\n";
    daemon.on("GET /v1/events?kinds=attach", ScriptedDaemon::events(stream, true));
    const Invocation told = run({"events", "--kinds", "attach", "--count", "2"});
    EXPECT_EQ(told.out, "attach           a\nattach           b\n");
    EXPECT_EQ(told.err, "some events may be missing here\n");
    const Invocation lines = run({"events", "--kinds", "attach", "--count", "2", "--json"});
    EXPECT_THAT(lines.out, HasSubstr("{\"id\":\"c-0\",\"event\":\"reset\",\"data\":{}}\n"));
    EXPECT_EQ(std::ranges::count(lines.out, '\n'), 3);
}

class CliTrace : public CliRemote {
  protected:
    const std::string octets = std::string("\x0a\x0d\x0d\x0a\0\0binary\n", 13);
};

TEST_F(CliTrace, GoesToStandardOutputAsItIs) {
    daemon.on("GET /v1/traces/urn%3Aa", ScriptedDaemon::lines(octets));
    const Invocation taken = run({"trace", "urn:a"});
    EXPECT_EQ(taken.code, ExitCode::well) << taken.err;
    EXPECT_EQ(taken.out, octets);
}

TEST_F(CliTrace, IsNothingForATerminal) {
    const Invocation shown({"trace", "a", "--socket", daemon.socket()}, "", false, true);
    EXPECT_EQ(shown.code, ExitCode::usage);
    EXPECT_THAT(shown.err, HasSubstr("--to"));
    EXPECT_TRUE(daemon.requests().empty());
}

TEST_F(CliTrace, GoesToANewFileOfItsOwnerAlone) {
    daemon.on("GET /v1/traces/a?seconds=5&sessions=2&secrets=show", ScriptedDaemon::lines(octets));
    const std::filesystem::path to = daemon.folder / "a.pcapng";
    const std::vector<std::string> arguments{
        "trace", "a", "--to", to.string(), "--seconds", "5", "--sessions", "2", "--show-secrets"};
    const Invocation taken = run(arguments);
    EXPECT_EQ(taken.code, ExitCode::well) << taken.err;
    EXPECT_EQ(taken.out, "");
    std::ifstream file(to, std::ios::binary);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), octets);
    EXPECT_EQ(std::filesystem::status(to).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    // What is there is not replaced.
    const Invocation again = run(arguments);
    EXPECT_EQ(again.code, ExitCode::no);
    EXPECT_THAT(again.err, HasSubstr("a.pcapng: File exists"));
}

TEST_F(CliTrace, LeavesNoFileWhenItIsRefused) {
    daemon.on("GET /v1/traces/a", ScriptedDaemon::json(503, R"({"detail":"too many traces"})"));
    const std::filesystem::path to = daemon.folder / "a.pcapng";
    const Invocation refused = run({"trace", "a", "--to", to.string()});
    EXPECT_EQ(refused.code, ExitCode::no);
    EXPECT_EQ(refused.err, "too many traces\n");
    EXPECT_FALSE(std::filesystem::exists(to));
    EXPECT_EQ(run({"trace", "a", "--seconds", "0"}).code, ExitCode::usage);
}

class CliRecords : public CliRemote {};

TEST_F(CliRecords, AreAddedUnlessTheyAreThere) {
    daemon.on("PUT /v1/devices/urn%3Aa", ScriptedDaemon::json(201, "{}"));
    daemon.on("PUT /v1/devices/b", ScriptedDaemon::json(412, R"({"detail":"x"})"));
    daemon.on("PUT /v1/devices/c", ScriptedDaemon::json(422, R"({"detail":"cannot be","problems":[
                  {"pointer":"/profile","detail":"there is no profile \"x\""}]})"));
    daemon.on("PUT /v1/devices/d", ScriptedDaemon::json(201, "{}"));
    const Invocation added =
        run({"device", "add", "-"},
            R"([{"endpoint":"urn:a"},{"endpoint":"b"},{"endpoint":"c"},{"endpoint":"d"}])");
    EXPECT_EQ(added.code, ExitCode::no);
    EXPECT_EQ(added.out, "added urn:a\nadded d\n");
    EXPECT_EQ(added.err,
              "b: is there already; --replace replaces it\n"
              "c: cannot be\n/profile: there is no profile \"x\"\n");
    EXPECT_TRUE(daemon.seen()[0].has("If-None-Match: *\r\n"));
    EXPECT_EQ(json::parse(daemon.seen()[0].body), (json{{"endpoint", "urn:a"}}));
}

TEST_F(CliRecords, AreReplacedWhenThatIsWanted) {
    daemon.on("PUT /v1/devices/a", ScriptedDaemon::json(200, "{}"));
    daemon.on("PUT /v1/profiles/p", ScriptedDaemon::json(200, "{}"));
    const std::string device = file("device.json", R"({"endpoint":"a"})");
    EXPECT_EQ(run({"device", "add", "--replace", device}).out, "replaced a\n");
    EXPECT_EQ(run({"profile", "put", file("p.json", R"({"name":"p"})")}).out, "replaced p\n");
    for (const auto& seen : daemon.seen()) EXPECT_FALSE(seen.has("If-None-Match"));
}

TEST_F(CliRecords, NeedAFileThatMakesSense) {
    for (const std::string text : {"", "7", "[7]", "{\"endpoint\":", "{\"endpoint\":7}", "{}"}) {
        const Invocation added = run({"device", "add", "-"}, text);
        EXPECT_EQ(added.code, ExitCode::usage) << text;
        EXPECT_NE(added.err, "") << text;
    }
    EXPECT_EQ(run({"profile", "put", "/nonexistent/p.json"}).code, ExitCode::usage);
    EXPECT_TRUE(daemon.seen().empty());
}

TEST_F(CliRecords, AreShownListedAndRemoved) {
    daemon.on("GET /v1/devices/a", ScriptedDaemon::json(200, R"({"endpoint":"a",
        "credentials":{"psk":{"identity":"i\u001b"},"nosec":true},"file":null,"disabled":false})"));
    daemon.on("GET /v1/devices?prefix=a&profile=p&limit=100",
              ScriptedDaemon::json(200, R"({"devices":[{"endpoint":"a","profile":"p",
                  "disabled":true,"updated":"t","file":"f.json"}],"next":null})"));
    daemon.on("DELETE /v1/devices/a", {"HTTP/1.1 204 x\r\n\r\n", false, false});
    daemon.on("GET /v1/profiles/p", ScriptedDaemon::json(200, R"({"name":"p"})"));
    daemon.on("GET /v1/profiles", ScriptedDaemon::json(200, R"({"profiles":[{"name":"p",
        "enabler":"1.1","operations":5,"contentFormatName":"tlv","file":"f.json"}]})"));
    daemon.on("DELETE /v1/profiles/p", ScriptedDaemon::json(409, R"({"detail":"of a file"})"));
    EXPECT_EQ(run({"device", "show", "a"}).out,
              "endpoint                  a\n"
              "credentials.psk.identity  i\\x1b\n"
              "credentials.nosec         yes\n"
              "disabled                  no\n");
    EXPECT_EQ(json::parse(run({"device", "show", "a", "--json"}).out)["endpoint"], "a");
    EXPECT_EQ(run({"device", "list", "--prefix", "a", "--profile", "p"}).out,
              "ENDPOINT  PROFILE  DISABLED  UPDATED  FILE\n"
              "a         p        yes       t        f.json\n");
    EXPECT_EQ(run({"device", "remove", "a"}).out, "removed a\n");
    EXPECT_EQ(json::parse(run({"profile", "show", "p"}).out), (json{{"name", "p"}}));
    EXPECT_EQ(run({"profile", "list"}).out,
              "NAME  ENABLER  OPERATIONS  FORMAT  FILE\n"
              "p     1.1      5           tlv     f.json\n");
    const Invocation refused = run({"profile", "remove", "p"});
    EXPECT_EQ(refused.code, ExitCode::no);
    EXPECT_EQ(refused.err, "of a file\n");
}

TEST_F(CliRecords, OfItsOwnWorkAreLists) {
    daemon.on("GET /v1/audit?actor=x&limit=100",
              ScriptedDaemon::json(200, R"({"audit":[{"when":"t","actor":"x","action":"reload",
                  "subject":"","detail":{"a":1}}],"next":null})"));
    daemon.on(
        "GET /v1/strangers?limit=1000",
        ScriptedDaemon::json(200, R"({"strangers":[{"source":"api","count":2}],"next":null})"));
    daemon.on("GET /v1/deliveries?hook=crm&limit=100",
              ScriptedDaemon::json(200, R"({"deliveries":[{"sequence":5}],"next":null})"));
    EXPECT_THAT(run({"audit", "--actor", "x"}).out, HasSubstr("{\"a\":1}"));
    EXPECT_THAT(run({"strangers", "--limit", "0"}).out, HasSubstr("api"));
    EXPECT_EQ(json::parse(run({"deliveries", "--hook", "crm", "--json"}).out)["deliveries"][0],
              (json{{"sequence", 5}}));
}

class CliImport : public CliRemote {
  protected:
    void answers(const std::string& lines) {
        daemon.on("POST /v1/devices:import", ScriptedDaemon::lines(lines));
    }
    static constexpr const char* well =
        "{\"line\":1,\"endpoint\":\"a\",\"status\":\"created\"}\n"
        "{\"summary\":{\"lines\":1,\"created\":1,\"updated\":0,\"refused\":0}}\n";
};

TEST_F(CliImport, SendsALargeFileWholeAndInPieces) {
    std::string text;
    while (text.size() < 1'000'000)
        text += "{\"endpoint\":\"" + std::to_string(text.size()) + "\"}\n";
    answers(well);
    const Invocation done = run({"device", "import", file("devices.json", text)});
    EXPECT_EQ(done.code, ExitCode::well) << done.err;
    EXPECT_EQ(done.out, "1 lines: 1 created, 0 updated, 0 refused\n");
    EXPECT_EQ(done.err, "");
    const auto seen = daemon.seen();
    EXPECT_TRUE(seen[0].body == text);
    EXPECT_TRUE(seen[0].has("Content-Type: application/x-ndjson\r\n"));
    EXPECT_EQ(run({"device", "import", "-"}, text).code, ExitCode::well);
    EXPECT_TRUE(daemon.seen()[1].body == text);
}

TEST_F(CliImport, TellsProgressToThoseWhoWatch) {
    answers(well);
    const Invocation done({"device", "import", file("devices.json", std::string(300'000, '\n')),
                           "--socket", daemon.socket()},
                          "", true);
    EXPECT_THAT(done.err, HasSubstr("\rsent 21 %"));
    EXPECT_THAT(done.err, HasSubstr("\rsent 100 %"));
    EXPECT_THAT(done.err, ::testing::EndsWith("\r\x1b[K"));
}

TEST_F(CliImport, KnowsACsvByItsNameOrByBeingTold) {
    answers(well);
    run({"device", "import", file("devices.csv", "endpoint,profile\n")});
    run({"device", "import", "-", "--format", "csv"}, "endpoint,profile\n");
    run({"device", "import", daemon.folder / "devices.csv", "--format", "ndjson"});
    const auto seen = daemon.seen();
    EXPECT_TRUE(seen[0].has("Content-Type: text/csv\r\n"));
    EXPECT_TRUE(seen[1].has("Content-Type: text/csv\r\n"));
    EXPECT_TRUE(seen[2].has("Content-Type: application/x-ndjson\r\n"));
}

TEST_F(CliImport, TellsEveryLineThatWasRefused) {
    const std::string lines =
        "{\"line\":2,\"endpoint\":null,\"status\":\"refused\",\"problem\":{\"detail\":\"no "
        "JSON\"}}\n"
        "{\"line\":3,\"endpoint\":\"c\",\"status\":\"updated\"}\n"
        "{\"line\":4,\"endpoint\":\"d\",\"status\":\"refused\",\"problem\":{\"detail\":\"cannot "
        "be\","
        "\"problems\":[{\"pointer\":\"/profile\",\"detail\":\"there is none\"}]}}\n"
        "{\"summary\":{\"lines\":3,\"created\":0,\"updated\":1,\"refused\":2}}\n";
    answers(lines);
    const Invocation done = run({"device", "import", "-"}, "x\n");
    EXPECT_EQ(done.code, ExitCode::no);
    EXPECT_EQ(done.err,
              "line 2: -: no JSON\n"
              "line 4: d: cannot be\n/profile: there is none\n");
    EXPECT_EQ(done.out, "3 lines: 0 created, 1 updated, 2 refused\n");
    EXPECT_EQ(run({"device", "import", "--json", "-"}, "x\n").out, lines);
}

TEST_F(CliImport, TellsWhenTheResultsBreakOff) {
    answers("{\"line\":1,\"endpoint\":\"a\",\"status\":\"created\"}\n");
    const Invocation cut = run({"device", "import", "-"}, "x\n");
    EXPECT_EQ(cut.code, ExitCode::no);
    EXPECT_THAT(cut.err, HasSubstr("broke off"));
    ScriptedDaemon dies;
    dies.on("POST /v1/devices:import",
            {"HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"l", false, false});
    const Invocation dead({"device", "import", "-", "--socket", dies.socket()}, "x\n");
    EXPECT_EQ(dead.code, ExitCode::unreachable);
}

TEST_F(CliImport, HearsARefusalBeforeAllIsSent) {
    auto early = ScriptedDaemon::json(413, R"({"detail":"too much"})");
    early.is_early = true;
    daemon.on("POST /v1/devices:import", early);
    const Invocation refused =
        run({"device", "import", file("devices.json", std::string(8'000'000, '\n'))});
    EXPECT_EQ(refused.code, ExitCode::no);
    EXPECT_EQ(refused.err, "too much\n");
    EXPECT_EQ(run({"device", "import", "/nonexistent/x"}).code, ExitCode::usage);
    EXPECT_EQ(run({"device", "import", daemon.folder}).code, ExitCode::usage);
}

}  // namespace
}  // namespace cli
