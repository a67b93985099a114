#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/wire/bytes.h"
#include "server/wire/writer.h"

namespace lwm2m {

// Where an encoder writes to: it counts the octets, and appends them where it has a buffer. The
// buffer, if any, outlives it.
class Output {
  public:
    Output() = default;
    explicit Output(wire::Bytes& out) : out_(&out) {}

    std::size_t octets() const { return octets_; }

    // The lowest `octets` octets of the value, 0 to 8, big-endian.
    void number(std::uint64_t value, std::size_t octets) {
        if (out_ != nullptr) wire::Writer(*out_).number(value, octets);
        octets_ += octets;
    }
    void u8(std::uint8_t value) { number(value, 1); }
    void bytes(wire::BytesView value) {
        if (out_ != nullptr) wire::Writer(*out_).bytes(value);
        octets_ += value.size();
    }
    void text(std::string_view value) { bytes(wire::as_bytes(value)); }

  private:
    wire::Bytes* out_ = nullptr;
    std::size_t octets_ = 0;
};

// What `write(Output&)` writes. It runs twice, first to measure: the buffer is allocated once, so
// that no copy of a Secret is left behind by its growing.
template <class Write>
wire::Bytes write_once(const Write& write) {
    Output measure;
    write(measure);
    wire::Bytes octets;
    octets.reserve(measure.octets());
    Output out(octets);
    write(out);
    return octets;
}

}  // namespace lwm2m
