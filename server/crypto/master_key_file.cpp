// A master key's file: its 32 octets, or 64 hexadecimal digits and perhaps an end of line.

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "server/crypto/descriptor.h"
#include "server/crypto/sealing.h"

namespace crypto {
namespace {

using Outcome = boost::system::result<MasterKey, std::string>;

std::string told(const std::filesystem::path& file, std::string_view what) {
    return file.string() + ": " + std::string(what);
}

std::string reason() {
    return std::strerror(errno);  // NOLINT(concurrency-mt-unsafe): at start-up
}

std::optional<std::uint8_t> digit(std::uint8_t c) {
    if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
    return std::nullopt;
}

std::optional<model::Secret> from_hexadecimal(wire::BytesView text) {
    if (!text.empty() && text.back() == '\n') text = text.first(text.size() - 1);
    if (!text.empty() && text.back() == '\r') text = text.first(text.size() - 1);
    if (text.size() != 2 * MasterKey::key_size) return std::nullopt;
    wire::Bytes octets(MasterKey::key_size);
    bool well = true;
    for (std::size_t i = 0; i < octets.size(); ++i) {
        const auto high = digit(text[2 * i]);
        const auto low = digit(text[2 * i + 1]);
        well = well && high && low;
        if (well) octets[i] = static_cast<std::uint8_t>(*high << 4 | *low);
    }
    model::Secret secret(std::move(octets));
    if (!well) return std::nullopt;
    return secret;
}

bool write_all(int to, wire::BytesView octets) {
    while (!octets.empty()) {
        const ssize_t written = ::write(to, octets.data(), octets.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        octets = octets.subspan(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

Outcome MasterKey::read(const std::filesystem::path& file) {
    const Descriptor from(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    struct stat status {};
    if (from.get() < 0 || ::fstat(from.get(), &status) != 0)
        return told(file, "cannot read the master key: " + reason());
    if (S_ISREG(status.st_mode) && (status.st_mode & S_IRWXO) != 0)
        return told(file, "everybody may use this master key; run chmod o= on it");
    // One octet more than the longest form, to see that it is too long.
    wire::Bytes octets(2 * key_size + 3);
    std::size_t size = 0;
    while (size < octets.size()) {
        const ssize_t got = ::read(from.get(), octets.data() + size, octets.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return told(file, "cannot read the master key: " + reason());
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    const model::Secret whole(std::move(octets));
    const wire::BytesView content = whole.reveal().first(size);
    if (size == key_size) return MasterKey(model::Secret(content));
    if (auto secret = from_hexadecimal(content)) return MasterKey(std::move(*secret));
    return told(file, "is no master key; it has 32 octets, or 64 hexadecimal digits");
}

Outcome MasterKey::make(const std::filesystem::path& file, wire::Random& random) {
    wire::Bytes octets(key_size);
    random.fill(octets);
    MasterKey key{model::Secret(std::move(octets))};
    const Descriptor to(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (to.get() < 0) return told(file, "cannot make the master key: " + reason());
    std::string text = wire::to_hex(key.octets().reveal()) + "\n";
    const bool written = write_all(to.get(), wire::as_bytes(text)) && ::fsync(to.get()) == 0;
    const std::string why = written ? "" : reason();
    model::wipe(text.data(), text.size());
    if (!written) {
        ::unlink(file.c_str());
        return told(file, "cannot write the master key: " + why);
    }
    // What it seals must not outlive the name it is found by.
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
    const Descriptor above(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (above.get() < 0 || ::fsync(above.get()) != 0)
        return told(file, "cannot write the folder of the master key: " + reason());
    return key;
}

}  // namespace crypto
