#include <algorithm>

#include <nlohmann/json.hpp>

#include "provisioning/octets.h"
#include "server/http/conditions.h"
#include "server/http/device_json.h"
#include "server/http/problem.h"
#include "server/http/query.h"
#include "server/http/routes.h"

namespace http {
namespace {

using Json = nlohmann::ordered_json;

std::string location_of(std::string_view endpoint) {
    return "/v1/devices/" + percent_encode(endpoint);
}

// The devices that a list asks for by their identifiers: one at most.
std::vector<store::DeviceKey> keys_of(Query& query) {
    using Kind = store::KeyKind;
    std::vector<store::DeviceKey> keys;
    const auto add = [&](std::string_view name, Kind kind) {
        if (auto value = query.filled(name)) keys.push_back({kind, std::move(*value)});
    };
    add("imsi", Kind::imsi);
    add("imei", Kind::imei);
    add("iccid", Kind::iccid);
    add("msisdn", Kind::msisdn);
    add("externalId", Kind::external_id);
    for (store::DeviceKey& key : keys) {
        if (key.kind == Kind::imei) std::erase(key.value, '-');
        if (key.kind == Kind::msisdn && key.value.starts_with('+')) key.value.erase(0, 1);
    }
    if (const auto text = query.filled("pskIdentity")) {
        const auto octets = provisioning::parse_identity(*text);
        if (octets)
            keys.push_back({Kind::psk_identity, std::string(wire::as_text(*octets))});
        else
            query.refuse(422, "pskIdentity " + std::string(message(octets.error())));
    }
    return keys;
}

bool passes(const store::DeviceRecord& record, const store::DeviceFilter& filter) {
    const auto& device = record.device;
    return (!filter.profile || device.profile == *filter.profile) &&
           (!filter.prefix || device.endpoint.text().starts_with(*filter.prefix)) &&
           (!filter.disabled || record.disabled == *filter.disabled) &&
           (!filter.file || device.file == *filter.file);
}

void answer_found(const Call& call, const store::Store::Found& found,
                  const store::DeviceFilter& filter) {
    Json devices = Json::array();
    const auto& all = found.devices;
    // Every identifier has to name the same one.
    const bool is_one =
        !all.empty() && all.front() != nullptr &&
        std::ranges::all_of(all, [&](const store::DevicePointer& each) {
            return each != nullptr && each->device.endpoint == all.front()->device.endpoint;
        });
    if (is_one && passes(*all.front(), filter)) devices.push_back(to_json(*all.front()));
    call.reply(page_answer(call, "devices", std::move(devices), std::nullopt));
}

}  // namespace

void list_devices(const CallPointer& call) {
    Query query(call->target, {"profile", "prefix", "disabled", "file", "imsi", "imei", "iccid",
                               "msisdn", "externalId", "pskIdentity", "limit", "after"});
    store::DeviceFilter filter{query.text("profile"), query.text("prefix"),
                               query.boolean("disabled"), query.text("file"),
                               query.page("devices")};
    auto keys = keys_of(query);
    if (query.refusal()) return call->reply(*query.refusal());
    if (!keys.empty()) {
        call->store().find_devices(
            std::move(keys), std::nullopt,
            on_control<store::Store::Found>(
                call, [call, filter](const auto& found) { answer_found(*call, found, filter); }));
        return;
    }
    call->store().list_devices(
        std::move(filter),
        on_control<store::PageOf<store::DevicePointer>>(call, [call](const auto& page) {
            Json devices = Json::array();
            for (const store::DevicePointer& record : page.items)
                devices.push_back(to_json(*record));
            call->reply(page_answer(*call, "devices", std::move(devices), page.next));
        }));
}

void get_device(const CallPointer& call) {
    const Query query(call->target, {});
    if (query.refusal()) return call->reply(*query.refusal());
    call->store().find_device(
        {store::KeyKind::endpoint, call->arguments[0]},
        on_control<store::DevicePointer>(call, [call](const store::DevicePointer& record) {
            if (!record) return call->reply(problem(404, "no such device"));
            if (is_known(call->request, record->revision))
                return call->reply(not_modified(record->revision));
            Response response = json_answer(200, to_json(*record));
            response.headers.emplace_back("ETag", etag_of(record->revision));
            call->reply(std::move(response));
        }));
}

void put_device(const CallPointer& call) {
    const Query query(call->target, {});
    if (query.refusal()) return call->reply(*query.refusal());
    if (!is_json(call->request.content_type))
        return call->reply(problem(415, "a device is JSON; send Content-Type: application/json"));
    auto precondition = precondition_of(call->request);
    if (auto* no = std::get_if<Response>(&precondition)) return call->reply(std::move(*no));

    const std::string& endpoint = call->arguments[0];
    document::Problems problems;
    auto body = document::parse(call->request.body, "body", problems);
    if (!body) return call->reply(problem(400, "the body is not the JSON of a device", problems));
    auto change = read_device(std::move(*body), endpoint, problems);
    if (!change) return call->reply(problem(422, "the body is not a device", problems));
    if (change->device.endpoint.text() != endpoint)
        problems.push_back({"body", "/endpoint", "is another one than that of the path",
                            "write the same, or remove it"});
    check_device(*change, *call->backend().profiles(), problems);
    if (!problems.empty())
        return call->reply(problem(422, "the device cannot be as it is written", problems));

    Json detail;
    detail["profile"] = change->device.profile;
    call->store().put_device(
        std::move(*change), std::get<store::Precondition>(precondition),
        call->audit("device.put", endpoint, detail.dump()),
        on_control<store::PutResult>(call, [call](const store::PutResult& result) {
            if (std::holds_alternative<store::Stored>(result))
                call->backend().device_changed(call->arguments[0]);
            call->reply(answer_of(result, *call, "device", location_of(call->arguments[0])));
        }));
}

void delete_device(const CallPointer& call) {
    const Query query(call->target, {});
    if (query.refusal()) return call->reply(*query.refusal());
    auto precondition = precondition_of(call->request);
    if (auto* no = std::get_if<Response>(&precondition)) return call->reply(std::move(*no));
    call->store().remove_device(
        call->arguments[0], std::get<store::Precondition>(precondition),
        call->audit("device.delete", call->arguments[0]),
        on_control<store::RemoveResult>(call, [call](const store::RemoveResult& result) {
            if (std::holds_alternative<store::Removed>(result))
                call->backend().device_changed(call->arguments[0]);
            call->reply(answer_of(result, "device"));
        }));
}

}  // namespace http
