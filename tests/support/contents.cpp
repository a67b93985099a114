#include "tests/support/contents.h"

#include "server/lwm2m/tlv.h"

namespace support {

std::optional<Instance> read_instance(wire::BytesView tlv) {
    const auto elements = lwm2m::decode_tlv(tlv);
    if (!elements) return std::nullopt;
    Instance instance;
    for (const lwm2m::TlvElement& element : *elements) {
        switch (element.type) {
            case lwm2m::TlvType::resource:
                instance[element.id] = wire::to_hex(element.value);
                break;
            case lwm2m::TlvType::multiple_resource: {
                std::string text = "{";
                for (const lwm2m::TlvElement& child : element.children) {
                    text += std::to_string(child.id) + "=" + wire::to_hex(child.value) + ",";
                }
                instance[element.id] = text + "}";
                break;
            }
            case lwm2m::TlvType::object_instance:
            case lwm2m::TlvType::resource_instance:
                return std::nullopt;  // misplaced: the path names the instance already
        }
    }
    return instance;
}

}  // namespace support
