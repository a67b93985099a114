#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <boost/system/result.hpp>

namespace store {

// Keeps a second program off a database: the file beside it, "….lock", locked as long as this
// lives (and no longer than the process).
class FileLock {
  public:
    static boost::system::result<std::unique_ptr<FileLock>, std::string> take(
        const std::filesystem::path& database);
    ~FileLock();
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

  private:
    explicit FileLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

}  // namespace store
