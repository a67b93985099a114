#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/crypto/digest.h"
#include "tests/cli/invocation.h"

namespace cli {
namespace {

using ::testing::HasSubstr;
using testing::Invocation;
using ::testing::Not;

// A folder with settings, a master key and a database.
class StoreFilesTest : public ::testing::Test {
  protected:
    StoreFilesTest() {
        std::string name = (std::filesystem::temp_directory_path() / "store-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        std::ofstream(config()) << R"({"listen": {"coap": ["127.0.0.1:5683"]},
                                       "store": {"sqlite": "a.db"}})";
    }
    ~StoreFilesTest() override { std::filesystem::remove_all(folder_); }

    std::string config() const { return folder_ / "settings.json"; }
    std::string file(const char* name) const { return folder_ / name; }
    std::filesystem::path folder_;
};

constexpr const char* empty_dump = R"({"format": "lwm2m-bootstrapd-dump", "version": 1,
"masterKeys": []})";

TEST_F(StoreFilesTest, GoOutAndIn) {
    const auto loaded =
        Invocation({"store", "load", "--config", config(), "-"},
                   "{\"format\":\"lwm2m-bootstrapd-dump\",\"version\":1,\"masterKeys\":[]}\n"
                   "{\"end\":true,\"devices\":0,\"profiles\":0}\n");
    EXPECT_EQ(loaded.code, ExitCode::well) << loaded.err;
    EXPECT_EQ(loaded.out, "loaded 0 devices and 0 profiles\n");
    const Invocation dumped({"store", "dump", "--config", config(), file("dump")});
    EXPECT_EQ(dumped.code, ExitCode::well) << dumped.err;
    EXPECT_EQ(std::filesystem::status(file("dump")).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    const Invocation copied({"store", "backup", "--config", config(), file("copy.db")});
    EXPECT_EQ(copied.code, ExitCode::well) << copied.err;
    EXPECT_TRUE(std::filesystem::exists(file("copy.db")));
    const Invocation wrapped({"store", "rewrap", "--config", config()});
    EXPECT_EQ(wrapped.code, ExitCode::well) << wrapped.err;
}

TEST_F(StoreFilesTest, ReplaceNothing) {
    Invocation({"store", "load", "--config", config(), "-"}, empty_dump);
    std::ofstream(file("there")) << "mine";
    for (const char* action : {"dump", "backup"}) {
        const Invocation refused({"store", action, "--config", config(), file("there")});
        EXPECT_EQ(refused.code, ExitCode::no) << action;
    }
    std::string left;
    std::ifstream(file("there")) >> left;
    EXPECT_EQ(left, "mine");
}

TEST_F(StoreFilesTest, NameTheLineThatIsWrong) {
    const Invocation refused({"store", "load", "--config", config(), "-"}, "{\"format\": 1}\n");
    EXPECT_EQ(refused.code, ExitCode::no);
    EXPECT_THAT(refused.err, HasSubstr("line 1"));
}

TEST_F(StoreFilesTest, AreNotThereInMemory) {
    std::ofstream(config()) << R"({"listen": {"coap": ["127.0.0.1:5683"]},
                                   "store": {"sqlite": null}})";
    const Invocation refused({"store", "dump", "--config", config(), "-"});
    EXPECT_EQ(refused.code, ExitCode::usage);
    EXPECT_THAT(refused.err, HasSubstr("/store/sqlite"));
}

TEST(NewTokenTest, IsShownWithItsEntryForTheSettings) {
    const Invocation made({"token", "ops", "--role", "read", "--role", "attach"});
    ASSERT_EQ(made.code, ExitCode::well) << made.err;
    const std::string token = made.out.substr(made.out.find("token:    ") + 10, 64);
    const auto entry = nlohmann::json::parse(made.out.substr(made.out.find('{')));
    EXPECT_EQ(entry["sha256"], wire::to_hex(crypto::sha256(wire::as_bytes(token))));
    EXPECT_EQ(entry["roles"], (nlohmann::json{"read", "attach"}));
    EXPECT_THAT(Invocation({"token", "ops", "--role", "read"}).out, Not(HasSubstr(token)));
    EXPECT_EQ(Invocation({"token", "ops", "--role", "root"}).code, ExitCode::usage);
}

}  // namespace
}  // namespace cli
