#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "provisioning/store/records.h"
#include "server/http/exchange.h"
#include "server/http/target.h"

namespace http {

// The parameters of a query, each at most once and by a known name. The first that is wrong is
// told; go on only where refusal() is nothing. The Target outlives it.
class Query {
  public:
    Query(const Target&, std::initializer_list<std::string_view> known);

    std::optional<std::string> text(std::string_view name) const;
    // One without a value would find everything.
    std::optional<std::string> filled(std::string_view name);
    std::optional<bool> boolean(std::string_view name);
    std::optional<store::WallTime> time(std::string_view name);  // RFC 3339
    // "limit" and "after" of a list.
    store::Page page(std::string_view list);

    void refuse(unsigned status, std::string why);
    const std::optional<Response>& refusal() const { return refusal_; }

  private:
    const std::string* find(std::string_view name) const;
    const Target& target_;
    std::optional<Response> refusal_;
};

// Link: <…>; rel="next": the same list with another "after".
std::string link_to_next(const Target&, std::string_view after);

}  // namespace http
