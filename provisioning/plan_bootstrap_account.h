#pragma once

#include <optional>
#include <string>
#include <vector>

#include "provisioning/holdings.h"
#include "provisioning/plan.h"

namespace provisioning {

// What becomes of the device's account with this server: the last operations before the Finish.
//
//   purge        Delete of an instance that was recorded as old
//   in place     Write of the whole instance
//   new          Write of a new instance, Discover that has to list it, Delete of the old one
//   expire       Write of /0/x/12; of a hand-over that keeps the keys, of /0/x/0
//
// Whatever is written over or deleted is known for sure to be the account, and what the device
// holds at any moment opens a session with this server (or, handed over, the other one). `after` is
// what the device holds by then. Returns why it is impossible; nothing: it is not.
std::optional<std::string> add_account_operations(const Profile& profile, const Device& device,
                                                  const Told& told, const Holdings& after,
                                                  wire::Random& random,
                                                  std::vector<Operation>& into);

}  // namespace provisioning
