#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <nlohmann/json_fwd.hpp>

#include "server/cli/api.h"
#include "server/cli/console.h"
#include "server/cli/exit_code.h"

// What the API answered, for people and for scripts.
namespace cli {

// Of a refusal: its detail, and a line for each problem with file and pointer.
ExitCode tell_refusal(const ApiAnswer&, std::ostream& err);
ExitCode tell(const Unreachable&, std::ostream& err);
// Of what can be nothing else than JSON.
ExitCode tell_nonsense(std::ostream& err);

// The answer where it is a success; else the exit code, and why is told.
std::variant<ApiAnswer, ExitCode> ask_for(const Place&, const ApiRequest&, std::ostream& err,
                                          const ApiFlow& = {});
// The same of an answer that is JSON.
std::variant<nlohmann::ordered_json, ExitCode> ask_for_json(const Place&, const ApiRequest&,
                                                            std::ostream& err);

// In lines that people read, and programs too.
void print(const nlohmann::ordered_json&, std::ostream& out);

// A value in a table, with nothing in it that a terminal would obey: "-" for null, "yes" and "no".
std::string cell(const nlohmann::ordered_json& value);
// What stands at a JSON pointer; "" where nothing does.
std::string cell_at(const nlohmann::ordered_json& object, const std::string& pointer);

}  // namespace cli
