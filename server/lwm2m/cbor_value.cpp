#include "server/lwm2m/cbor_value.h"

#include <string>
#include <utility>

#include "server/lwm2m/record_values.h"

//   String, CoreLink   text string          Float    floating-point number
//   Integer, Unsigned  integer              Boolean  true / false
//   Opaque             byte string          Objlnk   text string "O:I"
//   Time               integer (1.2; read as well: a date/time string as of 1.1, tags 0 and 1)

namespace lwm2m {
namespace {

struct ValueWriter {
    CborWriter& out;

    void operator()(const std::string& text) const { out.text(text); }
    void operator()(std::int64_t integer) const { out.integer(integer); }
    void operator()(double number) const { out.floating(number); }
    void operator()(bool boolean) const { out.boolean(boolean); }
    void operator()(const model::Opaque& opaque) const { out.bytes(opaque.octets); }
    void operator()(const model::Secret& secret) const {
        if (secret.kind() == model::Secret::Kind::text)
            out.text(secret.reveal());
        else
            out.bytes(secret.reveal());
    }
    void operator()(const model::Time& time) const { out.integer(time.seconds); }
    void operator()(const model::ObjectLink& link) const {
        out.text(std::to_string(link.object) + ':' + std::to_string(link.instance));
    }
};

}  // namespace

void write_cbor_value(const model::Single& value, CborWriter& out) {
    std::visit(ValueWriter{out}, value);
}

boost::system::result<wire::Bytes, PayloadErrc> encode_cbor_value(const model::Single& value) {
    if (is_text_without_form(value)) return PayloadErrc::wrong_type_for_format;
    return write_once([&](Output& out) {
        CborWriter writer(out);
        write_cbor_value(value, writer);
    });
}

boost::system::result<model::Single, PayloadErrc> decode_cbor_value(wire::BytesView payload) {
    const auto item = decode_cbor(payload);
    if (!item) return PayloadErrc::malformed;
    auto value = single_of(*item);
    if (!value) return PayloadErrc::malformed;
    return std::move(*value);
}

}  // namespace lwm2m
