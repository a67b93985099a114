#include "server/cli/store_files.h"

#include <fcntl.h>
#include <fstream>
#include <optional>
#include <unistd.h>
#include <utility>

#include "config/settings.h"
#include "provisioning/store/transfer.h"
#include "server/cli/system_random.h"
#include "server/secrets/secret_files.h"

namespace cli {
namespace {

ExitCode refuse(std::ostream& err, const std::string& why) {
    err << "lwm2m-bootstrapctl: " << why << '\n';
    return ExitCode::no;
}

std::optional<store::SqliteOptions> options_of(const std::filesystem::path& config,
                                               wire::Random& random, std::ostream& err) {
    document::Problems problems;
    const auto settings = config::load_settings(config, problems);
    for (const document::Problem& problem : problems) err << document::to_string(problem) << '\n';
    if (!settings) return std::nullopt;
    if (settings->store.sqlite.empty()) {
        err << config.string() << ": /store/sqlite: the store is in memory: there is no file\n";
        return std::nullopt;
    }
    auto keys = secrets::master_keys(settings->store, random);
    if (!keys) {
        err << config.string() << ": /store/masterKey: " << keys.error() << '\n';
        return std::nullopt;
    }
    store::SqliteOptions options;
    options.file = settings->store.sqlite;
    options.keys = std::move(keys->keys);
    return options;
}

// A dump tells who the devices are: it is its owner's alone, and replaces nothing.
bool make_private(const std::filesystem::path& file) {
    const int made = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (made >= 0) ::close(made);
    return made >= 0;
}

ExitCode tell(const store::TransferResult& result, const std::string& what, std::ostream& out,
              std::ostream& err) {
    if (!result) return refuse(err, result.error());
    out << what << ' ' << result->devices << " devices and " << result->profiles << " profiles\n";
    return ExitCode::well;
}

}  // namespace

ExitCode with_store(const StoreFiles& files, std::istream& in, std::ostream& out,
                    std::ostream& err) {
    SystemRandom random;
    const auto options = options_of(files.config, random, err);
    if (!options) return ExitCode::usage;
    const std::string file = files.file.string();
    switch (files.action) {
        case StoreFiles::Action::backup: {
            if (const auto why = store::copy(*options, files.file)) return refuse(err, *why);
            out << "copied to " << file << '\n';
            return ExitCode::well;
        }
        case StoreFiles::Action::dump: {
            if (file == "-") return tell(store::dump(*options, out), "dumped", err, err);
            if (!make_private(files.file))
                return refuse(err, "cannot make " + file + ": it is there, or its folder is not");
            std::ofstream to(files.file, std::ios::binary);
            return tell(store::dump(*options, to), "dumped", out, err);
        }
        case StoreFiles::Action::load: {
            if (file == "-") return tell(store::load(*options, in, random), "loaded", out, err);
            std::ifstream from(files.file, std::ios::binary);
            if (!from) return refuse(err, "cannot read " + file);
            return tell(store::load(*options, from, random), "loaded", out, err);
        }
        case StoreFiles::Action::rewrap: {
            const auto done = store::rewrap(*options, random);
            if (!done) return refuse(err, done.error());
            out << "wrapped " << *done << " records anew\n";
            return ExitCode::well;
        }
    }
    return ExitCode::usage;
}

}  // namespace cli
