#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "provisioning/store/sqlite_connection.h"

namespace store {

// A SELECT of a page: as many conditions as the filter has. Each parameter is a "?" in order.
// What values refer to must outlive it.
class Listing {
  public:
    explicit Listing(std::string_view select) : sql_(select) {}

    void where(std::string_view condition) {
        sql_.append(has_condition_ ? " AND " : " WHERE ").append(condition);
        has_condition_ = true;
    }
    void where(std::string_view condition, Connection::Value value) {
        where(condition);
        values_.push_back(value);
    }
    Connection::Rows run(Connection& db, std::string_view order, std::int64_t rows) {
        sql_.append(" ORDER BY ").append(order).append(" LIMIT ?");
        values_.emplace_back(rows);
        return db.query(sql_, values_);
    }

  private:
    std::string sql_;
    std::vector<Connection::Value> values_;
    bool has_condition_ = false;
};

}  // namespace store
