#pragma once

#include <memory>
#include <set>
#include <utility>

#include "provisioning/model/definitions.h"
#include "provisioning/model/path.h"
#include "provisioning/profile_set.h"

namespace trace {

// Which Resources may be shown: what the definitions know and do not call sensitive, unless a
// profile marks it as secret. Immutable once shared.
class Knowledge {
  public:
    // Those of the profiles, and what was known before: a session goes on with the profile that it
    // began with. `before` may be null.
    Knowledge(const provisioning::ProfileSet&, const Knowledge* before);
    // The definitions alone; not null.
    explicit Knowledge(std::shared_ptr<const model::Definitions>);

    bool may_show(model::ObjectId, model::ResourceId) const;
    const model::Definitions& definitions() const { return *definitions_; }

  private:
    std::shared_ptr<const model::Definitions> definitions_;
    std::set<std::pair<model::ObjectId, model::ResourceId>> marked_;
};

}  // namespace trace
