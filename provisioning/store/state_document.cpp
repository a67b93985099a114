#include "provisioning/store/state_document.h"

#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "provisioning/octets.h"

namespace store {
namespace {

using Json = nlohmann::json;
using provisioning::AccountKey;
using provisioning::GeneratedSecret;
using provisioning::WantedSecret;

constexpr std::array<std::pair<AccountKey::State, const char*>, 3> states = {
    {{AccountKey::State::pending, "pending"},
     {AccountKey::State::current, "current"},
     {AccountKey::State::retired, "retired"}}};
constexpr std::array<std::pair<WantedSecret::Kind, const char*>, 2> kinds = {
    {{WantedSecret::Kind::octets, "octets"}, {WantedSecret::Kind::key_pair, "keyPair"}}};

template <class Table, class Value>
const char* word_of(const Table& table, Value value) {
    for (const auto& [each, word] : table)
        if (each == value) return word;
    return "";
}

// What is not as it is written by to_text().
struct Damaged {};

template <class Table>
auto value_of(const Table& table, const Json& word) {
    for (const auto& [value, each] : table)
        if (word.is_string() && word.get_ref<const std::string&>() == each) return value;
    throw Damaged{};
}

void wipe_texts(Json& document) {
    if (document.is_string()) {
        auto& text = document.get_ref<std::string&>();
        model::wipe(text.data(), text.size());
    } else if (document.is_structured()) {
        for (auto& each : document) wipe_texts(each);
    }
}

std::int64_t number(WallTime time) {
    return time.time_since_epoch().count();
}
WallTime time_of(const Json& value) {
    if (!value.is_number_integer()) throw Damaged{};
    return WallTime(std::chrono::milliseconds(value.get<std::int64_t>()));
}

model::InstanceId instance_of(const Json& value) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > 0xFFFF) throw Damaged{};
    return static_cast<model::InstanceId>(value.get<std::uint16_t>());
}

wire::Bytes octets_of(const Json& value) {
    if (!value.is_string()) throw Damaged{};
    auto octets = provisioning::parse_octets(value.get_ref<const std::string&>());
    if (!octets) throw Damaged{};
    return std::move(*octets);
}

bool flag_of(const Json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end()) return false;
    if (!found->is_boolean()) throw Damaged{};
    return found->get<bool>();
}

template <class Read>
auto optional_of(const Json& object, const char* name, Read read)
    -> std::optional<decltype(read(object))> {
    const auto found = object.find(name);
    if (found == object.end()) return std::nullopt;
    return read(*found);
}

const Json& required(const Json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end()) throw Damaged{};
    return *found;
}

Json json_of(const AccountKey& key) {
    Json out = {{"state", word_of(states, key.state)},
                {"identity", wire::to_hex(key.psk.identity)},
                {"key", wire::to_hex(key.psk.key.reveal())}};
    if (key.generated) out["generated"] = true;
    if (!key.session.empty()) out["session"] = key.session;
    if (key.session_ended) out["sessionEnded"] = number(*key.session_ended);
    if (key.until) out["until"] = number(*key.until);
    if (key.instance) out["instance"] = static_cast<std::uint16_t>(*key.instance);
    if (key.taken) out["taken"] = true;
    if (key.replaces) out["replaces"] = static_cast<std::uint16_t>(*key.replaces);
    return out;
}

AccountKey key_of(const Json& in) {
    AccountKey key;
    key.state = value_of(states, required(in, "state"));
    key.psk = {octets_of(required(in, "identity")), model::Secret(octets_of(required(in, "key")))};
    key.generated = flag_of(in, "generated");
    if (const auto session = in.find("session"); session != in.end()) {
        if (!session->is_string()) throw Damaged{};
        key.session = session->get<std::string>();
    }
    key.session_ended = optional_of(in, "sessionEnded", time_of);
    key.until = optional_of(in, "until", time_of);
    key.instance = optional_of(in, "instance", instance_of);
    key.taken = flag_of(in, "taken");
    key.replaces = optional_of(in, "replaces", instance_of);
    return key;
}

Json json_of(const GeneratedSecret& secret) {
    Json out = {{"kind", word_of(kinds, secret.kind)},
                {"octets", wire::to_hex(secret.octets.reveal())}};
    if (!secret.public_key.empty()) out["publicKey"] = wire::to_hex(secret.public_key);
    if (secret.shared) out["shared"] = true;
    return out;
}

GeneratedSecret secret_of(const Json& in) {
    GeneratedSecret secret;
    secret.kind = value_of(kinds, required(in, "kind"));
    secret.octets = model::Secret(octets_of(required(in, "octets")));
    if (auto key = optional_of(in, "publicKey", octets_of)) secret.public_key = std::move(*key);
    secret.shared = flag_of(in, "shared");
    return secret;
}

DeviceState state_of(const Json& in) {
    DeviceState state;
    std::vector<AccountKey> keys;
    if (const auto list = in.find("keys"); list != in.end())
        for (const Json& each : *list) keys.push_back(key_of(each));
    state.keyring = provisioning::Keyring(std::move(keys), flag_of(in, "rotationOrdered"));
    if (const auto secrets = in.find("secrets"); secrets != in.end())
        for (const auto& [name, each] : secrets->items())
            state.secrets.emplace(name, secret_of(each));
    state.account_expires = optional_of(in, "accountExpires", time_of);
    if (const auto list = in.find("toPurge"); list != in.end())
        for (const Json& each : *list) state.to_purge.push_back(instance_of(each));
    return state;
}

}  // namespace

bool is_empty(const DeviceState& state) {
    return state.keyring.empty() && state.secrets.empty() && !state.account_expires &&
           state.to_purge.empty();
}

model::Secret to_text(const DeviceState& state) {
    Json out = Json::object();
    for (const AccountKey& key : state.keyring.keys()) out["keys"].push_back(json_of(key));
    if (state.keyring.rotation_ordered()) out["rotationOrdered"] = true;
    for (const auto& [name, secret] : state.secrets) out["secrets"][name] = json_of(secret);
    if (state.account_expires) out["accountExpires"] = number(*state.account_expires);
    for (const model::InstanceId each : state.to_purge)
        out["toPurge"].push_back(static_cast<std::uint16_t>(each));
    std::string text = out.dump();
    model::Secret secret(wire::as_bytes(text), model::Secret::Kind::text);
    model::wipe(text.data(), text.size());
    wipe_texts(out);
    return secret;
}

std::optional<DeviceState> parse_state(const model::Secret& text) {
    Json document = Json::parse(wire::as_text(text.reveal()), nullptr, false);
    std::optional<DeviceState> state;
    try {
        if (document.is_object()) state = state_of(document);
    } catch (const Damaged&) {
        state.reset();
    } catch (const Json::exception&) {  // of another type than it should be
        state.reset();
    }
    wipe_texts(document);
    return state;
}

}  // namespace store
