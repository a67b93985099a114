#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "provisioning/model/discovered.h"
#include "provisioning/model/path.h"

namespace bootstrap {

// The Discovers that come before a session's plan: which is next, and what they told together. A
// device that does not answer Discover "/" is asked for "/0": where its Bootstrap-Server's account
// is matters most.
class FirstDiscovers {
  public:
    FirstDiscovers() = default;
    explicit FirstDiscovers(const std::vector<model::Path>& paths)
        : left_(paths.begin(), paths.end()) {}

    // Nothing: there is none left.
    std::optional<model::Path> next() const;
    // The answer to next(). Of an Object only what is said of that one counts.
    void told(model::Discovered what);
    // next() was refused or not understood. True when "/0" takes its place.
    bool refused();

    // Null: none was answered.
    const model::Discovered* all() const { return all_ ? &*all_ : nullptr; }

  private:
    std::deque<model::Path> left_;
    std::optional<model::Discovered> all_;
};

}  // namespace bootstrap
