#include "server/lwm2m/json_values.h"

#include <string>
#include <variant>

#include "server/lwm2m/json.h"

namespace lwm2m {
namespace {

struct ValueWriter {
    const JsonValueMembers& members;
    Output& out;

    void operator()(const std::string& text) const { string(wire::as_bytes(text)); }
    void operator()(std::int64_t integer) const { number(integer); }
    void operator()(double floating) const { number(floating); }
    void operator()(bool boolean) const {
        out.text(members.boolean);
        out.text(boolean ? "true" : "false");
    }
    void operator()(const model::Opaque& opaque) const { data(opaque.octets); }
    void operator()(const model::Secret& secret) const {
        if (secret.kind() == model::Secret::Kind::text)
            string(secret.reveal());
        else
            data(secret.reveal());
    }
    void operator()(const model::Time& time) const { number(time.seconds); }
    void operator()(const model::ObjectLink& link) const {
        out.text(members.link);
        out.u8('"');
        write_json_number(std::int64_t{link.object}, out);
        out.u8(':');
        write_json_number(std::int64_t{link.instance}, out);
        out.u8('"');
    }

  private:
    void string(wire::BytesView utf8) const {
        out.text(members.text);
        write_json_string(utf8, out);
    }
    template <class Number>
    void number(Number value) const {
        out.text(R"("v":)");
        write_json_number(value, out);
    }
    void data(wire::BytesView octets) const {
        out.text(members.octets);
        out.u8('"');
        members.write_octets(octets, out);
        out.u8('"');
    }
};

}  // namespace

void write_json_value(const model::Single& value, const JsonValueMembers& members, Output& out) {
    std::visit(ValueWriter{members, out}, value);
}

}  // namespace lwm2m
