#include "server/bootstrap/operation.h"

#include <utility>
#include <vector>

#include "server/lwm2m/payload.h"

namespace bootstrap {
namespace {

using provisioning::OperationKind;

std::vector<std::string> segments(const model::Path& path) {
    std::vector<std::string> out;
    for (const auto& id : {path.object(), path.instance(), path.resource()}) {
        if (id) out.push_back(std::to_string(*id));
    }
    return out;
}

lwm2m::Content payload_content(const provisioning::Content& content) {
    return std::visit([](const auto& what) { return lwm2m::Content(what); }, content);
}

}  // namespace

boost::system::result<ReadyOperation, std::string> make_ready(
    const provisioning::Operation& operation, model::ContentFormat format) {
    ReadyOperation ready{operation.kind, operation.path, {}, {}, operation.queries};
    const bool is_write = operation.kind == OperationKind::write;
    if (!is_write && operation.kind != OperationKind::read) return ready;
    const model::ContentFormat chosen = operation.content_format.value_or(format);
    ready.content_format = static_cast<std::uint16_t>(chosen);
    if (!is_write) return ready;
    auto payload =
        lwm2m::encode_payload(chosen, operation.path, payload_content(operation.content));
    if (!payload) {
        return "WRITE " + operation.path.to_string() + ": " +
               std::string(lwm2m::describe(payload.error()));
    }
    ready.payload = model::Secret(std::move(*payload));
    return ready;
}

coap::Request to_request(const ReadyOperation& operation) {
    coap::Request request;
    request.path = segments(operation.path);
    request.queries = operation.queries;
    switch (operation.kind) {
        case OperationKind::discover:
            request.method = coap::Code::get;
            request.accept = static_cast<std::uint16_t>(model::ContentFormat::link_format);
            break;
        case OperationKind::delete_:
            request.method = coap::Code::delete_;
            break;
        case OperationKind::write: {
            const wire::BytesView octets = operation.payload.reveal();
            request.method = coap::Code::put;
            request.content_format = operation.content_format;
            request.payload.assign(octets.begin(), octets.end());
            break;
        }
        case OperationKind::read:
            request.method = coap::Code::get;
            request.accept = operation.content_format;
            break;
        case OperationKind::finish:
            request.method = coap::Code::post;
            request.path = {"bs"};
            break;
    }
    return request;
}

std::string_view method_name(OperationKind kind) {
    switch (kind) {
        case OperationKind::discover:
            return "DISCOVER";
        case OperationKind::delete_:
            return "DELETE";
        case OperationKind::write:
            return "WRITE";
        case OperationKind::read:
            return "READ";
        case OperationKind::finish:
            return "FINISH";
    }
    return "";
}

bool is_well(OperationKind kind, coap::Code code) {
    switch (kind) {
        case OperationKind::discover:
        case OperationKind::read:
            return code == coap::Code::content;
        case OperationKind::delete_:
            return code == coap::Code::deleted || code == coap::Code::not_found;
        case OperationKind::write:
            return code == coap::Code::changed || code == coap::Code::created;
        case OperationKind::finish:
            return code == coap::Code::changed;
    }
    return false;
}

}  // namespace bootstrap
