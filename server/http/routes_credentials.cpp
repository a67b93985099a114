#include <algorithm>

#include <nlohmann/json.hpp>

#include "server/http/problem.h"
#include "server/http/query.h"
#include "server/http/routes.h"
#include "server/http/times.h"

namespace http {
namespace {

using Json = nlohmann::ordered_json;
using Keys = provisioning::BootstrapAccount::Keys;

constexpr std::size_t longest_filter = 255;

std::string_view word_of(Rotation::State state) {
    switch (state) {
        case Rotation::State::running:
            return "running";
        case Rotation::State::finished:
            return "finished";
        case Rotation::State::cancelled:
            return "cancelled";
        case Rotation::State::failed:
            return "failed";
    }
    return "failed";
}

Json to_json(const Rotation& rotation) {
    const auto text_or_null = [](const std::optional<std::string>& text) {
        return text ? Json(*text) : Json();
    };
    Json out;
    out["id"] = rotation.id;
    out["profile"] = text_or_null(rotation.order.profile);
    out["prefix"] = text_or_null(rotation.order.prefix);
    out["trigger"] = rotation.order.trigger;
    out["state"] = word_of(rotation.state);
    out["devices"] = rotation.devices;
    if (!rotation.cause.empty()) out["cause"] = rotation.cause;
    out["began"] = to_rfc3339(rotation.began);
    out["ended"] = rotation.ended ? Json(to_rfc3339(*rotation.ended)) : Json();
    return out;
}

void read_filter(const document::Node& root, std::string_view key,
                 std::optional<std::string>& filter) {
    const auto node = root.member(key);
    if (!node || node->is_null()) return;
    auto text = node->text();
    if (text && text->size() > longest_filter)
        node->problem("is above 255 octets", "write what devices have");
    else
        filter = std::move(text);
}

std::optional<RotationOrder> read_order(const nlohmann::json& body, document::Problems& problems) {
    const std::size_t before = problems.size();
    const document::Node root(body, "body", "", problems);
    if (!root.object({"profile", "prefix", "trigger"})) return std::nullopt;
    RotationOrder order;
    read_filter(root, "profile", order.profile);
    read_filter(root, "prefix", order.prefix);
    if (const auto node = root.member("trigger"))
        if (const auto flag = node->boolean()) order.trigger = *flag;
    if (problems.size() == before && !order.profile && !order.prefix)
        root.problem("says nothing of which devices are meant",
                     "write \"profile\", or \"prefix\" (\"\" for all of them)");
    if (problems.size() != before) return std::nullopt;
    return order;
}

// False: it was refused.
bool has_no_query(const CallPointer& call) {
    const Query query(call->target, {});
    if (query.refusal()) call->reply(*query.refusal());
    return !query.refusal();
}

void order_for(const CallPointer& call) {
    const std::string& endpoint = call->arguments[0];
    store::RotationOrder order;
    order.endpoint = endpoint;
    order.limit = 1;
    call->store().order_rotation(
        std::move(order), call->audit("device.rotate", endpoint),
        on_control<store::RotationOrdered>(call, [call](const store::RotationOrdered& ordered) {
            if (ordered.empty()) return call->reply(problem(404, "no such device"));
            call->backend().rotation_ordered(ordered.front());
            Json body;
            body["endpoint"] = ordered.front();
            body["rotationOrdered"] = true;
            call->reply(json_answer(202, body));
        }));
}

}  // namespace

void rotate_device(const CallPointer& call) {
    if (!has_no_query(call)) return;
    call->store().find_device(
        {store::KeyKind::endpoint, call->arguments[0]},
        on_control<store::DevicePointer>(call, [call](const store::DevicePointer& record) {
            if (!record) return call->reply(problem(404, "no such device"));
            const auto profiles = call->backend().profiles();
            const auto* const entry = profiles->find(record->device.profile);
            // Else the order would wait for ever.
            if (entry == nullptr || entry->profile->account.keys != Keys::replace)
                return call->reply(problem(422, "the device's profile \"" + record->device.profile +
                                                    "\" does not replace the account's keys"));
            order_for(call);
        }));
}

void create_rotation(const CallPointer& call) {
    if (!has_no_query(call)) return;
    if (!is_json(call->request.content_type))
        return call->reply(problem(415, "an order is JSON; send Content-Type: application/json"));
    document::Problems problems;
    const auto body = document::parse(call->request.body, "body", problems);
    if (!body) return call->reply(problem(400, "the body is not JSON", problems));
    auto order = read_order(*body, problems);
    if (!order) return call->reply(problem(422, "the body is no order of a rotation", problems));
    Json detail;
    if (order->profile) detail["profile"] = *order->profile;
    if (order->prefix) detail["prefix"] = *order->prefix;
    auto audit = call->audit("rotation.order", "",
                             detail.dump(-1, ' ', false, Json::error_handler_t::replace));
    const auto begun = call->backend().begin_rotation(std::move(*order), std::move(audit));
    if (!begun)
        return call->reply(problem(409, "too many rotations are under way; cancel one or wait"));
    Response response = json_answer(202, to_json(*begun));
    response.headers.emplace_back("Location", "/v1/rotations");
    call->reply(std::move(response));
}

void list_rotations(const CallPointer& call) {
    if (!has_no_query(call)) return;
    Json all = Json::array();
    for (const Rotation& rotation : call->backend().rotations()) all.push_back(to_json(rotation));
    Json body;
    body["rotations"] = std::move(all);
    call->reply(json_answer(200, body));
}

void cancel_rotation(const CallPointer& call) {
    if (!has_no_query(call)) return;
    const std::string& id = call->arguments[0];
    if (!call->backend().cancel_rotation(id)) {
        const auto known = call->backend().rotations();
        const bool ended = std::any_of(known.begin(), known.end(),
                                       [&](const Rotation& rotation) { return rotation.id == id; });
        return call->reply(ended ? problem(409, "the rotation has ended")
                                 : problem(404, "no such rotation"));
    }
    audit_and_answer(call, call->audit("rotation.cancel", id), no_content());
}

}  // namespace http
