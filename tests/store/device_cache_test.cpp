#include "provisioning/store/device_cache.h"

#include <memory>

#include <gtest/gtest.h>

#include "tests/store/contract.h"

namespace store_test {
namespace {

using store::DeviceCache;
using store::DeviceKey;
using store::DevicePointer;
using store::KeyKind;

DevicePointer device(const std::string& endpoint) {
    return std::make_shared<const store::DeviceRecord>(store::DeviceRecord{
        device_of(R"({"endpoint": ")" + endpoint + R"("})"), {}, false, {}, {}});
}

DeviceKey named(const std::string& endpoint) {
    return {KeyKind::endpoint, endpoint};
}

TEST(DeviceCache, FindsADeviceByWhatItWasLookedForWith) {
    DeviceCache cache(10);
    const DeviceKey identity{KeyKind::psk_identity, "i"};
    cache.put(identity, device("a"), cache.ticket());
    EXPECT_TRUE(cache.find(identity));
    EXPECT_TRUE(cache.find(named("a")));
    EXPECT_FALSE(cache.find(named("i")));
    EXPECT_FALSE(cache.find({KeyKind::imsi, "i"}));
}

TEST(DeviceCache, TakesAnMsisdnWithAndWithoutItsPlus) {
    DeviceCache cache(10);
    cache.put({KeyKind::msisdn, "+123"}, device("a"), cache.ticket());
    EXPECT_TRUE(cache.find({KeyKind::msisdn, "123"}));
}

TEST(DeviceCache, KnowsNobodyByAnImei) {
    DeviceCache cache(10);
    const DeviceKey imei{KeyKind::imei, "358000000000001"};
    cache.put(imei, device("a"), cache.ticket());
    EXPECT_FALSE(cache.find(imei));
    EXPECT_TRUE(cache.find(named("a")));
}

TEST(DeviceCache, KeepsNothingOfAChangedDevice) {
    DeviceCache cache(10);
    cache.put({KeyKind::imsi, "1"}, device("a"), cache.ticket());
    cache.put(named("b"), device("b"), cache.ticket());
    cache.changed("a");
    EXPECT_FALSE(cache.find({KeyKind::imsi, "1"}));
    EXPECT_FALSE(cache.find(named("a")));
    EXPECT_TRUE(cache.find(named("b")));
}

TEST(DeviceCache, DoesNotTakeWhatWasReadBeforeAChange) {
    DeviceCache cache(10);
    const auto ticket = cache.ticket();
    cache.changed("a");
    cache.put(named("a"), device("a"), ticket);
    EXPECT_FALSE(cache.find(named("a")));
    cache.put(named("a"), device("a"), cache.ticket());
    EXPECT_TRUE(cache.find(named("a")));
}

TEST(DeviceCache, ForgetsTheOneThatWasNotUsedForTheLongest) {
    DeviceCache cache(2);
    cache.put({KeyKind::imsi, "1"}, device("a"), cache.ticket());
    cache.put(named("b"), device("b"), cache.ticket());
    cache.find({KeyKind::imsi, "1"});
    cache.put(named("c"), device("c"), cache.ticket());
    EXPECT_EQ(cache.size(), 2U);
    EXPECT_TRUE(cache.find(named("a")));
    EXPECT_FALSE(cache.find(named("b")));
    EXPECT_TRUE(cache.find(named("c")));
}

TEST(DeviceCache, MayBeOff) {
    DeviceCache cache(0);
    cache.put(named("a"), device("a"), cache.ticket());
    EXPECT_FALSE(cache.find(named("a")));
    EXPECT_EQ(cache.size(), 0U);
}

}  // namespace
}  // namespace store_test
