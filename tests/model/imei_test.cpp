#include "provisioning/model/imei.h"

#include <gtest/gtest.h>

namespace model {
namespace {

// TS 23.003 §6.2: IMEI = TAC 8, SNR 6, check digit; IMEISV = TAC 8, SNR 6, SVN 2.
TEST(Imei, OfOneDeviceIsOneWhetherImeiOrImeisv) {
    EXPECT_EQ(normalised_imei("358000000000001"), "35800000000000");
    EXPECT_EQ(normalised_imei("3580000000000042"), "35800000000000");
    EXPECT_EQ(normalised_imei("35800000000000"), "35800000000000");
}

TEST(Imei, OfTwoDevicesDiffers) {
    EXPECT_NE(normalised_imei("358000000000001"), normalised_imei("358000000000101"));
}

TEST(Imei, MayBeWrittenAsOnALabel) {
    EXPECT_EQ(normalised_imei("35-800000-000000-1"), "35800000000000");
    EXPECT_EQ(normalised_imei("35 800000 000000 1"), "35800000000000");
}

TEST(Imei, ThatIsNoneStaysAsItIs) {
    for (const auto* text : {"", "1234", "3580000000000", "35800000000000001", "35800000000000a",
                             "imei:358000000000001"})
        EXPECT_EQ(normalised_imei(text), text);
}

}  // namespace
}  // namespace model
