#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "config/document/document.h"
#include "provisioning/device.h"
#include "provisioning/model/definitions.h"
#include "provisioning/profile.h"

namespace provisioning {

// A device and what it shall hold. A session keeps its own for its whole life.
struct Assignment {
    std::shared_ptr<const Device> device;
    std::shared_ptr<const Profile> profile;
};

// Lets a table keyed by texts be asked with a view.
struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
        return std::hash<std::string_view>{}(text);
    }
};

// All profiles and devices at one moment; immutable, so any thread may read it.
class Catalog {
  public:
    // Checks what only shows across files: names, endpoints, identities and identifiers that
    // occur twice, profiles that do not exist, variables that a device does not bring.
    // The definitions are those that the profiles were read by; null: the built-in ones.
    static std::shared_ptr<const Catalog> from(
        std::vector<Profile> profiles, std::vector<Device> devices, document::Problems& problems,
        std::shared_ptr<const model::Definitions> definitions = nullptr);

    std::optional<Assignment> find_by_endpoint(std::string_view endpoint) const;
    std::optional<Assignment> find_by_psk_identity(wire::BytesView identity) const;
    // An IMEI and an IMEISV are the same device's when their first 14 digits are (TS 23.003
    // §6.2), unless two records differ in the check digit alone: then it is all of the IMEI that
    // counts. An MSISDN is compared without its "+".
    enum class Identifier { imsi, imei, iccid, msisdn, external_id };
    std::optional<Assignment> find_by_identifier(Identifier kind, std::string_view value) const;

    std::vector<std::shared_ptr<const Profile>> profiles() const;
    // What values are read by; never null. Shared: a session keeps those that it began with.
    std::shared_ptr<const model::Definitions> definitions() const { return definitions_; }
    std::size_t profile_count() const { return profiles_.size(); }
    std::size_t device_count() const { return by_endpoint_.size(); }

  private:
    template <class T>
    using Table = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

    void add_profile(Profile profile, document::Problems& problems);
    void add_device(Device device, document::Problems& problems);
    // Enters the assignment under a name of its device; complains of another that has it.
    void enter(Table<Assignment>& table, std::string name, const Assignment& assignment,
               std::string_view member, std::string_view what, document::Problems& problems);
    void enter_public_keys(const Assignment& assignment, document::Problems& problems);
    void enter_imei(const Assignment& assignment, document::Problems& problems);

    std::shared_ptr<const model::Definitions> definitions_;
    Table<std::shared_ptr<const Profile>> profiles_;
    Table<Assignment> by_endpoint_;
    Table<Assignment> by_psk_identity_;
    Table<Assignment> by_public_key_;                  // "certificate:…", "key:…"
    Table<Assignment> by_identifier_;                  // "imsi:…"
    std::unordered_set<std::string> ambiguous_imeis_;  // normalised, of several records
};

struct Folders {
    std::filesystem::path profiles;  // *.json, each one object or an array
    std::filesystem::path devices;   // the same
    std::filesystem::path objects;   // *.xml, the operator's Object definitions; empty: none
    // What the profiles' certificates have to be valid at; nothing: it is not looked at.
    std::optional<std::chrono::sys_seconds> now{};
};

// Reads every file of the folders. Nothing when there is a problem; all problems of all files are
// told. A folder that cannot be read is a problem.
std::shared_ptr<const Catalog> load_catalog(const Folders& folders, document::Problems& problems);
// The same with the Object definitions that come with the daemon alone.
std::shared_ptr<const Catalog> load_catalog(const std::filesystem::path& profiles,
                                            const std::filesystem::path& devices,
                                            document::Problems& problems);

}  // namespace provisioning
