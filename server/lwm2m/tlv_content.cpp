#include "server/lwm2m/tlv_content.h"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>
#include <vector>

#include "server/lwm2m/content_builder.h"
#include "server/lwm2m/tlv.h"
#include "server/lwm2m/utf8.h"
#include "server/wire/reader.h"

//   /O      *Object-Instance                 written and read
//   /O/I    *( Resource / Multiple )         written and read
//           Object-Instance                  read, if it is I
//   /O/I/R  Resource / Multiple              written and read, if it is R
//           *Resource-Instance               read

namespace lwm2m {
namespace {

using Elements = std::vector<TlvElement>;

// ---- values ----

std::optional<double> floating_of(wire::BytesView octets) {
    wire::Reader in(octets);
    const auto bits = in.number(octets.size());
    if (octets.size() == 4)
        return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(*bits)));
    if (octets.size() == 8) return std::bit_cast<double>(*bits);
    return std::nullopt;
}

// Devices write 65534 in two octets when it is unsigned.
std::optional<std::int64_t> unsigned_integer_of(wire::BytesView octets) {
    if (!tlv_integer(octets)) return std::nullopt;
    wire::Reader in(octets);
    const auto number = in.number(octets.size());
    if (!std::in_range<std::int64_t>(*number)) return std::nullopt;
    return static_cast<std::int64_t>(*number);
}

std::optional<bool> boolean_of(wire::BytesView octets) {
    if (octets.size() != 1 || octets[0] > 1) return std::nullopt;
    return octets[0] == 1;
}

std::optional<model::ObjectLink> link_of(wire::BytesView octets) {
    if (octets.size() != 4) return std::nullopt;
    wire::Reader in(octets);
    const auto object = *in.u16();
    return model::ObjectLink{object, *in.u16()};
}

template <class T>
std::optional<model::Single> single_of(std::optional<T> value) {
    if (!value) return std::nullopt;
    return model::Single(std::move(*value));
}

std::optional<model::Single> value_of(const wire::Bytes& octets, model::ResourceType type) {
    switch (type) {
        case model::ResourceType::text:
        case model::ResourceType::core_link:
            if (!is_utf8(octets)) return std::nullopt;
            return std::string(wire::as_text(octets));
        case model::ResourceType::integer:
            return single_of(tlv_integer(octets));
        case model::ResourceType::unsigned_integer:
            return single_of(unsigned_integer_of(octets));
        case model::ResourceType::floating:
            return single_of(floating_of(octets));
        case model::ResourceType::boolean:
            return single_of(boolean_of(octets));
        case model::ResourceType::opaque:
            return model::Opaque{octets};
        case model::ResourceType::time: {
            const auto seconds = tlv_integer(octets);
            if (!seconds) return std::nullopt;
            return model::Time{*seconds};
        }
        case model::ResourceType::object_link:
            return single_of(link_of(octets));
        case model::ResourceType::none:
            break;
    }
    return std::nullopt;
}

// ---- elements ----

class Reading {
  public:
    Reading(const model::Path& path, const TypeOf& type_of) : content_(path, type_of) {}

    std::optional<PayloadErrc> at_object(const Elements& elements) {
        for (const auto& element : elements)
            if (const auto wrong = object_instance(content_.base(), element)) return wrong;
        return std::nullopt;
    }

    std::optional<PayloadErrc> at_instance(const Elements& elements) {
        const auto& base = content_.base();
        if (elements.empty() || elements.front().type != TlvType::object_instance)
            return resources(base, elements);
        NodePath object;
        object.append(base[0]);
        return elements.size() > 1 ? PayloadErrc::wrong_path
                                   : object_instance(object, elements.front());
    }

    std::optional<PayloadErrc> at_resource(const Elements& elements) {
        const auto& base = content_.base();
        if (elements.empty() || elements.front().type == TlvType::resource_instance)
            return instances(base, elements);
        NodePath instance;
        instance.append(base[0]);
        instance.append(base[1]);
        return resources(instance, elements);
    }

    boost::system::result<Content, PayloadErrc> finish() && { return std::move(content_).finish(); }

  private:
    std::optional<PayloadErrc> object_instance(NodePath path, const TlvElement& element) {
        if (element.type != TlvType::object_instance) return PayloadErrc::malformed;
        if (!path.append(element.id)) return PayloadErrc::wrong_path;
        // Children that are outside the base are told by put(); an instance without any is not.
        if (const auto wrong = content_.put_empty(path)) return wrong;
        return resources(path, element.children);
    }

    std::optional<PayloadErrc> resources(const NodePath& instance, const Elements& elements) {
        for (const auto& element : elements) {
            NodePath path = instance;
            if (!path.append(element.id)) return PayloadErrc::wrong_path;
            if (const auto wrong = resource(path, element)) return wrong;
        }
        return std::nullopt;
    }

    std::optional<PayloadErrc> resource(const NodePath& path, const TlvElement& element) {
        switch (element.type) {
            case TlvType::resource:
                return leaf(path, element);
            case TlvType::multiple_resource:
                if (const auto wrong = content_.put_empty(path)) return wrong;
                return instances(path, element.children);
            case TlvType::object_instance:
            case TlvType::resource_instance:
                break;
        }
        return PayloadErrc::malformed;
    }

    std::optional<PayloadErrc> instances(const NodePath& resource, const Elements& elements) {
        for (const auto& element : elements) {
            NodePath path = resource;
            path.append(element.id);
            if (const auto wrong = leaf(path, element)) return wrong;
        }
        return std::nullopt;
    }

    std::optional<PayloadErrc> leaf(const NodePath& path, const TlvElement& element) {
        const auto known = content_.type_of(path);
        if (!known) return content_.put(path, model::Opaque{element.value});
        auto value = value_of(element.value, known->type);
        if (!value) return PayloadErrc::wrong_type;
        return content_.put(path, std::move(*value));
    }

    ContentBuilder content_;
};

struct Encoder {
    using Result = boost::system::result<wire::Bytes, PayloadErrc>;

    const model::Path& path;

    Result operator()(const model::Value& value) const {
        if (!fits_tlv(value)) return PayloadErrc::wrong_type_for_format;
        return encode_tlv(*path.resource(), value);
    }
    Result operator()(const model::Resources& resources) const {
        const bool all_fit = std::ranges::all_of(
            resources, [](const auto& entry) { return fits_tlv(entry.second); });
        if (!all_fit) return PayloadErrc::wrong_type_for_format;
        return encode_tlv(resources);
    }
    Result operator()(const model::Instances& instances) const {
        // The Resources of an instance are parts of it, so they fit as well.
        const bool all_fit = std::ranges::all_of(
            instances, [](const auto& entry) { return fits_tlv(entry.second); });
        if (!all_fit) return PayloadErrc::wrong_type_for_format;
        return encode_tlv(instances);
    }
    Result operator()(const model::Objects&) const { return PayloadErrc::unsupported_format; }
};

}  // namespace

boost::system::result<wire::Bytes, PayloadErrc> encode_tlv_content(const model::Path& path,
                                                                   const Content& content) {
    return std::visit(Encoder{path}, content);
}

boost::system::result<Content, PayloadErrc> decode_tlv_content(const model::Path& path,
                                                               wire::BytesView payload,
                                                               const TypeOf& type_of) {
    if (path.is_root()) return PayloadErrc::unsupported_format;
    const auto elements = decode_tlv(payload);
    if (!elements) return PayloadErrc::malformed;
    Reading reading(path, type_of);
    const auto wrong = path.resource()   ? reading.at_resource(*elements)
                       : path.instance() ? reading.at_instance(*elements)
                                         : reading.at_object(*elements);
    if (wrong) return *wrong;
    return std::move(reading).finish();
}

}  // namespace lwm2m
