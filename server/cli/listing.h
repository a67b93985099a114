#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "server/cli/api.h"
#include "server/cli/console.h"
#include "server/cli/exit_code.h"

namespace cli {

// One of the API's lists, as a table with a line an entry, or as its JSON.
struct Listing {
    struct Column {
        std::string title;
        std::string pointer;  // into an entry
    };
    Place place;
    std::string path;                                          // "/v1/devices"
    std::string list;                                          // the member that holds the entries
    std::vector<std::pair<std::string, std::string>> queries;  // empty values are left out
    std::vector<Column> columns;
    std::size_t limit = 100;  // of entries; 0: all of them
    bool is_paged = true;
    bool json = false;
};

// A table comes page by page; the JSON as one object with all the entries.
ExitCode show(const Listing&, Console&);

}  // namespace cli
