#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "config/document/document.h"
#include "provisioning/profile.h"
#include "provisioning/profile_parts.h"

namespace provisioning {

// "operations" or "onFinishRefused" while the profile is read.
struct OperationDrafts {
    // Without the instances of its Writes, which are drafts until they are checked …
    std::vector<PlannedOperation> operations;
    // … namely, of each operation, these of the drafts.
    std::vector<std::vector<std::size_t>> written;
};

// Reads the member `key` of root; the instances that it writes are added to the drafts. Its
// entries, each with one verb:
//   {"discover": "/"} "/O" · {"delete": "/"} "/O" "/O/I" · {"finish": true}
//   {"read": "/1"} "/1/I" "/2" "/2/I"
//   {"write": "everything"} · {"write": "/O", "instances": {"0": {…}}}
//   {"write": "/O/I", "resources": {…}} · {"write": "/O/I/R", "value": …}
// where I of a Write may be the label of an open id, "{dm}"; Reads and Writes may have a
// "contentFormat". Which may follow which is checked too.
OperationDrafts read_operations(const document::Node& root, std::string_view key,
                                const Basis& basis, std::vector<Draft>& drafts);

// What the two lists say together with the rest of the profile: nothing that is declared stays
// unwritten, every label is somebody's, no key of the usual plan beside an explicit one.
// `declared` of the drafts, the first ones, are those of "servers", "accessControl", "objects".
void check_operations(const document::Node& root, const OperationDrafts& operations,
                      const OperationDrafts& on_finish_refused, const std::vector<Draft>& drafts,
                      std::size_t declared);

// The operations with their instances, which are moved out of the drafts.
std::vector<PlannedOperation> finished(OperationDrafts operations, std::vector<Draft>& drafts);

}  // namespace provisioning
