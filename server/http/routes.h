#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "server/http/call.h"

namespace http {

struct Route {
    std::string_view method;     // a GET answers a HEAD too
    std::string_view path;       // "/v1/devices/{endpoint}"
    std::optional<Role> role;    // nothing: open to all
    std::string_view operation;  // operationId of openapi.json
    void (*handle)(const CallPointer&);
    // Of a route that takes its body in pieces; then handle is null.
    Router::Reception (*receive)(const CallPointer&) = nullptr;
};
// All of them; openapi.json describes each, and no other.
std::span<const Route> routes();

// routes_devices.cpp
void list_devices(const CallPointer&);
void get_device(const CallPointer&);
void put_device(const CallPointer&);
void delete_device(const CallPointer&);
// routes_credentials.cpp
void rotate_device(const CallPointer&);
void create_rotation(const CallPointer&);
void list_rotations(const CallPointer&);
void cancel_rotation(const CallPointer&);
// routes_import.cpp
Router::Reception import_devices(const CallPointer&);
// routes_profiles.cpp
void list_profiles(const CallPointer&);
void get_profile(const CallPointer&);
void put_profile(const CallPointer&);
void delete_profile(const CallPointer&);
void check_profile(const CallPointer&);
void show_plan(const CallPointer&);
// routes_sessions.cpp
void list_sessions(const CallPointer&);
void get_session(const CallPointer&);
void cancel_session(const CallPointer&);
// routes_attachments.cpp
void post_attachment(const CallPointer&);
void post_source(const CallPointer&);
// routes_traces.cpp
void stream_trace(const CallPointer&);
// routes_operations.cpp
void list_strangers(const CallPointer&);
void forget_strangers(const CallPointer&);
void list_deliveries(const CallPointer&);
void drop_delivery(const CallPointer&);
void list_audit(const CallPointer&);
void stream_events(const CallPointer&);
void get_status(const CallPointer&);
void get_metrics(const CallPointer&);
void reload(const CallPointer&);
void get_health(const CallPointer&);
void get_readiness(const CallPointer&);
void get_openapi(const CallPointer&);

}  // namespace http
