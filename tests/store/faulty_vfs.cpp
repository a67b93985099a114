#include "tests/store/faulty_vfs.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <new>

#include <sqlite3.h>

namespace store_test {
namespace {

constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

wire::Bytes content_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

// A file as it was synced last, and what was done to it since.
struct FaultyVfs::Image {
    struct Change {
        std::size_t offset = 0;
        wire::Bytes octets;
        bool truncates = false;  // to `offset`
    };
    wire::Bytes synced;
    std::vector<Change> since;

    static void apply(const Change& change, wire::Bytes& to) {
        if (change.truncates) {
            to.resize(std::min(to.size(), change.offset));
            return;
        }
        to.resize(std::max(to.size(), change.offset + change.octets.size()));
        std::copy(change.octets.begin(), change.octets.end(),
                  to.begin() + static_cast<std::ptrdiff_t>(change.offset));
    }
};

struct FaultyVfs::State {
    mutable std::mutex mutex;
    std::uint64_t step = 0;
    std::uint64_t dark_from = never;
    std::uint64_t full_from = never;
    std::map<std::string, Image> images;
    sqlite3_vfs* below = nullptr;

    bool dark() const { return step >= dark_from; }

    // Takes a step; what became of it.
    int take_step(bool grows) {
        ++step;
        if (dark()) return SQLITE_IOERR;
        if (grows && step >= full_from) return SQLITE_FULL;
        return SQLITE_OK;
    }
};

namespace {

using State = FaultyVfs::State;
using Image = FaultyVfs::Image;

// What SQLite sees as a file; the file of the system's VFS follows it in memory.
struct File {
    sqlite3_file base;
    State* state;
    Image* image;  // null: of no durable file
    sqlite3_file* below;
};

File& of(sqlite3_file* file) {
    return *reinterpret_cast<File*>(file);
}

bool is_dark(const File& file) {
    const std::lock_guard lock(file.state->mutex);
    return file.state->dark();
}

int file_close(sqlite3_file* file) {
    File& self = of(file);
    return self.below->pMethods == nullptr ? SQLITE_OK : self.below->pMethods->xClose(self.below);
}

int file_read(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
    if (is_dark(of(file))) return SQLITE_IOERR_READ;
    return of(file).below->pMethods->xRead(of(file).below, to, size, offset);
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
    if (is_dark(of(file))) return SQLITE_IOERR_FSTAT;
    return of(file).below->pMethods->xFileSize(of(file).below, size);
}

int file_write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
    File& self = of(file);
    sqlite3_int64 now = 0;
    self.below->pMethods->xFileSize(self.below, &now);
    const std::lock_guard lock(self.state->mutex);
    if (self.image != nullptr) {
        const int code = self.state->take_step(offset + size > now);
        if (code != SQLITE_OK) return code;
        const auto* const octets = static_cast<const std::uint8_t*>(from);
        self.image->since.push_back(
            {static_cast<std::size_t>(offset), {octets, octets + size}, false});
    } else if (self.state->dark()) {
        return SQLITE_IOERR_WRITE;
    }
    return self.below->pMethods->xWrite(self.below, from, size, offset);
}

int file_truncate(sqlite3_file* file, sqlite3_int64 size) {
    File& self = of(file);
    const std::lock_guard lock(self.state->mutex);
    if (self.image != nullptr) {
        const int code = self.state->take_step(false);
        if (code != SQLITE_OK) return code;
        self.image->since.push_back({static_cast<std::size_t>(size), {}, true});
    }
    return self.below->pMethods->xTruncate(self.below, size);
}

int file_sync(sqlite3_file* file, int) {
    File& self = of(file);
    const std::lock_guard lock(self.state->mutex);
    if (self.image == nullptr) return SQLITE_OK;
    // Not the system's own: what is on the disk is what we say.
    const int code = self.state->take_step(false);
    if (code != SQLITE_OK) return code;
    for (const Image::Change& change : self.image->since) Image::apply(change, self.image->synced);
    self.image->since.clear();
    return SQLITE_OK;
}

int file_lock(sqlite3_file* file, int kind) {
    return of(file).below->pMethods->xLock(of(file).below, kind);
}
int file_unlock(sqlite3_file* file, int kind) {
    return of(file).below->pMethods->xUnlock(of(file).below, kind);
}
int file_check_lock(sqlite3_file* file, int* result) {
    return of(file).below->pMethods->xCheckReservedLock(of(file).below, result);
}
int file_control(sqlite3_file* file, int operation, void* argument) {
    return of(file).below->pMethods->xFileControl(of(file).below, operation, argument);
}
int file_sector(sqlite3_file*) {
    return 4096;
}
int file_characteristics(sqlite3_file*) {
    return 0;  // nothing that would save a sync
}
int file_shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** to) {
    return of(file).below->pMethods->xShmMap(of(file).below, page, size, extend, to);
}
int file_shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    return of(file).below->pMethods->xShmLock(of(file).below, offset, count, flags);
}
void file_shm_barrier(sqlite3_file* file) {
    of(file).below->pMethods->xShmBarrier(of(file).below);
}
int file_shm_unmap(sqlite3_file* file, int remove) {
    return of(file).below->pMethods->xShmUnmap(of(file).below, remove);
}

const sqlite3_io_methods methods = {2,
                                    file_close,
                                    file_read,
                                    file_write,
                                    file_truncate,
                                    file_sync,
                                    file_size,
                                    file_lock,
                                    file_unlock,
                                    file_check_lock,
                                    file_control,
                                    file_sector,
                                    file_characteristics,
                                    file_shm_map,
                                    file_shm_lock,
                                    file_shm_barrier,
                                    file_shm_unmap,
                                    nullptr,
                                    nullptr};

State& state_of(sqlite3_vfs* vfs) {
    return *static_cast<State*>(vfs->pAppData);
}

int vfs_open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
    State& state = state_of(vfs);
    auto* const below =
        reinterpret_cast<sqlite3_file*>(reinterpret_cast<std::uint8_t*>(file) + sizeof(File));
    std::memset(below, 0, static_cast<std::size_t>(state.below->szOsFile));
    auto* const self = new (file) File{{nullptr}, &state, nullptr, below};
    const std::lock_guard lock(state.mutex);
    if (state.dark()) return SQLITE_CANTOPEN;
    const int code = state.below->xOpen(state.below, name, below, flags, out);
    if (code != SQLITE_OK) return code;
    self->base.pMethods = &methods;
    if (name != nullptr &&
        (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0) {
        // The name is on the disk at once: SQLite syncs the folder where it counts.
        const auto [image, is_new] = state.images.try_emplace(name);
        if (is_new) image->second.synced = content_of(name);
        self->image = &image->second;
    }
    return SQLITE_OK;
}

int vfs_delete(sqlite3_vfs* vfs, const char* name, int sync) {
    State& state = state_of(vfs);
    const std::lock_guard lock(state.mutex);
    if (state.dark()) return SQLITE_IOERR_DELETE;
    // Kept under its address, which an open file of that name may hold.
    if (const auto found = state.images.find(name); found != state.images.end()) found->second = {};
    return state.below->xDelete(state.below, name, sync);
}

}  // namespace

FaultyVfs::FaultyVfs(std::string name)
    : name_(std::move(name)),
      state_(std::make_unique<State>()),
      vfs_(std::make_unique<sqlite3_vfs>(*sqlite3_vfs_find(nullptr))) {
    state_->below = sqlite3_vfs_find(nullptr);
    // What is not given here is the system's, which does not look at which VFS it is called by.
    vfs_->szOsFile = static_cast<int>(sizeof(File)) + state_->below->szOsFile;
    vfs_->zName = name_.c_str();
    vfs_->pNext = nullptr;
    vfs_->pAppData = state_.get();
    vfs_->xOpen = vfs_open;
    vfs_->xDelete = vfs_delete;
    sqlite3_vfs_register(vfs_.get(), 0);
}

FaultyVfs::~FaultyVfs() {
    sqlite3_vfs_unregister(vfs_.get());
}

std::uint64_t FaultyVfs::steps() const {
    const std::lock_guard lock(state_->mutex);
    return state_->step;
}

void FaultyVfs::lose_power_at(std::uint64_t step) {
    const std::lock_guard lock(state_->mutex);
    state_->dark_from = step;
}

bool FaultyVfs::is_dark() const {
    const std::lock_guard lock(state_->mutex);
    return state_->dark();
}

void FaultyVfs::fill_disk_at(std::uint64_t step) {
    const std::lock_guard lock(state_->mutex);
    state_->full_from = step == 0 ? never : step;
}

void FaultyVfs::power_comes_back(const std::function<bool()>& kept) {
    const std::lock_guard lock(state_->mutex);
    for (auto& [name, image] : state_->images) {
        wire::Bytes octets = image.synced;
        for (const Image::Change& change : image.since)
            if (kept && kept()) Image::apply(change, octets);
        std::ofstream(name, std::ios::binary | std::ios::trunc)
            << std::string(octets.begin(), octets.end());
        // What the memory that processes share says of a WAL is gone as well.
        std::filesystem::remove(name + "-shm");
    }
    state_->images.clear();
    state_->dark_from = never;
}

}  // namespace store_test
