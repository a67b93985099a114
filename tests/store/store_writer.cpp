#include <cstdio>
#include <cstdlib>
#include <string>
#include <unistd.h>

#include "tests/store/sqlite_site.h"

// Writes devices and sessions into a database until it is killed, and says on standard output what
// was acknowledged: "d NUMBER", "i NUMBER" or "s NUMBER", a line each, in one write.
//
//   store_writer DATABASE FIRST
int main(int argc, char** argv) {
    if (argc != 3) return 2;
    store::SqliteOptions options = store_test::options_with();
    options.file = argv[1];
    const auto store = store_test::open(options);
    const auto say = [](char what, std::size_t number) {
        const std::string line = std::string(1, what) + " " + std::to_string(number) + "\n";
        if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::_Exit(1);
    };
    for (std::size_t number = std::strtoul(argv[2], nullptr, 10);; ++number) {
        store->put_device(store_test::change_of(store_test::numbered(number)), {},
                          store_test::by("writer"),
                          [=](const store::Result<store::PutResult>& result) {
                              if (result) say('d', number);
                          });
        store::IssueOrder order;
        order.endpoint = store_test::device_of(store_test::numbered(number)).endpoint.text();
        order.session = "s" + std::to_string(number);
        order.replacement = true;
        order.fresh = {wire::Bytes(8, 0xFF), model::Secret(wire::Bytes(16, 1))};
        for (std::size_t i = 0; i < 4; ++i)
            order.fresh.identity[i] = static_cast<std::uint8_t>(number >> (8 * i));
        store->issue(std::move(order), [=](const store::Result<store::IssueResult>& result) {
            if (result && std::holds_alternative<provisioning::Issued>(*result)) say('i', number);
        });
        const std::string id = "s" + std::to_string(number);
        const auto done = [=](const store::Result<void>& result) {
            if (result) say('s', number);
        };
        // Some wait, so that groups are of all sizes.
        if (number % 7 == 0) {
            done(store_test::ask<void>([&](auto then) {
                store->end_session(store_test::session_row(id), {{"h", id, "k", "{}"}}, then);
            }));
        } else {
            store->end_session(store_test::session_row(id), {{"h", id, "k", "{}"}}, done);
        }
    }
}
