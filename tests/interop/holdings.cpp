#include "tests/interop/holdings.h"

#include <algorithm>
#include <charconv>

// A Resource in OMA TLV, as far as it is read here (LwM2M Core §7.4.3):
//
//    7 6   5    4 3    2 1 0
//   +----+----+------+-------+----------+-------------+-------+
//   | 11 | id | len  |  len  | id 1 / 2 | length 0..3 | value |
//   +----+----+------+-------+----------+-------------+-------+
namespace interop {
namespace {

std::size_t depth(std::string_view path) {
    return path == "/" ? 0 : static_cast<std::size_t>(std::ranges::count(path, '/'));
}

std::string instance_of(std::string_view path) {
    const std::size_t second = path.find('/', 1);
    return std::string(path.substr(0, path.find('/', second + 1)));
}

// The Short Server ID in an instance of /0 (Resource 10) or /1 (Resource 0), so that a later
// Discover tells it.
std::optional<unsigned> short_server_id(std::string_view tlv, unsigned wanted) {
    const auto resources = resources_of(tlv);
    const auto found = resources.find(wanted);
    if (found == resources.end() || found->second.size() > 4) return std::nullopt;
    unsigned value = 0;
    for (const char octet : found->second) value = value << 8U | static_cast<unsigned char>(octet);
    return value;
}

}  // namespace

std::map<unsigned, std::string> resources_of(std::string_view tlv) {
    std::map<unsigned, std::string> resources;
    const auto octet = [&tlv](std::size_t at) {
        return static_cast<unsigned>(static_cast<unsigned char>(tlv[at]));
    };
    for (std::size_t at = 0; at < tlv.size();) {
        const unsigned type = octet(at++);
        const std::size_t id_size = (type & 0x20U) != 0 ? 2 : 1;
        const std::size_t length_size = (type >> 3U) & 3U;
        if (at + id_size + length_size > tlv.size()) break;
        unsigned id = 0;
        for (std::size_t i = 0; i < id_size; ++i) id = id << 8U | octet(at++);
        std::size_t length = length_size == 0 ? type & 7U : 0;
        for (std::size_t i = 0; i < length_size; ++i) length = length << 8U | octet(at++);
        if (at + length > tlv.size()) break;
        if (type >> 6U == 3U) resources[id] = tlv.substr(at, length);
        at += length;
    }
    return resources;
}

Holdings::Holdings(unsigned account, const std::vector<std::string>& factory)
    : account_("/0/" + std::to_string(account)) {
    held_[account_] = {};
    held_["/3/0"] = {};
    for (const std::string& entry : factory) {
        const std::size_t end = entry.find(';');
        held_[entry.substr(0, end)] = {
            std::nullopt, "", end == std::string::npos ? std::string() : entry.substr(end)};
    }
}

bool Holdings::is_protected(std::string_view path) const {
    const std::string instance = instance_of(path);
    return instance == account_ || instance == "/3/0";
}

bool Holdings::write(const std::string& path, std::uint16_t content_format, std::string payload) {
    const std::size_t levels = depth(path);
    if (levels < 1 || levels > 3) return false;
    std::string attributes;
    if (levels == 2) {
        // A Write on an instance replaces what was there, single resources too.
        std::erase_if(held_,
                      [&path](const auto& entry) { return entry.first.starts_with(path + "/"); });
        const bool security = path.starts_with("/0/");
        if (security || path.starts_with("/1/")) {
            if (const auto id = short_server_id(payload, security ? 10 : 0)) {
                attributes = ";ssid=" + std::to_string(*id);
            }
        }
    }
    held_[path] = {content_format, std::move(payload), std::move(attributes)};
    return true;
}

std::optional<std::string> Holdings::read(const std::string& path,
                                          std::uint16_t content_format) const {
    constexpr std::uint16_t tlv = 11542;
    if (!path.starts_with("/1") && !path.starts_with("/2")) return std::nullopt;
    if (depth(path) == 2) {
        const auto found = held_.find(path);
        if (found == held_.end() || found->second.content_format != content_format) {
            return std::nullopt;
        }
        return found->second.payload;
    }
    if (depth(path) != 1 || content_format != tlv) return std::nullopt;
    std::string whole;
    for (const auto& [held, what] : held_) {
        if (!held.starts_with(path + "/") || depth(held) != 2 || what.content_format != tlv)
            continue;
        const auto octet = [&whole](std::size_t value) {
            whole.push_back(static_cast<char>(value & 0xFFU));
        };
        octet(0x10);  // an Object Instance, an id of one octet, a length of two
        octet(std::stoul(held.substr(path.size() + 1)));
        octet(what.payload.size() >> 8U);
        octet(what.payload.size());
        whole += what.payload;
    }
    return whole;
}

bool Holdings::erase(const std::string& path) {
    if (depth(path) > 2) return false;
    if (depth(path) == 2) {
        // Named outright, even the account goes, as devices in the field do it.
        return std::erase_if(held_, [&path](const auto& entry) {
                   return instance_of(entry.first) == path;
               }) > 0;
    }
    const std::string prefix = path == "/" ? "/" : path + "/";
    std::erase_if(held_, [&](const auto& entry) {
        return entry.first.starts_with(prefix) && !is_protected(entry.first);
    });
    return true;
}

std::string Holdings::discover(std::string_view path, std::string_view enabler) const {
    std::string links = enabler == "1.0" ? "lwm2m=\"1.0\"" : "</>;lwm2m=" + std::string(enabler);
    const std::string prefix = path == "/" ? "/" : std::string(path) + "/";
    std::string last;
    for (const auto& [held, what] : held_) {
        const std::string instance = instance_of(held);
        if (!held.starts_with(prefix) || instance == last) continue;
        last = instance;
        links += ",<" + instance + ">" + what.attributes;
    }
    return links;
}

}  // namespace interop
