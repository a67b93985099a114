#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "server/http/backend.h"
#include "server/http/exchange.h"
#include "server/http/routes.h"

namespace http {

// The API: finds the route of a request, sees to its role, lets it answer. On the control thread;
// the Backend outlives it and every callback that it was handed.
class Api final : public Router {
  public:
    explicit Api(Backend&);

    bool is_open_to_all(const Request& head) override;
    Reception receive(const Request& head) override;
    void route(Request, Reply) override;

  private:
    std::shared_ptr<ApiState> state_;
};

}  // namespace http
