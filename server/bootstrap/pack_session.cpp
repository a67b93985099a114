#include "server/bootstrap/pack_session.h"

#include <utility>

#include "server/lwm2m/payload.h"

namespace bootstrap {

boost::system::result<Pack, std::string> make_pack(const provisioning::Assignment& assignment,
                                                   const Asked& asked, std::size_t max_payload,
                                                   wire::Random& random) {
    // The profile's own check and the admission rule it out: without those keys it would lack them.
    if (!assignment.profile->wanted.empty())
        return std::string("a pack cannot have keys that are made for each device");
    const provisioning::Told told{nullptr, asked.account ? &*asked.account : nullptr};
    auto made = provisioning::make_pack(*assignment.profile, *assignment.device, told, random);
    if (auto* impossible = std::get_if<provisioning::PlanImpossible>(&made))
        return std::move(impossible->reason);
    const auto wanted =
        asked.preferred_format ? model::content_format_from(*asked.preferred_format) : std::nullopt;
    const model::ContentFormat format = wanted.value_or(model::ContentFormat::senml_cbor);
    auto payload =
        lwm2m::encode_payload(format, model::Path(), std::get<model::Objects>(std::move(made)));
    if (!payload) return "the pack: " + std::string(lwm2m::describe(payload.error()));
    if (payload->size() > max_payload) {
        const std::size_t size = payload->size();
        model::wipe(payload->data(), size);
        return "the pack has " + std::to_string(size) + " octets, more than the limit of " +
               std::to_string(max_payload);
    }
    return Pack{static_cast<std::uint16_t>(format), std::move(*payload)};
}

coap::Response PackSession::start(boost::system::result<Pack, std::string> pack,
                                  wire::TimePoint now) {
    report_.started = now;
    OperationRecord& record = report_.operations.emplace_back();
    record.method = "PACK";
    record.path = "/bspack";
    if (!pack) {
        record.code = coap::Code::not_implemented;
        end(Outcome::plan_impossible, pack.error());
        return {coap::Code::not_implemented, {}, {}};
    }
    record.code = coap::Code::content;
    record.content_format = report_.content_format = pack->content_format;
    record.payload_size = pack->payload.size();
    record.note = "no Finish follows a pack";
    return {coap::Code::content, pack->content_format, std::move(pack->payload)};
}

void PackSession::left(wire::TimePoint now) {
    if (has_ended()) return;
    report_.operations.back().answered = now - report_.started;
    end(Outcome::pack_delivered, "");
}

void PackSession::settled(bool delivered, wire::TimePoint now) {
    if (has_ended()) return;
    if (!delivered) return end(Outcome::device_silent, "the pack was not fetched to its end");
    report_.device_answered = true;
    left(now);
}

void PackSession::transport_lost(std::string reason) {
    end(Outcome::device_silent, "transport lost: " + std::move(reason) + ", at PACK /bspack");
}

void PackSession::stop(Session::Stop why, std::string reason) {
    end(outcome_of(why), std::move(reason));
}

void PackSession::on_timer(wire::TimePoint now) {
    if (now >= next_deadline())
        end(Outcome::deadline_exceeded,
            "the pack was not fetched to its end before the session's deadline");
}

void PackSession::end(Outcome outcome, std::string cause) {
    if (has_ended()) return;
    report_.outcome = outcome;
    report_.cause = std::move(cause);
}

}  // namespace bootstrap
