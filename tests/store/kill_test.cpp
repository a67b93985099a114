#include <csignal>
#include <fcntl.h>
#include <memory>
#include <set>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/store/database.h"
#include "tests/store/sqlite_site.h"
#include "tests/support/seeded_random.h"

namespace store_test {
namespace {

// store_writer as a process of its own.
class Writer {
  public:
    Writer(const std::filesystem::path& database, std::size_t first) {
        int ends[2] = {-1, -1};
        if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
        const std::string file = database.string();
        const std::string number = std::to_string(first);
        pid_ = ::fork();
        if (pid_ == 0) {
            ::dup2(ends[1], STDOUT_FILENO);
            ::execl(STORE_WRITER, STORE_WRITER, file.c_str(), number.c_str(), nullptr);
            ::_exit(127);
        }
        ::close(ends[1]);
        out_ = ends[0];
    }
    ~Writer() {
        kill_now();
        ::close(out_);
    }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    // Until that many lines came, or it ended; what came.
    std::string read_lines(std::size_t lines) {
        std::string all;
        std::size_t seen = 0;
        char c = 0;
        while (seen < lines && ::read(out_, &c, 1) == 1) {
            all += c;
            seen += c == '\n' ? 1 : 0;
        }
        return all;
    }
    void kill_now() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }

  private:
    pid_t pid_ = -1;
    int out_ = -1;
};

TEST(KilledStore, HasEverythingThatItAcknowledged) {
    const Folder folder;
    store::SqliteOptions options = options_with();
    options.file = folder / "test.db";
    support::SeededRandom random(11);
    std::set<std::size_t> devices, issued, sessions;
    std::size_t first = 0;
    for (int round = 0; round < 20; ++round) {
        std::string told;
        {
            Writer writer(options.file, first);
            told = writer.read_lines(1 + random.below(400));
            writer.kill_now();
            told += writer.read_lines(1'000'000);  // what was on its way
        }
        std::size_t start = 0;
        for (std::size_t end = 0; (end = told.find('\n', start)) != std::string::npos;
             start = end + 1) {
            const std::size_t number = std::stoul(told.substr(start + 2, end - start - 2));
            (told[start] == 'd' ? devices : told[start] == 'i' ? issued : sessions).insert(number);
            first = std::max(first, number + 1);
        }
        ASSERT_GT(first, 0U) << "the writer does not run";
        // The next one begins behind all that this one may have begun.
        first += 100'000;

        const auto store = open(options);
        std::size_t lost = 0;
        for (const std::size_t number : devices) {
            const auto found = ask<store::DevicePointer>([&](auto then) {
                store->find_device({store::KeyKind::psk_identity,
                                    std::string(wire::as_text(
                                        device_of(numbered(number)).credentials.psk->identity))},
                                   then);
            });
            if (!found || !*found) ++lost;
        }
        for (const std::size_t number : issued) {
            std::string identity(8, '\xFF');
            for (std::size_t i = 0; i < 4; ++i)
                identity[i] = static_cast<char>(static_cast<std::uint8_t>(number >> (8 * i)));
            const auto found = ask<store::DevicePointer>([&](auto then) {
                store->find_device({store::KeyKind::psk_identity, identity}, then);
            });
            if (!found || !*found) {
                ++lost;
                continue;
            }
            const auto* const pending = (*found)->state.keyring.pending();
            if (pending == nullptr || !pending->session_ended) ++lost;
        }
        for (const std::size_t number : sessions) {
            const auto found = ask<std::optional<store::SessionRow>>(
                [&](auto then) { store->session("s" + std::to_string(number), then); });
            if (!found || !*found) ++lost;
        }
        ASSERT_EQ(lost, 0U) << "in round " << round;
        ASSERT_EQ(inconsistencies(options.file), "");
    }
    EXPECT_GT(devices.size(), 100U);
    EXPECT_GT(issued.size(), 100U);
    EXPECT_GT(sessions.size(), 100U);
}

}  // namespace
}  // namespace store_test
