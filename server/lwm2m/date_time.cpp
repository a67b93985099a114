#include "server/lwm2m/date_time.h"

#include <chrono>
#include <cstddef>
#include <cstdint>

//   date-time = 4DIGIT "-" 2DIGIT "-" 2DIGIT ( "T" / "t" )
//               2DIGIT ":" 2DIGIT ":" 2DIGIT [ "." 1*DIGIT ]
//               ( "Z" / "z" / ( "+" / "-" ) 2DIGIT ":" 2DIGIT )      RFC 3339 §5.6

namespace lwm2m {
namespace {

class Scanner {
  public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    bool at_end() const { return rest_.empty(); }

    // Exactly so many digits.
    std::optional<int> number(std::size_t digits) {
        if (rest_.size() < digits) return std::nullopt;
        int value = 0;
        for (const char c : rest_.substr(0, digits)) {
            if (c < '0' || c > '9') return std::nullopt;
            value = value * 10 + (c - '0');
        }
        rest_.remove_prefix(digits);
        return value;
    }

    // The character that is next, if it is one of these.
    std::optional<char> one_of(std::string_view characters) {
        if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos)
            return std::nullopt;
        const char found = rest_.front();
        rest_.remove_prefix(1);
        return found;
    }

    // After a ".": false where there is no digit.
    bool fraction() {
        if (!number(1)) return false;
        while (number(1)) continue;
        return true;
    }

  private:
    std::string_view rest_;
};

std::optional<std::int64_t> seconds_of_date(Scanner& in) {
    const auto year = in.number(4);
    if (!year || !in.one_of("-")) return std::nullopt;
    const auto month = in.number(2);
    if (!month || !in.one_of("-")) return std::nullopt;
    const auto day = in.number(2);
    if (!day) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return std::nullopt;
    const auto days = std::chrono::sys_days(date).time_since_epoch();
    return std::chrono::duration_cast<std::chrono::duration<std::int64_t>>(days).count();
}

// A leap second is the first of the next minute.
std::optional<std::int64_t> seconds_of_time(Scanner& in) {
    const auto hour = in.number(2);
    if (!hour || *hour > 23 || !in.one_of(":")) return std::nullopt;
    const auto minute = in.number(2);
    if (!minute || *minute > 59 || !in.one_of(":")) return std::nullopt;
    const auto second = in.number(2);
    if (!second || *second > 60) return std::nullopt;
    if (in.one_of(".") && !in.fraction()) return std::nullopt;
    return *hour * 3600 + *minute * 60 + *second;
}

std::optional<std::int64_t> seconds_of_offset(Scanner& in) {
    if (in.one_of("Zz")) return 0;
    const auto sign = in.one_of("+-");
    if (!sign) return std::nullopt;
    const auto hour = in.number(2);
    if (!hour || *hour > 23 || !in.one_of(":")) return std::nullopt;
    const auto minute = in.number(2);
    if (!minute || *minute > 59) return std::nullopt;
    const int seconds = *hour * 3600 + *minute * 60;
    return *sign == '-' ? -seconds : seconds;
}

}  // namespace

std::optional<model::Time> from_date_time(std::string_view text) {
    Scanner in(text);
    const auto date = seconds_of_date(in);
    if (!date || !in.one_of("Tt")) return std::nullopt;
    const auto time = seconds_of_time(in);
    if (!time) return std::nullopt;
    const auto offset = seconds_of_offset(in);
    if (!offset || !in.at_end()) return std::nullopt;
    return model::Time{*date + *time - *offset};
}

}  // namespace lwm2m
