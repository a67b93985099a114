#include "provisioning/catalog.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/provisioning/reading.h"

namespace provisioning {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// Two folders of files that vanish with the test.
class CatalogFiles : public ::testing::Test {
  protected:
    void SetUp() override {
        const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
        root_ = std::filesystem::path(::testing::TempDir()) /
                ("catalog_" + std::to_string(::getpid()) + "_" + info->name());
        std::filesystem::create_directories(root_ / "p");
        std::filesystem::create_directories(root_ / "d");
    }
    void TearDown() override { std::filesystem::remove_all(root_); }

    void write(const std::string& name, const std::string& text) {
        std::ofstream(root_ / name) << text;
    }
    std::shared_ptr<const Catalog> load() {
        return load_catalog(root_ / "p", root_ / "d", problems_);
    }
    // "p/a.json /0/name", relative to the two folders' parent.
    std::vector<std::string> places() const {
        std::vector<std::string> result;
        for (const auto& problem : problems_)
            result.push_back(problem.file.substr(root_.string().size() + 1) + " " +
                             problem.pointer);
        return result;
    }
    std::string told() const {
        std::string all;
        for (const auto& problem : problems_) all += document::to_string(problem) + "\n";
        return all;
    }

    std::filesystem::path root_;
    document::Problems problems_;
};

std::string profile(const std::string& name, const std::string& uri = "coap://h") {
    return R"({"name": ")" + name + R"(", "servers": [{"shortServerId": 1, "uri": ")" + uri +
           R"(", "security": {"mode": "nosec"}}]})";
}

std::string device(const std::string& endpoint, const std::string& more = "",
                   const std::string& profile_name = "a") {
    return R"({"endpoint": ")" + endpoint + R"(", "profile": ")" + profile_name +
           R"(", "credentials": {"psk": {"identity": "id-)" + endpoint +
           R"(", "key": "00112233"}})" + more + "}";
}

TEST_F(CatalogFiles, HoldOneObjectOrAnArrayEach) {
    write("p/one.json", profile("a"));
    write("p/two.json", "[" + profile("b") + "," + profile("c") + "]");
    write("p/ignored.txt", "no JSON");
    write("p/.editor.json", "no JSON");
    write("d/one.json", device("1"));
    write("d/two.json", "[" + device("2", "", "b") + "," + device("3") + "]");
    write("d/none.json", "[]");
    const auto catalog = load();
    ASSERT_TRUE(catalog) << told();
    EXPECT_EQ(catalog->profile_count(), 3U);
    EXPECT_EQ(catalog->device_count(), 3U);
    const auto found = catalog->find_by_endpoint("2");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->profile->name, "b");
    EXPECT_EQ(found->device->pointer, "/0");
    EXPECT_THAT(found->device->file, HasSubstr("d/two.json"));
    EXPECT_FALSE(catalog->find_by_endpoint("4"));
}

TEST_F(CatalogFiles, AreFoundByIdentityAndByIdentifiers) {
    write("p/p.json", profile("a"));
    write("d/d.json", device("1", R"(, "identifiers": {"imsi": "001010000000001",
        "imei": "358000000000001", "iccid": "8944000000000000001", "msisdn": "+882212345678",
        "externalId": "x@y"})"));
    const auto catalog = load();
    ASSERT_TRUE(catalog) << told();
    EXPECT_TRUE(catalog->find_by_psk_identity(wire::as_bytes("id-1")));
    EXPECT_FALSE(catalog->find_by_psk_identity(wire::as_bytes("id-2")));
    using enum Catalog::Identifier;
    EXPECT_TRUE(catalog->find_by_identifier(imsi, "001010000000001"));
    EXPECT_TRUE(catalog->find_by_identifier(iccid, "8944000000000000001"));
    EXPECT_TRUE(catalog->find_by_identifier(external_id, "x@y"));
    EXPECT_TRUE(catalog->find_by_identifier(msisdn, "882212345678"));
    EXPECT_TRUE(catalog->find_by_identifier(msisdn, "+882212345678"));
    // The same device's IMEISV: its first 14 digits (TS 23.003 §6.2).
    EXPECT_TRUE(catalog->find_by_identifier(imei, "3580000000000099"));
    EXPECT_FALSE(catalog->find_by_identifier(imei, "358000000000101"));
    // Each kind apart from the others.
    EXPECT_FALSE(catalog->find_by_identifier(imsi, "358000000000001"));
    EXPECT_FALSE(catalog->find_by_identifier(imsi, ""));
}

TEST_F(CatalogFiles, WithImeisThatDifferInTheCheckDigitAloneAreFoundByAllOfIt) {
    write("p/p.json", profile("a"));
    write("d/d.json", "[" + device("1", R"(, "identifiers": {"imei": "358000000000001"})") + "," +
                          device("2", R"(, "identifiers": {"imei": "35-800000-000000-2"})") + "," +
                          device("3", R"(, "identifiers": {"imei": "358000000000003"})") + "]");
    const auto catalog = load();
    ASSERT_TRUE(catalog) << told();
    const auto find = [&](std::string_view imei) {
        const auto found = catalog->find_by_identifier(Catalog::Identifier::imei, imei);
        return found ? found->device->endpoint.text() : "nobody";
    };
    EXPECT_EQ(find("358000000000001"), "1");
    EXPECT_EQ(find("358000000000002"), "2");
    EXPECT_EQ(find("35-800000-000000-3"), "3");
    // An IMEISV, or a check digit that none has, does not tell which.
    EXPECT_EQ(find("3580000000000099"), "nobody");
    EXPECT_EQ(find("358000000000004"), "nobody");
}

TEST_F(CatalogFiles, ThatNameAnythingTwiceAreTold) {
    write("p/1.json", profile("a"));
    write("p/2.json", "[" + profile("b") + "," + profile("a") + "]");
    write("d/1.json", device("1", R"(, "identifiers": {"imsi": "001010000000001",
        "imei": "358000000000001", "msisdn": "4912345678"})"));
    write("d/2.json", "[" + device("1") + "," +
                          R"({"endpoint": "2", "profile": "a", "credentials": {"psk":
                              {"identity": "text:id-1", "key": "00"}}, "identifiers":
                              {"imsi": "001010000000001", "imei": "3580000000000099",
                               "msisdn": "+4912345678"}})" +
                          "]");
    EXPECT_FALSE(load());
    EXPECT_THAT(
        places(),
        UnorderedElementsAre("p/2.json /1/name", "d/2.json /0/endpoint",
                             "d/2.json /0/credentials/psk/identity",
                             "d/2.json /1/credentials/psk/identity", "d/2.json /1/identifiers/imsi",
                             "d/2.json /1/identifiers/imei", "d/2.json /1/identifiers/msisdn"))
        << told();
    // Both places are named.
    EXPECT_THAT(problems_[0].message, HasSubstr("p/1.json"));
    for (std::size_t i = 1; i < problems_.size(); ++i)
        EXPECT_THAT(problems_[i].message, HasSubstr("d/1.json"));
}

TEST_F(CatalogFiles, MustKnowTheProfileAndBringItsVariables) {
    write("p/p.json", profile("a", "coap://${device.host}:${device.port}"));
    write("d/d.json", "[" + device("1", R"(, "variables": {"host": "h", "port": "1"})") + "," +
                          device("2", R"(, "variables": {"host": "h"})") + "," +
                          device("3", "", "unknown") + "]");
    EXPECT_FALSE(load());
    EXPECT_THAT(places(), ElementsAre("d/d.json /1/variables", "d/d.json /2/profile")) << told();
    EXPECT_THAT(problems_[0].message, HasSubstr("\"port\""));
    EXPECT_THAT(problems_[1].message, HasSubstr("\"unknown\""));
}

TEST_F(CatalogFiles, OfBothFoldersTellTheirProblemsAtOnce) {
    write("p/broken.json", "{");
    write("p/bad.json", "[" + profile("b") + R"(, {"name": "c"}])");
    write("d/bad.json", "[" + device("1") + R"(, {"endpoint": ""}])");
    write("d/twice.json", device("1"));
    EXPECT_FALSE(load());
    // That device 1 has no profile is not said: a profile could not be read.
    EXPECT_THAT(places(), UnorderedElementsAre(
                              "p/broken.json ", "p/bad.json /1/servers", "d/bad.json /1/endpoint",
                              "d/bad.json /1/profile", "d/bad.json /1/credentials",
                              "d/twice.json /endpoint", "d/twice.json /credentials/psk/identity"))
        << told();
}

TEST_F(CatalogFiles, InAFolderThatCannotBeReadNameIt) {
    document::Problems problems;
    EXPECT_FALSE(load_catalog(root_ / "nowhere", root_ / "d", problems));
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].file, (root_ / "nowhere").string());
    EXPECT_THAT(problems[0].message, AllOf(HasSubstr("profiles"), HasSubstr("No such file")));
    EXPECT_FALSE(problems[0].remedy.empty());
    problems.clear();
    write("file", "");
    EXPECT_FALSE(load_catalog(root_ / "p", root_ / "file", problems));
    EXPECT_THAT(problems.at(0).message, HasSubstr("devices"));
}

TEST_F(CatalogFiles, AreReadByTheOperatorsObjectDefinitions) {
    std::filesystem::create_directories(root_ / "o");
    write("o/valve.xml", R"(<LWM2M><Object><Name>Valve</Name><ObjectID>33000</ObjectID>
        <MultipleInstances>Multiple</MultipleInstances><Resources><Item ID="1"><Name>Position</Name>
        <Operations>RW</Operations><MultipleInstances>Single</MultipleInstances>
        <Mandatory>Mandatory</Mandatory><Type>Integer</Type><RangeEnumeration>0..100
        </RangeEnumeration></Item></Resources></Object></LWM2M>)");
    const auto with_valve = [&](const std::string& resources) {
        write("p/p.json",
              R"({"name": "v", "deleteAll": false, "objects": {"/33000/0": )" + resources + "}}");
        problems_.clear();
        return load_catalog({root_ / "p", root_ / "d", root_ / "o"}, problems_);
    };
    const auto catalog = with_valve(R"({"Position": 100})");
    ASSERT_TRUE(catalog) << told();
    ASSERT_TRUE(catalog->definitions()->find(33000, model::Enabler::v1_0));
    EXPECT_TRUE(catalog->definitions()->find(0, model::Enabler::v1_0));
    EXPECT_FALSE(with_valve(R"({"Position": 101})"));
    EXPECT_THAT(places(), ElementsAre("p/p.json /objects/~133000~10/Position")) << told();
    EXPECT_FALSE(with_valve("{}"));
    EXPECT_THAT(places(), ElementsAre("p/p.json /objects/~133000~10/1")) << told();
    write("o/broken.xml", "<LWM2M>");
    EXPECT_FALSE(with_valve(R"({"1": 1})"));
    EXPECT_THAT(places(), ElementsAre("o/broken.xml ")) << told();
    // Without the folder the same Object is not known, and those that come along are.
    write("p/p.json", profile("a"));
    const auto without = load();
    ASSERT_TRUE(without);
    EXPECT_FALSE(without->definitions()->find(33000, model::Enabler::v1_2));
    EXPECT_TRUE(without->definitions()->find(24, model::Enabler::v1_2));
}

TEST_F(CatalogFiles, WithoutDevicesAreFine) {
    const auto catalog = load();
    ASSERT_TRUE(catalog);
    EXPECT_EQ(catalog->device_count(), 0U);
    EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(CatalogFiles, OfTwentyThousandDevicesAreLoaded) {
    write("p/p.json", profile("a"));
    constexpr int count = 20'000;
    std::ofstream out(root_ / "d" / "all.json");
    out << '[';
    for (int i = 0; i < count; ++i) {
        const std::string number = std::to_string(1'000'000'000 + i);
        out << (i == 0 ? "" : ",\n")
            << device("urn:dev:" + number, R"(, "identifiers": {"imsi": "00101)" + number +
                                               R"("}, "reach": {"port": 5684},
                      "variables": {"region": "eu"})");
    }
    out << ']';
    out.close();
    const auto catalog = load();
    ASSERT_TRUE(catalog) << told().substr(0, 1000);
    EXPECT_EQ(catalog->device_count(), std::size_t{count});
    EXPECT_TRUE(catalog->find_by_identifier(Catalog::Identifier::imsi, "001011000019999"));
}

}  // namespace
}  // namespace provisioning
