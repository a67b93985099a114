#include "server/bootstrap/record.h"

namespace bootstrap {

std::string_view to_string(Mode mode) {
    switch (mode) {
        case Mode::client_initiated:
            return "client-initiated";
        case Mode::server_initiated:
            return "server-initiated";
    }
    return "";
}

}  // namespace bootstrap
