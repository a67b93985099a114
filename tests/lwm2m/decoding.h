#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "server/lwm2m/payload.h"
#include "tests/lwm2m/hex.h"

namespace lwm2m {

// In a block of its exact size, so that a read past the end is seen by AddressSanitizer.
class ExactCopy {
  public:
    explicit ExactCopy(wire::BytesView octets)
        : octets_(std::make_unique<std::uint8_t[]>(octets.size())), size_(octets.size()) {
        std::copy(octets.begin(), octets.end(), octets_.get());
    }
    wire::BytesView view() const { return {octets_.get(), size_}; }

  private:
    std::unique_ptr<std::uint8_t[]> octets_;
    std::size_t size_;
};

using Types = std::map<std::pair<model::ObjectId, model::ResourceId>, KnownType>;

inline TypeOf type_of(Types types) {
    return [types = std::move(types)](model::ObjectId object,
                                      model::ResourceId resource) -> std::optional<KnownType> {
        const auto at = types.find({object, resource});
        if (at == types.end()) return std::nullopt;
        return at->second;
    };
}

inline boost::system::result<Content, PayloadErrc> decode_exactly(model::ContentFormat format,
                                                                  const model::Path& path,
                                                                  wire::BytesView payload,
                                                                  const TypeOf& types = {}) {
    return decode_payload(format, path, ExactCopy(payload).view(), types);
}

}  // namespace lwm2m
