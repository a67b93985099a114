#include "tests/dtls/records.h"

#include <algorithm>
#include <cstddef>

#include "server/wire/reader.h"
#include "server/wire/writer.h"

namespace dtls::testing {

wire::Bytes raw(const RawFragment& fragment) {
    wire::Bytes out;
    wire::Writer writer(out);
    writer.u8(fragment.type);
    writer.u24(fragment.message_length);
    writer.u16(fragment.message_seq);
    writer.u24(fragment.offset);
    writer.u24(static_cast<std::uint32_t>(fragment.body.size()));
    writer.bytes(fragment.body);
    return out;
}

wire::Bytes raw(const RawRecord& record) {
    wire::Bytes out;
    wire::Writer writer(out);
    writer.u8(record.type);
    writer.u16(record.version);
    writer.u16(record.epoch);
    writer.number(record.sequence, 6);
    writer.u16(static_cast<std::uint16_t>(record.body.size()));
    writer.bytes(record.body);
    return out;
}

std::vector<wire::Bytes> split_records(wire::BytesView datagram) {
    std::vector<wire::Bytes> records;
    while (datagram.size() >= 13) {
        const std::size_t length = 13U + (std::size_t{datagram[11]} << 8U | datagram[12]);
        const wire::BytesView record = datagram.first(std::min(length, datagram.size()));
        records.emplace_back(record.begin(), record.end());
        datagram = datagram.subspan(record.size());
    }
    return records;
}

std::vector<wire::Bytes> split_message(wire::BytesView record, std::size_t parts,
                                       std::uint64_t sequence) {
    wire::Reader in(record.subspan(13));
    RawFragment whole;
    whole.type = *in.u8();
    whole.message_length = *in.u24();
    whole.message_seq = *in.u16();
    const wire::BytesView message = in.rest().subspan(6);
    const std::size_t step = (message.size() + parts - 1) / parts;
    std::vector<wire::Bytes> records;
    for (std::size_t offset = 0; offset < message.size(); offset += step) {
        RawFragment part = whole;
        part.offset = static_cast<std::uint32_t>(offset);
        const wire::BytesView body =
            message.subspan(offset, std::min(step, message.size() - offset));
        part.body.assign(body.begin(), body.end());
        RawRecord out;
        out.sequence = sequence++;
        out.body = raw(part);
        records.push_back(raw(out));
    }
    return records;
}

wire::Bytes joined(const std::vector<wire::Bytes>& parts) {
    wire::Bytes all;
    for (const wire::Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
}

}  // namespace dtls::testing
