#include <cmath>

#include <nlohmann/json.hpp>

#include "config/document/document.h"

namespace document {
namespace {

std::string_view type_of(const nlohmann::json& value) {
    switch (value.type()) {
        case nlohmann::json::value_t::null:
            return "null";
        case nlohmann::json::value_t::object:
            return "an object";
        case nlohmann::json::value_t::array:
            return "an array";
        case nlohmann::json::value_t::string:
            return "a text";
        case nlohmann::json::value_t::boolean:
            return "true or false";
        case nlohmann::json::value_t::number_integer:
        case nlohmann::json::value_t::number_unsigned:
            return "a whole number";
        case nlohmann::json::value_t::number_float:
            return "a fractional number";
        case nlohmann::json::value_t::binary:
        case nlohmann::json::value_t::discarded:
            break;
    }
    return "no JSON value";
}

std::string is_a(const nlohmann::json& value) {
    return "is " + std::string(type_of(value));
}

std::string decimal(double number) {
    std::string text = nlohmann::json(number).dump();
    if (text.ends_with(".0")) text.resize(text.size() - 2);
    return text;
}

std::string one_of(std::span<const std::string_view> words) {
    std::string list;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) list += i + 1 == words.size() ? " or " : ", ";
        list += '"';
        list += words[i];
        list += '"';
    }
    return list;
}

}  // namespace

Node::Node(const nlohmann::json& value, std::string_view file, std::string pointer,
           Problems& problems)
    : Node(value, std::make_shared<const std::string>(file), std::move(pointer), problems) {}

Node::Node(const nlohmann::json& value, std::shared_ptr<const std::string> file,
           std::string pointer, Problems& problems)
    : value_(&value), file_(std::move(file)), pointer_(std::move(pointer)), problems_(&problems) {}

void Node::problem(std::string message, std::string remedy) const {
    problems_->push_back({*file_, pointer_, std::move(message), std::move(remedy)});
}

void Node::problem_at(std::string_view below, std::string message, std::string remedy) const {
    problems_->push_back(
        {*file_, pointer_ + std::string(below), std::move(message), std::move(remedy)});
}

void Node::problem_elsewhere(std::string pointer, std::string message, std::string remedy) const {
    problems_->push_back({*file_, std::move(pointer), std::move(message), std::move(remedy)});
}

std::optional<std::string> Node::text() const {
    if (const auto* text = value_->get_ptr<const std::string*>()) return *text;
    problem(is_a(*value_), "write a text in quotes");
    return std::nullopt;
}

std::optional<bool> Node::boolean() const {
    if (value_->is_boolean()) return value_->get<bool>();
    problem(is_a(*value_), "write true or false, without quotes");
    return std::nullopt;
}

std::optional<std::int64_t> Node::integer(std::int64_t lowest, std::int64_t highest) const {
    const std::string remedy =
        "write a whole number from " + std::to_string(lowest) + " to " + std::to_string(highest);
    if (!value_->is_number_integer()) {
        problem(is_a(*value_), remedy);
        return std::nullopt;
    }
    const bool too_large = value_->is_number_unsigned() &&
                           value_->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
    const std::int64_t number = too_large ? INT64_MAX : value_->get<std::int64_t>();
    if (too_large || number < lowest || number > highest) {
        problem("is out of range", remedy);
        return std::nullopt;
    }
    return number;
}

std::optional<double> Node::number(double lowest, double highest) const {
    const std::string remedy = "write a number from " + decimal(lowest) + " to " + decimal(highest);
    if (!value_->is_number()) {
        problem(is_a(*value_), remedy);
        return std::nullopt;
    }
    const double number = value_->get<double>();
    if (!std::isfinite(number) || number < lowest || number > highest) {
        problem("is out of range", remedy);
        return std::nullopt;
    }
    return number;
}

std::optional<std::size_t> Node::choice(std::span<const std::string_view> words) const {
    if (const auto* text = value_->get_ptr<const std::string*>())
        for (std::size_t i = 0; i < words.size(); ++i)
            if (words[i] == *text) return i;
    problem(value_->is_string() ? "is none of the words known here" : is_a(*value_),
            "write " + one_of(words));
    return std::nullopt;
}

bool Node::is_object() const {
    return value_->is_object();
}
bool Node::is_array() const {
    return value_->is_array();
}
bool Node::is_text() const {
    return value_->is_string();
}
bool Node::is_null() const {
    return value_->is_null();
}

bool Node::object(std::initializer_list<std::string_view> known) const {
    return object(std::span(known.begin(), known.size()));
}

bool Node::object(std::span<const std::string_view> known) const {
    if (!object()) return false;
    for (const auto& [key, value] : value_->items()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        const std::string_view near = nearest(key, known);
        problem_at("/" + escape_token(key), "is not a key known here",
                   near.empty() ? "remove it; known are " + one_of(known)
                                : "did you mean \"" + std::string(near) + "\"?");
    }
    return true;
}

bool Node::object() const {
    if (value_->is_object()) return true;
    problem(is_a(*value_), "write an object in braces");
    return false;
}

bool Node::array() const {
    if (value_->is_array()) return true;
    problem(is_a(*value_), "write a list in brackets");
    return false;
}

std::size_t Node::size() const {
    return value_->is_structured() ? value_->size() : 0;
}

std::vector<std::string> Node::keys() const {
    std::vector<std::string> result;
    if (!value_->is_object()) return result;
    for (const auto& [key, value] : value_->items()) result.push_back(key);
    return result;
}

std::optional<Node> Node::member(std::string_view key) const {
    if (!value_->is_object()) return std::nullopt;
    const auto found = value_->find(key);
    if (found == value_->end()) return std::nullopt;
    return Node(*found, file_, pointer_ + "/" + escape_token(key), *problems_);
}

std::optional<Node> Node::required(std::string_view key) const {
    auto found = member(key);
    if (!found) problem_at("/" + escape_token(key), "is missing", "add it");
    return found;
}

Node Node::element(std::size_t index) const {
    return Node(value_->at(index), file_, pointer_ + "/" + std::to_string(index), *problems_);
}

}  // namespace document
