#include "provisioning/model/path.h"

#include <gtest/gtest.h>

namespace model {
namespace {

TEST(Path, ReadsEveryLevel) {
    EXPECT_EQ(Path::from("/"), Path());
    EXPECT_EQ(Path::from("/0"), Path(0));
    EXPECT_EQ(Path::from("/3/0"), Path(3, 0));
    EXPECT_EQ(Path::from("/1/65534/8"), Path(1, 65534, 8));
    EXPECT_TRUE(Path::from("/")->is_root());
    EXPECT_FALSE(Path::from("/0")->is_root());
}

TEST(Path, IsWrittenAsItIsRead) {
    for (const auto* text : {"/", "/0", "/10", "/3442/0", "/0/65534/12"})
        EXPECT_EQ(Path::from(text)->to_string(), text);
}

// LwM2M Core §7.1: 65535 is MAX_ID and names nothing.
TEST(Path, Refuses65535AndWhatIsLarger) {
    for (const auto* text : {"/65535", "/0/65535", "/0/0/65535", "/65536", "/99999", "/100000",
                             "/4294967296", "/18446744073709551616"})
        EXPECT_FALSE(Path::from(text)) << text;
}

TEST(Path, RefusesWhatIsNoPath) {
    for (const auto* text : {"", "0", "0/1", "//", "/0//1", "//0", "/00", "/01", "/0/01", "/-1",
                             "/+1", "/ 1", "/1 ", "/0x1", "/a", "/bs", "/0/0/0/0", "/0?x", "/1.0"})
        for (const auto strictness : {Path::Strictness::strict, Path::Strictness::lenient})
            EXPECT_FALSE(Path::from(text, strictness)) << text;
}

TEST(Path, TakesATrailingSlashOnlyWhereLenient) {
    EXPECT_FALSE(Path::from("/0/1/"));
    EXPECT_FALSE(Path::from("/0/1/2/"));
    EXPECT_EQ(Path::from("/0/", Path::Strictness::lenient), Path(0));
    EXPECT_EQ(Path::from("/0/1/", Path::Strictness::lenient), Path(0, 1));
    EXPECT_EQ(Path::from("/0/1/2/", Path::Strictness::lenient), Path(0, 1, 2));
    EXPECT_FALSE(Path::from("/0/1//", Path::Strictness::lenient));
}

TEST(Path, OrdersParentsBeforeChildren) {
    EXPECT_LT(Path(), Path(0));
    EXPECT_LT(Path(0), Path(0, 0));
    EXPECT_LT(Path(0, 0), Path(0, 0, 0));
    EXPECT_LT(Path(0, 65534), Path(1));
}

}  // namespace
}  // namespace model
