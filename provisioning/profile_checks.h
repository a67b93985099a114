#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/document/document.h"
#include "provisioning/profile_parts.h"

// The parts of check_profile().
namespace provisioning {

// What the plan has done by the time that it writes: what is deleted, what a Discover told.
class Ground {
  public:
    Ground(const document::Node& root, const Profile& profile);

    bool has_operations() const { return has_operations_; }
    // Nothing that the device had of the Object is left but its Bootstrap-Server account.
    bool is_cleared(model::ObjectId object) const;
    // Which instances of the Object the device holds is known.
    bool is_discovered(model::ObjectId object) const;

  private:
    bool has_operations_;
    std::vector<model::Path> deleted_;
    std::vector<model::Path> discovered_;
};

// Whether the draft is one that the device's Bootstrap-Server account would be, which is told.
bool is_bootstrap_account(const Draft& draft);
// Whether accounts cannot be matched yet: one has no Short Server ID that could be read, or is
// called the Bootstrap-Server's. That is what has to be put right first.
bool has_broken_accounts(const std::vector<Draft>& drafts);

// Security and Server Instances by pairs; at least one.
void check_accounts(const document::Node& root, const Ground& ground,
                    const std::vector<Draft>& drafts);
// Access Control Instances: one of each Object Instance, for servers that there are.
void check_access_control(const document::Node& root, const Ground& ground,
                          const std::vector<Draft>& drafts);
// The Bootstrap-Server account: that its instance will be known.
void check_bootstrap_account(const document::Node& root, const Profile& profile,
                             const Ground& ground);
// Object Links: to the Object that is meant, and to instances that there are.
void check_links(const document::Node& root, const Ground& ground,
                 const std::vector<Draft>& drafts);

}  // namespace provisioning
