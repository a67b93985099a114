#include "provisioning/store/sqlite_connection.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include <sqlite3.h>

namespace store {
namespace {

// SQLite would make it for everybody to read; -wal and -shm get the modes of the database.
std::string make_private(const std::filesystem::path& file) {
    const int made = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (made < 0) return std::strerror(errno);  // NOLINT(concurrency-mt-unsafe): at start-up
    ::close(made);
    return {};
}

Error error_of(int code, const char* said) {
    switch (code & 0xFF) {
        case SQLITE_FULL:
            return {Errc::disk_full, "no space is left for the database"};
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return {Errc::failed, "the database is damaged: restore a backup (" +
                                      std::string(sqlite3_errstr(code)) + ")"};
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return {Errc::failed, "another program holds the database"};
        default:
            return {Errc::failed, "the database failed: " + std::string(said)};
    }
}

}  // namespace

boost::system::result<std::unique_ptr<Connection>, std::string> Connection::open(
    const std::filesystem::path& file, const std::string& vfs) {
    if (!file.empty())
        if (const std::string why = make_private(file); !why.empty())
            return file.string() + ": cannot open the database: " + why;
    sqlite3* handle = nullptr;
    const int code =
        sqlite3_open_v2(file.empty() ? ":memory:" : file.c_str(), &handle,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                        vfs.empty() ? nullptr : vfs.c_str());
    std::unique_ptr<Connection> connection(new Connection(handle));
    if (code != SQLITE_OK)
        return file.string() + ": cannot open the database: " +
               (handle == nullptr ? "no memory" : sqlite3_errmsg(handle));
    sqlite3_busy_timeout(handle, 5000);
    return connection;
}

Connection::~Connection() {
    for (auto& [sql, kept] : kept_) sqlite3_finalize(kept.statement);
    sqlite3_close_v2(handle_);
}

void Connection::fail(Error error) {
    if (!error_) error_ = std::move(error);
}

void Connection::fail_by(int code) {
    fail(error_of(code, sqlite3_errmsg(handle_)));
}

Error Connection::take_error() {
    return *std::exchange(error_, std::nullopt);
}

bool Connection::bind(sqlite3_stmt* statement, Values values) {
    // An address that is not null, so that an empty text is no NULL.
    static constexpr char none = 0;
    const auto of = [](const void* data) { return data == nullptr ? &none : data; };
    // Copy it: SQLITE_TRANSIENT without its old cast.
    const auto copy = reinterpret_cast<sqlite3_destructor_type>(std::intptr_t{-1});
    int index = 0;
    for (const Value& value : values) {
        ++index;
        int code = SQLITE_OK;
        if (const auto* const number = std::get_if<std::int64_t>(&value))
            code = sqlite3_bind_int64(statement, index, *number);
        else if (const auto* const text = std::get_if<std::string_view>(&value))
            code = sqlite3_bind_text64(statement, index, static_cast<const char*>(of(text->data())),
                                       text->size(), copy, SQLITE_UTF8);
        else if (const auto* const octets = std::get_if<wire::BytesView>(&value))
            code = sqlite3_bind_blob64(statement, index, of(octets->data()), octets->size(), copy);
        else
            code = sqlite3_bind_null(statement, index);
        if (code == SQLITE_OK) continue;
        fail_by(code);
        return false;
    }
    return true;
}

Connection::Rows Connection::query(std::string_view sql, Values values) {
    if (failed()) return {*this, nullptr, nullptr};
    auto found = kept_.find(sql);
    if (found == kept_.end()) {
        sqlite3_stmt* statement = nullptr;
        const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                            SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
        if (code != SQLITE_OK) {
            fail_by(code);
            return {*this, nullptr, nullptr};
        }
        found = kept_.emplace(std::string(sql), Kept{statement, false}).first;
    }
    Kept& kept = found->second;
    if (kept.in_use) {
        fail({Errc::failed, "a statement is used twice at the same time"});
        return {*this, nullptr, nullptr};
    }
    if (!bind(kept.statement, values)) return {*this, nullptr, nullptr};
    kept.in_use = true;
    return {*this, kept.statement, &kept.in_use};
}

void Connection::run(std::string_view sql, Values values) {
    Rows rows = query(sql, values);
    while (rows.next()) continue;
}

void Connection::run_script(const char* sql) {
    if (failed()) return;
    const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail_by(code);
}

std::optional<std::int64_t> Connection::number(std::string_view sql, Values values) {
    Rows rows = query(sql, values);
    if (!rows.next() || rows.is_null(0)) return std::nullopt;
    return rows.integer(0);
}

std::int64_t Connection::changes() const {
    return sqlite3_changes64(handle_);
}

std::int64_t Connection::last_id() const {
    return sqlite3_last_insert_rowid(handle_);
}

bool Connection::in_transaction() const {
    return sqlite3_get_autocommit(handle_) == 0;
}

Connection::Rows::Rows(Connection& connection, sqlite3_stmt* statement, bool* in_use)
    : connection_(&connection), statement_(statement), in_use_(in_use) {}

Connection::Rows::Rows(Rows&& other) noexcept
    : connection_(other.connection_),
      statement_(std::exchange(other.statement_, nullptr)),
      in_use_(std::exchange(other.in_use_, nullptr)) {}

Connection::Rows::~Rows() {
    if (statement_ == nullptr) return;
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
    if (in_use_ != nullptr) *in_use_ = false;
}

bool Connection::Rows::next() {
    if (statement_ == nullptr || connection_->failed()) return false;
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) connection_->fail_by(code);
    return false;
}

std::int64_t Connection::Rows::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string Connection::Rows::text(int column) const {
    const wire::Bytes all = octets(column);
    return {all.begin(), all.end()};
}

wire::Bytes Connection::Rows::octets(int column) const {
    const auto* const data =
        static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
    if (data == nullptr) return {};
    return {data, data + sqlite3_column_bytes(statement_, column)};
}

bool Connection::Rows::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

}  // namespace store
