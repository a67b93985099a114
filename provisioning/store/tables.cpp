#include "provisioning/store/tables.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace store {

WallTime wall_time() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
}

std::int64_t rows_of(const Page& page) {
    return static_cast<std::int64_t>(std::clamp<std::size_t>(page.limit, 1, 1000)) + 1;
}

std::int64_t before(const Page& page) {
    if (!page.after) return std::numeric_limits<std::int64_t>::max();
    std::int64_t number = 0;
    const char* const end = page.after->data() + page.after->size();
    const auto parsed = std::from_chars(page.after->data(), end, number);
    return parsed.ec == std::errc() && parsed.ptr == end ? number : 0;
}

std::optional<PreconditionFailed> check(const Precondition& precondition,
                                        std::optional<Revision> current) {
    const bool one_of = !precondition.is_one_of ||
                        (current && std::ranges::find(*precondition.is_one_of, *current) !=
                                        precondition.is_one_of->end());
    const bool well =
        !(precondition.must_be_new && current) && !(precondition.must_exist && !current) && one_of;
    if (well) return std::nullopt;
    return PreconditionFailed{current};
}

std::uint64_t counted(const Reading& reading, std::string_view what) {
    return static_cast<std::uint64_t>(
        reading.db.number("SELECT n FROM counts WHERE name = ?", {what}).value_or(0));
}

}  // namespace store
