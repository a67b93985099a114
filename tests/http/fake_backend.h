#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/http/backend.h"

// A Backend that answers what a test put there and remembers what it was asked.
class FakeBackend final : public http::Backend {
  public:
    using AttachAnswer =
        std::variant<bootstrap::AttachAccepted, bootstrap::AttachRefused, Unknown, Contradiction>;
    AttachAnswer attach_answer = Unknown{"no device with endpoint \"x\""};
    std::map<std::string, bootstrap::SessionRecord> records;
    CancelResult cancel_answer = CancelResult::cancelled;
    std::optional<std::string> why_not_ready;
    std::shared_ptr<const provisioning::Catalog> catalog_in_force;
    explain::PlanAnswer plan_answer = explain::Unknown{"no profile \"x\""};

    std::vector<attach::Event> events;
    std::vector<bootstrap::Directory::Filter> filters;
    std::vector<std::string> cancelled;
    std::vector<explain::PlanQuestion> questions;

    AttachAnswer attach(const attach::Event& event) override {
        events.push_back(event);
        return attach_answer;
    }
    std::optional<bootstrap::SessionRecord> session(const bootstrap::SessionId& id) override {
        const auto found = records.find(id);
        if (found == records.end()) return std::nullopt;
        return found->second;
    }
    std::vector<bootstrap::SessionRecord> sessions(
        const bootstrap::Directory::Filter& filter) override {
        filters.push_back(filter);
        std::vector<bootstrap::SessionRecord> all;
        for (const auto& [id, record] : records) all.push_back(record);
        return all;
    }
    CancelResult cancel(const bootstrap::SessionId& id) override {
        cancelled.push_back(id);
        return cancel_answer;
    }
    std::shared_ptr<const provisioning::Catalog> catalog() override { return catalog_in_force; }
    explain::PlanAnswer plan(const explain::PlanQuestion& question) override {
        questions.push_back(question);
        return plan_answer;
    }
    std::optional<std::string> not_ready() override { return why_not_ready; }
    std::string status() override { return R"({"state":"running"})"; }
};
