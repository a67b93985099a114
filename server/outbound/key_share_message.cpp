#include "server/outbound/key_share_message.h"

#include <cstddef>
#include <string_view>

#include <openssl/evp.h>

#include "server/wire/placeholders.h"

namespace outbound {
namespace {

std::string base64(wire::BytesView octets) {
    std::string out((octets.size() + 2) / 3 * 4 + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), octets.data(),
                                     static_cast<int>(octets.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

// Never grown: what a buffer leaves behind when it grows is not wiped.
class Body {
  public:
    explicit Body(std::size_t octets) { octets_.reserve(octets); }

    void add(std::string_view text) { octets_.insert(octets_.end(), text.begin(), text.end()); }
    void add_hex(wire::BytesView octets) {
        constexpr std::string_view digits = "0123456789abcdef";
        for (const std::uint8_t octet : octets) {
            octets_.push_back(static_cast<std::uint8_t>(digits[octet >> 4]));
            octets_.push_back(static_cast<std::uint8_t>(digits[octet & 0xf]));
        }
    }
    model::Secret take() { return model::Secret(std::move(octets_), model::Secret::Kind::text); }

  private:
    wire::Bytes octets_;
};

}  // namespace

model::Secret key_share_body(const SharedKey& shared) {
    const auto quoted = [](std::string_view text) { return "\"" + wire::json_escape(text) + "\""; };
    std::string head = R"({"id":)" + quoted(shared.id) + R"(,"type":"keys.share","time":)" +
                       quoted(shared.time) + R"(,"data":{"endpoint":)" + quoted(shared.endpoint) +
                       R"(,"shortServerId":)" + std::to_string(shared.short_server_id) +
                       R"(,"uri":)" + quoted(shared.uri) + R"(,"mode":)" + quoted(shared.mode);
    if (!shared.identity.empty()) head += R"(,"identity":)" + quoted(shared.identity);
    constexpr std::string_view end = R"("}})";
    if (const auto* public_key = std::get_if<wire::Bytes>(&shared.key)) {
        const std::string text =
            head + R"(,"publicKey":")" + base64(*public_key) + std::string(end);
        return model::Secret(wire::as_bytes(text), model::Secret::Kind::text);
    }
    const auto& key = std::get<model::Secret>(shared.key);
    constexpr std::string_view member = R"(,"key":")";
    Body body(head.size() + member.size() + 2 * key.size() + end.size());
    body.add(head);
    body.add(member);
    body.add_hex(key.reveal());
    body.add(end);
    return body.take();
}

}  // namespace outbound
