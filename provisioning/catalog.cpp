#include "provisioning/catalog.h"

#include <algorithm>
#include <set>

#include "provisioning/model/imei.h"

namespace provisioning {
namespace {

std::string_view prefix_of(Catalog::Identifier kind) {
    switch (kind) {
        case Catalog::Identifier::imsi:
            return "imsi:";
        case Catalog::Identifier::imei:
            return "imei:";
        case Catalog::Identifier::iccid:
            return "iccid:";
        case Catalog::Identifier::msisdn:
            return "msisdn:";
        case Catalog::Identifier::external_id:
            return "externalId:";
    }
    return "";
}

std::string identifier_name(Catalog::Identifier kind, std::string_view value) {
    std::string name(prefix_of(kind));
    if (kind == Catalog::Identifier::imei) return name + model::normalised_imei(value);
    if (kind == Catalog::Identifier::msisdn && value.starts_with('+')) value.remove_prefix(1);
    return name.append(value);
}

// An IMEI with its check digit, without hyphens; empty for an IMEISV and an IMEI without.
std::string whole_imei(std::string_view text) {
    std::string digits(text);
    std::erase_if(digits, [](char c) { return c == '-' || c == ' '; });
    constexpr std::size_t with_check_digit = 15;
    return digits.size() == with_check_digit ? "whole-imei:" + digits : std::string();
}

std::string place_of(const Device& device) {
    return device.pointer.empty() ? device.file : device.file + ": " + device.pointer;
}

}  // namespace

void Catalog::add_profile(Profile profile, document::Problems& problems) {
    auto held = std::make_shared<const Profile>(std::move(profile));
    const auto [twin, is_new] = profiles_.emplace(held->name, held);
    if (is_new) return;
    problems.push_back({held->file, held->pointer + "/name",
                        "the profile \"" + held->name + "\" is in " + twin->second->file +
                            (twin->second->pointer.empty() ? "" : ": ") + twin->second->pointer +
                            " already",
                        "rename or remove one of them"});
}

void Catalog::enter(Table<Assignment>& table, std::string name, const Assignment& assignment,
                    std::string_view member, std::string_view what, document::Problems& problems) {
    const auto [twin, is_new] = table.emplace(std::move(name), assignment);
    if (is_new) return;
    const Device& device = *assignment.device;
    problems.push_back(
        {device.file, device.pointer + std::string(member),
         "another device has this " + std::string(what) + ": " + place_of(*twin->second.device),
         "correct one of them"});
}

// Records whose IMEIs have the same first 14 digits are one device's, and refused; but for check
// digits that differ, which real ones do not: records made up for a trial often count upwards
// there.
void Catalog::enter_imei(const Assignment& assignment, document::Problems& problems) {
    const std::string& imei = *assignment.device->identifiers.imei;
    constexpr std::string_view member = "/identifiers/imei";
    const std::string whole = whole_imei(imei);
    if (!whole.empty()) {
        const std::size_t before = problems.size();
        enter(by_identifier_, whole, assignment, member, "IMEI", problems);
        if (problems.size() != before) return;
        const auto twin = by_identifier_.find(identifier_name(Identifier::imei, imei));
        if (twin != by_identifier_.end() &&
            !whole_imei(*twin->second.device->identifiers.imei).empty()) {
            ambiguous_imeis_.insert(model::normalised_imei(imei));
            return;
        }
    }
    enter(by_identifier_, identifier_name(Identifier::imei, imei), assignment, member, "IMEI",
          problems);
}

void Catalog::enter_public_keys(const Assignment& assignment, document::Problems& problems) {
    const Credentials& credentials = assignment.device->credentials;
    std::set<crypto::Sha256> keys;
    if (credentials.x509) {
        const std::set<crypto::Sha256> certificates(credentials.x509->certificates.begin(),
                                                    credentials.x509->certificates.end());
        for (const auto& each : certificates)
            enter(by_public_key_, "certificate:" + wire::to_hex(each), assignment,
                  "/credentials/x509/certificateSha256", "certificate", problems);
        keys.insert(credentials.x509->keys.begin(), credentials.x509->keys.end());
    }
    if (credentials.rpk) keys.insert(crypto::sha256(credentials.rpk->public_key));
    for (const auto& each : keys)
        enter(by_public_key_, "key:" + wire::to_hex(each), assignment,
              credentials.x509 && std::ranges::count(credentials.x509->keys, each) > 0
                  ? "/credentials/x509/keySha256"
                  : "/credentials/rpk/publicKey",
              "public key", problems);
}

void Catalog::add_device(Device device, document::Problems& problems) {
    Assignment assignment{std::make_shared<const Device>(std::move(device)), nullptr};
    const Device& held = *assignment.device;
    if (const auto found = profiles_.find(held.profile); found != profiles_.end())
        assignment.profile = found->second;
    else
        problems.push_back({held.file, held.pointer + "/profile",
                            "there is no profile \"" + held.profile + "\"",
                            "correct the name, or add the profile"});
    if (assignment.profile)
        for (const std::string& variable : assignment.profile->variables)
            if (!held.variables.contains(variable))
                problems.push_back(
                    {held.file, held.pointer + "/variables",
                     "the profile \"" + held.profile + "\" needs the variable \"" + variable + "\"",
                     "add it to the device's \"variables\""});

    enter(by_endpoint_, held.endpoint.text(), assignment, "/endpoint", "endpoint name", problems);
    if (held.credentials.psk)
        enter(by_psk_identity_, std::string(wire::as_text(held.credentials.psk->identity)),
              assignment, "/credentials/psk/identity", "PSK identity", problems);
    enter_public_keys(assignment, problems);
    const auto identify = [&](Identifier kind, const std::optional<std::string>& value,
                              std::string_view member, std::string_view what) {
        if (value)
            enter(by_identifier_, identifier_name(kind, *value), assignment, member, what,
                  problems);
    };
    const Identifiers& known = held.identifiers;
    identify(Identifier::imsi, known.imsi, "/identifiers/imsi", "IMSI");
    if (known.imei) enter_imei(assignment, problems);
    identify(Identifier::iccid, known.iccid, "/identifiers/iccid", "ICCID");
    identify(Identifier::msisdn, known.msisdn, "/identifiers/msisdn", "MSISDN");
    identify(Identifier::external_id, known.external_id, "/identifiers/externalId",
             "external identifier");
}

std::shared_ptr<const Catalog> Catalog::from(
    std::vector<Profile> profiles, std::vector<Device> devices, document::Problems& problems,
    std::shared_ptr<const model::Definitions> definitions) {
    const std::size_t before = problems.size();
    auto catalog = std::make_shared<Catalog>();
    catalog->definitions_ =
        definitions ? std::move(definitions)
                    : std::make_shared<const model::Definitions>(model::Definitions::built_in());
    for (Profile& profile : profiles) catalog->add_profile(std::move(profile), problems);
    catalog->by_endpoint_.reserve(devices.size());
    catalog->by_psk_identity_.reserve(devices.size());
    catalog->by_identifier_.reserve(2 * devices.size());
    for (Device& device : devices) catalog->add_device(std::move(device), problems);
    if (problems.size() != before) return nullptr;
    return catalog;
}

std::vector<std::shared_ptr<const Profile>> Catalog::profiles() const {
    std::vector<std::shared_ptr<const Profile>> all;
    all.reserve(profiles_.size());
    for (const auto& [name, profile] : profiles_) all.push_back(profile);
    return all;
}

std::optional<Assignment> Catalog::find_by_endpoint(std::string_view endpoint) const {
    const auto found = by_endpoint_.find(endpoint);
    if (found == by_endpoint_.end()) return std::nullopt;
    return found->second;
}

std::optional<Assignment> Catalog::find_by_psk_identity(wire::BytesView identity) const {
    const auto found = by_psk_identity_.find(wire::as_text(identity));
    if (found == by_psk_identity_.end()) return std::nullopt;
    return found->second;
}

std::optional<Assignment> Catalog::find_by_identifier(Identifier kind,
                                                      std::string_view value) const {
    auto found = by_identifier_.end();
    if (kind == Identifier::imei) {
        found = by_identifier_.find(whole_imei(value));
        if (found != by_identifier_.end()) return found->second;
        if (ambiguous_imeis_.contains(model::normalised_imei(value))) return std::nullopt;
    }
    found = by_identifier_.find(identifier_name(kind, value));
    if (found == by_identifier_.end()) return std::nullopt;
    return found->second;
}

}  // namespace provisioning
