#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace model {

// The Endpoint Client Name, LwM2M Core §6.2.1 (`ep`): 1 to 255 octets of UTF-8 without control
// characters.
class EndpointName {
  public:
    static constexpr std::size_t max_octets = 255;

    static std::optional<EndpointName> from(std::string_view text);

    const std::string& text() const { return text_; }
    friend auto operator<=>(const EndpointName&, const EndpointName&) = default;

  private:
    explicit EndpointName(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

struct EndpointNameHash {
    std::size_t operator()(const EndpointName& name) const noexcept {
        return std::hash<std::string>{}(name.text());
    }
};

}  // namespace model
