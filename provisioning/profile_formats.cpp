#include "provisioning/profile_formats.h"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace provisioning {

using document::Node;

std::optional<model::ContentFormat> read_content_format(const Node& node, EnablerVersion enabler,
                                                        bool whole) {
    struct Known {
        model::ContentFormat format;
        EnablerVersion first, last;
    };
    using enum model::ContentFormat;
    using enum model::Enabler;
    constexpr std::array<Known, 8> known = {{{tlv, v1_0, v1_2},
                                             {json, v1_0, v1_0},
                                             {senml_json, v1_1, v1_2},
                                             {senml_cbor, v1_1, v1_2},
                                             {lwm2m_cbor, v1_2, v1_2},
                                             {text, v1_0, v1_2},
                                             {opaque, v1_0, v1_2},
                                             {cbor, v1_1, v1_2}}};
    std::array<std::string_view, known.size()> words;
    for (std::size_t i = 0; i < known.size(); ++i) words[i] = model::name_of(known[i].format);
    const auto index = node.choice(words);
    if (!index) return std::nullopt;
    const Known& chosen = known[*index];
    if (whole && !model::holds_instances(chosen.format)) {
        node.problem("is a format of single values, but whole instances are written",
                     "write one of \"tlv\", \"senml-json\", \"senml-cbor\", \"lwm2m-cbor\"");
        return std::nullopt;
    }
    if (enabler < chosen.first || enabler > chosen.last) {
        const std::string which =
            "LwM2M " +
            std::string(model::to_string(enabler < chosen.first ? chosen.first : chosen.last));
        node.problem((enabler < chosen.first ? "came with " + which : "went with " + which) +
                         ", but the profile's enabler is " + std::string(model::to_string(enabler)),
                     "write another format, or another \"enabler\"");
        return std::nullopt;
    }
    return chosen.format;
}

void check_content_format(const Node& node, model::ContentFormat format, model::ResourceId resource,
                          const Draft& draft) {
    const auto found = draft.planned.resources.find(resource);
    if (model::holds_instances(format) || found == draft.planned.resources.end()) return;
    const auto* single = std::get_if<TemplateSingle>(&found->second);
    if (single == nullptr) {
        node.problem("is a format of single values, but the Resource has several",
                     "write one of the formats of whole instances, or remove it");
        return;
    }
    const auto* value = std::get_if<model::Single>(single);
    const auto* open = std::get_if<Template>(single);
    const auto* secret = value != nullptr ? std::get_if<model::Secret>(value) : nullptr;
    const bool is_octets = (value != nullptr && std::holds_alternative<model::Opaque>(*value)) ||
                           (secret != nullptr && secret->kind() == model::Secret::Kind::octets) ||
                           (open != nullptr && open->kind == Template::Kind::octets);
    if (format == model::ContentFormat::opaque && !is_octets)
        node.problem("is a format of octets, but the Resource has none",
                     "write \"text\", or another format, or remove it");
}

}  // namespace provisioning
