#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include <boost/system/result.hpp>

#include "provisioning/catalog.h"
#include "provisioning/store/store.h"
#include "server/wire/bytes.h"

struct sqlite3;
struct sqlite3_stmt;

namespace store {

// One connection to an SQLite database; used by one thread at a time.
//
// Errors stick: after the first one every statement does nothing and gives no rows, until
// take_error(). So an operation is written as if nothing could fail, and whoever called it looks
// at failed() before the result.
class Connection {
  public:
    // What a statement's parameters are given: NULL, INTEGER, TEXT or BLOB.
    using Value = std::variant<std::monostate, std::int64_t, std::string_view, wire::BytesView>;
    // That of a call, or that of a vector.
    class Values {
      public:
        Values() = default;
        Values(std::initializer_list<Value> values) : values_(values.begin(), values.size()) {}
        Values(const std::vector<Value>& values) : values_(values) {}
        auto begin() const { return values_.begin(); }
        auto end() const { return values_.end(); }

      private:
        std::span<const Value> values_;
    };

    // Makes the file where there is none, for its owner alone. Empty: a database in memory.
    static boost::system::result<std::unique_ptr<Connection>, std::string> open(
        const std::filesystem::path& file, const std::string& vfs);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // The rows of a running statement. Lives no longer than the connection; ends the statement
    // when it goes.
    class Rows {
      public:
        Rows(Connection& connection, sqlite3_stmt* statement, bool* in_use);
        Rows(Rows&&) noexcept;
        Rows(const Rows&) = delete;
        Rows& operator=(const Rows&) = delete;
        Rows& operator=(Rows&&) = delete;
        ~Rows();

        bool next();
        std::int64_t integer(int column) const;
        std::string text(int column) const;
        wire::Bytes octets(int column) const;
        bool is_null(int column) const;

      private:
        Connection* connection_;
        sqlite3_stmt* statement_;  // null: it failed before it began
        bool* in_use_;             // null: not one of those that are kept
    };

    // Statements are kept under their texts, of which there must be a bounded number. One may not
    // be used twice at the same time. The values are copied.
    Rows query(std::string_view sql, Values = {});
    // A statement without rows.
    void run(std::string_view sql, Values = {});
    // Several statements without parameters, not kept.
    void run_script(const char* sql);
    // The first column of the first row; nothing: no row, or NULL.
    std::optional<std::int64_t> number(std::string_view sql, Values = {});

    // Of the last statement that changed rows.
    std::int64_t changes() const;
    std::int64_t last_id() const;
    // Some errors end the transaction by themselves.
    bool in_transaction() const;

    bool failed() const { return error_.has_value(); }
    // What is stored makes no sense, or another reason of the caller's.
    void fail(Error error);
    // The one that stuck, which is forgotten by that. Only where failed().
    Error take_error();

  private:
    explicit Connection(sqlite3* handle) : handle_(handle) {}
    void fail_by(int code);
    bool bind(sqlite3_stmt* statement, Values values);

    struct Kept {
        sqlite3_stmt* statement = nullptr;
        bool in_use = false;
    };
    sqlite3* handle_;
    std::unordered_map<std::string, Kept, provisioning::TextHash, std::equal_to<>> kept_;
    std::optional<Error> error_;
};

}  // namespace store
