#include "server/daemon_credentials.h"

#include <chrono>
#include <utility>

#include "provisioning/server_uri.h"
#include "server/crypto/keys.h"
#include "server/crypto/revocation_list.h"
#include "server/dtls/context.h"
#include "server/secrets/secret_files.h"

namespace bootstrapd {
namespace {

using std::filesystem::path;

constexpr std::string_view pem_remedy = "name a file in PEM, as openssl writes it";
constexpr std::size_t shortest_master_key = 16;

wire::Duration seconds(double value) {
    return std::chrono::duration_cast<wire::Duration>(std::chrono::duration<double>(value));
}

// "2026-01-31".
std::string day_of(std::int64_t when) {
    const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(
        std::chrono::sys_seconds(std::chrono::seconds(when))));
    const auto two = [](unsigned value) {
        return (value < 10 ? "-0" : "-") + std::to_string(value);
    };
    return std::to_string(static_cast<int>(date.year())) +
           two(static_cast<unsigned>(date.month())) + two(static_cast<unsigned>(date.day()));
}

std::string at(std::string_view list, std::size_t index, std::string_view member = "") {
    std::string pointer = std::string(list) + "/" + std::to_string(index);
    if (!member.empty()) (pointer += '/') += member;
    return pointer;
}

// Reads what one settings file names; gathers what is wrong with it.
class Loader {
  public:
    Loader(const config::Settings& settings, std::string_view file, std::int64_t now,
           document::Problems& problems)
        : settings_(settings), file_(file), now_(now), problems_(problems) {}

    void certificates(Credentials& out);
    void raw_public_key(Credentials& out);
    void peers(Credentials& out);
    // When the certificates of the API end; what else is wrong with them its listener tells.
    void api(Credentials& out);
    void fleet(Credentials& out);
    // What only OpenSSL knows: which suites there are, whether it does raw public keys.
    void openssl(const Credentials& out);
    void public_uri();

  private:
    void problem(std::string pointer, std::string what, std::string remedy) {
        problems_.push_back(
            {std::string(file_), std::move(pointer), std::move(what), std::move(remedy)});
    }
    // A file that is no secret.
    std::optional<std::string> open_file(const path& named, const std::string& pointer);
    std::optional<model::Secret> private_key(const path& named, const std::string& pointer);
    void certificate(std::size_t index, Credentials& out);
    // All of a list of files, by `read`.
    template <class Read>
    std::vector<std::pair<std::size_t, wire::Bytes>> list(const std::vector<path>& files,
                                                          std::string_view pointer, Read read);

    const config::Settings& settings_;
    std::string_view file_;
    std::int64_t now_;
    document::Problems& problems_;
};

std::optional<std::string> Loader::open_file(const path& named, const std::string& pointer) {
    const auto found = secrets::secret_file(named);
    if (!found) {
        problem(pointer, found.error(), std::string(pem_remedy));
        return std::nullopt;
    }
    document::Problems wrong;
    auto text = document::read_text(found->path, wrong);
    for (const document::Problem& each : wrong)
        problem(pointer, each.file + ": " + each.message, each.remedy);
    return text;
}

std::optional<model::Secret> Loader::private_key(const path& named, const std::string& pointer) {
    const auto octets = secrets::read_secret(named);
    if (!octets) {
        problem(pointer, octets.error(), "name a file in PEM that only the daemon may read");
        return std::nullopt;
    }
    auto key = crypto::private_key(octets->reveal());
    if (key) return std::move(*key);
    problem(pointer, "the private key in " + named.string() + " " + key.error(),
            std::string(pem_remedy));
    return std::nullopt;
}

void Loader::certificate(std::size_t index, Credentials& out) {
    const config::Dtls::Certificate& from = settings_.dtls.certificates[index];
    const std::string pointer = at("/dtls/certificates", index, "certificate");
    const std::string key_pointer = at("/dtls/certificates", index, "key");
    const auto text = open_file(from.certificate, pointer);
    auto key = private_key(from.key, key_pointer);
    if (!text || !key) return;
    auto chain = crypto::certificates(wire::as_bytes(*text));
    if (!chain)
        return problem(pointer, from.certificate.string() + " " + chain.error(),
                       std::string(pem_remedy));
    const auto leaf = crypto::facts(chain->front());
    const auto public_key = crypto::public_key_of(*key);
    if (!leaf || !public_key)
        return problem(leaf ? key_pointer : pointer, leaf ? public_key.error() : leaf.error(),
                       std::string(pem_remedy));
    if (*public_key != leaf->public_key)
        return problem(key_pointer, "is not the key of the certificate",
                       "name the private key that it was made for; the certificate comes first in "
                       "its file, what leads to its root after it");
    if (leaf->not_after < now_)
        return problem(pointer, "the certificate ended on " + day_of(leaf->not_after),
                       "put a new one in its place");
    if (leaf->not_before > now_)
        return problem(pointer, "the certificate begins on " + day_of(leaf->not_before),
                       "use one that is valid already, or see to the clock");
    for (const wire::Bytes& each : *chain)
        if (const auto facts = crypto::facts(each))
            out.expiring.push_back(
                {Expiring::Kind::certificate, facts->subject, pointer, facts->not_after});
    dtls::Certificate certificate;
    certificate.chain = std::move(*chain);
    certificate.key = std::move(*key);
    certificate.names = from.names;
    for (const std::string& address : from.listen)
        if (const auto listener = wire::SocketAddress::from(address))
            certificate.listeners.push_back(*listener);
    out.certificates.push_back(std::move(certificate));
}

void Loader::certificates(Credentials& out) {
    for (std::size_t i = 0; i < settings_.dtls.certificates.size(); ++i) certificate(i, out);
}

void Loader::raw_public_key(Credentials& out) {
    if (settings_.dtls.raw_public_key.empty()) return;
    auto key = private_key(settings_.dtls.raw_public_key, "/dtls/rawPublicKey/key");
    if (key) out.certificates.push_back({{}, std::move(*key), {}, {}});
}

template <class Read>
std::vector<std::pair<std::size_t, wire::Bytes>> Loader::list(const std::vector<path>& files,
                                                              std::string_view pointer, Read read) {
    std::vector<std::pair<std::size_t, wire::Bytes>> all;
    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto text = open_file(files[i], at(pointer, i));
        if (!text) continue;
        auto some = read(wire::as_bytes(*text));
        if (!some) {
            problem(at(pointer, i), files[i].string() + " " + some.error(),
                    std::string(pem_remedy));
            continue;
        }
        for (wire::Bytes& each : *some) all.emplace_back(i, std::move(each));
    }
    return all;
}

void Loader::peers(Credentials& out) {
    using From = config::Dtls::Clients::Endpoint;
    using To = dtls::PeerVerification::Name;
    const config::Dtls::Clients& from = settings_.dtls.clients;
    constexpr std::string_view ca = "/dtls/clients/ca";
    constexpr std::string_view crl = "/dtls/clients/crl";
    for (auto& [index, der] : list(from.authorities, ca, crypto::certificates)) {
        if (const auto facts = crypto::facts(der))
            out.expiring.push_back(
                {Expiring::Kind::authority, facts->subject, at(ca, index), facts->not_after});
        out.peers.authorities.push_back(std::move(der));
    }
    for (auto& [index, der] : list(from.revocations, crl, crypto::revocation_lists)) {
        const auto facts = crypto::revocation_list_facts(der);
        if (facts && facts->next_update)
            out.expiring.push_back({Expiring::Kind::revocation_list, facts->issuer, at(crl, index),
                                    *facts->next_update});
        out.peers.revocations.push_back(std::move(der));
    }
    out.peers.needs_revocations = from.needs_revocations;
    switch (from.endpoint) {
        case From::common_name:
            out.peers.name = To::common_name;
            break;
        case From::dns_name:
            out.peers.name = To::dns_name;
            break;
        case From::uri:
            out.peers.name = To::uri;
            break;
    }
}

void Loader::api(Credentials& out) {
    if (!settings_.http.tls) return;
    const auto found = secrets::secret_file(settings_.http.tls->certificate);
    document::Problems elsewhere;
    const auto text = found ? document::read_text(found->path, elsewhere) : std::nullopt;
    const auto chain = crypto::certificates(wire::as_bytes(text.value_or("")));
    if (!chain) return;
    for (const wire::Bytes& each : *chain)
        if (const auto facts = crypto::facts(each))
            out.expiring.push_back(
                {Expiring::Kind::api, facts->subject, "/http/tls/certificate", facts->not_after});
}

void Loader::fleet(Credentials& out) {
    using From = config::Fleet::Rule::Credentials;
    using To = provisioning::Fleet::Rule::Credentials;
    std::vector<provisioning::Fleet::Psk> psk;
    for (std::size_t i = 0; i < settings_.fleet.psk.size(); ++i) {
        const config::Fleet::Psk& from = settings_.fleet.psk[i];
        const std::string pointer = at("/fleet/psk", i, "masterKey");
        auto key = secrets::read_secret(from.master_key);
        if (!key)
            problem(pointer, key.error(), "name a file that only the daemon may read");
        else if (key->size() < shortest_master_key)
            problem(pointer, "the master key is too short to derive keys from it",
                    "make one of 32 random octets");
        else
            psk.push_back({std::move(*key), from.profile, from.endpoint});
    }
    std::vector<provisioning::Fleet::Rule> rules;
    for (const config::Fleet::Rule& from : settings_.fleet.rules)
        rules.push_back({from.endpoint, from.issuer, from.profile,
                         from.credentials == From::nosec ? To::nosec : To::x509});
    out.fleet = std::make_shared<const provisioning::Fleet>(std::move(psk), std::move(rules));
}

void Loader::openssl(const Credentials& out) {
    // The names alone: suites that need a certificate count for nothing without one.
    dtls::Settings names = dtls_settings(settings_, {});
    if (!out.certificates.empty()) names.cipher_suites.emplace_back("PSK-AES128-CCM8");
    const auto suites = dtls::Context::make(names);
    if (suites.has_error())
        return problem("/dtls/cipherSuites", suites.error(),
                       "write OpenSSL's names of suites for DTLS 1.2, or leave it out");
    const auto all = dtls::Context::make(dtls_settings(settings_, out));
    if (!all.has_error()) return;
    if (settings_.dtls.raw_public_key.empty())
        return problem("/dtls", all.error(), "correct the certificates");
    Credentials certificates = out;
    std::erase_if(certificates.certificates,
                  [](const dtls::Certificate& each) { return each.chain.empty(); });
    const bool is_raw_key =
        !dtls::Context::make(dtls_settings(settings_, certificates)).has_error();
    problem(is_raw_key ? "/dtls/rawPublicKey" : "/dtls", all.error(),
            is_raw_key ? "leave it out, or use OpenSSL 3.2 or newer" : "correct the certificates");
}

void Loader::public_uri() {
    const std::string& uri = settings_.listen.public_uri;
    if (uri.empty()) return;
    if (const auto wrong = provisioning::check_server_uri(uri, model::security::Mode::psk))
        problem("/listen/publicUri", std::string(provisioning::message(*wrong)),
                std::string(provisioning::remedy(*wrong)));
}

}  // namespace

std::string_view to_string(Expiring::Kind kind) {
    switch (kind) {
        case Expiring::Kind::certificate:
            return "certificate";
        case Expiring::Kind::authority:
            return "ca";
        case Expiring::Kind::revocation_list:
            return "crl";
        case Expiring::Kind::api:
            return "api";
    }
    return "certificate";
}

std::optional<Credentials> load_credentials(const config::Settings& settings, std::string_view file,
                                            std::int64_t now, document::Problems& problems) {
    const std::size_t before = problems.size();
    Loader loader(settings, file, now, problems);
    Credentials out;
    loader.certificates(out);
    loader.raw_public_key(out);
    loader.peers(out);
    loader.api(out);
    loader.fleet(out);
    loader.public_uri();
    if (problems.size() == before) loader.openssl(out);
    if (problems.size() != before) return std::nullopt;
    return out;
}

dtls::Settings dtls_settings(const config::Settings& settings, const Credentials& credentials) {
    dtls::Settings out;
    if (!settings.dtls.cipher_suites.empty()) out.cipher_suites = settings.dtls.cipher_suites;
    out.retransmission_timeout = seconds(settings.dtls.retransmission_timeout);
    out.handshake_timeout = seconds(settings.dtls.handshake_timeout);
    out.mtu = settings.dtls.mtu;
    out.certificates = credentials.certificates;
    out.peers = credentials.peers;
    return out;
}

}  // namespace bootstrapd
