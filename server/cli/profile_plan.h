#pragma once

#include <filesystem>
#include <ostream>
#include <string>

#include "server/cli/api.h"
#include "server/cli/exit_code.h"
#include "server/explain/plan.h"

namespace cli {

// `profile plan`: what would be sent to a device.
struct ProfilePlan {
    explain::PlanQuestion question;
    // Settings to read profiles and devices by; empty: the daemon is asked.
    std::filesystem::path config;
    Place place;
    bool json = false;
};

ExitCode show_plan(const ProfilePlan&, std::ostream& out, std::ostream& err);

}  // namespace cli
