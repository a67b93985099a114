#pragma once

#include <istream>
#include <ostream>

namespace cli {

// What a command reads and writes. `in` only where it is asked for with "-"; what people are told
// beside the result goes to `err`.
struct Console {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    bool err_is_terminal = false;  // somebody watches: progress is shown
    bool out_is_terminal = false;
};

}  // namespace cli
