#include "tests/dtls/pki_peers.h"

#include "server/wire/writer.h"

namespace dtls::testing {

support::Wanted Pki::named_host(const char* name) {
    support::Wanted wanted = support::named("a server");
    wanted.dns_names = {name};
    return wanted;
}

Settings Pki::settings() const {
    Settings settings;
    settings.certificates = {certificate_of(server)};
    settings.peers.authorities = {root.certificate};
    return settings;
}

Certificate certificate_of(const support::Holder& holder) {
    Certificate certificate;
    certificate.chain = holder.chain;
    certificate.key = holder.key;
    return certificate;
}

std::function<Trust(const PublicKeyClaim&)> always(Trust trust) {
    return [trust](const PublicKeyClaim&) { return trust; };
}

wire::Bytes certificate_message(const std::vector<wire::Bytes>& chain) {
    std::size_t size = 0;
    for (const wire::Bytes& one : chain) size += 3 + one.size();
    wire::Bytes message;
    wire::Writer out(message);
    out.u24(static_cast<std::uint32_t>(size));
    for (const wire::Bytes& one : chain) {
        out.u24(static_cast<std::uint32_t>(one.size()));
        out.bytes(one);
    }
    return message;
}

}  // namespace dtls::testing
