#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "config/document/document.h"
#include "server/wire/socket_address.h"

// What the readers of the settings' sections have in common.
namespace config {

// One section of the file; absent, it complains of nothing and every read leaves the default.
// Lives no longer than the Node that it was made from.
class Section {
  public:
    Section(const document::Node& root, std::string_view name,
            std::initializer_list<std::string_view> known);
    // A section that is an object of its own, as in a list of them.
    Section(const document::Node& object, std::initializer_list<std::string_view> known);

    bool present() const { return node_.has_value(); }
    // The section itself, to tell a problem of it.
    const std::optional<document::Node>& node() const { return node_; }
    std::optional<document::Node> member(std::string_view key) const;

    void seconds(std::string_view key, double& value, double lowest, double highest) const;

    template <class T>
    void count(std::string_view key, T& value, std::int64_t lowest, std::int64_t highest) const {
        static_assert(std::is_unsigned_v<T>);
        if (const auto node = member(key))
            if (const auto number = node->integer(lowest, highest)) value = static_cast<T>(*number);
    }

    void flag(std::string_view key, bool& value) const;
    void text(std::string_view key, std::string& value) const;
    // "credential:NAME" is kept as it is: whoever reads the file knows where credentials are.
    void path(std::string_view key, std::filesystem::path& value,
              const std::filesystem::path& folder) const;
    // A list of them.
    void paths(std::string_view key, std::vector<std::filesystem::path>& values,
               const std::filesystem::path& folder) const;
    // The same where null stands for none.
    void optional_path(std::string_view key, std::filesystem::path& value,
                       const std::filesystem::path& folder) const;

  private:
    std::optional<document::Node> node_;
};

// An address of a list and where it stands.
struct Address {
    wire::SocketAddress address;
    std::string pointer;
};

// The addresses of a list, as they were written; `seen` gathers what shares one transport.
std::vector<std::string> addresses(const Section&, std::string_view key,
                                   std::vector<Address>& seen);

}  // namespace config
