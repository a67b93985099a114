#include "server/http/examination.h"

#include <string>
#include <utility>
#include <variant>

#include "server/http/problem.h"
#include "server/http/target.h"
#include "server/journal/messages.h"

namespace http {
namespace {

void tell_refusal(Connections::Common& common, const Request& request, std::string_view cause) {
    if (!common.journal.wants(journal::message::http_refused)) return;
    common.journal.write(journal::message::http_refused, {{"remote", request.remote},
                                                          {"method", request.method},
                                                          {"target", without_query(request.target)},
                                                          {"cause", std::string(cause)}});
}

}  // namespace

std::optional<Response> examine(Connections::Common& common, const RequestReader& reader,
                                Transport transport, const PeerCertificate* certificate,
                                Request& request) {
    if (const auto fault = reader.fault()) {
        ++common.counters.malformed;
        return problem(fault->status, fault->what);
    }
    const bool over_socket = transport == Transport::local;
    const auto who =
        identify({over_socket, reader.field("Authorization"), certificate}, *common.authentication);
    if (const auto* stranger = std::get_if<Stranger>(&who)) {
        if (common.router.is_open_to_all(request)) return std::nullopt;
        ++common.counters.unauthenticated;
        tell_refusal(common, request, to_string(stranger->why));
        return refusal(*stranger);
    }
    const auto& identity = std::get<Identity>(who);
    request.caller = identity.caller;
    request.authenticated = identity.authenticated;
    if (identity.authenticated) return std::nullopt;
    auto no =
        objection({over_socket, request.method, reader.field("Host"), reader.field("Origin")});
    if (no) ++common.counters.misdirected;
    return no;
}

}  // namespace http
