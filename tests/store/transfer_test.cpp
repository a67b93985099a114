#include "provisioning/store/transfer.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "provisioning/store/base64.h"
#include "tests/store/database.h"
#include "tests/store/sqlite_site.h"
#include "tests/support/seeded_random.h"

namespace store_test {
namespace {

using store::KeyKind;
using store::Store;

class Transfer : public testing::Test {
  protected:
    Transfer() {
        from_.file = folder_ / "from.db";
        to_.file = folder_ / "to.db";
    }

    void fill() {
        const auto store = open(from_);
        for (std::size_t i = 0; i < 5; ++i)
            ASSERT_TRUE(ask<store::PutResult>(
                [&](auto then) { store->put_device(change_of(numbered(i)), {}, by("t"), then); }));
        ASSERT_TRUE(ask<Store::Seeded>([&](auto then) {
            store->seed_devices({device_of(R"({"endpoint": "f"})", "x.json")}, then);
        }));
        ASSERT_TRUE(ask<store::PutResult>(
            [&](auto then) { store->put_profile("p", "the profile's text", {}, by("t"), then); }));
    }
    std::string dumped() {
        std::ostringstream out;
        const auto result = store::dump(from_, out);
        EXPECT_TRUE(result) << result.error();
        return out.str();
    }
    std::string load_complaint(const std::string& text) {
        std::istringstream in(text);
        const auto result = store::load(to_, in, random_);
        return result ? "" : result.error();
    }
    static std::string key_of(Store& store, const std::string& identity) {
        const auto found = ask<store::DevicePointer>([&](auto then) {
            store.find_device({KeyKind::psk_identity, identity}, then);
        });
        if (!found || !*found) return "(none)";
        return std::string(wire::as_text((*found)->device.credentials.psk->key.reveal()));
    }

    Folder folder_;
    support::SeededRandom random_{3};
    store::SqliteOptions from_ = options_with(), to_ = options_with();
};

TEST_F(Transfer, BringsDevicesAndProfilesIntoAnotherDatabase) {
    fill();
    const std::string text = dumped();
    EXPECT_EQ(text.rfind("{\"format\":\"lwm2m-bootstrapd-dump\",\"version\":2,\"masterKeys\":[\"" +
                             wire::to_hex(master_key().id()) + "\"]}\n",
                         0),
              0U);
    std::istringstream in(text);
    const auto result = store::load(to_, in, random_);
    ASSERT_TRUE(result) << result.error();
    EXPECT_EQ(result->devices, 6U);
    EXPECT_EQ(result->profiles, 1U);
    EXPECT_EQ(inconsistencies(to_.file), "");

    const auto store = open(to_);
    EXPECT_EQ(key_of(*store, "id-0000000003"), "key-0000000003");
    EXPECT_EQ(ask<std::vector<store::ProfileRecord>>([&](auto then) { store->profiles(then); })
                  ->at(0)
                  .text,
              "the profile's text");
    EXPECT_EQ(ask<Store::Seeded>([&](auto then) {
                  store->seed_devices({device_of(R"({"endpoint": "f"})", "x.json")}, then);
              })->unchanged,
              1U);
}

TEST_F(Transfer, DumpsWhileTheDatabaseIsUsed) {
    fill();
    const auto store = open(from_);
    ASSERT_TRUE(ask<store::PutResult>(
        [&](auto then) { store->put_device(change_of(numbered(77)), {}, by("t"), then); }));
    EXPECT_NE(dumped().find("dev-0000000077"), std::string::npos);
    EXPECT_TRUE(ask<store::PutResult>(
        [&](auto then) { store->put_device(change_of(numbered(78)), {}, by("t"), then); }));
}

TEST_F(Transfer, DoesNotLoadBeneathARunningDaemon) {
    fill();
    const std::string text = dumped();
    const auto store = open(to_);
    EXPECT_NE(load_complaint(text).find("in use"), std::string::npos);
}

TEST_F(Transfer, ReplacesWhatIsThere) {
    fill();
    const std::string text = dumped();
    EXPECT_EQ(load_complaint(text), "");
    EXPECT_EQ(load_complaint(text), "");
    EXPECT_EQ(inconsistencies(to_.file), "");
    EXPECT_EQ(sql(to_.file, "SELECT count(*) FROM devices"), "6");
}

TEST_F(Transfer, SealsWithTheFirstKey) {
    fill();
    const std::string text = dumped();
    to_.keys = {master_key(9)};
    EXPECT_NE(load_complaint(text).find("line 2 is sealed with the master key " +
                                        wire::to_hex(master_key(1).id())),
              std::string::npos);
    to_.keys = {master_key(9), master_key(1)};
    EXPECT_EQ(load_complaint(text), "");
    to_.keys = {master_key(9)};
    EXPECT_EQ(key_of(*open(to_), "id-0000000001"), "key-0000000001");
}

TEST_F(Transfer, NamesTheLineThatIsWrongAndLoadsNothing) {
    fill();
    const std::string text = dumped();
    const std::size_t second = text.find('\n') + 1;
    const std::size_t third = text.find('\n', second) + 1;
    const auto with_line = [&](const std::string& line) {
        return text.substr(0, third) + line + "\n" + text.substr(third);
    };
    const std::vector<std::pair<std::string, std::string>> wrong = {
        {"", "the dump ends after line 0"},
        {text.substr(second), "line 1 is not the first line of a dump"},
        {"nonsense", "line 1 is no JSON object"},
        {R"({"format": "lwm2m-bootstrapd-dump", "version": 3})", "line 1 names a version"},
        {with_line("{}"), "line 3 is neither"},
        {with_line("[]"), "line 3 is no JSON object"},
        {with_line(R"({"device": "x"})"), "line 3 has no text \"wrapped\""},
        {with_line(R"({"device": "x", "wrapped": "?", "sealed": ""})"), "line 3 has a sealed part"},
        {text.substr(0, third), "the dump ends after line 2"},
        {text + "{}\n", "line 10 follows the end"},
        {text.substr(0, second) + text.substr(third), "line 8 tells of more or fewer"}};
    for (const auto& [dump, what] : wrong) {
        const std::string said = load_complaint(dump);
        EXPECT_EQ(said.rfind(what, 0), 0U) << said;
    }
    EXPECT_EQ(sql(to_.file, "SELECT count(*) FROM devices"), "0");
}

TEST_F(Transfer, DoesNotOpenARecordUnderAnotherName) {
    fill();
    std::string text = dumped();
    for (std::size_t at = 0; (at = text.find("dev-0000000001", at)) != std::string::npos;)
        text.replace(at, 14, "dev-9999999999");
    EXPECT_NE(load_complaint(text).find("line 3 does not open"), std::string::npos);
}

TEST_F(Transfer, RewrapsEverything) {
    fill();
    from_.keys = {master_key(2), master_key(1)};
    const auto rewrapped = store::rewrap(from_, random_);
    ASSERT_TRUE(rewrapped) << rewrapped.error();
    EXPECT_EQ(*rewrapped, 7U);
    from_.keys = {master_key(2)};
    EXPECT_EQ(key_of(*open(from_), "id-0000000001"), "key-0000000001");
    EXPECT_EQ(inconsistencies(from_.file), "");
}

TEST_F(Transfer, TellsOfADatabaseThatIsNotThere) {
    std::ostringstream out;
    const auto result = store::dump(from_, out);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().find("there is no such database"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(from_.file));
}

// RFC 4648 §10.
TEST(Base64, IsThatOfTheRfc) {
    const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                      {"f", "Zg=="},
                                                                      {"fo", "Zm8="},
                                                                      {"foo", "Zm9v"},
                                                                      {"foob", "Zm9vYg=="},
                                                                      {"fooba", "Zm9vYmE="},
                                                                      {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, text] : vectors) {
        EXPECT_EQ(store::to_base64(wire::as_bytes(plain)), text);
        const auto back = store::from_base64(text);
        ASSERT_TRUE(back);
        EXPECT_EQ(wire::as_text(*back), plain);
    }
    EXPECT_FALSE(store::from_base64("Zg=?"));
}

// All that a store was given, looked for in all that it wrote.
class Secrets : public testing::Test {
  protected:
    // The octets of a secret, and how they look in the usual texts.
    static std::vector<std::string> forms(const std::string& secret) {
        const auto octets = wire::as_bytes(secret);
        std::string upper = wire::to_hex(octets);
        for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        std::vector<std::string> all = {secret, wire::to_hex(octets), upper};
        // Wherever it begins within three octets; without the ends, which depend on what is around.
        for (std::size_t shift = 0; shift < 3; ++shift) {
            const std::string text =
                store::to_base64(wire::as_bytes(std::string(shift, 'x') + secret + "xxx"));
            all.push_back(text.substr(4, secret.size() * 4 / 3 - 8));
        }
        return all;
    }
    static void expect_none(const std::filesystem::path& file,
                            const std::vector<std::string>& secrets) {
        const wire::Bytes octets = octets_of(file);
        const std::string_view content = wire::as_text(octets);
        ASSERT_FALSE(content.empty()) << file;
        for (const std::string& secret : secrets)
            for (const std::string& form : forms(secret))
                EXPECT_EQ(content.find(form), std::string_view::npos)
                    << file << " shows " << secret;
    }
};

TEST_F(Secrets, AreInNoFileOfTheStore) {
    const std::vector<std::string> secrets = {
        "marked-psk-key-of-a-device", "marked-value-of-a-variable", "marked-key-in-a-profile",
        "marked-key-of-a-seeded-one", "marked-key-that-replaced"};
    const Folder folder;
    store::SqliteOptions options = options_with();
    options.file = folder / "test.db";
    const auto device = [](const std::string& endpoint, const std::string& key,
                           const std::string& value) {
        return R"({"endpoint": ")" + endpoint + R"(", "credentials": {"psk": {"identity": ")" +
               endpoint + R"(", "key": "text:)" + key + R"("}}, "variables": {"v": ")" + value +
               R"("}})";
    };
    support::SeededRandom random(3);
    {
        const auto store = open(options);
        const auto put = [&](const std::string& json) {
            ASSERT_TRUE(ask<store::PutResult>(
                [&](auto then) { store->put_device(change_of(json), {}, by("t"), then); }));
        };
        put(device("a", secrets[0], secrets[1]));
        put(device("a", secrets[4], secrets[1]));
        ASSERT_TRUE(ask<std::vector<store::PutResult>>([&](auto then) {
            store->import_devices({change_of(device("b", secrets[0], secrets[1]))}, by("t"), then);
        }));
        ASSERT_TRUE(ask<Store::Seeded>([&](auto then) {
            store->seed_devices({device_of(device("f", secrets[3], secrets[1]), "x.json")}, then);
        }));
        ASSERT_TRUE(ask<store::PutResult>([&](auto then) {
            store->put_profile("p", R"({"key": "text:)" + secrets[2] + R"("})", {}, by("t"), then);
        }));
        ASSERT_TRUE(ask<store::RemoveResult>(
            [&](auto then) { store->remove_device("b", {}, by("t"), then); }));
        ASSERT_TRUE(ask<void>([&](auto then) { store->backup(folder / "copy.db", then); }));
        // While all of it is in the WAL, and when it is not.
        expect_none(folder / "test.db-wal", secrets);
        expect_none(folder / "copy.db", secrets);
    }
    std::ofstream out(folder / "dump");
    ASSERT_TRUE(store::dump(options, out));
    out.close();
    expect_none(folder / "dump", secrets);
    options.keys = {master_key(2), master_key(1)};
    ASSERT_TRUE(store::rewrap(options, random));
    expect_none(options.file, secrets);
    // The search itself would find them.
    std::ofstream(folder / "plain") << "...." << store::to_base64(wire::as_bytes("y" + secrets[0]));
    EXPECT_NE(wire::as_text(octets_of(folder / "plain")).find(forms(secrets[0])[4]),
              std::string_view::npos);
}

}  // namespace
}  // namespace store_test
