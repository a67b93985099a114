#include "server/http/session_json.h"

#include <chrono>

#include <nlohmann/json.hpp>

#include "server/http/times.h"

namespace http {
namespace {

using Json = nlohmann::ordered_json;
using Wall = std::chrono::system_clock::time_point;

Json operation_json(const bootstrap::OperationRecord& operation, Wall started) {
    const auto at = [&](wire::Duration offset) {
        return to_rfc3339(started + std::chrono::duration_cast<Wall::duration>(offset));
    };
    Json out;
    out["method"] = operation.method;
    out["path"] = operation.path;
    out["queries"] = operation.queries;
    out["contentFormat"] = operation.content_format ? Json(*operation.content_format) : Json();
    out["payloadSize"] = operation.payload_size;
    out["code"] = operation.code ? Json(coap::to_string(*operation.code)) : Json();
    out["sentAt"] = at(operation.sent);
    out["answeredAt"] = operation.answered ? Json(at(*operation.answered)) : Json();
    out["retransmissions"] = operation.retransmissions;
    out["note"] = operation.note;
    Json values = Json::array();
    for (const bootstrap::ReadValue& value : operation.values)
        values.push_back({{"path", value.path}, {"value", value.value}});
    out["values"] = std::move(values);
    return out;
}

}  // namespace

nlohmann::ordered_json to_json(const bootstrap::SessionRecord& record) {
    Json out;
    out["id"] = record.id;
    out["endpoint"] = record.endpoint;
    out["profile"] = record.profile;
    out["mode"] = to_string(record.mode);
    out["state"] = to_string(record.state);
    out["outcome"] =
        record.report.outcome ? Json(bootstrap::to_string(*record.report.outcome)) : Json();
    out["cause"] = record.report.cause;
    out["startedAt"] = to_rfc3339(record.started);
    out["endedAt"] = record.ended ? Json(to_rfc3339(*record.ended)) : Json();
    out["remote"] = record.remote;
    out["secured"] = record.secured;
    out["triggered"] = record.triggered;
    out["trigger"] = record.trigger.empty() ? Json() : Json(record.trigger);
    out["attempts"] = record.attempts;
    out["preferredContentFormat"] =
        record.preferred_format ? Json(*record.preferred_format) : Json();
    out["contentFormat"] =
        record.report.content_format ? Json(*record.report.content_format) : Json();
    out["otherQueries"] = record.other_queries;
    out["notes"] = record.report.notes;
    Json operations = Json::array();
    for (const auto& operation : record.report.operations)
        operations.push_back(operation_json(operation, record.operations_started));
    out["operations"] = std::move(operations);
    return out;
}

}  // namespace http
