#include "server/lwm2m/link_format.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

// RFC 6690 §2, with what devices add to it:
//
//   answer    = [ item *( "," item ) ]
//   item      = link *( ";" parameter )
//             / parameter *( ";" parameter )      one of them lwm2m: Core 1.0's bare version
//   link      = "<" *( any but ">" ) ">"
//   parameter = name [ "=" ( quoted / bare ) ]
//   quoted    = <"> *( any but <"> and "\" / "\" any ) <">
//   bare      = 1*( any but "," and ";" and <"> and white space )
//
// White space may stand around every item and parameter.

namespace lwm2m {
namespace {

using model::DiscoveredLink;
using model::Path;

// What an item says of interest, wherever it stands.
struct Parameters {
    std::optional<std::uint16_t> ssid;
    std::optional<std::string> uri, ver, lwm2m;
};

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// A parmname, RFC 6690 §2 (attr-char of RFC 5987, and "*").
bool is_name(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$&+-.^_`|~*").find(c) != std::string_view::npos;
}

bool is_bare(char c) {
    return c != ',' && c != ';' && c != '"' && !is_space(c);
}

// "1.0", "1.2.1"
bool is_version(std::string_view text) {
    return text.size() <= 16 && !text.empty() && is_digit(text.front()) && is_digit(text.back()) &&
           std::ranges::all_of(text, [](char c) { return is_digit(c) || c == '.'; });
}

bool is_uri(std::string_view text) {
    return !text.empty() && text.size() <= 255 &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
}

std::optional<std::uint16_t> short_server_id(std::string_view text) {
    if (text.empty() || text.size() > 5 || !std::ranges::all_of(text, is_digit))
        return std::nullopt;
    std::uint32_t id = 0;
    for (const char c : text) id = id * 10 + static_cast<std::uint32_t>(c - '0');
    if (id > 0xFFFF) return std::nullopt;
    return static_cast<std::uint16_t>(id);
}

// Reads one answer from the front; every read function returns nothing where it is malformed.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : rest_(text) { skip_space(); }

    bool at_end() const { return rest_.empty(); }
    bool at_link() const { return !rest_.empty() && rest_.front() == '<'; }

    bool accept(char c) {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        skip_space();
        return true;
    }

    std::optional<std::string_view> link() {
        const auto end = rest_.find('>');
        if (!at_link() || end == std::string_view::npos) return std::nullopt;
        const auto target = rest_.substr(1, end - 1);
        rest_.remove_prefix(end + 1);
        skip_space();
        return target;
    }

    // One parameter, noted when it is of interest; false where it is malformed.
    bool parameter(Parameters& out) {
        const auto name = run(is_name);
        if (name.empty()) return false;
        if (!accept('=')) return note(name, std::nullopt, out);
        const auto value = !rest_.empty() && rest_.front() == '"' ? quoted() : bare();
        return value && note(name, value, out);
    }

  private:
    template <class Predicate>
    std::string_view run(Predicate predicate) {
        const auto end = std::ranges::find_if_not(rest_, predicate);
        const auto found = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        rest_.remove_prefix(found.size());
        skip_space();
        return found;
    }

    std::optional<std::string> bare() {
        const auto found = run(is_bare);
        if (found.empty()) return std::nullopt;
        return std::string(found);
    }

    std::optional<std::string> quoted() {
        std::string value;
        for (std::size_t i = 1; i < rest_.size(); ++i) {
            if (rest_[i] == '"') {
                rest_.remove_prefix(i + 1);
                skip_space();
                return value;
            }
            if (rest_[i] == '\\' && ++i == rest_.size()) break;
            value += rest_[i];
        }
        return std::nullopt;
    }

    // A parameter that is there twice says nothing unless it says the same.
    template <class T>
    static bool set(std::optional<T>& where, T value) {
        if (where && *where != value) return false;
        where = std::move(value);
        return true;
    }

    static bool note(std::string_view name, std::optional<std::string> value, Parameters& out) {
        if (name == "ssid") {
            const auto id = short_server_id(value.value_or(""));
            return id && set(out.ssid, *id);
        }
        if (!value) return true;
        if (name == "uri") return !is_uri(*value) || set(out.uri, std::move(*value));
        if (name == "ver") return !is_version(*value) || set(out.ver, std::move(*value));
        if (name == "lwm2m") return !is_version(*value) || set(out.lwm2m, std::move(*value));
        return true;
    }

    void skip_space() {
        while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
    }

    std::string_view rest_;
};

struct Item {
    std::optional<std::string_view> link;
    Parameters parameters;
};

std::optional<Item> read_item(Scanner& in) {
    Item item;
    if (in.at_link()) {
        item.link = in.link();
        if (!item.link) return std::nullopt;
    } else if (!in.parameter(item.parameters)) {
        return std::nullopt;
    }
    while (in.accept(';'))
        if (!in.parameter(item.parameters)) return std::nullopt;
    if (!item.link && !item.parameters.lwm2m) return std::nullopt;
    return item;
}

// 0 and 65535 are reserved, LwM2M Core appendix E.1: such an instance is the Bootstrap-Server's.
std::optional<std::uint16_t> meaningful(std::optional<std::uint16_t> ssid) {
    if (ssid == 0 || ssid == 0xFFFF) return std::nullopt;
    return ssid;
}

}  // namespace

boost::system::result<model::Discovered, LinkFormatErrc> decode_discover(std::string_view text) {
    if (text.size() > max_link_format_octets) return LinkFormatErrc::too_long;
    model::Discovered told;
    Scanner in(text);
    if (in.at_end()) return told;
    do {
        auto item = read_item(in);
        if (!item) return LinkFormatErrc::malformed;
        auto& parameters = item->parameters;
        if (parameters.lwm2m && !told.enabler_version)
            told.enabler_version = std::move(parameters.lwm2m);
        if (!item->link) continue;
        const auto path = Path::from(*item->link, Path::Strictness::lenient);
        if (!path || path->is_root()) continue;
        if (told.links.size() == max_links) return LinkFormatErrc::too_many;
        told.links.push_back({*path, meaningful(parameters.ssid), std::move(parameters.uri),
                              std::move(parameters.ver)});
    } while (in.accept(','));
    if (!in.at_end()) return LinkFormatErrc::malformed;
    return told;
}

}  // namespace lwm2m
