#include "server/crypto/pem.h"

#include <algorithm>
#include <string_view>

#include <openssl/crypto.h>
#include <openssl/pem.h>

#include "server/crypto/openssl_objects.h"

namespace crypto {
namespace {

constexpr std::string_view beginning = "-----BEGIN ";

// What PEM_read_bio_ex() gives away; wiped with PEM_FLAG_SECURE, as it wipes its own buffers then.
struct Parts {
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* octets = nullptr;
    long size = 0;
    Parts() = default;
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;
    ~Parts() {
        OPENSSL_secure_free(name);
        OPENSSL_secure_free(header);
        OPENSSL_secure_clear_free(octets, static_cast<std::size_t>(size));
    }
};

}  // namespace

bool looks_like_pem(wire::BytesView in) {
    return std::search(in.begin(), in.end(), beginning.begin(), beginning.end()) != in.end();
}

std::vector<PemBlock> read_pem(wire::BytesView in) {
    const QuietErrors quiet;
    std::vector<PemBlock> blocks;
    if (in.size() > max_encoded) return blocks;
    const BioPointer bio(BIO_new_mem_buf(in.data(), static_cast<int>(in.size())));
    while (bio && blocks.size() < max_pem_blocks) {
        Parts parts;
        if (PEM_read_bio_ex(bio.get(), &parts.name, &parts.header, &parts.octets, &parts.size,
                            PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE) != 1)
            break;
        PemBlock& block = blocks.emplace_back();
        block.name = parts.name;
        block.is_encrypted =
            std::string_view(parts.header).find("ENCRYPTED") != std::string_view::npos;
        block.octets =
            model::Secret(wire::BytesView(parts.octets, static_cast<std::size_t>(parts.size)));
    }
    return blocks;
}

}  // namespace crypto
