#include "tests/flows/lockout.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/coap/message.h"
#include "tests/support/clients.h"
#include "tests/support/sample.h"

namespace flows::lockout {

using namespace std::chrono_literals;
using bootstrap::Outcome;
using provisioning::AccountKey;
using provisioning::BootstrapAccount;
using support::Direction;
using support::Habits;

namespace {

constexpr std::chrono::seconds grace = 604800s;

provisioning::Profile profile(Way way) {
    provisioning::Profile made = support::sample_profile();
    made.account.keys = BootstrapAccount::Keys::replace;
    made.account.way = way;
    made.account.grace_period = grace.count();
    made.account.uri = "coaps://bs.example";
    made.wanted.replacement = true;
    return made;
}

std::string what(const coap::Message& message) {
    std::string text = std::to_string(static_cast<int>(message.code));
    for (const auto& option : message.options) text += "/" + wire::to_hex(option.value);
    return text;
}

// The link of one run.
class Link {
  public:
    explicit Link(const Trouble& trouble) : trouble_(trouble) {}

    void session_begins() {
        ++sessions_;
        exchanges_ = 0;
        latest_.clear();
        tokens_.clear();
    }
    void heals() { is_well_ = true; }
    std::size_t datagrams() const { return datagrams_; }
    std::size_t exchanges() const { return exchanges_; }
    std::function<void()> on_power_failure;

    bool drops(Direction direction, wire::BytesView datagram) {
        if (is_well_) return false;
        const std::size_t number = datagrams_++;
        if (trouble_.power_fails_at == number && on_power_failure) on_power_failure();
        if (trouble_.cut && number >= trouble_.cut->from) {
            return direction == Direction::to_device ? trouble_.cut->to_device
                                                     : trouble_.cut->to_server;
        }
        return is_of_lost_exchange(direction, datagram);
    }

  private:
    bool is_of_lost_exchange(Direction direction, wire::BytesView datagram) {
        const auto message = coap::decode(datagram);
        const Loss* loss = sessions_ > 0 && sessions_ <= trouble_.losses.size()
                               ? &trouble_.losses[sessions_ - 1]
                               : nullptr;
        if (direction == Direction::to_device && coap::is_request(message->code)) {
            if (std::string it = what(*message); it != latest_) {
                latest_ = std::move(it);
                ++exchanges_;
            }
            if (loss == nullptr || exchanges_ != loss->exchange + 1) return false;
            tokens_.push_back(message->token);
            return loss->direction == direction;
        }
        return loss != nullptr && direction == Direction::to_server &&
               loss->direction == direction && coap::is_response(message->code) &&
               std::ranges::find(tokens_, message->token) != tokens_.end();
    }

    const Trouble& trouble_;
    bool is_well_ = false;
    std::size_t datagrams_ = 0, sessions_ = 0, exchanges_ = 0;
    std::string latest_;
    std::vector<coap::Token> tokens_;
};

class Run {
  public:
    Run(const Kind& kind, const Trouble& trouble, const Standing* begin)
        : kind_(kind),
          trouble_(trouble),
          link_(trouble),
          begin_(begin),
          random_(begin == nullptr ? 7 : 7 + begin->age),
          desk_(support::sample_device("a", true).credentials, grace, random_) {
        DeviceSetup setup;
        setup.secured = true;
        setup.profile = profile(kind.way);
        setup.habits = kind.habits;
        setup.habits.factory_key = desk_.own().psk;
        setup.habits.asks = 1;
        setup.habits.returns_after.reset();
        setup.desk = &desk_;
        setup.weather = support::fair_weather();
        setup.weather.drops = [this](Direction direction, wire::BytesView datagram,
                                     wire::TimePoint) { return link_.drops(direction, datagram); };
        world_ = std::make_unique<World>(1, World::settings(),
                                         std::vector<DeviceSetup>{std::move(setup)});
        if (begin != nullptr) {
            world_->device(0).hold(begin->device);
            desk_.keep(begin->keyring);
            passes(begin->time);
        }
    }

    Story tell() {
        world_->after_step([this](std::size_t step) { on_step(step); });
        link_.on_power_failure = [this] {
            // Not in the midst of its sending.
            world_->at(world_->elapsed(), [this] { comes_back(); });
        };
        trouble();
        link_.heals();
        recovery();
        story_.keys = desk_.counts();
        story_.rolled_back = device().times_rolled_back() > 0;
        story_.kept = device().times_kept() > 0;
        return std::move(story_);
    }

  private:
    support::SimulatedDevice& device() { return world_->device(0); }

    void fault(const std::string& text) {
        if (story_.fault.empty()) story_.fault = text;
    }

    bool is_any_accepted(const std::vector<support::DeviceStore::Account>& accounts) {
        return std::ranges::any_of(accounts, [&](const auto& account) {
            return desk_.accepts(account.psk, world_->wall_now());
        });
    }

    void on_step(std::size_t step) {
        if (step == trouble_.killed_after) world_->kill_daemon();
        check("after step " + std::to_string(step));
    }

    void check(const std::string& when) {
        if (!is_any_accepted(device().accounts())) fault("locked out " + when);
        if (!is_any_accepted(device().accounts_if_left_alone())) {
            fault("locked out once it goes back, " + when);
        }
        story_.two_accounts |= device().accounts().size() > 1;
    }

    bool returns() {
        // At the very moment of its session's end nothing would be proved.
        passes(60s);
        return comes_back();
    }
    bool comes_back() {
        link_.session_begins();
        const bool is_let_in = world_->device_returns(0);
        if (!is_let_in) fault("no handshake succeeds");
        return is_let_in;
    }

    void trouble() {
        const std::size_t sessions = std::max<std::size_t>(1, trouble_.losses.size());
        for (std::size_t i = 0; i < sessions; ++i) {
            if (!returns()) return;
            if (!world_->run()) fault("it does not come to rest");
        }
        check("after the trouble");
        story_.datagrams = link_.datagrams();
        story_.exchanges = link_.exchanges();
        story_.steps = world_->steps();
        story_.left_pending = desk_.keyring().pending() != nullptr;
        story_.after_trouble = {device().held(), desk_.keyring(), world_->elapsed(),
                                begin_ == nullptr ? 1 : begin_->age + 1};
    }

    // The next bootstrap over a link that is well.
    void next_bootstrap(const std::string& which) {
        const std::size_t before = world_->ended().size();
        if (!returns()) return;
        if (!world_->run()) fault("it does not come to rest");
        if (world_->ended().size() != before + 1) return fault("no session of " + which);
        const auto& report = world_->ended().back().report;
        if (report.outcome != kind_.outcome) {
            fault(which + ": " + std::string(bootstrap::to_string(*report.outcome)) + ", " +
                  report.cause);
        }
        check("after " + which);
    }

    void passes(wire::Duration time) {
        world_->at(world_->elapsed() + time, [] {});
        if (!world_->run()) fault("it does not come to rest");
        desk_.tidy(world_->wall_now());
    }

    void recovery() {
        if (trouble_.grace_period_passes) {
            passes(grace + 1s);
            check("as the grace period is over");
        }
        next_bootstrap("the next bootstrap");
        next_bootstrap("the second bootstrap");
        if (kind_.is_replaced()) check_replaced();
        passes(grace + 1s);
        if (kind_.is_replaced() && desk_.accepts(*desk_.own().psk, world_->wall_now())) {
            fault("the replaced key is honoured beyond the grace period");
        }
        check("after the grace period");
        next_bootstrap("the bootstrap after the grace period");
    }

    // The full handshake of the second bootstrap proved the new key.
    void check_replaced() {
        const auto& keys = desk_.keyring().keys();
        const auto current =
            std::ranges::find(keys, AccountKey::State::current, &AccountKey::state);
        if (desk_.keyring().pending() != nullptr) fault("it is still pending in the end");
        if (current == keys.end() || !current->generated) return fault("nothing was promoted");
        const auto accounts = device().accounts();
        // An old one may be left where the daemon was killed before it had recorded it.
        const bool has_current = std::ranges::any_of(accounts, [&](const auto& account) {
            return account.psk.identity == current->psk.identity &&
                   account.psk.key.equals(current->psk.key);
        });
        if (!has_current) fault("the device does not have the current key in the end");
    }

    const Kind& kind_;
    const Trouble& trouble_;
    Link link_;
    const Standing* begin_;
    support::SeededRandom random_;
    KeyDesk desk_;
    std::unique_ptr<World> world_;
    Story story_;
};

}  // namespace

std::vector<Kind> kinds(Way way) {
    std::vector<Kind> made;
    for (const bool merges : {true, false}) {
        for (const auto without :
             {Habits::WithoutFinish::rolls_back, Habits::WithoutFinish::restores_accounts,
              Habits::WithoutFinish::keeps}) {
            Habits habits;
            habits.merges_writes = merges;
            habits.without_finish = without;
            const std::string_view then = without == Habits::WithoutFinish::rolls_back ? "RollsBack"
                                          : without == Habits::WithoutFinish::restores_accounts
                                              ? "RestoresAccounts"
                                              : "Keeps";
            made.push_back(
                {(merges ? "MergesAnd" : "ReplacesAnd") + std::string(then), habits, way});
        }
    }
    const bool in_place = way == Way::in_place;
    const Outcome unless_new = in_place ? Outcome::finished : Outcome::operation_refused;
    made.push_back({"Anjay", support::anjay(), way, unless_new});
    made.push_back({"Wakaama", support::wakaama(), way});
    made.push_back({"Leshan", support::leshan(), way});
    made.back().habits.keeps_one_account = true;
    made.push_back({"Zephyr", support::zephyr(), way});
    made.push_back({"UsesItsLastAccount", {}, way});
    made.back().habits.without_finish = Habits::WithoutFinish::keeps;
    made.back().habits.uses_last_account = true;
    // Without Discover nobody could see whether a new instance is there.
    if (in_place) {
        made.push_back({"NamesItsAccountAlone", support::old_wakaama(), way});
        made.back().habits.tells_account = true;
    }
    // Half of what it refuses is there: an instance that looks like an account.
    made.push_back({"HalfMakesTheNewAccount", {}, way, unless_new});
    made.back().habits.without_finish = Habits::WithoutFinish::keeps;
    made.back().habits.half_makes = true;
    for (const char* path : {"PUT /0/2", "PUT /0/3", "PUT /0/4"}) {
        made.back().habits.refuses[path] = coap::Code::internal_server_error;
    }
    return made;
}

Standing first_standing(const Kind& kind) {
    Habits habits = kind.habits;
    habits.factory_key = support::sample_device("a", true).credentials.psk;
    return {support::DeviceStore(habits).held(), {}, {}, 1};
}

std::string to_string(const Standing& standing) {
    std::string text;
    const auto labelled = [&](std::string octets) {
        for (const auto& key : standing.keyring.keys()) {
            const std::string number = std::to_string(&key - standing.keyring.keys().data());
            if (octets == wire::to_hex(key.psk.identity)) return "identity " + number;
            if (octets == wire::to_hex(key.psk.key.reveal())) return "key " + number;
        }
        return octets;
    };
    for (const auto& [path, resources] : standing.device) {
        text += path.to_string();
        for (const auto& [id, value] : support::in_hex(resources)) {
            text += " " + std::to_string(id) + "=" + labelled(value);
        }
        text += "\n";
    }
    const auto instance = [](const std::optional<model::InstanceId>& id) {
        return id ? std::to_string(*id) : std::string("-");
    };
    for (const auto& key : standing.keyring.keys()) {
        text += key.state == AccountKey::State::pending   ? "pending"
                : key.state == AccountKey::State::current ? "current"
                                                          : "retired";
        text += key.generated ? " generated" : " own";
        text += key.session_ended ? " ended" : "";
        text += key.until ? " until" : "";
        text += key.taken ? " taken" : "";
        text += " at " + instance(key.instance) + " for " + instance(key.replaces) + "\n";
    }
    return text + (standing.keyring.rotation_ordered() ? "rotation ordered" : "");
}

std::string to_string(const Trouble& trouble) {
    std::string text;
    if (trouble.cut) {
        text += "cut from datagram " + std::to_string(trouble.cut->from) +
                (trouble.cut->to_device ? " to the device" : "") +
                (trouble.cut->to_server ? " to the server" : "");
    }
    if (trouble.power_fails_at) text += "power fails at " + std::to_string(*trouble.power_fails_at);
    for (const Loss& loss : trouble.losses) {
        text += (loss.direction == Direction::to_device ? " transmissions of exchange "
                                                        : " answers of exchange ") +
                std::to_string(loss.exchange);
    }
    if (trouble.grace_period_passes) text += " and the grace period passes";
    if (trouble.killed_after > 0)
        text += " killed after step " + std::to_string(trouble.killed_after);
    return text.empty() ? "no trouble" : text;
}

Story run(const Kind& kind, const Trouble& trouble, const Standing* begin) {
    return Run(kind, trouble, begin).tell();
}

}  // namespace flows::lockout
