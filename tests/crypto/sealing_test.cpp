#include "server/crypto/sealing.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "tests/crypto/hex.h"
#include "tests/support/seeded_random.h"

namespace {

using crypto::MasterKey;
using crypto::Sealed;
using wire::as_bytes;
using wire::to_hex;

MasterKey key_of(std::uint8_t octet) {
    return *MasterKey::from(model::Secret(wire::Bytes(MasterKey::key_size, octet)));
}

std::string text_of(const std::optional<model::Secret>& secret) {
    return secret ? std::string(wire::as_text(secret->reveal())) : "(nothing)";
}

// Gives out what it was given.
class Scripted final : public wire::Random {
  public:
    explicit Scripted(wire::Bytes octets) : octets_(std::move(octets)) {}
    void fill(std::span<std::uint8_t> out) override {
        ASSERT_LE(used_ + out.size(), octets_.size());
        std::copy_n(octets_.begin() + static_cast<std::ptrdiff_t>(used_), out.size(), out.begin());
        used_ += out.size();
    }

  private:
    wire::Bytes octets_;
    std::size_t used_ = 0;
};

// McGrew, Viega: "The Galois/Counter Mode of Operation (GCM)", appendix B, test case 16.
TEST(Sealing, IsAes256Gcm) {
    const std::string data_key = "feffe9928665731c6d6a8f9467308308";
    const std::string nonce = "cafebabefacedbaddecaf888";
    const wire::Bytes plain = from_hex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
    const wire::Bytes context = from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    Scripted random(from_hex(data_key + data_key + nonce + std::string(24, '0')));
    const Sealed sealed = crypto::seal(plain, context, key_of(7), random);
    EXPECT_EQ(to_hex(sealed.octets),
              nonce +
                  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                  "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                  "76fc6ece0f4e1768cddf8853bb2d551b");
}

// The same, test case 14, as far as its one block goes: all of zeros, here the data key too.
TEST(Sealing, WrapsTheDataKeyTheSameWay) {
    Scripted random(from_hex(std::string(64, '0') + std::string(24, '0') + std::string(24, '0')));
    const Sealed sealed = crypto::seal(as_bytes("x"), {}, key_of(0), random);
    EXPECT_EQ(to_hex(sealed.wrapped_key).substr(16, 24 + 32),
              "000000000000000000000000cea7403d4d606b6e074ec5d3baf39d18");
    EXPECT_EQ(sealed.wrapped_key.size(), 8U + 12 + 32 + 16);
}

TEST(Sealing, OpensWhatItSealed) {
    support::SeededRandom random(1);
    for (const std::size_t size : {0U, 1U, 16U, 1000U}) {
        const std::string plain(size, 'p');
        const Sealed sealed =
            crypto::seal(as_bytes(plain), as_bytes("device:a"), key_of(1), random);
        EXPECT_EQ(text_of(crypto::open(sealed, as_bytes("device:a"), key_of(1))), plain);
    }
}

TEST(Sealing, SealsTheSameTextDifferentlyEachTime) {
    support::SeededRandom random(1);
    const Sealed one = crypto::seal(as_bytes("same"), {}, key_of(1), random);
    const Sealed other = crypto::seal(as_bytes("same"), {}, key_of(1), random);
    EXPECT_NE(one.octets, other.octets);
    EXPECT_NE(one.wrapped_key, other.wrapped_key);
}

TEST(Sealing, DoesNotOpenInAnotherRecordsPlace) {
    support::SeededRandom random(1);
    const Sealed sealed = crypto::seal(as_bytes("key"), as_bytes("device:a"), key_of(1), random);
    EXPECT_FALSE(crypto::open(sealed, as_bytes("device:b"), key_of(1)));
    EXPECT_FALSE(crypto::open(sealed, {}, key_of(1)));
}

TEST(Sealing, DoesNotOpenWithAnotherKey) {
    support::SeededRandom random(1);
    const Sealed sealed = crypto::seal(as_bytes("key"), {}, key_of(1), random);
    EXPECT_FALSE(crypto::open(sealed, {}, key_of(2)));
}

TEST(Sealing, NoticesEveryFlippedBit) {
    support::SeededRandom random(1);
    const Sealed sealed = crypto::seal(as_bytes("a key"), as_bytes("c"), key_of(1), random);
    for (std::size_t bit = 0; bit < sealed.octets.size() * 8; ++bit) {
        Sealed damaged = sealed;
        damaged.octets[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        EXPECT_FALSE(crypto::open(damaged, as_bytes("c"), key_of(1))) << bit;
    }
    for (std::size_t bit = 0; bit < sealed.wrapped_key.size() * 8; ++bit) {
        Sealed damaged = sealed;
        damaged.wrapped_key[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        EXPECT_FALSE(crypto::open(damaged, as_bytes("c"), key_of(1))) << bit;
    }
}

TEST(Sealing, NoticesEveryTruncation) {
    support::SeededRandom random(1);
    const Sealed sealed = crypto::seal(as_bytes("a key"), {}, key_of(1), random);
    for (std::size_t size = 0; size < sealed.octets.size(); ++size) {
        Sealed damaged = sealed;
        damaged.octets.resize(size);
        EXPECT_FALSE(crypto::open(damaged, {}, key_of(1))) << size;
    }
    for (std::size_t size = 0; size < sealed.wrapped_key.size(); ++size) {
        Sealed damaged = sealed;
        damaged.wrapped_key.resize(size);
        EXPECT_FALSE(crypto::open(damaged, {}, key_of(1))) << size;
    }
}

TEST(Sealing, DoesNotMixKeyAndOctetsOfTwoRecords) {
    support::SeededRandom random(1);
    const Sealed one = crypto::seal(as_bytes("one"), {}, key_of(1), random);
    const Sealed other = crypto::seal(as_bytes("other"), {}, key_of(1), random);
    EXPECT_FALSE(crypto::open({one.wrapped_key, other.octets}, {}, key_of(1)));
}

TEST(Sealing, TellsWhichKeyWrapped) {
    support::SeededRandom random(1);
    const Sealed sealed = crypto::seal(as_bytes("key"), {}, key_of(1), random);
    EXPECT_EQ(crypto::wrapped_by(sealed), key_of(1).id());
    EXPECT_NE(key_of(1).id(), key_of(2).id());
    EXPECT_FALSE(crypto::wrapped_by({wire::Bytes(7), {}}));
}

TEST(Sealing, RewrapsWithoutTouchingTheOctets) {
    support::SeededRandom random(1);
    const Sealed before = crypto::seal(as_bytes("key"), as_bytes("c"), key_of(1), random);
    const auto wrapped =
        crypto::rewrap(before.wrapped_key, as_bytes("c"), key_of(1), key_of(2), random);
    ASSERT_TRUE(wrapped);
    const Sealed after{*wrapped, before.octets};
    EXPECT_EQ(crypto::wrapped_by(after), key_of(2).id());
    EXPECT_EQ(text_of(crypto::open(after, as_bytes("c"), key_of(2))), "key");
    EXPECT_FALSE(crypto::open(after, as_bytes("c"), key_of(1)));
}

TEST(Sealing, DoesNotRewrapWhatItCannotUnwrap) {
    support::SeededRandom random(1);
    const Sealed sealed = crypto::seal(as_bytes("key"), as_bytes("c"), key_of(1), random);
    EXPECT_FALSE(crypto::rewrap(sealed.wrapped_key, as_bytes("c"), key_of(3), key_of(2), random));
    EXPECT_FALSE(crypto::rewrap(sealed.wrapped_key, as_bytes("d"), key_of(1), key_of(2), random));
}

TEST(MasterKey, HasThirtyTwoOctets) {
    EXPECT_TRUE(MasterKey::from(model::Secret(wire::Bytes(32, 1))));
    EXPECT_FALSE(MasterKey::from(model::Secret(wire::Bytes(31, 1))));
    EXPECT_FALSE(MasterKey::from(model::Secret(wire::Bytes(33, 1))));
    EXPECT_FALSE(MasterKey::from(model::Secret()));
}

}  // namespace
