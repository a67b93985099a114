#include "provisioning/store/sqlite_backup.h"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace store {
namespace {

Error failure(const std::filesystem::path& file) {
    const int number = errno;
    return {number == ENOSPC ? Errc::disk_full : Errc::failed,
            file.string() + ": " + std::generic_category().message(number)};
}

bool sync(const std::filesystem::path& file, int flags) {
    const int descriptor = ::open(file.c_str(), flags | O_CLOEXEC);
    if (descriptor < 0) return false;
    const bool synced = ::fsync(descriptor) == 0;
    ::close(descriptor);
    return synced;
}

}  // namespace

void back_up(Connection& db, const std::filesystem::path& to) {
    // SQLite takes an empty file for none, and would make it for everybody to read.
    const int made = ::open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (made < 0) return db.fail(failure(to));
    ::close(made);
    const std::string name = to.string();
    const bool only_reads = db.number("PRAGMA query_only").value_or(0) != 0;
    db.run("PRAGMA query_only = OFF");
    db.run("VACUUM INTO ?", {name});
    std::optional<Error> error;
    if (db.failed()) error = db.take_error();
    if (only_reads) db.run("PRAGMA query_only = ON");
    const std::filesystem::path folder = to.has_parent_path() ? to.parent_path() : ".";
    if (!error && !(sync(to, O_RDWR) && sync(folder, O_RDONLY | O_DIRECTORY))) error = failure(to);
    if (!error) return;
    ::unlink(to.c_str());
    db.fail(std::move(*error));
}

}  // namespace store
