#include "server/service/service_manager.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <systemd/sd-daemon.h>
#include <utility>

namespace service {
namespace {

// A value is one line, sd_notify(3).
std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

void tell(const std::string& state) {
    sd_notify(0, state.c_str());
}

}  // namespace

ServiceManager::ServiceManager() : is_there_(std::getenv("NOTIFY_SOCKET") != nullptr) {
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(1, &microseconds) > 0)
        watchdog_ =
            std::chrono::duration_cast<wire::Duration>(std::chrono::microseconds(microseconds / 2));
    char** names = nullptr;
    const int count = sd_listen_fds_with_names(1, &names);
    for (int i = 0; i < count; ++i)
        sockets_.push_back({SD_LISTEN_FDS_START + i, names != nullptr ? names[i] : ""});
    if (names != nullptr) {
        for (char** name = names; *name != nullptr; ++name) std::free(*name);
        std::free(names);
    }
}

void ServiceManager::ready(const std::string& status) {
    tell("READY=1\nSTATUS=" + one_line(status));
}

void ServiceManager::status(const std::string& text) {
    tell("STATUS=" + one_line(text));
}

// MONOTONIC_USEC is what newer managers (Type=notify-reload) compare.
void ServiceManager::reloading() {
    const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
    tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count()) +
         "\nSTATUS=reading the settings again");
}

void ServiceManager::stopping(const std::string& text, wire::Duration at_most) {
    const auto microseconds = std::chrono::ceil<std::chrono::microseconds>(at_most);
    tell("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + std::to_string(microseconds.count()) +
         "\nSTATUS=" + one_line(text));
}

void ServiceManager::alive() {
    if (watchdog_) tell("WATCHDOG=1");
}

std::vector<ServiceManager::Passed> ServiceManager::take_sockets() {
    return std::exchange(sockets_, {});
}

}  // namespace service
