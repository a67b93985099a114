#include "provisioning/ddf.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace provisioning {
namespace {

using model::ResourceType;
using ::testing::HasSubstr;
using ::testing::Not;

// By the registry's schema: a valve with one Resource of each kind.
constexpr std::string_view valve = R"(<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment -->
<LWM2M xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <Object ObjectType="MODefinition">
    <Name>Valve</Name>
    <Description1><![CDATA[Opens <and> closes.]]></Description1>
    <ObjectID>33000</ObjectID>
    <ObjectURN>urn:oma:lwm2m:x:33000:1.1</ObjectURN>
    <LWM2MVersion>1.1</LWM2MVersion>
    <ObjectVersion>1.1</ObjectVersion>
    <MultipleInstances>Multiple</MultipleInstances>
    <Mandatory>Optional</Mandatory>
    <Resources>
      <Item ID="7"><Name>Network Key</Name><Operations>W</Operations>
        <MultipleInstances>Single</MultipleInstances><Mandatory>Optional</Mandatory>
        <Type>Opaque</Type><RangeEnumeration>16, 32, 48 bytes</RangeEnumeration><Units/>
        <Description/></Item>
      <Item ID="1"><Name> Position
        of the valve </Name><Operations>RW</Operations>
        <MultipleInstances>Single</MultipleInstances><Mandatory>Mandatory</Mandatory>
        <Type>Integer</Type><RangeEnumeration>0..100</RangeEnumeration></Item>
      <Item ID="2"><Name>Open</Name><Operations>E</Operations>
        <MultipleInstances>Single</MultipleInstances><Mandatory>Mandatory</Mandatory>
        <Type></Type></Item>
      <Item ID="3"><Name>Peers</Name><Operations></Operations>
        <MultipleInstances>Multiple</MultipleInstances><Mandatory>Optional</Mandatory>
        <Type>Objlnk</Type></Item>
      <Item ID="4"><Name>Flow</Name><Operations>R</Operations>
        <MultipleInstances>Single</MultipleInstances><Mandatory>Mandatory</Mandatory>
        <Type>Float</Type></Item>
    </Resources>
  </Object>
</LWM2M>)";

std::string changed(std::string_view from, std::string_view to) {
    std::string text(valve);
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(Ddf, BecomesADefinition) {
    document::Problems problems;
    const auto objects = parse_ddf(valve, "v.xml", problems);
    ASSERT_TRUE(objects) << (problems.empty() ? "" : to_string(problems.front()));
    ASSERT_EQ(objects->size(), 1U);
    const model::ObjectDefinition& object = objects->front();
    EXPECT_EQ(object.id, 33000);
    EXPECT_EQ(object.name, "Valve");
    EXPECT_EQ(object.version, (model::ObjectVersion{1, 1}));
    EXPECT_EQ(object.since, model::Enabler::v1_1);
    EXPECT_TRUE(object.multiple);
    ASSERT_EQ(object.resources.size(), 5U);

    const auto& position = object.resources.at(0);
    EXPECT_EQ(position.id, 1);
    EXPECT_EQ(object.find(std::string_view("position of the valve")), &position);
    EXPECT_EQ(position.type, ResourceType::integer);
    EXPECT_TRUE(position.mandatory);
    EXPECT_FALSE(position.multiple);
    EXPECT_FALSE(position.read_only);
    EXPECT_FALSE(position.sensitive);
    EXPECT_EQ(position.lowest, 0);
    EXPECT_EQ(position.highest, 100);
    EXPECT_EQ(object.resources.at(1).type, ResourceType::none);
    EXPECT_EQ(object.resources.at(2).type, ResourceType::object_link);
    EXPECT_TRUE(object.resources.at(2).multiple);
    EXPECT_EQ(object.resources.at(3).type, ResourceType::floating);
    EXPECT_TRUE(object.resources.at(3).read_only);
    const auto& key = object.resources.at(4);
    EXPECT_EQ(key.id, 7);
    EXPECT_TRUE(key.sensitive);
    EXPECT_EQ(key.lowest, 16);
    EXPECT_EQ(key.highest, 48);
    EXPECT_EQ(key.step, 16);
}

TEST(Ddf, WithoutVersionsIsOf10) {
    for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
             {"<LWM2MVersion>1.1</LWM2MVersion>", ""},
             {"<LWM2MVersion>1.1</LWM2MVersion>", "<LWM2MVersion/>"},
             {"<LWM2MVersion>1.1</LWM2MVersion>", "<LWM2MVersion> 1.0 </LWM2MVersion>"}}) {
        document::Problems problems;
        const auto objects = parse_ddf(changed(from, to), "v.xml", problems);
        ASSERT_TRUE(objects) << to;
        EXPECT_EQ(objects->front().since, model::Enabler::v1_0) << to;
    }
    document::Problems problems;
    const auto objects =
        parse_ddf(changed("<ObjectVersion>1.1</ObjectVersion>", ""), "v.xml", problems);
    ASSERT_TRUE(objects);
    EXPECT_EQ(objects->front().version, (model::ObjectVersion{1, 0}));
}

TEST(Ddf, OfTheServerKnowsWhatABootstrapWrites) {
    document::Problems problems;
    const auto objects = parse_ddf(R"(<LWM2M><Object><Name>Server</Name><ObjectID>1</ObjectID>
        <MultipleInstances>Multiple</MultipleInstances><Resources>
        <Item ID="0"><Name>Short Server ID</Name><Operations>R</Operations><MultipleInstances>Single
        </MultipleInstances><Mandatory>Mandatory</Mandatory><Type>Integer</Type></Item>
        <Item ID="12"><Name>Last Bootstrapped</Name><Operations>R</Operations><MultipleInstances>
        Single</MultipleInstances><Mandatory>Optional</Mandatory><Type>Time</Type></Item>
        </Resources></Object></LWM2M>)",
                                   "s.xml", problems);
    ASSERT_TRUE(objects);
    EXPECT_FALSE(objects->front().find(model::ResourceId{0})->read_only);
    EXPECT_TRUE(objects->front().find(model::ResourceId{12})->read_only);
}

TEST(Ddf, TellsWhatIsWrongByTheElementsPath) {
    struct Case {
        std::string text, place, message;
    };
    const std::string item = "/LWM2M/Object/Resources/Item[@ID=1]";
    const std::string single = "<MultipleInstances>Single</MultipleInstances>";
    const std::vector<Case> cases = {
        {"", "", "is no XML"},
        {"{}", "", "is no XML"},
        {"<LWM2M><Object>\n\n</LWM2M>", "", "in line 3"},
        {"<Objects/>", "/LWM2M", "holds no Object"},
        {"<LWM2M/>", "/LWM2M", "holds no Object"},
        {changed("<Name>Valve</Name>", ""), "/LWM2M/Object/Name", "is missing"},
        {changed("Valve", std::string(256, 'v')), "/LWM2M/Object/Name", "longer than 255"},
        {changed("33000", ""), "/LWM2M/Object/ObjectID", "is missing"},
        {changed("33000", "65535"), "/LWM2M/Object/ObjectID", "is no id"},
        {changed("33000", "-1"), "/LWM2M/Object/ObjectID", "is no id"},
        {changed("<LWM2MVersion>1.1", "<LWM2MVersion>1.9"), "/LWM2M/Object/LWM2MVersion",
         "none of the words"},
        {changed("<ObjectVersion>1.1", "<ObjectVersion>one"), "/LWM2M/Object/ObjectVersion",
         "no version"},
        {changed(">Multiple<", ">Many<"), "/LWM2M/Object/MultipleInstances", "none of the words"},
        {changed("ID=\"1\"", "ID=\"7\""), "/LWM2M/Object/Resources/Item[@ID=7]", "is there twice"},
        {changed("ID=\"1\"", ""), "/LWM2M/Object/Resources/Item[2]/@ID", "is missing"},
        {changed("ID=\"1\"", "ID=\"1x\""), "/LWM2M/Object/Resources/Item[@ID=1x]/@ID", "no id"},
        {changed("<Type>Integer</Type>", "<Type>Int</Type>"), item + "/Type", "none of the words"},
        {changed("<Type>Integer</Type>", ""), item + "/Type", "is missing"},
        {changed("<Operations>RW", "<Operations>rw"), item + "/Operations", "none of the words"},
        {changed("<Mandatory>Mandatory", "<Mandatory>Yes"), item + "/Mandatory",
         "none of the words"},
        {std::string(max_ddf_octets + 1, ' '), "", "longer than 1 MiB"},
    };
    for (const Case& each : cases) {
        document::Problems problems;
        EXPECT_FALSE(parse_ddf(each.text, "v.xml", problems)) << each.place;
        ASSERT_EQ(problems.size(), 1U) << each.place << " " << each.message;
        EXPECT_EQ(problems[0].file, "v.xml");
        EXPECT_EQ(problems[0].pointer, each.place);
        EXPECT_THAT(problems[0].message, HasSubstr(each.message));
        EXPECT_FALSE(problems[0].remedy.empty());
    }
}

TEST(Ddf, TellsEveryProblemOfEveryObject) {
    std::string text(valve);
    const auto object =
        text.substr(text.find("<Object "), text.find("</LWM2M>") - text.find("<Ob"));
    text.insert(text.find("</LWM2M>"), object);
    document::Problems problems;
    const auto objects = parse_ddf(text, "v.xml", problems);
    ASSERT_TRUE(objects);
    EXPECT_EQ(objects->size(), 2U);
    text.replace(text.rfind("33000</ObjectID>"), 5, "x");
    text.replace(text.rfind("Float"), 5, "x");
    EXPECT_FALSE(parse_ddf(text, "v.xml", problems));
    ASSERT_EQ(problems.size(), 2U);
    EXPECT_EQ(problems[0].pointer, "/LWM2M/Object[2]/ObjectID");
    EXPECT_EQ(problems[1].pointer, "/LWM2M/Object[2]/Resources/Item[@ID=4]/Type");
}

TEST(Ddf, HasABoundOfResources) {
    std::string text =
        "<LWM2M><Object><Name>x</Name><ObjectID>1</ObjectID><MultipleInstances>"
        "Single</MultipleInstances><Resources>";
    for (std::size_t i = 0; i <= max_ddf_resources; ++i)
        text += "<Item ID=\"" + std::to_string(i) +
                "\"><Name>n</Name><Operations>E</Operations><MultipleInstances>Single"
                "</MultipleInstances><Mandatory>Optional</Mandatory></Item>";
    text += "</Resources></Object></LWM2M>";
    document::Problems problems;
    EXPECT_FALSE(parse_ddf(text, "v.xml", problems));
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].pointer, "/LWM2M/Object/Resources");
}

TEST(Ddf, SurvivesElementsNestedByTheThousand) {
    std::string text;
    while (text.size() + 8 < max_ddf_octets) text += "<a>";
    document::Problems problems;
    EXPECT_FALSE(parse_ddf(text, "v.xml", problems));
    EXPECT_EQ(problems.size(), 1U);
}

TEST(Ddf, ReadsRangesAsTheRegistryWritesThem) {
    struct Case {
        std::string_view text;
        ResourceType type;
        std::optional<ValueRange> range;
    };
    using enum ResourceType;
    const std::vector<Case> cases = {
        {"0..255 bytes", text, ValueRange{0, 255, 1}},
        {"0-255 bytes", text, ValueRange{0, 255, 1}},
        {"1..32 Bytes", text, ValueRange{1, 32, 1}},
        {"32 bytes", text, ValueRange{0, 32, 1}},
        {"6 bytes", opaque, ValueRange{6, 6, 1}},
        {"6", opaque, ValueRange{6, 6, 1}},
        {"8 bit", opaque, ValueRange{1, 1, 1}},
        {"16, 32, 48 bytes", opaque, ValueRange{16, 48, 16}},
        {"16-32-48 bytes", opaque, ValueRange{16, 48, 16}},
        {"10 or 26 Bytes", text, ValueRange{10, 26, 16}},
        {"1-65534", integer, ValueRange{1, 65534, 1}},
        {"0..3", integer, ValueRange{0, 3, 1}},
        {"1...15", integer, ValueRange{1, 15, 1}},
        {"[1:4]", integer, ValueRange{1, 4, 1}},
        {"0,1,2", integer, ValueRange{0, 2, 1}},
        {"0, 1, 5", integer, ValueRange{0, 5, 1}},
        {"-110..-48", integer, ValueRange{-110, -48, 1}},
        {"-20 - 60", integer, ValueRange{-20, 60, 1}},
        {"0..100", floating, ValueRange{0, 100, 1}},
        {"8 bit", integer, ValueRange{-128, 255, 1}},
        {"2 bytes", integer, ValueRange{-32768, 65535, 1}},
        {"1 byte", unsigned_integer, ValueRange{0, 255, 1}},
        // No bound.
        {"", integer, std::nullopt},
        {"   ", text, std::nullopt},
        {"255", integer, std::nullopt},
        {"-1..3", unsigned_integer, std::nullopt},
        {"5..1", integer, std::nullopt},
        {"0.0..1.5", floating, std::nullopt},
        {"0..99999999999999999999", integer, std::nullopt},
        {"0..", integer, std::nullopt},
        {"1 2", integer, std::nullopt},
        {"The possible values are those of 5.3.1.1", text, std::nullopt},
        {"0..10 furlongs", integer, std::nullopt},
        {"0..1", boolean, std::nullopt},
        {"0..1", time, std::nullopt},
        {"100 bytes", integer, std::nullopt},
    };
    for (const Case& each : cases) {
        const auto range = parse_range(each.text, each.type);
        EXPECT_EQ(range, each.range) << each.text << (range ? "" : " was not understood");
    }
}

class DdfFolder : public ::testing::Test {
  protected:
    void SetUp() override {
        const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
        root_ = std::filesystem::path(::testing::TempDir()) /
                ("ddf_" + std::to_string(::getpid()) + "_" + info->name());
        std::filesystem::create_directories(root_);
    }
    void TearDown() override { std::filesystem::remove_all(root_); }
    void write(const std::string& name, const std::string& text) {
        std::ofstream(root_ / name) << text;
    }

    std::filesystem::path root_;
    document::Problems problems_;
    model::Definitions definitions_ = model::Definitions::built_in();
};

TEST_F(DdfFolder, AddsToWhatIsBuiltInAndReplacesIt) {
    write("valve.xml", std::string(valve));
    write("newer.xml", changed("<ObjectVersion>1.1", "<ObjectVersion>2.0"));
    write("apn.xml", changed("33000", "11"));
    write("notes.txt", "no XML");
    write(".editor.xml", "no XML");
    add_ddf_folder(root_, definitions_, problems_);
    EXPECT_TRUE(problems_.empty()) << to_string(problems_.front());
    EXPECT_EQ(definitions_.versions(33000).size(), 2U);
    EXPECT_EQ(definitions_.find(11, model::ObjectVersion{1, 1})->name, "Valve");
    EXPECT_NE(definitions_.find(11, model::ObjectVersion{1, 0})->name, "Valve");
}

TEST_F(DdfFolder, TellsFilesThatDefineTheSame) {
    write("1.xml", std::string(valve));
    write("2.xml", std::string(valve));
    add_ddf_folder(root_, definitions_, problems_);
    ASSERT_EQ(problems_.size(), 1U);
    EXPECT_EQ(problems_[0].file, (root_ / "2.xml").string());
    EXPECT_THAT(problems_[0].message, HasSubstr("1.xml"));
}

TEST_F(DdfFolder, TellsAFileThatIsTooLongUnread) {
    write("long.xml", std::string(max_ddf_octets + 1, ' '));
    add_ddf_folder(root_, definitions_, problems_);
    ASSERT_EQ(problems_.size(), 1U);
    EXPECT_THAT(problems_[0].message, HasSubstr("longer than 1 MiB"));
}

TEST_F(DdfFolder, ThatIsNotThereIsAProblem) {
    add_ddf_folder(root_ / "nowhere", definitions_, problems_);
    ASSERT_EQ(problems_.size(), 1U);
    EXPECT_THAT(problems_[0].message, HasSubstr("Object definitions"));
}

}  // namespace
}  // namespace provisioning
