#include "server/secrets/secret_files.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "server/crypto/descriptor.h"

namespace secrets {
namespace {

constexpr std::size_t longest = 4096;

std::string credentials_folder() {
    const char* const folder = std::getenv("CREDENTIALS_DIRECTORY");  // set before any thread
    return folder == nullptr ? std::string() : folder;
}

bool is_there(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

// What stands for the key of a database in memory: nobody reads it again.
boost::system::result<MasterKeys, std::string> passing_key(wire::Random& random) {
    wire::Bytes octets(crypto::MasterKey::key_size);
    random.fill(octets);
    auto key = crypto::MasterKey::from(model::Secret(std::move(octets)));
    if (!key) return std::string("no key for the store in memory");
    MasterKeys keys;
    keys.keys.push_back(std::move(*key));
    return keys;
}

}  // namespace

boost::system::result<SecretFile, std::string> secret_file(const std::filesystem::path& named) {
    const auto no = [](std::string why) {
        return boost::system::result<SecretFile, std::string>(boost::system::in_place_error,
                                                              std::move(why));
    };
    const std::string text = named.string();
    if (!text.starts_with(config::credential_prefix)) return SecretFile{named};
    const std::string name = text.substr(config::credential_prefix.size());
    const std::string folder = credentials_folder();
    if (folder.empty())
        return no("there is no credential \"" + name +
                  "\": the service manager passed none; name a file, or add LoadCredential=" +
                  name + ":FILE to the unit");
    if (name.empty() || name.find('/') != std::string::npos)
        return no("\"" + text + "\" names no credential; write credential:NAME");
    return SecretFile{std::filesystem::path(folder) / name};
}

boost::system::result<model::Secret, std::string> read_secret(const std::filesystem::path& named) {
    const auto found_file = secret_file(named);
    if (!found_file) return found_file.error();
    const std::string name = found_file->path.string();
    const crypto::Descriptor file(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    struct stat found {};
    if (file.get() < 0 || ::fstat(file.get(), &found) != 0)
        return "cannot read the secret in " + name + ": " + std::strerror(errno);
    if (!S_ISREG(found.st_mode)) return "the secret " + name + " is no file";
    if ((found.st_mode & S_IRWXO) != 0)
        return "the secret in " + name + " is open to every user; run chmod o= " + name;
    wire::Bytes octets(longest + 1);
    std::size_t size = 0;
    while (size < octets.size()) {
        const ssize_t got = ::read(file.get(), octets.data() + size, octets.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return "cannot read the secret in " + name + ": " + std::strerror(errno);
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    const bool too_long = size > longest;
    if (size > 0 && octets[size - 1] == '\n') --size;
    model::Secret secret(wire::BytesView(octets.data(), size));
    model::wipe(octets.data(), octets.size());
    if (too_long)
        return "the secret in " + name + " is above " + std::to_string(longest) + " octets";
    if (secret.empty()) return "the secret in " + name + " is empty";
    return secret;
}

boost::system::result<MasterKeys, std::string> master_keys(const config::Store& store,
                                                           wire::Random& random) {
    if (store.sqlite.empty()) return passing_key(random);
    MasterKeys keys;
    std::filesystem::path file = store.master_key;
    if (file.empty()) {
        const std::string folder = credentials_folder();
        if (!folder.empty() && is_there(std::filesystem::path(folder) / "master-key")) {
            file = std::filesystem::path(folder) / "master-key";
        } else {
            file = store.sqlite.string() + ".key";
            if (!is_there(file)) {
                if (is_there(store.sqlite))
                    return "the key of " + store.sqlite.string() + " is missing: there is no " +
                           file.string() + "; bring it back, or name where it is in \"masterKey\"";
                auto made = crypto::MasterKey::make(file, random);
                if (!made) return made.error();
                keys.keys.push_back(std::move(*made));
                keys.made = file;
            }
        }
    }
    std::vector<std::filesystem::path> files;
    if (keys.keys.empty()) files.push_back(file);
    files.insert(files.end(), store.old_master_keys.begin(), store.old_master_keys.end());
    for (const auto& each : files) {
        const auto key_file = secret_file(each);
        if (!key_file) return key_file.error();
        auto key = crypto::MasterKey::read(key_file->path);
        if (!key) return key.error();
        keys.keys.push_back(std::move(*key));
    }
    return keys;
}

}  // namespace secrets
