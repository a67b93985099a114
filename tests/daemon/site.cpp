#include "tests/daemon/site.h"

#include <cstdlib>
#include <fstream>

using nlohmann::json;

Site::Site() {
    std::string name = (std::filesystem::temp_directory_path() / "daemon-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    std::filesystem::create_directory(folder / "profiles.d");
    std::filesystem::create_directory(folder / "devices.d");
    settings = json{{"listen", {{"coap", {"127.0.0.1:0"}}, {"coaps", {"127.0.0.1:0"}}}},
                    {"http", {{"listen", {"127.0.0.1:0"}}, {"socket", "control.sock"}}},
                    {"shards", 2}};
    write_settings();
    write(profile_file(), profile());
    write(device_file(), json::array({device("meter-1")}));
}

Site::~Site() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
}

void Site::write(const std::string& file, const json& what) {
    std::ofstream(file) << what.dump(2) << '\n';
}

json Site::profile() {
    return {{"name", "meter"},
            {"servers",
             {{{"shortServerId", 101},
               {"uri", "coap://192.0.2.1:5683"},
               {"security", {{"mode", "nosec"}}},
               {"lifetime", 86400}}}}};
}

json Site::device(const std::string& endpoint) {
    return {{"endpoint", endpoint}, {"profile", "meter"}, {"credentials", {{"nosec", true}}}};
}
