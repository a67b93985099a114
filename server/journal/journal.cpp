#include "server/journal/journal.h"

#include <chrono>
#include <memory>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "server/journal/journald.h"
#include "server/journal/line.h"

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
    }

    const bool under_journald = stderr_is_journald();
    std::atomic<Format> format;
    spdlog::logger logger;
};

Journal::Journal(Level level, Format format)
    : level_(level), impl_(std::make_unique<Impl>(format)) {}

Journal::~Journal() {
    flush();
}

void Journal::write(const Message& message, std::initializer_list<Field> fields) {
    if (!enabled(message.level)) return;
    const auto now = std::chrono::system_clock::now();
    const std::span<const Field> all(fields.begin(), fields.size());
    const Format format = impl_->format.load(std::memory_order_relaxed);
    const std::string line =
        format == Format::json ? json_line(message, all, now) : text_line(message, all, now);
    if (impl_->under_journald && format == Format::text) {
        // It has the time and the level of its own.
        const std::size_t level = line.find(' ') + 1;
        const std::string_view text = std::string_view(line).substr(line.find(' ', level) + 1);
        if (send_to_journald(journald_entry(message, all, text))) return;
    }
    impl_->logger.log(to_spdlog(message.level), spdlog::string_view_t(line));
}

void Journal::set(Level level, Format format) {
    level_.store(level, std::memory_order_relaxed);
    impl_->format.store(format, std::memory_order_relaxed);
}

void Journal::flush() {
    impl_->logger.flush();
}

}  // namespace journal
