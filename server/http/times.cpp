// date-time   = full-date "T" full-time
// full-date   = 4DIGIT "-" 2DIGIT "-" 2DIGIT
// full-time   = 2DIGIT ":" 2DIGIT ":" 2DIGIT [ "." 1*DIGIT ] time-offset
// time-offset = "Z" / ( "+" / "-" ) 2DIGIT ":" 2DIGIT
// "T" and "Z" may be small.

#include "server/http/times.h"

#include <cstddef>

namespace http {
namespace {

// Takes a text apart from its beginning; once something does not fit, nothing does.
class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    int number(std::size_t digits) {
        if (rest_.size() < digits) return fail();
        int value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            if (!is_digit(rest_[i])) return fail();
            value = value * 10 + (rest_[i] - '0');
        }
        rest_.remove_prefix(digits);
        return value;
    }
    // Which of them is next.
    char one_of(std::string_view characters) {
        if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) {
            fail();
            return '\0';
        }
        const char found = rest_.front();
        rest_.remove_prefix(1);
        return found;
    }
    // The milliseconds of ".123456"; 0 where there is no fraction.
    int fraction() {
        if (!rest_.starts_with('.')) return 0;
        rest_.remove_prefix(1);
        int value = 0;
        std::size_t digits = 0;
        for (; !rest_.empty() && is_digit(rest_.front()); rest_.remove_prefix(1), ++digits)
            if (digits < 3) value = value * 10 + (rest_.front() - '0');
        if (digits == 0) return fail();
        for (; digits < 3; ++digits) value *= 10;
        return value;
    }
    bool is_done() const { return !failed_ && rest_.empty(); }

  private:
    static bool is_digit(char c) { return c >= '0' && c <= '9'; }
    int fail() {
        failed_ = true;
        rest_ = {};
        return 0;
    }
    std::string_view rest_;
    bool failed_ = false;
};

}  // namespace

// A record of a session has a score of them: strftime() would take longer than all the rest.
std::string to_rfc3339(std::chrono::system_clock::time_point when) {
    const auto at = std::chrono::floor<std::chrono::milliseconds>(when);
    const auto midnight = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(midnight);
    auto rest = static_cast<unsigned>((at - midnight).count());
    std::string text = "0000-00-00T00:00:00.000Z";
    const auto put = [&text](std::size_t last, unsigned value, int digits) {
        for (; digits > 0; --digits, --last, value /= 10)
            text[last] = static_cast<char>('0' + value % 10);
    };
    put(3, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    put(6, static_cast<unsigned>(date.month()), 2);
    put(9, static_cast<unsigned>(date.day()), 2);
    put(22, rest % 1000, 3);
    rest /= 1000;
    put(18, rest % 60, 2);
    put(15, rest / 60 % 60, 2);
    put(12, rest / 3600, 2);
    return text;
}

std::optional<std::chrono::sys_time<std::chrono::milliseconds>> from_rfc3339(
    std::string_view text) {
    Reader reader(text);
    const int year = reader.number(4);
    reader.one_of("-");
    const int month = reader.number(2);
    reader.one_of("-");
    const int day = reader.number(2);
    reader.one_of("Tt");
    const int hour = reader.number(2);
    reader.one_of(":");
    const int minute = reader.number(2);
    reader.one_of(":");
    const int second = reader.number(2);
    const int milliseconds = reader.fraction();
    const char zone = reader.one_of("Zz+-");
    int offset = 0;
    if (zone == '+' || zone == '-') {
        const int hours = reader.number(2);
        reader.one_of(":");
        const int minutes = reader.number(2);
        if (hours > 23 || minutes > 59) return std::nullopt;
        offset = (zone == '+' ? 1 : -1) * (hours * 60 + minutes);
    }
    const std::chrono::year_month_day date(std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day)));
    if (!reader.is_done() || !date.ok() || hour > 23 || minute > 59 || second > 60)
        return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(hour) +
           std::chrono::minutes(minute - offset) + std::chrono::seconds(second) +
           std::chrono::milliseconds(milliseconds);
}

}  // namespace http
