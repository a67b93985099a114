#include "server/http/spool.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>
#include <utility>

namespace http {
namespace {

constexpr std::size_t piece_size = 64 * 1024;

}  // namespace

// One descriptor, closed once.
class Spool::File {
  public:
    explicit File(int descriptor) : descriptor_(descriptor) {}
    ~File() { ::close(descriptor_); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    bool write(std::string_view octets) const {
        while (!octets.empty()) {
            const ssize_t written = ::write(descriptor_, octets.data(), octets.size());
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) return false;
            octets.remove_prefix(static_cast<std::size_t>(written));
        }
        return true;
    }
    // Less than wanted: it broke.
    std::string read(std::uint64_t from, std::size_t wanted) const {
        std::string octets(wanted, '\0');
        std::size_t got = 0;
        while (got < wanted) {
            const ssize_t some = ::pread(descriptor_, octets.data() + got, wanted - got,
                                         static_cast<off_t>(from + got));
            if (some < 0 && errno == EINTR) continue;
            if (some <= 0) break;
            got += static_cast<std::size_t>(some);
        }
        octets.resize(got);
        return octets;
    }

  private:
    int descriptor_;
};

namespace {

template <class File>
class SpoolSource final : public BodySource {
  public:
    SpoolSource(std::shared_ptr<const File> file, std::uint64_t size, bool whole)
        : file_(std::move(file)), size_(size), whole_(whole) {}

    void next(Give give) override {
        const auto wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(size_ - sent_, piece_size));
        Piece piece{file_->read(sent_, wanted), Piece::Then::go_on};
        sent_ += piece.octets.size();
        if (!whole_ || piece.octets.size() != wanted)
            piece.then = Piece::Then::cut;
        else if (sent_ == size_)
            piece.then = Piece::Then::end;
        give(std::move(piece));
    }

  private:
    std::shared_ptr<const File> file_;
    std::uint64_t size_;
    bool whole_;
    std::uint64_t sent_ = 0;
};

}  // namespace

Spool::Spool(std::shared_ptr<File> file, std::uint64_t most_octets)
    : file_(std::move(file)), most_octets_(most_octets) {}
Spool::~Spool() = default;

boost::system::result<Spool, std::string> Spool::make(const std::filesystem::path& folder,
                                                      std::uint64_t most_octets) {
    int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
        // A file system that has no files without names.
        std::string name = (folder / "lwm2m-bootstrapd-XXXXXX").string();
        descriptor = ::mkostemp(name.data(), O_CLOEXEC);
        if (descriptor >= 0) ::unlink(name.c_str());
    }
    if (descriptor < 0)
        return "cannot make a file in " + folder.string() + ": " + std::strerror(errno);
    return Spool(std::make_shared<File>(descriptor), most_octets);
}

bool Spool::write(std::string_view octets) {
    if (failed_) return false;
    if (octets.size() > most_octets_ - written_) {
        failed_ = true;
        return false;
    }
    buffer_ += octets;
    written_ += octets.size();
    if (buffer_.size() < piece_size) return true;
    failed_ = !file_->write(buffer_);
    buffer_.clear();
    return !failed_;
}

std::uint64_t Spool::size() const {
    return written_;
}

std::shared_ptr<BodySource> Spool::read() && {
    if (!failed_ && !file_->write(buffer_)) failed_ = true;
    buffer_.clear();
    return std::make_shared<SpoolSource<File>>(std::move(file_), written_, !failed_);
}

}  // namespace http
