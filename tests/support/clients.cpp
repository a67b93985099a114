#include "tests/support/clients.h"

namespace support {

Habits anjay() {
    Habits made;
    made.pct = 112;
    made.asks_again_without_pct = true;
    made.other_queries = {};
    made.early = Habits::Early::cancels_request;
    made.formats = {11542, 110, 112, 0, 42, 60};
    made.merges_writes = true;
    made.refuses_second_account = true;
    made.checks_consistency = true;
    made.closes_after_finish = false;
    made.returns_after = std::chrono::milliseconds(1400);
    return made;
}

Habits anjay_1_2() {
    Habits made = anjay();
    made.asks_for_a_pack = true;
    made.formats.insert(11544);
    return made;
}

Habits wakaama() {
    Habits made;
    made.pct.reset();
    made.other_queries = {};
    made.early = Habits::Early::plays_dead;
    made.needs_accept = false;
    made.formats = {11542, 0, 42};
    made.format_refused = coap::Code::bad_request;
    made.ignores_ids = true;
    made.missing_is_not_found = true;
    made.keeps_device_object = true;
    made.without_finish = Habits::WithoutFinish::restores_accounts;
    made.returns_after = std::chrono::seconds(70);
    made.returns_after_at_most = std::chrono::seconds(70);
    return made;
}

Habits old_wakaama() {
    Habits made = wakaama();
    made.formats = {11542, 11543, 0, 42};
    made.discovers = Habits::Discovers::nothing;
    made.answers_read = false;
    made.stray_acknowledgements = true;
    return made;
}

Habits leshan() {
    Habits made;
    made.pct = 112;
    made.other_queries = {};
    made.discovers = Habits::Discovers::root_alone;
    made.tells_account_uri = true;
    made.without_finish = Habits::WithoutFinish::keeps;
    made.ends_after_refused_finish = true;
    return made;
}

Habits zephyr() {
    Habits made;
    made.other_queries = {};
    made.links = Habits::Links::quoted;
    made.formats = {11542, 110, 112, 0, 42, 60};
    made.answers_read = false;
    return made;
}

}  // namespace support
