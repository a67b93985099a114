#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "provisioning/device.h"
#include "provisioning/model/path.h"
#include "server/coap/types.h"
#include "server/wire/time.h"

namespace support {

// How a device behaves where the specification leaves room, or where real ones ignore it.
struct Habits {
    model::InstanceId account = 0;  // of its Bootstrap-Server in /0, as it left the factory

    // ---- its accounts with Bootstrap-Servers ----
    // What the account proves it with; nothing: keys are no part of the test, and the account is
    // the instance above whatever becomes of it.
    std::optional<provisioning::PskCredential> factory_key;
    bool uses_last_account = false;  // of several; else the first (Leshan)
    bool keeps_one_account = false;  // Delete "/" leaves the last of several alone (Leshan)

    // ---- how it asks ----
    bool asks_for_a_pack = false;  // GET /bspack first; any answer but 2.05: POST /bs
    std::optional<std::uint16_t> pct = 11542;
    bool asks_again_without_pct = false;                   // at once after a 4.xx (Anjay)
    bool names_itself = true;                              // ep=
    bool tells_account = false;                            // acc=
    std::vector<std::string> path_in_front;                // of its Server URI
    std::vector<std::string> other_queries = {"extra=1"};  // before its own
    unsigned asks = 5;                                     // Bootstrap-Requests until it gives up
    std::optional<wire::Duration> returns_after;           // once it was refused, doubled each time
    wire::Duration returns_after_at_most = std::chrono::seconds(20);

    // ---- operations before the 2.04 ----
    enum class Early {
        takes,
        cancels_request,  // for a cancel of its own request (Anjay)
        plays_dead,       // rolls back, yet answers 2.04 and 2.02 to everything (Wakaama)
    } early = Early::takes;
    bool accepts_unasked = false;  // operations although it did not ask

    // ---- Discover and Read ----
    enum class Links { bare, root, quoted, spaced };
    Links links = Links::root;       // how its Discover answer begins and is written
    bool tells_account_uri = false;  // uri on its Bootstrap-Server's instance (Leshan)
    enum class Discovers {
        everything,
        root_alone,     // 4.00 to "/0" (Leshan)
        objects_alone,  // 4.05 to "/"
        nothing,        // 4.00, as old Wakaama
    } discovers = Discovers::everything;
    bool needs_accept = true;         // 40 of a Discover, else 4.00 (Anjay)
    bool answers_read = true;         // of /1 and /2; else 4.05
    std::size_t more_links = 0;       // so many in its Discover answer besides
    std::optional<std::uint8_t> szx;  // its long answers come in such blocks

    // ---- Write and Delete ----
    std::set<std::uint16_t> formats = {11542, 110, 112, 11544, 11543, 0, 42, 60};
    coap::Code format_refused = coap::Code::unsupported_content_format;
    bool merges_writes = false;  // into an instance that is there (Anjay)
    bool ignores_ids = false;  // of the instances in a PUT on an Object: the lowest free (Wakaama)
    bool refuses_second_account = false;        // 4.00 to a Write of one (Anjay)
    bool knows_version_query = false;           // ver=; else 4.02 as to every Uri-Query
    bool missing_is_not_found = false;          // Delete of nothing: 4.04 (Wakaama); else 2.02
    bool keeps_device_object = false;           // Delete of /3: 4.05 (Wakaama); else 2.02
    std::map<std::string, coap::Code> refuses;  // "PUT /1/0" → code, not executed
    bool half_makes = false;                    // a Write that it refuses leaves a part behind

    // ---- Finish and after ----
    std::optional<coap::Code> finish_code;   // instead of 2.04: it is not content
    bool checks_consistency = false;         // else 2.04 to everything; 4.06 as Anjay
    bool ends_after_refused_finish = false;  // (Leshan)
    enum class WithoutFinish {
        rolls_back,
        restores_accounts,  // /0 and /1 alone (Wakaama)
        keeps,              // the change request's reading
    } without_finish = WithoutFinish::rolls_back;
    bool closes_after_finish = true;               // nothing is heard afterwards; else late_finish
    coap::Code late_finish = coap::Code::changed;  // to a Finish it no longer waits for (Anjay)

    // ---- messages ----
    bool answers_separately = false;
    bool stray_acknowledgements = false;  // a token-less 5.00 follows each reply (old Wakaama)
    bool blocks_rearm = false;            // its timer counts every block, not operations alone
    wire::Duration lifetime = std::chrono::seconds(247);  // its EXCHANGE_LIFETIME
};

}  // namespace support
