#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "provisioning/model/path.h"
#include "server/bootstrap/outcome.h"
#include "server/coap/types.h"
#include "server/wire/time.h"

// What is told of a session: to the API, the log and, later, the store.
namespace bootstrap {

enum class Mode { client_initiated, server_initiated };
std::string_view to_string(Mode);

// One value that a Read told; one link of a Discover that came after the plan was made.
struct ReadValue {
    std::string path;   // "/1/0/1", "/2/0/2/101" of a Resource Instance
    std::string value;  // as people write it; octets in hexadecimal; UTF-8. Of a link "ssid=101"
    friend bool operator==(const ReadValue&, const ReadValue&) = default;
};
// Of one Read, or of one value in it; a note tells of more.
inline constexpr std::size_t max_read_values = 256;
inline constexpr std::size_t max_read_octets = 16 * 1024;
inline constexpr std::size_t max_read_value_octets = 256;

struct OperationRecord {
    std::string method;  // "DISCOVER", "DELETE", "WRITE", "READ", "FINISH", "PACK"
    std::string path;    // "/0/1"; "/bs" for Finish, "/bspack" for a Pack
    std::vector<std::string> queries;
    std::optional<std::uint16_t> content_format;
    std::size_t payload_size = 0;
    std::optional<coap::Code> code;  // absent: unanswered
    wire::Duration sent{};           // first transmission, from the session's start
    std::optional<wire::Duration> answered;
    unsigned retransmissions = 0;
    std::string note;               // "answered by a Reset", "no answer", "repeated Finish"
    std::vector<ReadValue> values;  // of a READ or of a later DISCOVER
};

inline constexpr std::size_t max_notes = 32;

// What a session did to the device's Bootstrap-Server account, without a word of any key.
struct AccountReport {
    // Once finished: old instances of the account that were deleted, or were not there. Before
    // that a device may still go back to what it had.
    std::vector<model::InstanceId> purged;
    // Once finished: the account purges itself so long after it, /0/x/12.
    std::optional<std::chrono::seconds> expires_after;
    // Where the account's new credential was written; the device may have it as soon as the Write
    // has left, whatever came of its answer.
    std::optional<model::InstanceId> credential_at;
    bool credential_taken = false;  // … which was answered well
    // Where that is a new instance: the old one, which is to be deleted after it.
    std::optional<model::InstanceId> replaces;
    friend bool operator==(const AccountReport&, const AccountReport&) = default;
};

// How a session went, as far as the shard that ran it can tell.
struct SessionReport {
    std::optional<Outcome> outcome;               // absent: it runs
    std::string cause;                            // for people: which operation, which code, why
    bool device_answered = false;                 // some operation was answered
    std::optional<std::uint16_t> content_format;  // of its Writes, as chosen last
    // What else people should know: "Writes go on in TLV: WRITE /0/1 in SenML CBOR was answered
    // 4.15"; what the plan's own check says of a Finish that was refused. At most max_notes.
    std::vector<std::string> notes;
    wire::TimePoint started{};  // what the operations' times count from
    std::vector<OperationRecord> operations;
    AccountReport account;
};

}  // namespace bootstrap
