#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace attach {

// A JSON Pointer, RFC 6901, that leads nowhere instead of throwing.
class JsonPointer {
  public:
    // "" (the whole), "/sim/imsi", "/list/0"; "~0" is "~", "~1" is "/".
    static std::optional<JsonPointer> from(std::string_view text);

    // Null when there is nothing; lives as long as the value.
    const nlohmann::json* find(const nlohmann::json& value) const;
    const std::string& text() const { return text_; }

  private:
    explicit JsonPointer(std::string text) : text_(std::move(text)) {}

    std::string text_;
    std::vector<std::string> tokens_;
};

}  // namespace attach
