#include "provisioning/model/definitions_tables.h"

// Portfolio (/16), BinaryAppDataContainer (/19), Event Log (/20), Virtual Observe Notify (/22),
// Gateway (/25) and Gateway Routing (/26).
namespace model::tables {
namespace {

using enum ResourceType;
using enum Enabler;

constexpr auto portfolio_rows = std::to_array<Row>({
    {0, "Identity", text, multiple | mandatory},
    {1, "GetAuthData", none},
    {2, "AuthData", opaque, multiple | sensitive | read_only},
    {3, "AuthStatus", integer, read_only, {0, 2}},
});
constexpr auto portfolio_editions = std::to_array<Edition>({{{1, 0}, v1_0, many}});

constexpr auto container_rows = std::to_array<Row>({
    {0, "Data", opaque, multiple | mandatory},
    {1, "Data Priority", integer, plain, {-128, 255}},
    {2, "Data Creation Time", time},
    {3, "Data Description", text, plain, {0, 32}},
    {4, "Data Format", text, plain, {0, 32}},
    {5, "App ID", integer, plain, {-32768, 65535}},
});
constexpr auto container_editions = std::to_array<Edition>({{{1, 0}, v1_0, many}});

constexpr auto event_log_rows = std::to_array<Row>({
    {4010, "LogClass", integer, plain, {0, 255}},
    {4011, "LogStart", none},
    {4012, "LogStop", none},
    {4013, "LogStatus", integer, read_only, {0, 255}},
    {4014, "LogData", opaque, mandatory | read_only},
    {4015, "LogDataFormat", integer, plain, {0, 255}},
    {4016, "LogDataIncremental", opaque, plain, any, {2, 1}},
    {4017, "LogDataIncrementalMinimumSendInterval", unsigned_integer, plain, any, {2, 1}},
});
constexpr auto event_log_editions =
    std::to_array<Edition>({{{1, 0}, v1_0, one}, {{2, 0}, v1_0, many}, {{2, 1}, v1_1, many}});

constexpr auto observe_rows = std::to_array<Row>({
    {0, "ObserveLinks", core_link, multiple | mandatory},
    {1, "Report", text, mandatory | read_only},
    {2, "ResourceFilter", boolean},
    {3, "ReportLinks", core_link, multiple},
    {4, "ObserveRelation", integer},
    {5, "Virtual Observe Report Format", integer, plain, any, {1, 1}},
    {6, "Virtual Observe Report", opaque, read_only, any, {1, 1}},
});
constexpr auto observe_editions =
    std::to_array<Edition>({{{1, 0}, v1_1, many}, {{1, 1}, v1_1, many}});

constexpr auto gateway_rows = std::to_array<Row>({
    {0, "Device ID", text, mandatory | read_only},
    {1, "Prefix", text, mandatory, any, {1, 0}, {1, 0}},
    {1, "Prefix", text, mandatory | read_only, any, {2, 0}},
    {2, "Routing Table Entry", object_link, read_only, any, {1, 0}, {1, 0}},
    {3, "IoT Device Objects", core_link, mandatory | read_only, any, {2, 0}},
});
constexpr auto gateway_editions =
    std::to_array<Edition>({{{1, 0}, v1_2, many}, {{2, 0}, v1_1, many}});

constexpr auto routing_rows = std::to_array<Row>({
    {0, "LwM2M Object ID", unsigned_integer, mandatory | read_only},
    {1, "Mapping Info", core_link, mandatory | read_only},
});
constexpr auto routing_editions = std::to_array<Edition>({{{1, 0}, v1_2, many}});

constexpr auto objects = std::to_array<Object>({
    {16, "Portfolio", portfolio_rows, portfolio_editions},
    {19, "BinaryAppDataContainer", container_rows, container_editions},
    {20, "Event Log", event_log_rows, event_log_editions},
    {22, "Virtual Observe Notify", observe_rows, observe_editions},
    {25, "LwM2M Gateway", gateway_rows, gateway_editions},
    {26, "LwM2M Gateway Routing", routing_rows, routing_editions},
});

}  // namespace

std::span<const Object> applications() {
    return objects;
}

}  // namespace model::tables
