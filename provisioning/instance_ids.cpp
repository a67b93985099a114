#include "provisioning/instance_ids.h"

#include "provisioning/model/objects.h"

namespace provisioning {
namespace {

using model::InstanceId;
using model::ObjectId;

constexpr unsigned highest_instance = 65534;  // 65535 is reserved, LwM2M Core §7.1

std::string path_text(const PlannedInstance& planned, InstanceId id) {
    return model::Path(planned.object, id).to_string();
}

// The instance that the same server's account has already.
std::optional<InstanceId> held_by_the_same_server(const PlannedInstance& planned,
                                                  const Holdings& holdings) {
    const auto server = short_server_id_of(planned);
    if (!server) return std::nullopt;
    const auto ids = holdings.of_server(planned.object, *server);
    return ids.empty() ? std::nullopt : std::optional(*ids.begin());
}

// Why an instance cannot be written where the profile says.
std::optional<std::string> check_written_down(const PlannedInstance& planned,
                                              const Holdings& holdings) {
    const InstanceId id = *planned.instance;
    if (holdings.may_be_account(planned.object, id))
        return path_text(planned, id) + " of " + planned.pointer +
               " may be the device's own Bootstrap-Server account, which is never written; leave "
               "the id open or write another one";
    const auto server = short_server_id_of(planned);
    if (!server || holdings.short_server_id(planned.object, id) == server) return std::nullopt;
    const auto held = held_by_the_same_server(planned, holdings);
    if (!held) return std::nullopt;
    return "the device has the server of " + planned.pointer + " in " + path_text(planned, *held) +
           " already, and would have it twice; leave the id open or write that one";
}

// Why an id that was left open cannot be chosen.
std::optional<std::string> check_open(const PlannedInstance& planned, const Holdings& holdings) {
    const std::string remedy = planned.pointer + "; write the instance's id down in the profile";
    if (!holdings.knows_account(planned.object)) {
        const bool is_security = planned.object == model::object::security;
        return std::string("which ") + (is_security ? "Security" : "OSCORE") +
               " Instance is the device's Bootstrap-Server account is not known (neither Discover "
               "nor the request's \"acc\" tells), so no id is safe for " +
               remedy;
    }
    if (!holdings.knows(planned.object))
        return "what the device holds is not known (there was no Discover answer) and nothing is "
               "deleted, so no id is free for " +
               remedy;
    return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> short_server_id_of(const PlannedInstance& planned) {
    const bool is_security = planned.object == model::object::security;
    if (!is_security && planned.object != model::object::server) return std::nullopt;
    const auto found = planned.resources.find(is_security ? model::security::short_server_id
                                                          : model::server::short_server_id);
    if (found == planned.resources.end()) return std::nullopt;
    const auto* single = std::get_if<TemplateSingle>(&found->second);
    const auto* literal = single != nullptr ? std::get_if<model::Single>(single) : nullptr;
    const auto* number = literal != nullptr ? std::get_if<std::int64_t>(literal) : nullptr;
    return number != nullptr ? std::optional(*number) : std::nullopt;
}

void InstanceIds::reserve(const PlannedInstance& planned) {
    if (planned.instance) reserved_.emplace(planned.object, *planned.instance);
}

std::optional<std::string> InstanceIds::choose(const PlannedInstance& planned,
                                               const Holdings& holdings) {
    if (!planned.instance) return find(planned) ? std::nullopt : choose_open(planned, holdings);
    if (auto reason = check_written_down(planned, holdings)) return reason;
    chosen_[&planned] = *planned.instance;
    return std::nullopt;
}

std::optional<std::string> InstanceIds::choose_open(const PlannedInstance& planned,
                                                    const Holdings& holdings) {
    if (auto reason = check_open(planned, holdings)) return reason;
    auto chosen = held_by_the_same_server(planned, holdings);
    if (chosen && reserved_.contains({planned.object, *chosen}))
        return "the device has the server of " + planned.pointer + " in " +
               path_text(planned, *chosen) +
               ", where the profile writes another; leave that one's id open";
    const auto taken = holdings.taken(planned.object);
    for (unsigned id = 0; !chosen && id <= highest_instance; ++id) {
        const auto candidate = static_cast<InstanceId>(id);
        if (!taken.contains(candidate) && !reserved_.contains({planned.object, candidate}))
            chosen = candidate;
    }
    if (!chosen)
        return "every id of Object " + std::to_string(planned.object) +
               " is taken on the device, " + "there is none for " + planned.pointer;
    chosen_[&planned] = *chosen;
    if (!planned.label.empty()) labels_[{planned.object, planned.label}] = *chosen;
    return std::nullopt;
}

std::optional<InstanceId> InstanceIds::find(const PlannedInstance& planned) const {
    if (const auto found = chosen_.find(&planned); found != chosen_.end()) return found->second;
    return planned.label.empty() ? std::nullopt : find(planned.object, planned.label);
}

std::optional<InstanceId> InstanceIds::find(ObjectId object, const std::string& label) const {
    const auto found = labels_.find({object, label});
    return found == labels_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace provisioning
