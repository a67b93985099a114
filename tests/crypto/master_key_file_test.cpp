#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "server/crypto/sealing.h"
#include "tests/support/seeded_random.h"

namespace {

namespace fs = std::filesystem;
using crypto::MasterKey;

class MasterKeyFile : public testing::Test {
  protected:
    MasterKeyFile()
        : folder_(fs::temp_directory_path() /
                  ("bootstrapd-key-" + std::to_string(::getpid()) + "-" +
                   testing::UnitTest::GetInstance()->current_test_info()->name())) {
        fs::create_directories(folder_);
    }
    ~MasterKeyFile() override { fs::remove_all(folder_); }

    fs::path write(const std::string& content, mode_t mode = 0600) {
        const fs::path file = folder_ / "key";
        std::ofstream(file, std::ios::binary) << content;
        ::chmod(file.c_str(), mode);
        return file;
    }
    std::string complaint(const fs::path& file) {
        const auto key = MasterKey::read(file);
        return key ? "" : key.error();
    }

    fs::path folder_;
};

const std::string digits = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1F";

std::string octets() {
    std::string text;
    for (char c = 0; c < 32; ++c) text += c;
    return text;
}

TEST_F(MasterKeyFile, MayHoldOctetsOrDigits) {
    const auto from_octets = MasterKey::read(write(octets()));
    ASSERT_TRUE(from_octets);
    for (const char* const end : {"", "\n", "\r\n"}) {
        const auto from_digits = MasterKey::read(write(digits + end));
        ASSERT_TRUE(from_digits);
        EXPECT_TRUE(from_digits->octets().equals(from_octets->octets()));
        EXPECT_EQ(from_digits->id(), from_octets->id());
    }
}

TEST_F(MasterKeyFile, IsRefusedWhenItIsNoKey) {
    for (const std::string& content :
         {std::string(), digits.substr(1), digits + "0", digits + "\n\n", octets() + "\n",
          "x" + digits.substr(1), std::string(1000, 'a')}) {
        const std::string what = complaint(write(content));
        EXPECT_NE(what.find("is no master key"), std::string::npos) << content.size();
        EXPECT_NE(what.find((folder_ / "key").string()), std::string::npos);
    }
}

TEST_F(MasterKeyFile, IsNotShownInTheComplaint) {
    EXPECT_EQ(complaint(write(digits + "zz")).find(digits.substr(0, 8)), std::string::npos);
}

TEST_F(MasterKeyFile, IsRefusedWhenOthersMayUseIt) {
    for (const mode_t mode : {0604U, 0602U, 0601U, 0644U})
        EXPECT_NE(complaint(write(digits, mode)).find("chmod"), std::string::npos) << mode;
    for (const mode_t mode : {0400U, 0600U, 0440U})
        EXPECT_EQ(complaint(write(digits, mode)), "") << mode;
}

TEST_F(MasterKeyFile, IsToldWhenItIsNotThere) {
    EXPECT_NE(complaint(folder_ / "none").find("No such file"), std::string::npos);
}

TEST_F(MasterKeyFile, IsMadeForItsOwnerAlone) {
    support::SeededRandom random(1);
    const auto made = MasterKey::make(folder_ / "made", random);
    ASSERT_TRUE(made);
    struct stat status {};
    ASSERT_EQ(::stat((folder_ / "made").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
    const auto read = MasterKey::read(folder_ / "made");
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->octets().equals(made->octets()));
}

TEST_F(MasterKeyFile, IsNeverMadeOverAnother) {
    support::SeededRandom random(1);
    const fs::path file = write(digits);
    const auto made = MasterKey::make(file, random);
    ASSERT_FALSE(made);
    EXPECT_NE(made.error().find("File exists"), std::string::npos);
    EXPECT_EQ(complaint(file), "");
}

}  // namespace
