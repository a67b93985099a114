#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

#include <nlohmann/json.hpp>

#include "config/document/document.h"

namespace document {
namespace {

using nlohmann::json;

// What nlohmann says of a syntax error, without its "last read: …": those are octets of the
// document, and may be a key's.
std::string syntax_error(std::string_view what) {
    constexpr std::string_view unknown = "is not JSON";
    const auto text = what.find("syntax error");
    if (text == std::string_view::npos) return std::string(unknown);
    what.remove_prefix(text);
    if (const auto last_read = what.find("; last read: '"); last_read != std::string_view::npos)
        what = what.substr(0, last_read);
    return std::string(what);
}

std::string place(std::string_view text, std::size_t position) {
    const std::string_view before =
        text.substr(0, std::min(position > 0 ? position - 1 : 0, text.size()));
    const auto lines = std::count(before.begin(), before.end(), '\n');
    const auto last = before.rfind('\n');
    const std::size_t column =
        last == std::string_view::npos ? before.size() + 1 : before.size() - last;
    return "line " + std::to_string(lines + 1) + ", column " + std::to_string(column);
}

// Builds the document from the parser's events, since the library's own builder takes a key that
// occurs twice for one (the last). A second value of a key is read, and thrown away.
class Builder : public nlohmann::json_sax<json> {
  public:
    Builder(std::string_view text, std::string_view file, Problems& problems)
        : text_(text), file_(file), problems_(&problems) {}

    json&& take() && { return std::move(root_); }

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t&) override { return add(value); }
    bool string(string_t& value) override { return add(std::move(value)); }
    bool binary(binary_t&) override { return false; }  // JSON has none

    bool start_object(std::size_t) override { return open(json::object()); }
    bool key(string_t& name) override {
        Level& level = levels_.back();
        level.repeated = level.value->contains(name);
        if (level.repeated)
            problems_->push_back({std::string(file_), pointer() + "/" + escape_token(name),
                                  "is there twice", "keep one of them"});
        level.key = std::move(name);
        return true;
    }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(json::array()); }
    bool end_array() override { return close(); }

    bool parse_error(std::size_t position, const std::string&,
                     const json::exception& error) override {
        constexpr int number_overflow = 406;
        const std::string message =
            error.id == number_overflow ? "number too large" : syntax_error(error.what());
        problems_->push_back({std::string(file_), "", place(text_, position) + ": " + message,
                              "correct the JSON there"});
        return false;
    }

  private:
    struct Level {
        json* value = nullptr;
        std::string key;  // of the member being read, in an object
        bool repeated = false;
    };

    template <class T>
    bool add(T&& value) {
        *slot() = std::forward<T>(value);
        return true;
    }

    // Where the next value goes.
    json* slot() {
        if (levels_.empty()) return &root_;
        Level& level = levels_.back();
        if (level.value->is_array()) return &level.value->emplace_back();
        if (level.repeated) {
            discarded_.emplace_back(std::make_unique<json>());
            return discarded_.back().get();
        }
        return &(*level.value)[level.key];
    }

    bool open(json&& container) {
        if (levels_.size() == max_depth) {
            problems_->push_back({std::string(file_), pointer(),
                                  "is nested deeper than " + std::to_string(max_depth) + " levels",
                                  "nothing that is read here needs that"});
            return false;
        }
        json* const value = slot();
        *value = std::move(container);
        levels_.push_back({value, {}, false});
        return true;
    }

    bool close() {
        levels_.pop_back();
        return true;
    }

    // Of the innermost open container.
    std::string pointer() const {
        std::string result;
        for (std::size_t i = 0; i + 1 < levels_.size(); ++i) {
            const Level& level = levels_[i];
            result += '/';
            result += level.value->is_array() ? std::to_string(level.value->size() - 1)
                                              : escape_token(level.key);
        }
        return result;
    }

    std::string_view text_;
    std::string_view file_;
    Problems* problems_;
    json root_;
    std::vector<Level> levels_;
    std::vector<std::unique_ptr<json>> discarded_;
};

Problem too_long(std::string_view file) {
    return {std::string(file), "", "is longer than " + std::to_string(max_octets) + " octets",
            "split it into several files"};
}

Problem unreadable(const std::filesystem::path& file, const std::string& why) {
    return {file.string(), "", "cannot be read: " + why,
            "check that the path is right and that the daemon's user may read it"};
}

}  // namespace

std::optional<json> parse(std::string_view text, std::string_view file, Problems& problems) {
    if (text.size() > max_octets) {
        problems.push_back(too_long(file));
        return std::nullopt;
    }
    const std::size_t before = problems.size();
    Builder builder(text, file, problems);
    const bool read = json::sax_parse(text.begin(), text.end(), &builder);
    if (!read || problems.size() != before) return std::nullopt;
    return std::move(builder).take();
}

std::optional<std::string> read_text(const std::filesystem::path& file, Problems& problems) {
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (error) {
        problems.push_back(unreadable(file, error.message()));
        return std::nullopt;
    }
    if (std::filesystem::is_directory(status)) {
        problems.push_back(unreadable(file, "it is a folder"));
        return std::nullopt;
    }
    errno = 0;
    std::ifstream in(file, std::ios::binary);
    std::string text;
    std::vector<char> chunk(64 * 1024);
    while (in) {
        in.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
        text.append(chunk.data(), static_cast<std::size_t>(in.gcount()));
        if (text.size() > max_octets) {
            problems.push_back(too_long(file.string()));
            return std::nullopt;
        }
    }
    if (!in.eof()) {
        problems.push_back(unreadable(file, errno != 0 ? std::strerror(errno) : "an input error"));
        return std::nullopt;
    }
    return text;
}

std::optional<json> read_file(const std::filesystem::path& file, Problems& problems) {
    const auto text = read_text(file, problems);
    if (!text) return std::nullopt;
    return parse(*text, file.string(), problems);
}

}  // namespace document
