#include "server/daemon_attach.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>

#include "server/crypto/digest.h"
#include "server/journal/messages.h"

namespace bootstrapd {
namespace {

namespace asio = boost::asio;
namespace message = journal::message;
using Json = nlohmann::ordered_json;
using provisioning::Catalog;
using Wall = std::chrono::system_clock;

// Devices that are looked up at once after a restart.
constexpr std::size_t restored_at_once = 256;
// Sources that are counted apart; those beyond it are counted as one.
constexpr std::size_t most_sources = 64;

store::KeyKind kind_of(const attach::LookupKey& key) {
    if (!key.identifier) return store::KeyKind::endpoint;
    switch (*key.identifier) {
        case Catalog::Identifier::imsi:
            return store::KeyKind::imsi;
        case Catalog::Identifier::imei:
            return store::KeyKind::imei;
        case Catalog::Identifier::iccid:
            return store::KeyKind::iccid;
        case Catalog::Identifier::msisdn:
            return store::KeyKind::msisdn;
        case Catalog::Identifier::external_id:
            return store::KeyKind::external_id;
    }
    return store::KeyKind::endpoint;
}

Json identifiers_of(const attach::Event& event) {
    Json out = Json::object();
    const auto add = [&](const char* key, const std::optional<std::string>& value) {
        if (value) out[key] = *value;
    };
    add("endpoint", event.endpoint);
    add("imsi", event.imsi);
    add("imei", event.imei);
    add("iccid", event.iccid);
    add("msisdn", event.msisdn);
    add("externalId", event.external_id);
    return out;
}

// What tells a replay: sources exist that number the events of each device from one, so whom it
// speaks of is part of it.
std::optional<store::EventId> event_id(const attach::Event& event) {
    if (!event.id || event.what != attach::Event::Kind::attached) return std::nullopt;
    const std::string whom =
        identifiers_of(event).dump(-1, ' ', false, Json::error_handler_t::replace);
    return store::EventId{event.source,
                          *event.id + '#' + wire::to_hex(crypto::sha256(wire::as_bytes(whom)))};
}

// As attach::parse_event() reads it back; the origin, which is no part of it, apart.
std::string kept_form(const attach::Event& event) {
    Json document = identifiers_of(event);
    const auto add = [&](const char* key, const std::optional<std::string>& value) {
        if (value) document[key] = *value;
    };
    if (!event.source.empty()) document["source"] = event.source;
    add("id", event.id);
    add("time", event.time);
    add("kind", event.kind);
    add("apn", event.apn);
    if (event.address) document["address"] = event.address->to_string();
    if (event.port) document["port"] = *event.port;
    Json out;
    out["event"] = std::move(document);
    out["origin"] = event.origin;
    return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<attach::Event> from_kept_form(const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("event") || !json.contains("origin") ||
        !json["origin"].is_string())
        return std::nullopt;
    document::Problems problems;
    auto event = attach::parse_event(document::Node(json["event"], "store", "", problems));
    if (event) event->origin = json["origin"].get<std::string>();
    return event;
}

store::WallTime milliseconds(Wall::time_point when) {
    return std::chrono::floor<std::chrono::milliseconds>(when);
}

// What is known of the keys of its account.
void add_keys(bootstrap::Attachment& attachment, const store::DeviceRecord& record) {
    const auto now = milliseconds(Wall::now());
    attachment.to_dial = to_dial(record, now);
    attachment.account_expired = has_expired(record, now);
}

std::shared_ptr<const provisioning::Device> device_of(const store::DevicePointer& record) {
    return {record, &record->device};
}

}  // namespace

struct AttachDesk::Work {
    attach::Event event;
    std::function<void(attach::Answer)> then;
};

AttachDesk::AttachDesk(asio::io_context& context, store::Store& store, Profiles& profiles,
                       const DeviceFinder& finder, Sessions& sessions, http::Events& events,
                       journal::Journal& journal)
    : context_(context),
      store_(store),
      profiles_(profiles),
      finder_(finder),
      sessions_(sessions),
      events_(events),
      journal_(journal) {}

AttachDesk::~AttachDesk() = default;

template <class T, class Do>
store::Then<T> AttachDesk::here(Do what) {
    // Moved on, so that what it holds ends on this thread too.
    return [this, alive = std::weak_ptr(alive_),
            what = std::move(what)](store::Result<T> result) mutable {
        asio::post(context_, [alive = std::move(alive), what = std::move(what),
                              result = std::move(result)]() mutable {
            if (!alive.expired()) what(std::move(result));
        });
    };
}

AttachDesk::Counts& AttachDesk::count(const std::string& source) {
    if (const auto found = counts_.find(source); found != counts_.end()) return found->second;
    return counts_[counts_.size() < most_sources ? source : "other"];
}

// ---- one event ----

void AttachDesk::take(attach::Event event, std::function<void(attach::Answer)> then) {
    auto work = std::make_shared<Work>(Work{std::move(event), std::move(then)});
    if (under_way_ + held_.size() >= settings_.most_under_way) {
        answer(*work, attach::Unavailable{"too many events are under way"});
        return;
    }
    if (restored_)
        look_up(std::move(work));
    else
        held_.push_back(std::move(work));
}

void AttachDesk::look_up(std::shared_ptr<Work> work) {
    ++under_way_;
    const attach::Event& event = work->event;
    std::vector<store::DeviceKey> keys;
    for (attach::LookupKey& key : attach::lookup_keys(event))
        keys.push_back({kind_of(key), std::move(key.value)});
    store_.find_devices(std::move(keys), event_id(event),
                        here<store::Store::Found>([this, work](auto result) {
                            --under_way_;
                            if (result)
                                decide(*work, *result);
                            else
                                answer(*work, attach::Unavailable{result.error().text});
                        }));
}

void AttachDesk::decide(Work& work, const store::Store::Found& found) {
    if (found.seen) {
        const auto live = sessions_.directory().find(*found.seen);
        ++count(work.event.source).repeated;
        work.then(bootstrap::AttachAccepted{*found.seen,
                                            live ? live->state : bootstrap::SessionState::ended});
        return;
    }
    const auto profiles = profiles_.get();
    std::vector<std::optional<provisioning::Assignment>> devices;
    for (const store::DevicePointer& device : found.devices) {
        auto& one = devices.emplace_back();
        // What its file no longer declares is not served.
        if (device && !device->disabled) one = profiles->assign(device_of(device));
    }
    // One without a record may be the fleet's; its endpoint comes first.
    if (work.event.endpoint && !found.devices.empty() && !found.devices.front())
        if (auto device = finder_.of_fleet(*work.event.endpoint))
            devices.front() = profiles->assign(std::move(device));
    auto resolved = attach::resolve(work.event, devices);
    if (auto* unknown = std::get_if<attach::UnknownDevice>(&resolved)) {
        log(work, "", unknown->reason);
        if (settings_.remembers_strangers) {
            const auto now = milliseconds(Wall::now());
            store_.remember_stranger(
                {identifiers_of(work.event).dump(-1, ' ', false, Json::error_handler_t::replace),
                 work.event.source, work.event.address ? work.event.address->to_string() : "", 1,
                 now, now},
                [](const store::Result<void>&) {});
        }
        answer(work, std::move(*unknown));
    } else if (auto* contradiction = std::get_if<attach::Contradiction>(&resolved)) {
        log(work, "", contradiction->reason);
        answer(work, std::move(*contradiction));
    } else {
        const auto& assignment = std::get<provisioning::Assignment>(resolved);
        if (work.event.what == attach::Event::Kind::detached)
            withdraw(work, assignment);
        else
            accept(work, assignment, found.devices);
    }
}

void AttachDesk::accept(Work& work, const provisioning::Assignment& assignment,
                        const std::vector<store::DevicePointer>& records) {
    const attach::Event& event = work.event;
    const std::string endpoint = assignment.device->endpoint.text();
    if (!assignment.profile) {
        const std::string cause = "there is no profile \"" + assignment.device->profile + "\"";
        log(work, endpoint, cause);
        answer(work, bootstrap::AttachRefused{bootstrap::AttachRefused::Why::unreachable, cause});
        return;
    }
    bootstrap::Attachment attachment{assignment, event.address, event.port, event.source,
                                     event.origin};
    const auto is_its = [&](const store::DevicePointer& record) {
        return record && &record->device == assignment.device.get();
    };
    if (const auto record = std::find_if(records.begin(), records.end(), is_its);
        record != records.end())
        add_keys(attachment, **record);
    const auto result = sessions_.attach(attachment);
    if (const auto* refused = std::get_if<bootstrap::AttachRefused>(&result)) {
        log(work, endpoint, refused->reason);
        answer(work, *refused);
        return;
    }
    const auto accepted = std::get<bootstrap::AttachAccepted>(result);
    journal_.write(message::attached, {{"endpoint", endpoint},
                                       {"source", event.source},
                                       {"address", event.address ? event.address->to_string() : ""},
                                       {"session", accepted.session}});
    Json told;
    told["endpoint"] = endpoint;
    told["source"] = event.source;
    told["session"] = accepted.session;
    events_.publish("attach", endpoint, told.dump(-1, ' ', false, Json::error_handler_t::replace));

    auto id = event_id(event);
    // One that came to its end within this turn needs no trigger any more; its record follows.
    if (accepted.state == bootstrap::SessionState::ended) {
        answer(work, accepted);
        return;
    }
    ++under_way_;
    auto kept = std::make_shared<Work>(std::move(work));
    store_.accept_attach({accepted.session, endpoint, kept_form(kept->event),
                          milliseconds(Wall::now()), milliseconds(accepted.expires)},
                         std::move(id), here<void>([this, kept, accepted](auto stored) {
                             --under_way_;
                             if (stored)
                                 answer(*kept, accepted);
                             else
                                 answer(*kept, attach::Unavailable{stored.error().text});
                         }));
}

void AttachDesk::withdraw(Work& work, const provisioning::Assignment& assignment) {
    const std::string endpoint = assignment.device->endpoint.text();
    auto session = sessions_.withdraw(endpoint, work.event.address,
                                      "the network says that the device is gone");
    if (!session) {
        answer(work, attach::Withdrawn{});
        return;
    }
    // Behind the end of the session: once this is kept, that is.
    ++under_way_;
    auto kept = std::make_shared<Work>(std::move(work));
    store_.audit(
        {kept->event.source, "attach.withdraw", endpoint, Json{{"session", *session}}.dump()},
        here<void>([this, kept, session](auto stored) {
            --under_way_;
            if (stored)
                answer(*kept, attach::Withdrawn{session});
            else
                answer(*kept, attach::Unavailable{stored.error().text});
        }));
}

void AttachDesk::withdraw_all(std::string origin) {
    if (!origin.empty())
        sessions_.withdraw_from(origin, "the gateway that told of the device has restarted");
}

void AttachDesk::answer(Work& work, attach::Answer answer) {
    Counts& counts = count(work.event.source);
    if (std::holds_alternative<bootstrap::AttachAccepted>(answer))
        ++counts.accepted;
    else if (std::holds_alternative<bootstrap::AttachRefused>(answer))
        ++counts.refused;
    else if (std::holds_alternative<attach::UnknownDevice>(answer))
        ++counts.unknown;
    else if (std::holds_alternative<attach::Contradiction>(answer))
        ++counts.contradictory;
    else if (std::holds_alternative<attach::Withdrawn>(answer))
        ++counts.withdrawn;
    else
        ++counts.unavailable;
    work.then(std::move(answer));
}

void AttachDesk::log(const Work& work, const std::string& endpoint, const std::string& cause) {
    if (journal_.wants(message::attach_refused))
        journal_.write(message::attach_refused,
                       {{"endpoint", endpoint}, {"source", work.event.source}, {"cause", cause}});
}

// ---- changes ----

void AttachDesk::device_changed(const std::string& endpoint) {
    if (sessions_.directory().live(endpoint, 1).empty()) return;
    store_.find_device(
        {store::KeyKind::endpoint, endpoint},
        here<store::DevicePointer>([this, endpoint](auto device) {
            if (!device) return;  // it goes by what it knew
            const auto now = milliseconds(Wall::now());
            if (const auto assigned = assignment_of(endpoint, *device))
                sessions_.refresh(*assigned, *device ? to_dial(**device, now)
                                                     : std::vector<provisioning::PskCredential>());
            else
                sessions_.withdraw(endpoint, std::nullopt, "the device's record is there no more");
        }));
}

// Nothing: it is not served (any more).
std::optional<provisioning::Assignment> AttachDesk::assignment_of(
    const std::string& endpoint, const store::DevicePointer& record) const {
    if (record && record->disabled) return std::nullopt;
    auto device = record ? device_of(record) : finder_.of_fleet(endpoint);
    if (!device) return std::nullopt;
    return profiles_.get()->assign(std::move(device));
}

void AttachDesk::devices_changed() {
    for (const auto& record : sessions_.directory().live(std::nullopt, settings_.most_under_way))
        if (record.triggered) device_changed(record.endpoint);
}

// ---- after a restart ----

void AttachDesk::restore() {
    store_.attaches(here<std::vector<store::AttachRow>>([this](auto rows) {
        if (!rows) {
            journal_.write(message::store_failed,
                           {{"what", "attach triggers"}, {"cause", rows.error().text}});
            restore();
            return;
        }
        to_restore_.assign(std::make_move_iterator(rows->begin()),
                           std::make_move_iterator(rows->end()));
        if (!to_restore_.empty())
            journal_.write(message::triggers_restored,
                           {{"triggers", std::to_string(to_restore_.size())}});
        restore_some();
    }));
}

void AttachDesk::restore_some() {
    while (restoring_ < restored_at_once && !to_restore_.empty()) {
        ++restoring_;
        const auto row = std::make_shared<store::AttachRow>(std::move(to_restore_.front()));
        to_restore_.pop_front();
        store_.find_device({store::KeyKind::endpoint, row->endpoint},
                           here<store::DevicePointer>([this, row](auto device) {
                               --restoring_;
                               if (device)
                                   restore_one(*row, *device);
                               else
                                   to_restore_.push_back(std::move(*row));
                               restore_some();
                           }));
    }
    if (restoring_ > 0 || restored_) return;
    restored_ = true;
    for (auto& work : std::exchange(held_, {})) look_up(std::move(work));
}

void AttachDesk::restore_one(const store::AttachRow& row, const store::DevicePointer& device) {
    bootstrap::Directory::Restored restored;
    restored.session = row.session;
    restored.accepted = row.accepted;
    restored.expires = row.expires;
    restored.endpoint = row.endpoint;
    if (auto assigned = assignment_of(row.endpoint, device)) {
        restored.attachment.assignment = std::move(*assigned);
        if (device) add_keys(restored.attachment, *device);
    }
    if (const auto event = from_kept_form(row.event)) {
        restored.attachment.address = event->address;
        restored.attachment.port = event->port;
        restored.attachment.source = event->source;
        restored.attachment.origin = event->origin;
    }
    sessions_.restore(std::move(restored));
}

}  // namespace bootstrapd
