#include "server/daemon_keys.h"

#include <chrono>
#include <utility>
#include <variant>

#include "provisioning/fleet.h"
#include "provisioning/octets.h"
#include "provisioning/template.h"
#include "server/crypto/keys.h"
#include "server/daemon_key_shares.h"
#include "server/http/times.h"
#include "server/journal/messages.h"

namespace bootstrapd {
namespace {

namespace asio = boost::asio;
namespace message = journal::message;
using bootstrap::Outcome;
using provisioning::GeneratedSecret;
using provisioning::Keyring;
using provisioning::WantedSecret;

constexpr std::size_t identity_octets = 12;
constexpr std::size_t psk_octets = 16;
// Of identities that somebody else has: chance alone does not bring about a second.
constexpr unsigned most_identities = 3;

wire::Bytes octets_of(wire::Random& random, std::size_t count) {
    wire::Bytes octets(count);
    random.fill(octets);
    return octets;
}

std::optional<GeneratedSecret> make(const WantedSecret& wanted, wire::Random& random) {
    GeneratedSecret made;
    made.kind = wanted.kind;
    switch (wanted.kind) {
        case WantedSecret::Kind::octets:
            made.octets = model::Secret(octets_of(random, wanted.octets));
            return made;
        case WantedSecret::Kind::key_pair: {
            auto pair = crypto::make_key_pair();
            if (!pair) return std::nullopt;
            made.octets = std::move(pair->private_key);
            made.public_key = std::move(pair->public_key);
            return made;
        }
    }
    return std::nullopt;
}

}  // namespace

struct KeyDesk::Work {
    bootstrap::PreparationWanted wanted;
    Then then;
    store::IssueOrder order;
    unsigned identities = 0;  // that were tried
    std::shared_ptr<provisioning::Issued> issued;
    std::size_t to_share = 0;
    std::optional<std::string> share_failure;
    std::vector<std::string> shared;  // names of secrets

    const provisioning::Profile& profile() const { return *wanted.assignment.profile; }
    const provisioning::Device& device() const { return *wanted.assignment.device; }
    const std::string& endpoint() const { return device().endpoint.text(); }
};

KeyDesk::KeyDesk(Parts parts) : parts_(std::move(parts)) {}

template <class T, class Do>
store::Then<T> KeyDesk::here(Do what) {
    // Moved on, so that what it holds ends on this thread too.
    return [&context = parts_.context, alive = std::weak_ptr(alive_),
            what = std::move(what)](store::Result<T> result) mutable {
        asio::post(context, [alive = std::move(alive), what = std::move(what),
                             result = std::move(result)]() mutable {
            if (!alive.expired()) what(std::move(result));
        });
    };
}

// ---- what a session wants ----

void KeyDesk::prepare(bootstrap::PreparationWanted wanted, Then then) {
    auto work = std::make_shared<Work>();
    work->wanted = std::move(wanted);
    work->then = std::move(then);
    const bool full = under_way_ >= most_under_way;
    ++under_way_;
    if (full) return refuse(work, Outcome::interrupted, "too many devices wait for their keys");
    if (proving_.contains(work->endpoint()))
        held_.emplace(work->endpoint(), work);
    else
        begin(work);
}

void KeyDesk::begin(const WorkPointer& work) {
    const provisioning::Wanted& from = work->profile().wanted;
    store::IssueOrder& order = work->order;
    order.endpoint = work->endpoint();
    order.session = work->wanted.session;
    order.replacement = from.replacement;
    if (const auto& account = work->wanted.account) {
        order.instance = account->instance;
        order.replaces = account->replaces;
    }
    for (const auto& [name, secret] : from.secrets) {
        auto made = make(secret, parts_.random);
        if (!made) return refuse(work, Outcome::interrupted, "OpenSSL makes no key pair");
        order.made.emplace(name, std::move(*made));
    }
    if (provisioning::is_of_fleet(work->device())) {
        order.record = work->device();
        order.record->pointer.clear();
    }
    issue(work);
}

void KeyDesk::issue(const WorkPointer& work) {
    if (work->order.replacement) {
        ++work->identities;
        auto fresh = fresh_credential(work->profile(), work->device());
        if (const auto* error = std::get_if<std::string>(&fresh))
            return refuse(work, Outcome::interrupted, *error);
        work->order.fresh = std::get<provisioning::PskCredential>(std::move(fresh));
    }
    parts_.store.issue(work->order, here<store::IssueResult>([this, work](auto result) {
                           if (result) return issued(work, std::move(*result));
                           store_failed("a device's keys", result.error());
                           refuse(
                               work, Outcome::interrupted,
                               "the store does not keep the device's keys: " + result.error().text);
                       }));
}

std::variant<provisioning::PskCredential, std::string> KeyDesk::fresh_credential(
    const provisioning::Profile& profile, const provisioning::Device& device) {
    provisioning::PskCredential fresh;
    fresh.key = model::Secret(octets_of(parts_.random, psk_octets));
    if (!profile.account.identity) {
        const std::string text = wire::to_hex(octets_of(parts_.random, identity_octets));
        fresh.identity.assign(text.begin(), text.end());
        return fresh;
    }
    auto expanded = provisioning::expand(*profile.account.identity, device, parts_.random);
    if (const auto* error = std::get_if<provisioning::TemplateError>(&expanded))
        return "the new identity of the device's account " + error->message;
    if (auto* opaque = std::get_if<model::Opaque>(&std::get<model::Single>(expanded)))
        fresh.identity = std::move(opaque->octets);
    if (fresh.identity.empty() || fresh.identity.size() > provisioning::max_psk_identity)
        return std::string("the new identity of the device's account is none");
    return fresh;
}

void KeyDesk::issued(const WorkPointer& work, store::IssueResult result) {
    if (std::holds_alternative<store::NotThere>(result))
        return refuse(work, Outcome::interrupted, "the device's record is there no more");
    if (std::holds_alternative<store::IdentityTaken>(result)) {
        if (work->identities < most_identities) return issue(work);
        return refuse(work, Outcome::interrupted,
                      "the new identity of the device's account is another device's");
    }
    work->issued =
        std::make_shared<provisioning::Issued>(std::get<provisioning::Issued>(std::move(result)));
    work->order = {};
    if (work->issued->replacement)
        parts_.news.pending(work->endpoint(), work->issued->replacement->identity,
                            work->wanted.session);
    share(work);
}

// ---- who has to know ----

void KeyDesk::share(const WorkPointer& work) {
    auto messages = key_share_messages(work->profile(), work->device(), *work->issued,
                                       work->wanted.session, parts_.random);
    if (const auto* error = std::get_if<std::string>(&messages))
        return refuse(work, Outcome::key_share_refused, *error);
    auto& all = std::get<std::vector<KeyShareMessage>>(messages);
    const std::string now = http::to_rfc3339(std::chrono::system_clock::now());
    for (KeyShareMessage& each : all) {
        work->shared.insert(work->shared.end(), each.secrets.begin(), each.secrets.end());
        each.key.time = now;
    }
    work->to_share = all.size();
    if (all.empty()) return finish(work);
    for (KeyShareMessage& each : all)
        parts_.sharer.share(
            each.target, std::move(each.key),
            [this, work, alive = std::weak_ptr(alive_)](std::optional<std::string> failure) {
                if (!alive.expired()) shared(work, std::move(failure));
            });
}

void KeyDesk::shared(const WorkPointer& work, std::optional<std::string> failure) {
    if (failure && !work->share_failure) work->share_failure = std::move(failure);
    if (--work->to_share > 0) return;
    if (work->share_failure) return refuse(work, Outcome::key_share_refused, *work->share_failure);
    note_shared(work);
}

// Not noted means that it is told once more, which its receivers take.
void KeyDesk::note_shared(const WorkPointer& work) {
    parts_.store.secrets_shared(
        work->endpoint(), work->shared, here<void>([this, work](auto result) {
            if (result) return finish(work);
            store_failed("that a device's keys were shared", result.error());
            refuse(work, Outcome::interrupted,
                   "the store does not keep that the device's keys were shared: " +
                       result.error().text);
        }));
}

// ---- the end of it ----

void KeyDesk::finish(const WorkPointer& work) {
    --under_way_;
    ++counters_.prepared;
    work->then({work->wanted.peer, work->wanted.session,
                provisioning::IssuedPointer(std::move(work->issued))});
}

void KeyDesk::refuse(const WorkPointer& work, Outcome outcome, std::string reason) {
    --under_way_;
    ++counters_.refused;
    parts_.journal.write(
        message::preparation_failed,
        {{"endpoint", work->endpoint()}, {"session", work->wanted.session}, {"cause", reason}});
    work->then({work->wanted.peer, work->wanted.session,
                bootstrap::PreparationRefused{outcome, std::move(reason)}});
}

void KeyDesk::store_failed(const char* what, const store::Error& error) {
    if (error.code == store::Errc::closed) return;
    parts_.journal.write(message::store_failed, {{"what", what}, {"cause", error.text}});
}

// ---- what a device proves ----

void KeyDesk::proved(const std::string& endpoint, const wire::Bytes& identity,
                     wire::TimePoint began) {
    if (identity.empty() || endpoint.empty()) return;
    store::CredentialProof proof;
    proof.endpoint = endpoint;
    proof.identity = identity;
    proof.began = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now() -
                                                                (wire::Clock::now() - began));
    const store::DeviceKey key{store::KeyKind::endpoint, endpoint};
    if (const auto at_hand = parts_.store.cached(key)) return prove(at_hand, std::move(proof));
    if (proofs_ >= most_proofs) {
        ++counters_.proofs_left_out;
        return;
    }
    ++proofs_;
    ++proving_[endpoint];
    parts_.store.find_device(
        key, here<store::DevicePointer>([this, proof = std::move(proof)](auto found) mutable {
            --proofs_;
            const std::string whose = proof.endpoint;
            if (found && *found)
                prove(*found, std::move(proof));
            else if (!found)
                store_failed("a device's proof of its key", found.error());
            proof_ends(whose);
        }));
}

// Of the many devices that have the key of their record alone nothing is to be kept.
void KeyDesk::prove(const store::DevicePointer& record, store::CredentialProof proof) {
    if (record->state.keyring.empty() && !record->state.account_expires) return;
    if (proofs_ >= most_proofs) {
        ++counters_.proofs_left_out;
        return;
    }
    const auto profiles = parts_.profiles.get();
    const auto* const entry = profiles->find(record->device.profile);
    const auto account = entry ? entry->profile->account : provisioning::BootstrapAccount{};
    if (account.grace_period) proof.grace = std::chrono::seconds(*account.grace_period);
    ++proofs_;
    ++proving_[proof.endpoint];
    parts_.store.credential_proved(proof, here<Keyring::Proved>([this, proof](auto result) {
                                       --proofs_;
                                       if (result)
                                           on_proved(proof, *result);
                                       else
                                           store_failed("a device's proof of its key",
                                                        result.error());
                                       proof_ends(proof.endpoint);
                                   }));
}

void KeyDesk::proof_ends(const std::string& endpoint) {
    const auto found = proving_.find(endpoint);
    if (found == proving_.end() || --found->second > 0) return;
    proving_.erase(found);
    std::vector<WorkPointer> ready;
    const auto [first, last] = held_.equal_range(endpoint);
    for (auto each = first; each != last; ++each) ready.push_back(each->second);
    held_.erase(first, last);
    for (const WorkPointer& work : ready) begin(work);
}

void KeyDesk::on_proved(const store::CredentialProof& proof, Keyring::Proved proved) {
    switch (proved) {
        case Keyring::Proved::nothing_new:
            return;
        case Keyring::Proved::promoted:
            ++counters_.promoted;
            parts_.news.promoted(proof.endpoint, proof.identity);
            break;
        case Keyring::Proved::returned:
            ++counters_.returned;
            parts_.news.returned(proof.endpoint, proof.identity);
            break;
    }
    parts_.changed(proof.endpoint);
}

}  // namespace bootstrapd
