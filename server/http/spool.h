#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

#include "server/http/exchange.h"

namespace http {

// An answer that is too long for memory: written to a file without a name first, and sent from
// there. It is gone with the last who holds it, also when the daemon is killed.
class Spool {
  public:
    // In the folder; the error names it.
    static boost::system::result<Spool, std::string> make(const std::filesystem::path& folder,
                                                          std::uint64_t most_octets);
    Spool(Spool&&) noexcept = default;
    Spool& operator=(Spool&&) noexcept = default;
    ~Spool();

    // False when it could not be written (the disk is full) or went above its limit: what it holds
    // is then not whole, and every further write fails too.
    bool write(std::string_view octets);
    std::uint64_t size() const;

    // The octets from the first to the last; nothing is written after it.
    std::shared_ptr<BodySource> read() &&;

  private:
    class File;
    Spool(std::shared_ptr<File>, std::uint64_t most_octets);
    std::shared_ptr<File> file_;
    std::string buffer_;
    std::uint64_t most_octets_;
    std::uint64_t written_ = 0;
    bool failed_ = false;
};

}  // namespace http
