#include "server/bootstrap/session_reads.h"

#include <optional>
#include <ranges>
#include <type_traits>
#include <utility>
#include <variant>

#include "server/lwm2m/text.h"

namespace bootstrap {
namespace {

// RFC 3629 §4. Records are handed on as JSON, which cannot hold anything else.
bool is_utf8(std::string_view text) {
    std::size_t i = 0;
    const auto octet = [&](std::size_t at) { return static_cast<std::uint8_t>(text[at]); };
    while (i < text.size()) {
        const std::uint8_t lead = octet(i);
        const std::size_t length = lead < 0x80                   ? 1
                                   : lead >= 0xC2 && lead < 0xE0 ? 2
                                   : lead >= 0xE0 && lead < 0xF0 ? 3
                                   : lead >= 0xF0 && lead < 0xF5 ? 4
                                                                 : 0;
        if (length == 0 || i + length > text.size()) return false;
        for (std::size_t j = 1; j < length; ++j) {
            if ((octet(i + j) & 0xC0U) != 0x80U) return false;
        }
        const bool is_overlong =
            (lead == 0xE0 && octet(i + 1) < 0xA0) || (lead == 0xF0 && octet(i + 1) < 0x90);
        const bool is_surrogate = lead == 0xED && octet(i + 1) >= 0xA0;
        const bool is_beyond = lead == 0xF4 && octet(i + 1) >= 0x90;
        if (is_overlong || is_surrogate || is_beyond) return false;
        i += length;
    }
    return true;
}

// What is left of a long one, without a part of a character at its end.
std::string_view beginning(std::string_view text, std::size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<std::uint8_t>(text[most]) & 0xC0U) == 0x80U) --most;
    return text.substr(0, most);
}

std::string shown(const model::Single& value) {
    return std::visit(
        [&](const auto& it) -> std::string {
            using Type = std::decay_t<decltype(it)>;
            if constexpr (std::is_same_v<Type, std::string>) {
                return is_utf8(it) ? it : wire::to_hex(wire::as_bytes(it));
            } else if constexpr (std::is_same_v<Type, bool>) {
                return it ? "true" : "false";
            } else if constexpr (std::is_same_v<Type, model::Opaque>) {
                return wire::to_hex(it.octets);
            } else if constexpr (std::is_same_v<Type, model::Secret>) {
                return "(secret)";
            } else {
                return lwm2m::encode_text(value).value_or("(no number)");
            }
        },
        value);
}

class Collector {
  public:
    void add(std::string path, const std::string& value) {
        const std::string_view kept = beginning(value, max_read_value_octets);
        const std::size_t size = path.size() + kept.size();
        if (result_.values.size() == max_read_values || octets_ + size > max_read_octets) {
            ++left_out_;
            return;
        }
        octets_ += size;
        std::string text(kept);
        if (kept.size() < value.size()) {
            text += "… (" + std::to_string(value.size()) + " characters)";
        }
        result_.values.push_back({std::move(path), std::move(text)});
    }
    void add(const std::string& path, const model::Value& value) {
        if (const auto* single = std::get_if<model::Single>(&value)) {
            add(path, shown(*single));
            return;
        }
        for (const auto& [id, each] : std::get<model::Multiple>(value)) {
            add(path + "/" + std::to_string(id), shown(each));
        }
    }
    void add(const std::string& path, const model::Resources& resources) {
        for (const auto& [id, value] : resources) add(path + "/" + std::to_string(id), value);
    }
    void add(const std::string& path, const model::Instances& instances) {
        for (const auto& [id, resources] : instances) {
            add(path + "/" + std::to_string(id), resources);
        }
    }
    void add(const std::string&, const model::Objects& objects) {
        for (const auto& [id, instances] : objects) add("/" + std::to_string(id), instances);
    }
    ReadResult take() {
        if (left_out_ > 0) {
            result_.note = "values that are not shown: " + std::to_string(left_out_);
        }
        return std::move(result_);
    }

  private:
    ReadResult result_;
    std::size_t octets_ = 0;
    std::size_t left_out_ = 0;
};

}  // namespace

ReadResult read_values(const model::Path& path, const coap::Response& response,
                       std::uint16_t accept, const lwm2m::TypeOf& type_of) {
    const std::uint16_t number = response.content_format.value_or(accept);
    const auto format = model::content_format_from(number);
    if (!format) return {{}, "not read: its content format is " + std::to_string(number)};
    const auto content = lwm2m::decode_payload(*format, path, response.payload, type_of);
    if (!content) return {{}, "not read: " + std::string(lwm2m::describe(content.error()))};
    Collector collector;
    std::visit([&](const auto& what) { collector.add(path.to_string(), what); }, *content);
    return collector.take();
}

ReadResult read_links(const model::Discovered& told) {
    Collector collector;
    if (told.enabler_version) collector.add("/", "lwm2m=" + *told.enabler_version);
    for (const model::DiscoveredLink& link : told.links) {
        std::string text;
        const auto append = [&](const std::string& what) {
            text += (text.empty() ? "" : " ") + what;
        };
        if (link.short_server_id) append("ssid=" + std::to_string(*link.short_server_id));
        if (link.server_uri) append("uri=" + shown(*link.server_uri));
        if (link.version) append("ver=" + *link.version);
        collector.add(link.path.to_string(), text);
    }
    return collector.take();
}

lwm2m::TypeOf types_by(const model::Definitions& definitions, model::Enabler enabler) {
    return [&definitions, enabler](model::ObjectId object,
                                   model::ResourceId resource) -> std::optional<lwm2m::KnownType> {
        const auto known = [&](const model::Definitions::Pointer& definition) {
            return definition ? definition->find(resource) : nullptr;
        };
        const auto* found = known(definitions.find(object, enabler));
        if (found == nullptr) {
            for (const auto& version : definitions.versions(object)) {
                if (const auto* other = known(version)) found = other;
            }
        }
        if (found == nullptr) return std::nullopt;
        return lwm2m::KnownType{found->type, found->multiple};
    };
}

}  // namespace bootstrap
