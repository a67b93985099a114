#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "server/http/backend.h"
#include "tests/http/fake_store.h"

// A Backend over a FakeStore that answers what a test put there and remembers what it was asked.
class FakeBackend final : public http::Backend, public attach::Sink {
  public:
    class FakeMapping final : public attach::Mapping {
      public:
        Mapped mapped;
        document::Problems wrong;
        unsigned success = 204;
        std::optional<Mapped> map(const nlohmann::json&,
                                  document::Problems& problems) const override {
            problems.insert(problems.end(), wrong.begin(), wrong.end());
            if (!wrong.empty()) return std::nullopt;
            return mapped;
        }
        unsigned success_status() const override { return success; }
    };

    FakeStore kept;
    // What is to be done on the control thread; done at once unless `later`.
    bool later = false;
    std::vector<std::function<void()>> posted;
    // One an event; the last one goes on.
    std::vector<attach::Answer> answers{attach::UnknownDevice{"no device with endpoint \"x\""}};
    bool hold_events = false;
    std::map<std::string, std::shared_ptr<FakeMapping>, std::less<>> mappings;
    std::vector<bootstrap::SessionRecord> live;  // newest first
    CancelResult cancel_answer = CancelResult::unknown;
    std::shared_ptr<const provisioning::ProfileSet> in_force =
        std::make_shared<provisioning::ProfileSet>(
            std::make_shared<model::Definitions>(model::Definitions::built_in()));
    PutProfileResult put_profile_answer = store::PutResult(store::Stored{store::Revision{1}, true});
    RemoveProfileResult remove_profile_answer = store::RemoveResult(store::Removed{});
    ReloadResult reload_answer = Reloaded{};
    PlanResult plan_answer = explain::PlanAnswer(explain::Unknown{"no profile \"x\""});
    std::optional<std::string> why_not_ready;
    std::size_t waiting = 0;

    std::vector<attach::Event> taken;
    std::vector<std::function<void()>> held;
    std::vector<std::string> cancelled;
    std::vector<std::string> changed;             // device_changed()
    std::vector<http::Rotation> rotations_shown;  // newest first
    bool rotations_full = false;
    std::vector<std::string> rotated;  // rotation_ordered()
    struct PutProfile {
        std::string name, text;
        store::Precondition precondition;
        store::AuditEntry entry;
    };
    std::vector<PutProfile> profiles_put;
    std::vector<std::string> profiles_removed;
    std::vector<explain::PlanQuestion> questions;
    bool traces_full = false;
    std::vector<trace::Order> trace_orders;
    std::vector<std::weak_ptr<trace::Recording>> recordings;

    void run() {
        while (!posted.empty()) {
            const auto all = std::exchange(posted, {});
            for (const auto& each : all) each();
        }
    }

    store::Store& store() override { return kept; }
    void post(std::function<void()> what) override {
        if (!later) return what();
        posted.push_back(std::move(what));
    }
    attach::Sink& attachments() override { return *this; }
    void device_changed(const std::string& endpoint) override { changed.push_back(endpoint); }
    std::shared_ptr<const attach::Mapping> mapping(std::string_view source) override {
        const auto found = mappings.find(source);
        return found == mappings.end() ? nullptr : found->second;
    }
    std::optional<bootstrap::SessionRecord> live_session(const bootstrap::SessionId& id) override {
        for (const auto& record : live)
            if (record.id == id) return record;
        return std::nullopt;
    }
    std::vector<bootstrap::SessionRecord> live_sessions(const std::optional<std::string>& endpoint,
                                                        std::size_t limit) override {
        std::vector<bootstrap::SessionRecord> found;
        for (const auto& record : live)
            if ((!endpoint || record.endpoint == *endpoint) && found.size() < limit)
                found.push_back(record);
        return found;
    }
    CancelResult cancel(const bootstrap::SessionId& id) override {
        cancelled.push_back(id);
        return cancel_answer;
    }
    std::optional<http::Rotation> begin_rotation(http::RotationOrder order,
                                                 store::AuditEntry entry) override {
        if (rotations_full) return std::nullopt;
        kept.entries.push_back(std::move(entry));
        http::Rotation made;
        made.id = "r" + std::to_string(rotations_shown.size() + 1);
        made.order = std::move(order);
        rotations_shown.insert(rotations_shown.begin(), made);
        return made;
    }
    std::vector<http::Rotation> rotations() override { return rotations_shown; }
    bool cancel_rotation(const std::string& id) override {
        for (http::Rotation& each : rotations_shown) {
            if (each.id != id || each.state != http::Rotation::State::running) continue;
            each.state = http::Rotation::State::cancelled;
            return true;
        }
        return false;
    }
    void rotation_ordered(const std::string& endpoint) override { rotated.push_back(endpoint); }
    std::shared_ptr<const provisioning::ProfileSet> profiles() override { return in_force; }
    void put_profile(std::string name, std::string text, store::Precondition precondition,
                     store::AuditEntry entry, Reply<PutProfileResult> reply) override {
        profiles_put.push_back(
            {std::move(name), std::move(text), std::move(precondition), std::move(entry)});
        reply(put_profile_answer);
    }
    void remove_profile(std::string name, store::Precondition, store::AuditEntry,
                        Reply<RemoveProfileResult> reply) override {
        profiles_removed.push_back(std::move(name));
        reply(remove_profile_answer);
    }
    void plan(explain::PlanQuestion question, Reply<PlanResult> reply) override {
        questions.push_back(std::move(question));
        reply(plan_answer);
    }
    http::Events& events() override { return happened_; }
    std::shared_ptr<trace::Recording> begin_trace(const trace::Order& order,
                                                  const std::string&) override {
        if (traces_full) return nullptr;
        trace_orders.push_back(order);
        auto recording = std::make_shared<trace::Recording>(order, "test", trace::Time());
        recordings.push_back(recording);
        return recording;
    }
    std::optional<std::string> not_ready() override { return why_not_ready; }
    std::size_t backlog() override { return waiting; }
    void metrics(Reply<std::string> reply) override { reply("lwm2m_bootstrap_ready 1\n"); }
    void status(Reply<std::string> reply) override { reply(R"({"state":"running"})"); }
    void reload(Reply<ReloadResult> reply) override { reply(reload_answer); }

    void take(attach::Event event, std::function<void(attach::Answer)> then) override {
        taken.push_back(std::move(event));
        const attach::Answer answer = answers[std::min(taken.size(), answers.size()) - 1];
        if (!hold_events) return then(answer);
        held.emplace_back([then, answer] { then(answer); });
    }
    void withdraw_all(std::string) override {}

    // A profile as a file or the API brings it.
    void add_profile(const std::string& text, const std::string& file = "",
                     std::uint64_t revision = 7) {
        document::Problems problems;
        const auto json = document::parse(text, file, problems);
        auto profile = provisioning::parse_profile(document::Node(*json, file, "", problems), file);
        if (!profile) throw std::invalid_argument(to_string(problems.at(0)));
        auto set = std::make_shared<provisioning::ProfileSet>(*in_force);
        set->add({std::make_shared<provisioning::Profile>(std::move(*profile)), text, revision},
                 problems);
        in_force = set;
    }

  private:
    http::Events happened_{"boot"};
};
