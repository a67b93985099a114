#include "server/journal/journal.h"

#include <array>
#include <chrono>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "server/journal/journald.h"
#include "server/journal/line.h"
#include "server/journal/messages.h"

namespace journal {
namespace {

spdlog::level::level_enum to_spdlog(Level level) {
    switch (level) {
        case Level::trace:
            return spdlog::level::trace;
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warning:
            return spdlog::level::warn;
        case Level::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

}  // namespace

class Journal::Impl {
  public:
    explicit Impl(Format wanted)
        : format(wanted), logger("journal", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
        logger.set_pattern("%v");
        logger.set_level(spdlog::level::trace);  // Journal::enabled() decides
        // A log that nobody can read must not bring the daemon down, nor fill another stream.
        logger.set_error_handler([](const std::string&) {});
        for (const Message* const each : message::all)
            if (each->pace.is_limited()) throttles_.try_emplace(each->id, each->pace);
    }

    // Null: it has no limit.
    Throttle* throttle_of(const Message& message) {
        if (!message.pace.is_limited()) return nullptr;
        const auto found = throttles_.find(message.id);
        return found == throttles_.end() ? nullptr : &found->second;
    }
    void emit(const Message& message, std::span<const Field> fields);
    void tell_withheld(Throttle::TimePoint now);
    void tell_all_withheld();

    const bool under_journald = stderr_is_journald();
    std::atomic<Format> format;
    spdlog::logger logger;

  private:
    static constexpr auto look_every = std::chrono::seconds(1);
    void tell(std::string_view id, std::uint64_t count);

    // As many as there are messages with a limit; only what they hold changes.
    std::unordered_map<std::string_view, Throttle> throttles_;
    std::atomic<Throttle::TimePoint> look_next_{Throttle::TimePoint{}};
};

void Journal::Impl::emit(const Message& message, std::span<const Field> fields) {
    const auto now = std::chrono::system_clock::now();
    const Format wanted = format.load(std::memory_order_relaxed);
    // It has the time and the level of its own.
    if (under_journald && wanted == Format::text &&
        send_to_journald(journald_entry(message, fields, bare_line(message, fields))))
        return;
    const std::string line =
        wanted == Format::json ? json_line(message, fields, now) : text_line(message, fields, now);
    logger.log(to_spdlog(message.level), spdlog::string_view_t(line));
}

void Journal::Impl::tell(std::string_view id, std::uint64_t count) {
    if (count == 0) return;
    const std::array<Field, 2> fields = {
        {{"message", std::string(id)}, {"count", std::to_string(count)}}};
    emit(message::messages_withheld, fields);
}

// Looks at them all once in a while, whatever is written meanwhile.
void Journal::Impl::tell_withheld(Throttle::TimePoint now) {
    auto due = look_next_.load(std::memory_order_relaxed);
    if (now < due || !look_next_.compare_exchange_strong(due, now + look_every)) return;
    for (auto& [id, throttle] : throttles_) tell(id, throttle.take_untold(now));
}

void Journal::Impl::tell_all_withheld() {
    for (auto& [id, throttle] : throttles_) tell(id, throttle.take_all_untold());
}

Journal::Journal(Level level, Format format)
    : level_(level), impl_(std::make_unique<Impl>(format)) {}

Journal::~Journal() {
    flush();
}

bool Journal::wants(const Message& message) {
    if (!enabled(message.level)) return false;
    Throttle* const throttle = impl_->throttle_of(message);
    return throttle == nullptr || throttle->admits(std::chrono::steady_clock::now());
}

void Journal::write(const Message& message, std::initializer_list<Field> fields) {
    if (!enabled(message.level)) return;
    const auto now = std::chrono::steady_clock::now();
    std::uint64_t left_out = 0;
    if (Throttle* const throttle = impl_->throttle_of(message)) {
        const auto taken = throttle->take(now);
        if (!taken) return;
        left_out = *taken;
    }
    impl_->tell_withheld(now);
    if (left_out == 0) return impl_->emit(message, {fields.begin(), fields.size()});
    std::vector<Field> more(fields);
    more.push_back({"left_out_before", std::to_string(left_out)});
    impl_->emit(message, more);
}

void Journal::tell_withheld() {
    impl_->tell_withheld(std::chrono::steady_clock::now());
}

void Journal::set(Level level, Format format) {
    level_.store(level, std::memory_order_relaxed);
    impl_->format.store(format, std::memory_order_relaxed);
}

void Journal::flush() {
    impl_->tell_all_withheld();
    impl_->logger.flush();
}

}  // namespace journal
