#include "tests/support/device_store.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

#include "provisioning/model/objects.h"
#include "server/lwm2m/payload.h"

namespace support {
namespace {

using bootstrap::DeviceState;
using coap::Code;

model::Value text(std::string_view value) {
    return model::Single(std::string(value));
}
model::Value number(std::int64_t value) {
    return model::Single(value);
}

constexpr std::array<model::ResourceId, 4> anjay_wants_of_a_server = {0, 1, 6, 7};

template <class T>
const T* get(const model::Resources& resources, model::ResourceId id) {
    const auto found = resources.find(id);
    if (found == resources.end()) return nullptr;
    const auto* single = std::get_if<model::Single>(&found->second);
    return single != nullptr ? std::get_if<T>(single) : nullptr;
}

bool is_account(const model::Resources& resources) {
    const auto* flag = get<bool>(resources, model::security::bootstrap_server);
    return flag != nullptr && *flag;
}

std::size_t octets(const model::Resources& resources, model::ResourceId id) {
    const auto found = resources.find(id);
    return found == resources.end() ? 0 : in_hex(found->second).size() / 2;
}

wire::Bytes bytes_of(const model::Resources& resources, model::ResourceId id) {
    if (const auto* secret = get<model::Secret>(resources, id)) {
        return {secret->reveal().begin(), secret->reveal().end()};
    }
    const auto* opaque = get<model::Opaque>(resources, id);
    return opaque == nullptr ? wire::Bytes() : opaque->octets;
}

// A Security Instance as Anjay wants it: a URI, a mode that goes with its scheme, a key where PSK
// needs one, a Short Server ID unless it is the Bootstrap-Server's.
bool is_consistent_account(const model::Resources& resources) {
    const auto* uri = get<std::string>(resources, model::security::server_uri);
    const auto* mode = get<std::int64_t>(resources, model::security::security_mode);
    if (uri == nullptr || uri->empty() || mode == nullptr) return false;
    const bool is_none = *mode == static_cast<std::int64_t>(model::security::Mode::none);
    if (uri->starts_with("coap://") != is_none) return false;
    const bool is_psk = *mode == static_cast<std::int64_t>(model::security::Mode::psk);
    if (is_psk && octets(resources, model::security::secret_key) == 0) return false;
    return is_account(resources) || resources.contains(model::security::short_server_id);
}

}  // namespace

DeviceStore::DeviceStore(const Habits& habits) : habits_(habits) {
    // Its Bootstrap-Server's account, what it is, and an old server that shall go.
    const auto other = static_cast<model::InstanceId>(habits_.account == 0 ? 1 : 0);
    held_[{0, habits_.account}] = {
        {0, text("coap://bs.example")}, {1, model::Single(true)}, {2, number(3)}};
    if (habits_.factory_key) {
        model::Resources& account = held_[{0, habits_.account}];
        account[0] = text("coaps://bs.example");
        account[2] = number(static_cast<std::int64_t>(model::security::Mode::psk));
        account[3] = model::Single(model::Opaque{habits_.factory_key->identity});
        account[5] = model::Single(habits_.factory_key->key);
    }
    held_[{0, other}] = {{0, text("coap://old.example")}, {2, number(3)}, {10, number(99)}};
    held_[{1, 3}] = {{0, number(99)}, {1, number(60)}, {6, model::Single(true)}, {7, text("U")}};
    held_[{3, 0}] = {{0, text("maker")}};
    initial_ = snapshot_ = held_;
}

bool DeviceStore::is_account_at(const model::Path& path) const {
    if (!habits_.factory_key) return path == model::Path(0, habits_.account);
    const auto held = held_.find(path);
    return held != held_.end() && path.object() == model::object::security &&
           is_account(held->second);
}

bool DeviceStore::is_own(const model::Path& path) const {
    return is_account_at(path) || path == model::Path(3, 0);
}

std::vector<DeviceStore::Account> DeviceStore::accounts(const Held& held) const {
    std::vector<Account> found;
    for (const auto& [path, resources] : held) {
        if (path.object() != model::object::security || !is_account(resources)) continue;
        const auto* uri = get<std::string>(resources, model::security::server_uri);
        const auto* mode = get<std::int64_t>(resources, model::security::security_mode);
        if (uri == nullptr || mode == nullptr) continue;
        if (*mode != static_cast<std::int64_t>(model::security::Mode::psk)) continue;
        wire::Bytes identity = bytes_of(resources, model::security::public_key_or_identity);
        model::Secret key(bytes_of(resources, model::security::secret_key));
        if (identity.empty() || key.empty()) continue;
        found.push_back({*path.instance(), *uri, {std::move(identity), std::move(key)}});
    }
    if (habits_.uses_last_account) std::ranges::reverse(found);
    return found;
}

// ---- Delete and Write ----

Code DeviceStore::remove(const model::Path& path) {
    if (path.resource()) return Code::bad_request;
    if (path.object() == model::object::device && habits_.keeps_device_object) {
        return Code::method_not_allowed;
    }
    if (path.is_root() && habits_.keeps_one_account) {
        const auto is_one = [&](const auto& entry) { return is_account_at(entry.first); };
        while (std::ranges::count_if(held_, is_one) > 1) {
            held_.erase(std::ranges::find_if(held_, is_one));
        }
    }
    const std::size_t removed = std::erase_if(held_, [&](const auto& entry) {
        // Named itself, even its own account goes: what locks a device out.
        if (path.instance()) return entry.first == path && path != model::Path(3, 0);
        return (path.is_root() || entry.first.object() == path.object()) && !is_own(entry.first);
    });
    touched_ |= removed > 0;
    if (removed == 0 && habits_.missing_is_not_found && !path.is_root()) return Code::not_found;
    return Code::deleted;
}

Code DeviceStore::write(const model::Path& path, std::optional<std::uint16_t> format,
                        wire::BytesView payload) {
    if (!format || path.is_root()) return Code::bad_request;  // PUT needs a Content-Format
    if (!habits_.formats.contains(*format)) return habits_.format_refused;
    const auto content =
        lwm2m::decode_payload(model::ContentFormat{*format}, path, payload, device_types());
    if (!content) return Code::bad_request;
    if (const auto* resources = std::get_if<model::Resources>(&*content)) {
        return write_instance(path, *resources);
    }
    if (const auto* value = std::get_if<model::Value>(&*content)) {
        touched_ = true;
        held_[{*path.object(), *path.instance()}][*path.resource()] = *value;
        return Code::changed;
    }
    const auto* instances = std::get_if<model::Instances>(&*content);
    if (instances == nullptr) return Code::bad_request;
    for (const auto& [id, resources] : *instances) {
        const model::InstanceId taken = habits_.ignores_ids ? lowest_free(*path.object()) : id;
        const Code code = write_instance({*path.object(), taken}, resources);
        if (code != Code::changed) return code;
    }
    return Code::changed;
}

Code DeviceStore::write_instance(model::Path path, model::Resources resources) {
    const bool is_second = std::ranges::any_of(held_, [&](const auto& entry) {
        return entry.first != path && is_account_at(entry.first);
    });
    if (habits_.refuses_second_account && path.object() == model::object::security && is_second &&
        is_account(resources)) {
        return Code::bad_request;
    }
    touched_ = true;
    model::Resources& held = held_[path];
    if (!habits_.merges_writes) held.clear();
    for (auto& [id, value] : resources) held[id] = std::move(value);
    return Code::changed;
}

void DeviceStore::half_write(const model::Path& path, std::uint16_t format,
                             wire::BytesView payload) {
    const auto content =
        lwm2m::decode_payload(model::ContentFormat{format}, path, payload, device_types());
    const auto* resources = content ? std::get_if<model::Resources>(&*content) : nullptr;
    if (resources == nullptr || resources->empty()) return;
    touched_ = true;
    held_[path][resources->begin()->first] = resources->begin()->second;
}

model::InstanceId DeviceStore::lowest_free(model::ObjectId object) const {
    model::InstanceId id = 0;
    while (held_.contains({object, id})) ++id;
    return id;
}

bool DeviceStore::unpack(std::uint16_t format, wire::BytesView payload) {
    const auto content =
        lwm2m::decode_payload(model::ContentFormat{format}, model::Path(), payload, device_types());
    const auto* objects = content ? std::get_if<model::Objects>(&*content) : nullptr;
    if (objects == nullptr) return false;
    touched_ = true;
    for (const auto& [object, instances] : *objects) {
        std::erase_if(held_, [&](const auto& entry) {
            return entry.first.object() == object && !is_own(entry.first);
        });
        for (const auto& [id, resources] : instances) held_[{object, id}] = resources;
    }
    return true;
}

// ---- Read and Discover ----

model::Instances DeviceStore::instances_of(model::ObjectId object) const {
    model::Instances instances;
    for (const auto& [path, resources] : held_) {
        if (path.object() == object) instances.emplace(*path.instance(), resources);
    }
    return instances;
}

DeviceStore::Told DeviceStore::read(const model::Path& path, std::uint16_t format) const {
    const bool may_be_read = !path.resource() && (path.object() == model::object::server ||
                                                  path.object() == model::object::access_control);
    if (!habits_.answers_read || !may_be_read) return {Code::method_not_allowed, {}};
    if (!habits_.formats.contains(format)) return {Code::not_acceptable, {}};
    const model::Instances all = instances_of(*path.object());
    if (path.instance() && !all.contains(*path.instance())) return {Code::not_found, {}};
    const lwm2m::Content content =
        path.instance() ? lwm2m::Content(all.at(*path.instance())) : lwm2m::Content(all);
    const auto payload = lwm2m::encode_payload(model::ContentFormat{format}, path, content);
    if (!payload) return {Code::not_acceptable, {}};
    return {Code::content, std::string(wire::as_text(*payload))};
}

DeviceStore::Told DeviceStore::discover(const model::Path& path) const {
    switch (habits_.discovers) {
        case Habits::Discovers::everything:
            break;
        case Habits::Discovers::root_alone:
            if (!path.is_root()) return {Code::bad_request, {}};
            break;
        case Habits::Discovers::objects_alone:
            if (path.is_root()) return {Code::method_not_allowed, {}};
            break;
        case Habits::Discovers::nothing:
            return {Code::bad_request, {}};
    }
    using Links = Habits::Links;
    const std::string separator = habits_.links == Links::spaced ? ", " : ",";
    std::string links = habits_.links == Links::bare     ? "lwm2m=1.0"
                        : habits_.links == Links::quoted ? "lwm2m=\"1.1\""
                                                         : "</>;lwm2m=1.1";
    for (const auto& [held, resources] : held_) {
        if (!path.is_root() && held.object() != path.object()) continue;
        links += separator + "<" + held.to_string() + (habits_.links == Links::spaced ? "/>" : ">");
        const bool is_bootstrap = is_account_at(held);
        const auto* id = get<std::int64_t>(resources, held.object() == 0 ? 10 : 0);
        if (held.object() <= 1 && !is_bootstrap && id != nullptr) {
            links += ";ssid=" + std::to_string(*id);
        }
        if (is_bootstrap && habits_.links == Links::quoted) links += ";ssid=0";
        if (is_bootstrap && habits_.tells_account_uri) links += ";uri=\"coap://bs.example\"";
    }
    if (path.is_root()) links += separator + "</5>";
    for (std::size_t i = 0; path.is_root() && i < habits_.more_links; ++i) {
        links += separator + "</33000/" + std::to_string(i) + ">";
    }
    return {Code::content, links};
}

// ---- Finish and after ----

bool DeviceStore::is_consistent() const {
    std::size_t accounts = 0;
    for (const auto& [path, resources] : held_) {
        if (path.object() == model::object::security) {
            if (!is_consistent_account(resources)) return false;
            if (is_account(resources)) ++accounts;
        }
        if (path.object() == model::object::server) {
            for (const model::ResourceId id : anjay_wants_of_a_server) {
                if (!resources.contains(id)) return false;
            }
        }
    }
    return accounts <= 1;
}

DeviceStore::Held DeviceStore::without_finish() const {
    const auto is_of_an_account = [](const auto& entry) { return entry.first.object() <= 1; };
    Held left = held_;
    switch (habits_.without_finish) {
        case Habits::WithoutFinish::keeps:
            break;
        case Habits::WithoutFinish::rolls_back:
            left = snapshot_;
            break;
        case Habits::WithoutFinish::restores_accounts:
            std::erase_if(left, is_of_an_account);
            std::copy_if(snapshot_.begin(), snapshot_.end(), std::inserter(left, left.end()),
                         is_of_an_account);
            break;
    }
    return left;
}

void DeviceStore::go_back() {
    held_ = without_finish();
    went_back_ |= habits_.without_finish != Habits::WithoutFinish::keeps;
}

// ---- the verdict ----

Contents DeviceStore::contents() const {
    Contents all;
    for (const auto& [path, resources] : held_) all[path] = in_hex(resources);
    return all;
}

DeviceState DeviceStore::state(const Contents& planned, bool alone) const {
    const Contents held = contents();
    bool complete = true;
    for (const auto& [path, instance] : planned) {
        const auto found = held.find(path);
        if (found == held.end()) {
            complete = false;
        } else if (alone) {
            complete &= found->second == instance;
        } else {
            complete &= std::ranges::all_of(instance, [&](const auto& resource) {
                const auto known = found->second.find(resource.first);
                return known != found->second.end() && known->second == resource.second;
            });
        }
    }
    for (const auto& [path, instance] : held) {
        complete &= !alone || planned.contains(path) || is_own(path);
    }
    // What it needs to come back must be there whatever happens.
    complete &=
        std::ranges::any_of(held_, [&](const auto& entry) { return is_account_at(entry.first); });
    if (complete) return DeviceState::complete;

    Contents before;
    for (const auto& [path, resources] : initial_) before[path] = in_hex(resources);
    Contents now = held;
    if (went_back_ && habits_.without_finish == Habits::WithoutFinish::restores_accounts) {
        std::erase_if(now, [](const auto& entry) { return entry.first.object() > 1; });
        std::erase_if(before, [](const auto& entry) { return entry.first.object() > 1; });
    }
    if (now == before) return touched_ ? DeviceState::rolled_back : DeviceState::as_before;
    return DeviceState::partly_written;
}

}  // namespace support
