#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What a LwM2M device holds, as far as a bootstrap is concerned: the payloads written, by path.
// Nothing of the daemon's code is used here: the test device has to be somebody else.
namespace interop {

struct Held {
    std::optional<std::uint16_t> content_format;  // absent: brought from the factory
    std::string payload;                          // the octets as they came
    std::string attributes;                       // for Discover: ";ssid=101"
};

// The single Resources of an Object Instance in TLV, by id; what is malformed ends them.
std::map<unsigned, std::string> resources_of(std::string_view tlv);

class Holdings {
  public:
    // The Bootstrap-Server's account /0/`account` and the Device Object /3/0, which no Delete of
    // "/" touches, and whatever else the factory left: "/1/7;ssid=7".
    Holdings(unsigned account, const std::vector<std::string>& factory);

    // PUT on an Object, an Object Instance or a Resource. False: not a path that can be written.
    bool write(const std::string& path, std::uint16_t content_format, std::string payload);
    // GET on /1 or /2 or an instance there: what was written in this content format, and of an
    // Object in TLV its instances in wrappers. Nothing: there is no such thing in it.
    std::optional<std::string> read(const std::string& path, std::uint16_t content_format) const;
    // DELETE on "/", an Object or an Object Instance. False: there is no such thing.
    bool erase(const std::string& path);
    // The answer to Discover in link-format; `enabler` is "1.0", "1.1" or "1.2".
    std::string discover(std::string_view path, std::string_view enabler) const;

    const std::map<std::string, Held>& all() const { return held_; }

  private:
    bool is_protected(std::string_view path) const;

    std::string account_;
    std::map<std::string, Held> held_;
};

}  // namespace interop
