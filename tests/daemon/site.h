#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

// A folder with settings, profiles and devices, gone with this object. To begin with the daemon
// listens on chosen ports of 127.0.0.1 and on a socket, and knows one device, "meter-1", that may
// be served unsecured.
class Site {
  public:
    Site();
    ~Site();
    Site(const Site&) = delete;
    Site& operator=(const Site&) = delete;

    std::string settings_file() const { return folder / "settings.json"; }
    std::string profile_file() const { return folder / "profiles.d" / "meter.json"; }
    std::string device_file() const { return folder / "devices.d" / "meters.json"; }
    std::string socket() const { return folder / "control.sock"; }

    void write_settings() const { write(settings_file(), settings); }
    static void write(const std::string& file, const nlohmann::json& what);

    static nlohmann::json profile();
    static nlohmann::json device(const std::string& endpoint);

    std::filesystem::path folder;
    nlohmann::json settings;
};
