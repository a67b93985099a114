#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <boost/system/result.hpp>

#include "provisioning/catalog.h"
#include "provisioning/plan.h"
#include "server/bootstrap/operation.h"
#include "server/bootstrap/session_discovers.h"

namespace bootstrap {

// The operations of one session after its first Discovers, up to the Finish; then, once, those of
// the repair up to a second Finish. Knows which is current and the format of its Writes.
//
// Made whole before the first operation leaves, and only when every payload of it can be: nothing
// may fail on our side once a Delete has left. The payloads themselves are made again one by one,
// when they are sent; what was written is released at once.
class SessionPlan {
  public:
    SessionPlan() = default;

    // The error is why it is impossible, for people. `account` is the device's `acc`; may be null.
    static boost::system::result<SessionPlan, std::string> make(
        const provisioning::Assignment& assignment, model::ContentFormat format,
        const FirstDiscovers& discovers, const std::vector<model::Path>* account,
        const provisioning::Issued* issued, wire::Random& random);

    // There is always one until the Finish is done().
    const provisioning::Operation& current() const { return steps_[position_].operation; }
    // What a Delete after it deletes, in order.
    std::vector<model::Path> deleted_later() const;
    // Its request, with the payload in it.
    boost::system::result<ReadyOperation, std::string> ready() const;
    // Answered well: on to the next.
    void done();

    // Of its Writes, as chosen last.
    model::ContentFormat format() const { return format_; }
    model::ContentFormat format_of_current() const { return format_of(steps_[position_]); }
    // Whether the current Write can be tried in TLV: it has another format, and not one of its own.
    enum class InTlv { no, possible, cannot_hold };
    InTlv in_tlv() const;
    // The Writes go on in TLV from the current one on. Returns those that stay as they were, as TLV
    // cannot hold them.
    std::vector<model::Path> fall_back();

    // What the plan's own check says of it, repair included once that has begun.
    const std::vector<std::string>& findings() const { return findings_; }
    // The Finish was refused: on to the repair. False when there is none (any more).
    bool begin_repair();
    bool in_repair() const { return in_repair_; }

  private:
    struct Step {
        provisioning::Operation operation;
        bool tlv_holds = false;  // of a Write that names no format itself
    };
    static boost::system::result<std::vector<Step>, std::string> check(
        std::vector<provisioning::Operation> operations, model::ContentFormat format);
    model::ContentFormat format_of(const Step& step) const;

    std::vector<Step> steps_;
    std::vector<Step> repair_;
    std::size_t position_ = 0;
    model::ContentFormat format_ = model::ContentFormat::tlv;
    model::ContentFormat first_format_ = model::ContentFormat::tlv;
    std::vector<std::string> findings_, findings_after_repair_;
    bool in_repair_ = false;
};

}  // namespace bootstrap
