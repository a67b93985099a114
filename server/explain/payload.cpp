#include "server/explain/payload.h"

#include <nlohmann/json.hpp>

#include "server/bootstrap/session_reads.h"
#include "server/explain/names.h"
#include "server/explain/text_table.h"
#include "server/lwm2m/link_format.h"
#include "server/lwm2m/tlv.h"

namespace explain {
namespace {

using Json = nlohmann::ordered_json;
using model::ContentFormat;

// By the newest version of an Object that has the Resource.
const model::ResourceDefinition* find(const model::Definitions& definitions, model::ObjectId object,
                                      model::ResourceId resource) {
    const model::ResourceDefinition* newest = nullptr;
    // The definitions hold what the pointers point at.
    for (const auto& version : definitions.versions(object))
        if (const auto* found = version->find(resource)) newest = found;
    return newest;
}

std::string_view describe(lwm2m::TlvErrc error) {
    switch (error) {
        case lwm2m::TlvErrc::truncated:
            return "an element ends after what it is in";
        case lwm2m::TlvErrc::misplaced:
            return "an element is of a type that cannot be where it is";
        case lwm2m::TlvErrc::too_deep:
            return "an element is nested too deep";
        case lwm2m::TlvErrc::too_many:
            return "it has too many elements";
    }
    return "";
}

std::string_view describe(lwm2m::LinkFormatErrc error) {
    switch (error) {
        case lwm2m::LinkFormatErrc::malformed:
            return "the payload is no link-format (RFC 6690)";
        case lwm2m::LinkFormatErrc::too_many:
            return "the payload has too many links";
        case lwm2m::LinkFormatErrc::too_long:
            return "the payload is too long";
    }
    return "";
}

void put_links(Json& out, wire::BytesView payload) {
    const auto told = lwm2m::decode_discover(wire::as_text(payload));
    if (!told) {
        out["error"] = describe(told.error());
        return;
    }
    out["enabler"] = told->enabler_version ? Json(*told->enabler_version) : Json();
    Json links = Json::array();
    for (const model::DiscoveredLink& link : told->links) {
        Json row;
        row["path"] = link.path.to_string();
        if (link.short_server_id) row["ssid"] = *link.short_server_id;
        if (link.server_uri) row["uri"] = *link.server_uri;
        if (link.version) row["ver"] = *link.version;
        links.push_back(std::move(row));
    }
    out["links"] = std::move(links);
}

std::string what_is_wrong(lwm2m::PayloadErrc error, ContentFormat format, wire::BytesView payload) {
    std::string what(lwm2m::describe(error));
    if (format == ContentFormat::tlv && error == lwm2m::PayloadErrc::malformed)
        if (const auto elements = lwm2m::decode_tlv(payload); !elements)
            what += ": " + std::string(describe(elements.error()));
    return what;
}

// Whether a payload of the format says itself what its values belong to.
bool names_its_values(ContentFormat format) {
    switch (format) {
        case ContentFormat::senml_json:
        case ContentFormat::senml_cbor:
        case ContentFormat::json:
        case ContentFormat::lwm2m_cbor:
            return true;
        case ContentFormat::text:
        case ContentFormat::link_format:
        case ContentFormat::opaque:
        case ContentFormat::cbor:
        case ContentFormat::tlv:
            return false;
    }
    return false;
}

}  // namespace

Json payload_json(ContentFormat format, const std::optional<model::Path>& path,
                  wire::BytesView payload, const model::Definitions& definitions, Secrets secrets) {
    Json out;
    out["contentFormat"] = static_cast<std::uint16_t>(format);
    out["contentFormatName"] = model::name_of(format);
    out["path"] = path ? Json(path->to_string()) : Json();
    out["size"] = payload.size();
    if (format == ContentFormat::link_format) {
        put_links(out, payload);
        return out;
    }
    if (!path && format == ContentFormat::text) {
        out["text"] = wire::as_text(payload);
        return out;
    }
    if (!path && !names_its_values(format)) {
        out["note"] = "what its values mean depends on the path, which is not known here";
        return out;
    }
    const model::Path at = path.value_or(model::Path());
    const auto content = lwm2m::decode_payload(
        format, at, payload, bootstrap::types_by(definitions, model::Enabler::v1_2));
    if (!content) {
        out["error"] = what_is_wrong(content.error(), format, payload);
        return out;
    }
    const DefinitionOf definition_of = [&](model::ObjectId object, model::ResourceId resource) {
        return find(definitions, object, resource);
    };
    out["values"] = values_of(at, *content, definition_of, secrets);
    return out;
}

std::string payload_text(const Json& payload) {
    std::string text = printable(text_at(payload, "contentFormatName"));
    if (const std::string path = text_at(payload, "path"); !path.empty())
        text += " at " + printable(path);
    if (payload.contains("size")) text += ", " + payload["size"].dump() + " octets";
    text += "\n";
    if (payload.contains("values")) {
        TextTable table("  ");
        for (const Json& row : payload["values"]) table.row(value_cells(row));
        text += table.text();
    }
    if (payload.contains("links")) {
        if (const std::string enabler = text_at(payload, "enabler"); !enabler.empty())
            text += "  enabler " + printable(enabler) + "\n";
        TextTable table("  ");
        for (const Json& link : payload["links"]) {
            std::string said;
            for (const auto& [name, value] : link.items())
                if (name != "path") said += (said.empty() ? "" : ", ") + name + "=" + value.dump();
            table.row({text_at(link, "path"), printable(said)});
        }
        text += table.text();
    }
    for (const char* const member : {"text", "hex"})
        if (payload.contains(member))
            text += "  " + printable(text_at(payload, member), 16 * 1024) + "\n";
    if (payload.contains("note")) text += "  Not decoded: " + text_at(payload, "note") + "\n";
    if (payload.contains("error")) text += "  Wrong: " + text_at(payload, "error") + "\n";
    return text;
}

}  // namespace explain
