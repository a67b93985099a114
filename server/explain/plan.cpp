// {
//   "profile", "endpoint", "enabler",
//   "contentFormat": 11542, "contentFormatName": "tlv", "contentFormatFrom": "enabler",
//   "assumptions": [ "…" ], "notes": [ "…" ],
//   "operations": [ {
//     "method": "WRITE", "path": "/0/1", "object": "LWM2M Security",
//     "request": "PUT /0/1?ver=1.1", "queries": [ "ver=1.1" ],
//     "contentFormat", "contentFormatName", "accept",
//     "payloadSize": 71, "payload": "c800…**", "values": [ rows of values.h ], "notes": [ "…" ]
//   } ],
//   "repair": [ as operations, carried out after a 4.06 to the Finish ],
//   "pack": null | { "request", "contentFormat", "contentFormatName", "payloadSize", "payload",
//                    "values" } | { "impossible": "why" },
//   "problems": [ what review() says of the operations ]
// }

#include "server/explain/plan.h"

#include <algorithm>
#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include "server/bootstrap/operation.h"
#include "server/explain/masking.h"
#include "server/explain/names.h"
#include "server/explain/placeholders.h"
#include "server/explain/values.h"

namespace explain {
namespace {

using Json = nlohmann::ordered_json;
using model::ContentFormat;
using provisioning::Device;
using provisioning::OperationKind;
using provisioning::Profile;

Json format_json(std::optional<std::uint16_t> format) {
    return format ? Json(*format) : Json();
}
Json format_name_json(std::optional<std::uint16_t> format) {
    return format ? Json(format_name(*format)) : Json();
}

std::string join(const std::vector<model::Path>& paths, std::string_view separator) {
    std::string text;
    for (const model::Path& path : paths)
        (text += text.empty() ? "" : separator) += path.to_string();
    return text;
}

// Every instance that a profile speaks of, with those of its explicit operations.
template <class F>
void for_each_instance(const Profile& profile, F with) {
    for (const auto& instance : profile.instances) with(instance);
    for (const auto* list : {&profile.operations, &profile.on_finish_refused})
        for (const auto& operation : *list)
            for (const auto& instance : operation.instances) with(instance);
}

using PartKind = provisioning::TemplatePart::Kind;

bool has_part(const provisioning::TemplateSingle& value, PartKind kind) {
    const auto* text = std::get_if<provisioning::Template>(&value);
    if (text == nullptr) return false;
    const auto parts = provisioning::parse_template(text->text);
    const auto* parsed = std::get_if<std::vector<provisioning::TemplatePart>>(&parts);
    return parsed != nullptr &&
           std::ranges::any_of(*parsed, [&](const auto& part) { return part.kind == kind; });
}

bool has_random(const Profile& profile) {
    bool found = false;
    for_each_instance(profile, [&](const provisioning::PlannedInstance& instance) {
        for (const auto& [resource, value] : instance.resources) {
            if (const auto* single = std::get_if<provisioning::TemplateSingle>(&value)) {
                found = found || has_part(*single, PartKind::random);
                continue;
            }
            using Several = std::map<std::uint16_t, provisioning::TemplateSingle>;
            for (const auto& [id, each] : std::get<Several>(value))
                found = found || has_part(each, PartKind::random);
        }
    });
    return found;
}

using Known = std::map<model::ObjectId, model::Definitions::Pointer>;

// What the profile's own values were read by.
Known definitions_of(const Profile& profile) {
    Known known;
    for_each_instance(profile, [&](const provisioning::PlannedInstance& instance) {
        if (instance.definition) known.emplace(instance.object, instance.definition);
    });
    return known;
}

// "PUT /0/1?ver=1.1"
std::string request_line(const coap::Request& request) {
    std::string line = code_name(request.method) + " ";
    for (const std::string& segment : request.path) line += "/" + segment;
    if (request.path.empty()) line += "/";
    for (std::size_t i = 0; i < request.queries.size(); ++i)
        line += (i == 0 ? "?" : "&") + request.queries[i];
    return line;
}

class Explanation {
  public:
    Explanation(const Profile& profile, const provisioning::Device& device, const Assumed& assumed,
                wire::Random& random)
        : profile_(profile),
          device_(device),
          assumed_(assumed),
          random_(random),
          known_(definitions_of(profile)) {}

    std::variant<Json, Impossible> make();

  private:
    void assume();
    // Nothing, or why not.
    std::optional<Impossible> assume_issued();
    Json formats() const;
    Json notes() const;
    // Nothing, or why not.
    std::optional<Impossible> add(Json& list, const provisioning::Operation& operation) const;
    std::optional<Impossible> add_operations(Json& list, const provisioning::Plan& plan) const;
    Json pack() const;
    bool is_unsecured() const { return device_.credentials.nosec && !device_.credentials.psk; }

    Profile profile_;
    const provisioning::Device& device_;
    const Assumed& assumed_;
    wire::Random& random_;
    Known known_;
    const DefinitionOf definition_of_ = [this](model::ObjectId object, model::ResourceId resource) {
        const auto found = known_.find(object);
        return found == known_.end() ? nullptr : found->second->find(resource);
    };

    std::vector<model::Path> discovers_;
    std::vector<model::Path> account_;
    model::Discovered discovered_;
    provisioning::Told told_;
    provisioning::Issued issued_;
    bool is_uri_assumed_ = false;
    ContentFormat format_ = ContentFormat::tlv;
    Json assumptions_ = Json::array();
};

void Explanation::assume() {
    discovers_ = provisioning::first_discovers(profile_);
    if (!discovers_.empty()) {
        account_ = assumed_.account.value_or(std::vector{model::Path(model::object::security, 0)});
        // A Discover of "/0" tells nothing of the account's other Objects.
        discovered_.covers = discovers_;
        for (const model::Path& path : account_)
            if (discovered_.tells_of(*path.object()))
                discovered_.links.push_back({path, {}, {}, {}});
        told_.discovered = &discovered_;
        assumptions_.push_back("the device's Bootstrap-Server account is " + join(account_, ", ") +
                               " and it holds nothing else: what its Discover tells may change "
                               "instance ids");
    } else if (assumed_.account) {
        account_ = *assumed_.account;
        told_.account = &account_;
        assumptions_.push_back("the device's request names its Bootstrap-Server account: acc=" +
                               join(account_, ","));
    } else {
        assumptions_.push_back(
            "the device's request does not name its Bootstrap-Server account (acc)");
    }

    std::optional<std::uint16_t> preferred;
    if (assumed_.content_format) {
        preferred = static_cast<std::uint16_t>(*assumed_.content_format);
        assumptions_.push_back("the device asks for " + format_name(*preferred) +
                               ": pct=" + std::to_string(*preferred));
    } else {
        assumptions_.push_back("the device asks for no content format (pct)");
    }
    format_ = provisioning::session_format(profile_, preferred);
}

std::optional<Impossible> Explanation::assume_issued() {
    if (profile_.wanted.empty()) return std::nullopt;
    auto made = placeholders_for(profile_, device_, random_);
    if (auto* why = std::get_if<std::string>(&made)) return Impossible{std::move(*why)};
    issued_ = std::get<provisioning::Issued>(std::move(made));
    told_.issued = &issued_;
    is_uri_assumed_ = issued_.replacement && profile_.account.uri.empty();
    if (is_uri_assumed_) profile_.account.uri = placeholder_uri;
    return std::nullopt;
}

Json Explanation::formats() const {
    const auto number = static_cast<std::uint16_t>(format_);
    const bool is_asked_for = assumed_.content_format && *assumed_.content_format == format_;
    Json out;
    out["contentFormat"] = number;
    out["contentFormatName"] = format_name(number);
    out["contentFormatFrom"] = is_asked_for                         ? "device"
                               : profile_.content_format == format_ ? "profile"
                                                                    : "enabler";
    return out;
}

Json Explanation::notes() const {
    Json notes = Json::array();
    if (has_random(profile_))
        notes.push_back("${random:N} stands for other octets in every session; here are some");
    for (std::string& note : notes_on(issued_)) notes.push_back(std::move(note));
    if (is_uri_assumed_)
        notes.push_back(std::string(placeholder_uri) +
                        " stands for \"publicUri\" of the settings' \"listen\"");
    if (device_.profile != profile_.name)
        notes.push_back("the device's own profile is \"" + device_.profile + "\"");
    return notes;
}

std::optional<Impossible> Explanation::add(Json& list,
                                           const provisioning::Operation& operation) const {
    // What is really sent, for its size and for what is wrong with it; shown are the other two.
    const auto ready = bootstrap::make_ready(operation, format_);
    if (!ready) return Impossible{ready.error()};
    auto filled = operation;
    filled.content = with_filler(operation.content, Filler::one);
    const auto one = bootstrap::make_ready(filled, format_);
    filled.content = with_filler(operation.content, Filler::other);
    const auto other = bootstrap::make_ready(filled, format_);
    if (!one || !other) return Impossible{one ? other.error() : one.error()};

    const coap::Request request = bootstrap::to_request(*one);
    const bool is_finish = operation.kind == OperationKind::finish;
    Json out;
    out["method"] = bootstrap::method_name(operation.kind);
    out["path"] = is_finish ? "/bs" : operation.path.to_string();
    if (operation.path.object())
        if (const auto known = known_.find(*operation.path.object()); known != known_.end())
            out["object"] = known->second->name;
    out["request"] = request_line(request);
    out["queries"] = request.queries;
    out["contentFormat"] = format_json(request.content_format);
    out["contentFormatName"] = format_name_json(request.content_format);
    out["accept"] = format_json(request.accept);
    out["payloadSize"] = ready->payload.size();
    if (operation.expects)
        out["notes"] = Json::array({"the answer has to list " + operation.expects->to_string() +
                                    ", else the session ends here"});
    if (operation.kind == OperationKind::write) {
        out["payload"] = masked_hex(one->payload.reveal(), other->payload.reveal());
        const auto content =
            std::visit([](const auto& what) { return lwm2m::Content(what); }, operation.content);
        out["values"] = values_of(operation.path, content, definition_of_, Secrets::masked);
        if (one->payload.size() != ready->payload.size())
            out["notes"] =
                Json::array({"a secret has characters that the format escapes: it takes more "
                             "octets than shown"});
    }
    list.push_back(std::move(out));
    return std::nullopt;
}

std::optional<Impossible> Explanation::add_operations(Json& list,
                                                      const provisioning::Plan& plan) const {
    const auto discover = [](const model::Path& path) {
        return provisioning::Operation{OperationKind::discover, path, {}, {}, {}};
    };
    for (const model::Path& path : discovers_)
        if (auto no = add(list, discover(path))) return no;
    const bool begins_with_payload =
        !plan.operations.empty() && plan.operations.front().kind == OperationKind::write;
    if (is_unsecured() && discovers_.empty() && begins_with_payload) {
        if (auto no = add(list, discover(model::Path()))) return no;
        list.back()["notes"] =
            Json::array({"over an unsecured transport an answer has to prove the address before "
                         "keys are sent"});
    }
    for (const auto& operation : plan.operations)
        if (auto no = add(list, operation)) return no;
    return std::nullopt;
}

Json Explanation::pack() const {
    if (!profile_.pack) return {};
    const auto no = [](std::string why) { return Json{{"impossible", std::move(why)}}; };
    if (is_unsecured()) return no("a Bootstrap-Pack is not given over an unsecured transport");
    // LwM2M Core §6.1.7.7: SenML JSON, SenML CBOR and LwM2M CBOR hold one.
    ContentFormat format = assumed_.content_format.value_or(ContentFormat::senml_cbor);
    if (format != ContentFormat::senml_json && format != ContentFormat::lwm2m_cbor)
        format = ContentFormat::senml_cbor;
    auto made = provisioning::make_pack(profile_, device_, told_, random_);
    if (auto* impossible = std::get_if<provisioning::PlanImpossible>(&made))
        return no(std::move(impossible->reason));
    const lwm2m::Content content = std::get<model::Objects>(std::move(made));

    const auto encode = [&](const lwm2m::Content& what) {
        auto encoded = lwm2m::encode_payload(format, model::Path(), what);
        return encoded ? boost::system::result<model::Secret, lwm2m::PayloadErrc>(
                             model::Secret(std::move(*encoded)))
                       : encoded.error();
    };
    const auto ready = encode(content);
    const auto one = encode(with_filler(content, Filler::one));
    const auto other = encode(with_filler(content, Filler::other));
    for (const auto* encoded : {&ready, &one, &other})
        if (!*encoded) return no(std::string(lwm2m::describe(encoded->error())));
    Json out;
    out["request"] = "GET /bspack";
    out["contentFormat"] = static_cast<std::uint16_t>(format);
    out["contentFormatName"] = model::name_of(format);
    out["payloadSize"] = ready->size();
    out["payload"] = masked_hex(one->reveal(), other->reveal());
    out["values"] = values_of(model::Path(), content, definition_of_, Secrets::masked);
    return out;
}

std::variant<Json, Impossible> Explanation::make() {
    assume();
    if (auto no = assume_issued()) return std::move(*no);
    auto made = provisioning::make_plan(profile_, device_, told_, random_);
    if (auto* impossible = std::get_if<provisioning::PlanImpossible>(&made))
        return Impossible{std::move(impossible->reason)};
    const auto& plan = std::get<provisioning::Plan>(made);

    Json out;
    out["profile"] = profile_.name;
    out["endpoint"] = device_.endpoint.text();
    out["enabler"] = to_string(profile_.enabler);
    out.update(formats());
    out["assumptions"] = assumptions_;
    out["notes"] = notes();
    Json operations = Json::array();
    if (auto no = add_operations(operations, plan)) return std::move(*no);
    out["operations"] = std::move(operations);
    Json repair = Json::array();
    for (const auto& operation : plan.repair)
        if (auto no = add(repair, operation)) return std::move(*no);
    out["repair"] = std::move(repair);
    out["pack"] = pack();
    out["problems"] = provisioning::review(plan.operations, told_.discovered);
    return out;
}

}  // namespace

std::optional<std::vector<model::Path>> account_from(std::string_view text) {
    std::vector<model::Path> account;
    while (true) {
        const std::size_t end = text.find(',');
        const auto path = model::Path::from(text.substr(0, end));
        if (!path || !path->instance() || path->resource()) return std::nullopt;
        account.push_back(*path);
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    if (account.front().object() != model::object::security) return std::nullopt;
    return account;
}

std::optional<model::ContentFormat> session_format_from(std::string_view text) {
    const auto format = format_called(text);
    return format && model::holds_instances(*format) ? format : std::nullopt;
}

std::string session_format_names() {
    return "tlv, senml-json, senml-cbor, lwm2m-cbor and json";
}

PlanAnswer answer(const PlanQuestion& question, const provisioning::Catalog& catalog,
                  wire::Random& random) {
    const auto profiles = catalog.profiles();
    const auto profile =
        std::ranges::find(profiles, question.profile,
                          [](const auto& each) -> const std::string& { return each->name; });
    if (profile == profiles.end()) return Unknown{"no profile \"" + question.profile + "\""};
    const auto assignment = catalog.find_by_endpoint(question.endpoint);
    if (!assignment) return Unknown{"no device with endpoint \"" + question.endpoint + "\""};
    return answer(**profile, *assignment->device, question.assumed, random);
}

PlanAnswer answer(const Profile& profile, const Device& device, const Assumed& assumed,
                  wire::Random& random) {
    auto made = Explanation(profile, device, assumed, random).make();
    if (auto* impossible = std::get_if<Impossible>(&made)) return std::move(*impossible);
    return ShownPlan{std::get<Json>(made).dump(-1, ' ', false, Json::error_handler_t::replace)};
}

Json summary_of(const Profile& profile) {
    std::size_t operations = 0;
    if (profile.operations.empty()) {
        operations = profile.instances.size() + (profile.discover ? 1 : 0) +
                     (profile.delete_all ? 1 : 0) + 1;
    } else {
        for (const auto& operation : profile.operations)
            operations += operation.everything ? profile.instances.size() : 1;
        if (profile.operations.back().kind != OperationKind::finish) ++operations;
    }
    Json out;
    out["name"] = profile.name;
    out["file"] = profile.file;
    out["enabler"] = to_string(profile.enabler);
    const auto format = static_cast<std::uint16_t>(provisioning::session_format(profile, {}));
    out["contentFormat"] = format;
    out["contentFormatName"] = format_name(format);
    out["operations"] = operations;
    out["instances"] = profile.instances.size();
    out["pack"] = profile.pack;
    // Most profiles have none.
    for (const document::Problem& warning : profile.warnings)
        out["warnings"].push_back(document::to_string(warning));
    return out;
}

}  // namespace explain
