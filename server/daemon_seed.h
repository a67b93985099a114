#pragma once

#include <string>
#include <vector>

#include <boost/system/result.hpp>

#include "provisioning/load.h"
#include "provisioning/store/store.h"

// What the files declare, on its way into the store. These wait for the store: not for the control
// thread.
namespace bootstrapd {

// The profiles that the API made.
boost::system::result<std::vector<store::ProfileRecord>, store::Error> made_profiles(store::Store&);

// All devices or none: a clash with one that the store has is a problem.
boost::system::result<store::Store::Seeded, store::Error> seed(
    store::Store&, const std::vector<provisioning::Device>&, document::Problems& problems);

// Names of profiles that devices have and that there are not.
std::vector<std::string> missing_profiles(store::Store&, const provisioning::ProfileSet&);

}  // namespace bootstrapd
