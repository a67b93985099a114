#include "provisioning/model/secret.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

// What a released buffer still holds is seen where it is released: the program's own allocation
// functions look at the one address that a test watches.
namespace {
const void* watched = nullptr;
bool released_wiped = false;

void look_at(const void* memory, std::size_t size) {
    if (memory == nullptr || memory != watched) return;
    watched = nullptr;
    const auto* octets = static_cast<const unsigned char*>(memory);
    released_wiped = std::all_of(octets, octets + size, [](unsigned char c) { return c == 0; });
}
}  // namespace

void* operator new(std::size_t size) {
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t size) noexcept {
    look_at(memory, size);
    std::free(memory);
}

namespace model {
namespace {

const wire::Bytes octets{0xDE, 0xAD, 0xBE, 0xEF};

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
    out << value;
};
static_assert(!Printable<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, wire::Bytes>);
static_assert(!std::is_convertible_v<wire::Bytes, Secret>);

bool all_zero(wire::BytesView view) {
    return std::all_of(view.begin(), view.end(), [](std::uint8_t octet) { return octet == 0; });
}

TEST(Secret, RevealsWhatItWasMadeOf) {
    const Secret secret{wire::BytesView(octets)};
    EXPECT_TRUE(std::ranges::equal(secret.reveal(), octets));
    EXPECT_EQ(secret.size(), 4u);
    EXPECT_FALSE(secret.empty());
    EXPECT_TRUE(Secret().empty());
}

TEST(Secret, TakesABufferWithoutCopyingIt) {
    wire::Bytes buffer = octets;
    const auto* where = buffer.data();
    const Secret secret(std::move(buffer));
    EXPECT_EQ(secret.reveal().data(), where);
}

TEST(Secret, ComparesByEveryOctetAndTheLength) {
    const Secret secret{wire::BytesView(octets)};
    EXPECT_TRUE(secret.equals(Secret{wire::BytesView(octets)}));
    for (std::size_t i = 0; i < octets.size(); ++i) {
        wire::Bytes other = octets;
        other[i] ^= 0x80;
        EXPECT_FALSE(secret.equals(Secret(std::move(other)))) << i;
    }
    EXPECT_FALSE(secret.equals(Secret(wire::Bytes{0xDE, 0xAD, 0xBE})));
    EXPECT_FALSE(secret.equals(Secret()));
    EXPECT_TRUE(Secret().equals(Secret()));
}

TEST(Secret, IsEmptyOnceMovedFrom) {
    Secret first{wire::BytesView(octets)};
    Secret second(std::move(first));
    EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): what is tested
    Secret third;
    third = std::move(second);
    EXPECT_TRUE(second.empty());  // NOLINT(bugprone-use-after-move): what is tested
    EXPECT_TRUE(third.equals(Secret{wire::BytesView(octets)}));
}

TEST(Secret, SurvivesAssignmentToItself) {
    Secret secret{wire::BytesView(octets)};
    auto& same = secret;
    secret = same;
    EXPECT_TRUE(secret.equals(Secret{wire::BytesView(octets)}));
    secret = std::move(same);
    EXPECT_TRUE(secret.equals(Secret{wire::BytesView(octets)}));
}

TEST(Secret, CopiesAreIndependent) {
    Secret first{wire::BytesView(octets)};
    Secret second;
    second = first;
    first = Secret();
    EXPECT_TRUE(second.equals(Secret{wire::BytesView(octets)}));
}

// Whether the buffer that the secret has now is wiped by the time it is released.
template <class Release>
bool wipes(Secret& secret, Release release) {
    released_wiped = false;
    watched = secret.reveal().data();
    release();
    return watched == nullptr && released_wiped;
}

TEST(Secret, IsWipedWhenDestroyed) {
    alignas(Secret) std::byte storage[sizeof(Secret)];
    auto* secret = new (storage) Secret{wire::BytesView(octets)};
    EXPECT_TRUE(wipes(*secret, [&] { secret->~Secret(); }));
}

TEST(Secret, IsWipedWhenOverwritten) {
    Secret secret{wire::BytesView(octets)};
    EXPECT_TRUE(wipes(secret, [&] { secret = Secret(wire::Bytes{1}); }));
    const Secret other{wire::BytesView(octets)};
    EXPECT_TRUE(wipes(secret, [&] { secret = other; }));
}

TEST(Secret, IsWipedWithTheSlackOfABufferThatMovedIn) {
    wire::Bytes buffer(64, 0xAA);
    buffer.resize(8);
    Secret secret(std::move(buffer));
    EXPECT_TRUE(wipes(secret, [&] { secret = Secret(); }));
}

TEST(Wipe, OverwritesMemory) {
    wire::Bytes buffer = octets;
    wipe(buffer.data(), buffer.size());
    EXPECT_TRUE(all_zero(buffer));
    wipe(nullptr, 0);
}

}  // namespace
}  // namespace model
