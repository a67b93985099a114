#include "provisioning/profile_operations.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

#include "provisioning/profile_formats.h"
#include "provisioning/resource_value.h"

//   path  = "/" / "/" id [ "/" place [ "/" id ] ]
//   place = id / "{" label "}"                       the label in a Write alone

namespace provisioning {
namespace {

using document::Node;

constexpr std::array<std::string_view, 5> verbs = {"discover", "delete", "read", "write", "finish"};
constexpr std::array<OperationKind, 5> kinds = {OperationKind::discover, OperationKind::delete_,
                                                OperationKind::read, OperationKind::write,
                                                OperationKind::finish};

struct Target {
    model::Path path;   // the instance is 0 where it has a label
    std::string label;  // empty: none
};

std::optional<Target> parse_target(std::string_view text) {
    const auto open = text.find("/{");
    if (open == std::string_view::npos) {
        const auto path = model::Path::from(text);
        return path ? std::optional(Target{*path, {}}) : std::nullopt;
    }
    const auto close = text.find('}', open);
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view label = text.substr(open + 2, close - open - 2);
    const auto object = model::Path::from(text.substr(0, open));
    if (!is_label(label) || !object || !object->object() || object->instance()) return std::nullopt;
    const auto path = model::Path::from(std::string(text.substr(0, open)) + "/0" +
                                        std::string(text.substr(close + 1)));
    if (!path) return std::nullopt;
    return Target{*path, std::string(label)};
}

bool is_resource_instance(std::string_view text) {
    return std::ranges::count(text, '/') == 4 && text.front() == '/' && text.back() != '/';
}

// The keys that may stand beside a verb.
void check_other_keys(const Node& entry, std::initializer_list<std::string_view> fitting) {
    for (const std::string& key : entry.keys()) {
        if (std::ranges::count(verbs, key) > 0 || std::ranges::count(fitting, key) > 0) continue;
        entry.member(key)->problem("has no meaning for this operation", "remove it");
    }
}

class Reader {
  public:
    Reader(const Basis& basis, bool is_repair, std::vector<Draft>& drafts)
        : basis_(basis), is_repair_(is_repair), drafts_(drafts) {}

    void read(const Node& entry, OperationDrafts& into) {
        PlannedOperation operation;
        operation.pointer = entry.pointer();
        written_.clear();
        const auto verb = verb_of(entry);
        if (!verb) return;
        operation.kind = kinds[*verb];
        const Node node = *entry.member(verbs[*verb]);
        if (!read_verb(entry, node, operation)) return;
        into.operations.push_back(std::move(operation));
        into.written.push_back(written_);
    }

  private:
    static std::optional<std::size_t> verb_of(const Node& entry) {
        const std::size_t before = entry.problem_count();
        if (!entry.object({"discover", "delete", "read", "write", "finish", "contentFormat",
                           "resources", "value", "instances"}))
            return std::nullopt;
        std::optional<std::size_t> found;
        for (std::size_t i = 0; i < verbs.size(); ++i) {
            if (!entry.member(verbs[i])) continue;
            if (found) {
                entry.problem("names more than one operation", "make an entry of each");
                return std::nullopt;
            }
            found = i;
        }
        if (!found && entry.problem_count() == before)
            entry.problem("names no operation",
                          "write \"discover\", \"delete\", \"read\", \"write\" or \"finish\"");
        return found;
    }

    // False: the operation is none, which was told.
    bool read_verb(const Node& entry, const Node& node, PlannedOperation& operation) {
        switch (operation.kind) {
            case OperationKind::discover:
                return read_discover(entry, node, operation);
            case OperationKind::delete_:
                return read_delete(entry, node, operation);
            case OperationKind::read:
                return read_read(entry, node, operation);
            case OperationKind::write:
                return read_write(entry, node, operation);
            case OperationKind::finish:
                return read_finish(entry, node);
        }
        return false;
    }

    bool read_finish(const Node& entry, const Node& node) const {
        check_other_keys(entry, {});
        const auto value = node.boolean();
        if (value && !*value) node.problem("is false", "write true, or remove the entry");
        if (is_repair_)
            node.problem("is not one of the corrections: the second Finish follows them by itself",
                         "remove it");
        return value == true && !is_repair_;
    }

    bool read_discover(const Node& entry, const Node& node, PlannedOperation& operation) const {
        check_other_keys(entry, {});
        const auto text = node.text();
        if (!text) return false;
        if (is_repair_) {
            node.problem("is not possible once a Finish was refused", "remove it");
            return false;
        }
        const auto path = model::Path::from(*text);
        if (!path || path->instance()) {
            node.problem("is no path that a device tells of",
                         "write \"/\", or an Object as in \"/0\"");
            return false;
        }
        operation.path = *path;
        return true;
    }

    static bool read_delete(const Node& entry, const Node& node, PlannedOperation& operation) {
        check_other_keys(entry, {});
        const auto text = node.text();
        if (!text) return false;
        const auto path = model::Path::from(*text);
        if (path && path->resource()) {
            node.problem("is a Resource, which cannot be deleted",
                         "write \"/\", an Object or an Object Instance");
            return false;
        }
        if (!path) {
            node.problem("is no path", "write \"/\", or one as in \"/1\" or \"/1/0\"");
            return false;
        }
        if (path->object() == model::object::device) {
            node.problem("is the Device Object, which no device gives up", "remove the entry");
            return false;
        }
        operation.path = *path;
        return true;
    }

    bool read_read(const Node& entry, const Node& node, PlannedOperation& operation) const {
        check_other_keys(entry, {"contentFormat"});
        const auto text = node.text();
        if (!text) return false;
        // LwM2M Core §6.1.7.4.
        const auto path = model::Path::from(*text);
        const bool is_readable = path && !path->resource() &&
                                 (path->object() == model::object::server ||
                                  path->object() == model::object::access_control);
        if (!is_readable) {
            node.problem("is not a path that a Bootstrap-Server may read",
                         "write \"/1\" or \"/2\", or an instance as in \"/1/0\"");
            return false;
        }
        if (basis_.enabler == EnablerVersion::v1_0) {
            node.problem(
                "is an operation that came with LwM2M 1.1, but the profile's enabler is "
                "1.0",
                "remove the entry, or write a later \"enabler\"");
            return false;
        }
        operation.path = *path;
        if (const auto format = entry.member("contentFormat"))
            operation.content_format = read_content_format(*format, basis_.enabler, true);
        return true;
    }

    bool read_write(const Node& entry, const Node& node, PlannedOperation& operation) {
        const auto text = node.text();
        if (!text) return false;
        if (*text == "everything") {
            operation.everything = true;
            check_other_keys(entry, {"contentFormat"});
            read_format(entry, nullptr, operation);
            return true;
        }
        if (is_resource_instance(*text)) {
            node.problem("is a Resource Instance, which cannot be written alone",
                         "write the whole Resource, as in \"/1/0/1\"");
            return false;
        }
        const auto target = parse_target(*text);
        if (!target || target->path.is_root()) {
            node.problem(target ? "cannot be written at once" : "is no path",
                         "write \"everything\", or a path as in \"/1/0\" or \"/1/0/1\"");
            return false;
        }
        operation.path = target->path;
        if (target->path.resource()) return write_resource(entry, *target, operation);
        if (target->path.instance()) return write_instance(entry, *target, operation);
        return write_instances(entry, *target, operation);
    }

    bool write_resource(const Node& entry, const Target& target, PlannedOperation& operation) {
        check_other_keys(entry, {"value", "contentFormat"});
        const auto value = entry.required("value");
        if (!value) return false;
        Draft draft = read_resource(*value, target.path, basis_);
        read_format(entry, &draft, operation);
        add(std::move(draft), target);
        return true;
    }

    bool write_instance(const Node& entry, const Target& target, PlannedOperation& operation) {
        check_other_keys(entry, {"resources", "contentFormat"});
        const auto resources = entry.required("resources");
        if (!resources) return false;
        read_format(entry, nullptr, operation);
        add(read_instance(*resources, *target.path.object(), target.path.instance(), basis_),
            target);
        return true;
    }

    bool write_instances(const Node& entry, const Target& target, PlannedOperation& operation) {
        check_other_keys(entry, {"instances", "contentFormat"});
        read_format(entry, nullptr, operation);
        const auto instances = entry.required("instances");
        if (!instances || !instances->object()) return false;
        if (instances->size() == 0) {
            instances->problem("is empty", "name at least one instance as in {\"0\": {…}}");
            return false;
        }
        for (const std::string& key : instances->keys()) {
            const Node node = *instances->member(key);
            const auto path = model::Path::from("/0/" + key);
            if (!path || !path->instance() || path->resource()) {
                node.problem("is no id of an Object Instance",
                             "write the ids as whole numbers from 0 to 65534, as in {\"0\": {…}}");
                continue;
            }
            add(read_instance(node, *target.path.object(), path->instance(), basis_), target);
        }
        return true;
    }

    void add(Draft draft, const Target& target) {
        draft.by_operation = true;
        draft.planned.label = target.label;
        if (!target.label.empty()) draft.planned.instance.reset();
        written_.push_back(drafts_.size());
        drafts_.push_back(std::move(draft));
    }

    // `single`: what is written is one Resource.
    void read_format(const Node& entry, const Draft* single, PlannedOperation& operation) const {
        const auto node = entry.member("contentFormat");
        if (!node) return;
        operation.content_format = read_content_format(*node, basis_.enabler, single == nullptr);
        if (operation.content_format && single != nullptr)
            check_content_format(*node, *operation.content_format, *operation.path.resource(),
                                 *single);
    }

    const Basis& basis_;
    bool is_repair_;
    std::vector<Draft>& drafts_;
    std::vector<std::size_t> written_;
};

// Clients count a Read as their first operation as an error; nothing follows a Finish.
void check_order(const Node& list) {
    const std::size_t size = list.size();
    for (std::size_t i = 0; i < size; ++i) {
        const Node entry = list.element(i);
        if (!entry.is_object()) continue;
        const auto read = entry.member("read");
        if (read && i == 0)
            read->problem("comes first, which devices take for an error",
                          "begin with a Discover, a Delete or a Write");
        const auto finish = entry.member("finish");
        if (finish && i + 1 < size)
            finish->problem("is not the last operation", "move the entry to the end, or remove it");
    }
}

bool writes_everything(const OperationDrafts& list) {
    return std::ranges::any_of(list.operations, &PlannedOperation::everything);
}

// Labels in the paths of Writes of single Resources: somebody must have declared them. A Write of
// a whole instance declares its own.
void check_labels(const Node& root, const OperationDrafts& list, const std::vector<Draft>& drafts) {
    std::set<std::pair<model::ObjectId, std::string>> declared;
    for (const Draft& draft : drafts)
        if (!draft.partial) declared.emplace(draft.planned.object, draft.planned.label);
    for (std::size_t i = 0; i < list.operations.size(); ++i)
        for (const std::size_t index : list.written[i]) {
            const PlannedInstance& planned = drafts[index].planned;
            if (planned.instance || declared.contains({planned.object, planned.label})) continue;
            root.problem_elsewhere(list.operations[i].pointer + "/write",
                                   "names {" + planned.label + "}, which no instance of /" +
                                       std::to_string(planned.object) + " is called",
                                   "write the instance's id, or the label of one of \"objects\"");
        }
}

void check_everything_declared(const Node& root, const OperationDrafts& list,
                               std::size_t declared) {
    if (declared > 0) return;
    for (const PlannedOperation& operation : list.operations)
        if (operation.everything)
            root.problem_elsewhere(operation.pointer + "/write",
                                   "is everything that the profile declares, which is nothing",
                                   "add \"servers\", \"accessControl\" or \"objects\", or remove "
                                   "the entry");
}

}  // namespace

OperationDrafts read_operations(const Node& root, std::string_view key, const Basis& basis,
                                std::vector<Draft>& drafts) {
    OperationDrafts into;
    const auto list = root.member(key);
    if (!list || !list->array()) return into;
    if (list->size() == 0) list->problem("is empty", "write at least one operation, or remove it");
    const bool is_repair = key == "onFinishRefused";
    Reader reader(basis, is_repair, drafts);
    for (std::size_t i = 0; i < list->size(); ++i) reader.read(list->element(i), into);
    if (!is_repair) check_order(*list);
    return into;
}

void check_operations(const Node& root, const OperationDrafts& operations,
                      const OperationDrafts& on_finish_refused, const std::vector<Draft>& drafts,
                      std::size_t declared) {
    check_labels(root, operations, drafts);
    check_labels(root, on_finish_refused, drafts);
    check_everything_declared(root, operations, declared);
    check_everything_declared(root, on_finish_refused, declared);
    const auto list = root.member("operations");
    if (!list) return;
    for (const std::string_view key : {"discover", "deleteAll"})
        if (const auto node = root.member(key))
            node->problem("is of the usual plan, but \"operations\" is another one",
                          "remove it; entries of \"operations\" say the same");
    if (declared > 0 && !writes_everything(operations) && !writes_everything(on_finish_refused) &&
        list->is_array() && list->size() > 0)
        list->problem("never write what the profile declares besides",
                      "add {\"write\": \"everything\"}, or remove \"servers\", \"accessControl\" "
                      "and \"objects\"");
}

std::vector<PlannedOperation> finished(OperationDrafts list, std::vector<Draft>& drafts) {
    for (std::size_t i = 0; i < list.operations.size(); ++i)
        for (const std::size_t index : list.written[i])
            list.operations[i].instances.push_back(std::move(drafts[index].planned));
    return std::move(list.operations);
}

}  // namespace provisioning
