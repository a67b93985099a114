#include "provisioning/store/file_lock.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace store {

boost::system::result<std::unique_ptr<FileLock>, std::string> FileLock::take(
    const std::filesystem::path& database) {
    std::filesystem::path file = database;
    file += ".lock";
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        // NOLINTNEXTLINE(concurrency-mt-unsafe): at start-up
        return file.string() + ": cannot be opened: " + std::strerror(errno);
    std::unique_ptr<FileLock> lock(new FileLock(descriptor));
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
        return database.string() +
               ": is in use by another lwm2m-bootstrapd; stop that one, or name another file";
    return lock;
}

FileLock::~FileLock() {
    ::close(descriptor_);
}

}  // namespace store
