// The store with a large fleet: how long an import takes, how large the file is, how fast devices
// are found, idle and while the import runs, how long opening takes, and the memory of it. One
// JSON object on standard output.
//
//   bench_store [DEVICES [DATABASE]]

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <mutex>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <nlohmann/json.hpp>

#include "provisioning/store/sqlite.h"
#include "server/dtls/random.h"

namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;
using store::KeyKind;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string digits(std::size_t number) {
    std::string text = std::to_string(number);
    return text.insert(0, 10 - text.size(), '0');
}

provisioning::DeviceChange device(std::size_t number) {
    const std::string name = digits(number);
    provisioning::Device made{
        *model::EndpointName::from("urn:dev:os:" + name), "", "", "water-meter-eu", {}, {}, {}, {}};
    made.identifiers.imsi = "00101" + name;
    made.identifiers.imei = "35800" + name.substr(1);
    made.identifiers.msisdn = "88" + name;
    const std::string identity = "psk-" + name;
    const std::string key = "0123456789-" + name;
    made.credentials.psk = provisioning::PskCredential{{identity.begin(), identity.end()},
                                                       model::Secret(wire::as_bytes(key))};
    made.variables = {{"dmKey", "000102030405060708090a0b0c0d0e0f"}, {"region", "eu"}};
    return {std::move(made), false, {}};
}

store::DeviceKey key(KeyKind kind, std::size_t number) {
    const std::string name = digits(number);
    if (kind == KeyKind::psk_identity) return {kind, "psk-" + name};
    if (kind == KeyKind::imsi) return {kind, "00101" + name};
    return {KeyKind::endpoint, "urn:dev:os:" + name};
}

template <class T, class Call>
T ask(Call call) {
    std::promise<store::Result<T>> told;
    auto answer = told.get_future();
    call([&](store::Result<T> result) { told.set_value(std::move(result)); });
    auto result = answer.get();
    if (!result) {
        std::cerr << result.error().text << '\n';
        std::exit(1);
    }
    return std::move(*result);
}

// Of look-ups one after the other, there and back to the caller's thread.
struct Latencies {
    std::vector<double> microseconds;

    void add(Clock::time_point start) { microseconds.push_back(seconds_since(start) * 1e6); }
    Json told() {
        if (microseconds.empty()) return nullptr;
        std::sort(microseconds.begin(), microseconds.end());
        const auto at = [&](double part) {
            return microseconds[static_cast<std::size_t>(
                part * static_cast<double>(microseconds.size() - 1))];
        };
        return {{"count", microseconds.size()},
                {"medianMicroseconds", at(0.5)},
                {"p99Microseconds", at(0.99)}};
    }
};

Json look_up(store::Store& store, std::size_t known, std::size_t count,
             const std::atomic<bool>* until = nullptr) {
    Json all;
    dtls::OpenSslRandom random;
    const std::vector<std::pair<KeyKind, const char*>> kinds = {
        {KeyKind::psk_identity, "pskIdentity"},
        {KeyKind::endpoint, "endpoint"},
        {KeyKind::imsi, "imsi"}};
    std::vector<Latencies> latencies(kinds.size());
    for (std::size_t i = 0; i < count && !(until != nullptr && *until); ++i)
        for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
            const auto looked_for = key(kinds[kind].first, random.next_u32() % known);
            const auto start = Clock::now();
            const auto found =
                ask<store::DevicePointer>([&](auto then) { store.find_device(looked_for, then); });
            latencies[kind].add(start);
            if (!found) {
                std::cerr << "a device is not found\n";
                std::exit(1);
            }
        }
    for (std::size_t kind = 0; kind < kinds.size(); ++kind)
        all[kinds[kind].second] = latencies[kind].told();
    return all;
}

void import(store::Store& store, std::size_t from, std::size_t to) {
    constexpr std::size_t chunk = 500;
    constexpr std::size_t under_way = 8;
    std::deque<std::future<store::Result<std::vector<store::PutResult>>>> waiting;
    const auto wait_for_one = [&] {
        auto results = waiting.front().get();
        waiting.pop_front();
        if (results)
            for (const auto& result : *results)
                if (std::holds_alternative<store::Stored>(result))
                    continue;
                else
                    std::exit(1);
        else
            std::exit(1);
    };
    for (std::size_t next = from; next < to; next += chunk) {
        std::vector<provisioning::DeviceChange> changes;
        for (std::size_t i = next; i < std::min(next + chunk, to); ++i)
            changes.push_back(device(i));
        auto told = std::make_shared<std::promise<store::Result<std::vector<store::PutResult>>>>();
        waiting.push_back(told->get_future());
        store.import_devices(std::move(changes), {"bench", "device.import", "", ""},
                             [told](auto results) { told->set_value(std::move(results)); });
        if (waiting.size() >= under_way) wait_for_one();
    }
    while (!waiting.empty()) wait_for_one();
}

double resident_mebibytes() {
    std::ifstream in("/proc/self/status");
    for (std::string line; std::getline(in, line);)
        if (line.rfind("VmRSS:", 0) == 0) return std::strtod(line.c_str() + 6, nullptr) / 1024;
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t devices = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100'000;
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("bench-store-" + std::to_string(::getpid()));
    store::SqliteOptions options;
    options.file = argc > 2 ? std::filesystem::path(argv[2]) : folder / "bench.db";
    options.keys.push_back(*crypto::MasterKey::from(model::Secret(wire::Bytes(32, 1))));
    options.cached_devices = 1000;  // so that most are read
    if (argc <= 2) std::filesystem::create_directories(folder);
    const auto open = [&] {
        auto store = store::open_sqlite(options, std::make_unique<dtls::OpenSslRandom>());
        if (store) return std::move(*store);
        std::cerr << store.error() << '\n';
        std::exit(1);
    };

    Json told;
    told["devices"] = devices;
    const std::size_t before = std::max<std::size_t>(1, devices / 10);
    {
        const auto store = open();
        import(*store, 0, before);
        std::atomic<bool> done = false;
        auto meanwhile = std::async(std::launch::async,
                                    [&] { return look_up(*store, before, 1'000'000, &done); });
        const auto start = Clock::now();
        import(*store, before, devices);
        const double took = seconds_since(start);
        done = true;
        told["importDevicesPerSecond"] = static_cast<double>(devices - before) / took;
        told["importSeconds"] = took;
        told["lookUpWhileImporting"] = meanwhile.get();
    }
    told["fileMebibytes"] =
        static_cast<double>(std::filesystem::file_size(options.file)) / (1024 * 1024);
    const auto start = Clock::now();
    const auto store = open();
    told["openMilliseconds"] = seconds_since(start) * 1000;
    told["residentMebibytesAfterOpening"] = resident_mebibytes();
    told["lookUp"] = look_up(*store, devices, 20'000);
    told["residentMebibytes"] = resident_mebibytes();
    std::cout << told.dump(2) << '\n';
    if (argc <= 2) std::filesystem::remove_all(folder);
}
