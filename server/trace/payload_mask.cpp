// No format is taken apart here: what was decoded is encoded again with two fillers in place of
// each value that may not be shown (explain/masking.h), and where the two differ such a value
// stands. That holds only if the encoder would have made the very same octets; else nothing is
// shown.

#include "server/trace/payload_mask.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "server/bootstrap/session_reads.h"
#include "server/explain/masking.h"
#include "server/lwm2m/payload.h"

namespace trace {
namespace {

// Turns what may not be shown into Secrets.
class Hiding {
  public:
    explicit Hiding(const Knowledge& knowledge) : knowledge_(knowledge) {}

    // False: something has no form as a Secret.
    bool hide(const model::Path& path, lwm2m::Content& content) const {
        if (auto* objects = std::get_if<model::Objects>(&content))
            return all(*objects, [&](auto object, auto& instances) {
                return hide(model::Path(object), instances);
            });
        if (auto* instances = std::get_if<model::Instances>(&content))
            return path.object() && hide(path, *instances);
        if (auto* resources = std::get_if<model::Resources>(&content))
            return path.object() && hide(*path.object(), *resources);
        return path.resource() &&
               hide(*path.object(), *path.resource(), std::get<model::Value>(content));
    }

  private:
    template <class Map, class Each>
    static bool all(Map& map, Each each) {
        return std::ranges::all_of(map, [&](auto& one) { return each(one.first, one.second); });
    }
    bool hide(const model::Path& path, model::Instances& instances) const {
        return all(instances,
                   [&](auto, auto& resources) { return hide(*path.object(), resources); });
    }
    bool hide(model::ObjectId object, model::Resources& resources) const {
        return all(resources,
                   [&](auto resource, auto& value) { return hide(object, resource, value); });
    }
    bool hide(model::ObjectId object, model::ResourceId resource, model::Value& value) const {
        if (knowledge_.may_show(object, resource)) return true;
        if (auto* single = std::get_if<model::Single>(&value)) return hide(*single);
        return all(std::get<model::Multiple>(value), [](auto, auto& one) { return hide(one); });
    }
    static bool hide(model::Single& value) {
        using model::Secret;
        if (const auto* text = std::get_if<std::string>(&value)) {
            Secret secret(wire::as_bytes(*text), Secret::Kind::text);
            value = std::move(secret);
        } else if (auto* opaque = std::get_if<model::Opaque>(&value)) {
            Secret secret(std::move(opaque->octets));
            value = std::move(secret);
        }
        return std::holds_alternative<Secret>(value);
    }

    const Knowledge& knowledge_;
};

}  // namespace

std::optional<MaskedPayload> mask_payload(model::ContentFormat format, const model::Path& path,
                                          wire::BytesView payload, const Knowledge& knowledge) {
    auto content = lwm2m::decode_payload(
        format, path, payload, bootstrap::types_by(knowledge.definitions(), model::Enabler::v1_2));
    if (!content || !Hiding(knowledge).hide(path, *content)) return std::nullopt;

    auto again = lwm2m::encode_payload(format, path, *content);
    if (!again) return std::nullopt;
    const model::Secret same(std::move(*again));
    if (!std::ranges::equal(same.reveal(), payload)) return std::nullopt;

    auto one = lwm2m::encode_payload(format, path, with_filler(*content, explain::Filler::one));
    const auto other =
        lwm2m::encode_payload(format, path, with_filler(*content, explain::Filler::other));
    if (!one || !other || one->size() != payload.size() || other->size() != payload.size())
        return std::nullopt;
    MaskedPayload masked{std::move(*one), 0};
    for (std::size_t i = 0; i < payload.size(); ++i) {
        if (masked.octets[i] != (*other)[i]) {
            masked.octets[i] = filler;
            ++masked.hidden;
        } else if (masked.octets[i] != payload[i]) {
            return std::nullopt;
        }
    }
    return masked;
}

}  // namespace trace
