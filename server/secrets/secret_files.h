#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <boost/system/result.hpp>

#include "config/store_settings.h"
#include "provisioning/model/secret.h"
#include "server/crypto/sealing.h"
#include "server/wire/random.h"

// The secrets that the settings name by file or by systemd credential.
namespace secrets {

// "credential:NAME" is a file of $CREDENTIALS_DIRECTORY (systemd.exec(5)). The error says what to
// do where there is no such directory.
struct SecretFile {
    std::filesystem::path path;
};
boost::system::result<SecretFile, std::string> secret_file(const std::filesystem::path& named);

// The octets of the file, without one line end after them. Refused: an empty one, one above 4096
// octets, one that others than its owner and group may read.
boost::system::result<model::Secret, std::string> read_secret(const std::filesystem::path& path);

struct MasterKeys {
    std::vector<crypto::MasterKey> keys;  // the one in force first
    std::filesystem::path made;           // the key file that was made; empty: none was
};
// As the settings name them. Where they name none: the credential "master-key", else a file beside
// the database, which is made when there is no database yet. A database without its key is an
// error, not a reason for another key.
boost::system::result<MasterKeys, std::string> master_keys(const config::Store&, wire::Random&);

}  // namespace secrets
