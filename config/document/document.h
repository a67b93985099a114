#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

// JSON documents written by people: read with every problem told at once, each by file and
// JSON Pointer (RFC 6901). Used by settings, profiles and devices alike.
//
// No message shows a value of the document, only its type and place: it may be a key.
namespace document {

struct Problem {
    std::string file;
    std::string pointer;  // "/servers/0/uri"; empty: the whole document
    std::string message;  // what is wrong
    std::string remedy;   // what to write instead
    friend bool operator==(const Problem&, const Problem&) = default;
};
using Problems = std::vector<Problem>;

// "profiles.d/meter.json: /servers/0/uri: not a coap or coaps URI; write "coaps://host:5684"".
// Control characters (a key can hold them) come out as "\u000a", so that it is one line.
std::string to_string(const Problem&);

// Limits of a document. The largest is a file of some 200,000 device records.
inline constexpr std::size_t max_octets = 64 * 1024 * 1024;
inline constexpr std::size_t max_depth = 64;

// Parses a text; a syntax error (with line and column), a duplicate key, too deep nesting or a
// too long text is a Problem. Nothing when there was one.
std::optional<nlohmann::json> parse(std::string_view text, std::string_view file,
                                    Problems& problems);
std::optional<nlohmann::json> read_file(const std::filesystem::path& file, Problems& problems);
// The octets of a file of at most max_octets.
std::optional<std::string> read_text(const std::filesystem::path& file, Problems& problems);

// One reference token of a JSON Pointer, with "~" and "/" escaped (RFC 6901 §3).
std::string escape_token(std::string_view token);

// The candidate that a misspelt word most likely means; empty when none is near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

// A cursor on one value of a parsed document, that reports by its pointer. It and the copies
// made by member() and element() live no longer than the document and the Problems.
class Node {
  public:
    Node(const nlohmann::json& value, std::string_view file, std::string pointer,
         Problems& problems);

    const nlohmann::json& json() const { return *value_; }
    const std::string& pointer() const { return pointer_; }
    const std::string& file() const { return *file_; }

    void problem(std::string message, std::string remedy) const;
    // A problem at a member or deeper, by a relative pointer.
    void problem_at(std::string_view below, std::string message, std::string remedy) const;
    // A problem anywhere in the document, by a pointer from its top.
    void problem_elsewhere(std::string pointer, std::string message, std::string remedy) const;
    // How many problems there are by now, of the whole document: to tell whether a part had one.
    std::size_t problem_count() const { return problems_->size(); }

    // Each complains when the value is of another type or out of range, and returns nothing.
    std::optional<std::string> text() const;
    std::optional<bool> boolean() const;
    std::optional<std::int64_t> integer(std::int64_t lowest, std::int64_t highest) const;
    std::optional<double> number(double lowest, double highest) const;
    // One of a few words; its index among them.
    std::optional<std::size_t> choice(std::span<const std::string_view> words) const;

    bool is_object() const;
    bool is_array() const;
    bool is_text() const;
    bool is_null() const;
    // Complains when it is not an object, or has a key that is not among those known (the
    // nearest known one is named). True when it is an object: go on with the keys that are known.
    bool object(std::initializer_list<std::string_view> known) const;
    bool object(std::span<const std::string_view> known) const;
    // Complains when it is not an object; any key will do.
    bool object() const;
    bool array() const;
    std::size_t size() const;
    std::vector<std::string> keys() const;

    std::optional<Node> member(std::string_view key) const;
    // Complains when it is absent.
    std::optional<Node> required(std::string_view key) const;
    Node element(std::size_t index) const;

  private:
    Node(const nlohmann::json& value, std::shared_ptr<const std::string> file, std::string pointer,
         Problems& problems);

    const nlohmann::json* value_;
    // Shared by all nodes of a document: there are as many as it has values.
    std::shared_ptr<const std::string> file_;
    std::string pointer_;
    Problems* problems_;
};

}  // namespace document
