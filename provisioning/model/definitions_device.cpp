#include "provisioning/model/definitions_tables.h"

// Device (/3) to Software Management (/9), Software Component (/14), DevCapMgmt (/15).
namespace model::tables {
namespace {

using enum ResourceType;
using enum Enabler;

constexpr auto device_rows = std::to_array<Row>({
    {0, "Manufacturer", text, read_only},
    {1, "Model Number", text, read_only},
    {2, "Serial Number", text, read_only},
    {3, "Firmware Version", text, read_only},
    {4, "Reboot", none, mandatory},
    {5, "Factory Reset", none},
    {6, "Available Power Sources", integer, multiple | read_only, {0, 7}},
    {7, "Power Source Voltage", integer, multiple | read_only},
    {8, "Power Source Current", integer, multiple | read_only},
    {9, "Battery Level", integer, read_only, {0, 100}},
    {10, "Memory Free", integer, read_only},
    {11, "Error Code", integer, multiple | mandatory | read_only, {0, 32}},
    {12, "Reset Error Code", none},
    {13, "Current Time", time},
    {14, "UTC Offset", text},
    {15, "Timezone", text},
    {16, "Supported Binding and Modes", text, mandatory | read_only},
    {17, "Device Type", text, read_only},
    {18, "Hardware Version", text, read_only},
    {19, "Software Version", text, read_only},
    {20, "Battery Status", integer, read_only, {0, 6}},
    {21, "Memory Total", integer, read_only},
    {22, "ExtDevInfo", object_link, multiple | read_only},
});
constexpr auto device_editions =
    std::to_array<Edition>({{{1, 0}, v1_0, one}, {{1, 1}, v1_1, one}, {{1, 2}, v1_1, one}});

constexpr auto monitoring_rows = std::to_array<Row>({
    {0, "Network Bearer", integer, mandatory | read_only, {0, 50}},
    {1, "Available Network Bearer", integer, multiple | mandatory | read_only, {0, 50}},
    {2, "Radio Signal Strength", integer, mandatory | read_only},
    {3, "Link Quality", integer, read_only},
    {4, "IP Addresses", text, multiple | mandatory | read_only},
    {5, "Router IP Addresses", text, multiple | read_only},
    {6, "Link Utilization", integer, read_only, {0, 100}},
    {7, "APN", text, multiple | read_only},
    {8, "Cell ID", integer, read_only},
    {9, "SMNC", integer, read_only, {0, 999}},
    {10, "SMCC", integer, read_only, {0, 999}},
    {11, "SignalSNR", integer, read_only, any, {1, 1}},
    {12, "LAC", integer, read_only, any, {1, 2}},
    {13, "Coverage Enhancement Level", integer, read_only, {0, 4}, {1, 3}},
});
constexpr auto monitoring_editions = std::to_array<Edition>(
    {{{1, 0}, v1_0, one}, {{1, 1}, v1_0, one}, {{1, 2}, v1_1, one}, {{1, 3}, v1_1, one}});

constexpr auto firmware_rows = std::to_array<Row>({
    {0, "Package", opaque, mandatory},
    {1, "Package URI", text, mandatory, {0, 255}},
    {2, "Update", none, mandatory},
    {3, "State", integer, mandatory | read_only, {0, 3}},
    {5, "Update Result", integer, mandatory | read_only, {0, 11}},
    {6, "PkgName", text, read_only, {0, 255}},
    {7, "PkgVersion", text, read_only, {0, 255}},
    {8, "Firmware Update Protocol Support", integer, multiple | read_only, {0, 5}},
    {9, "Firmware Update Delivery Method", integer, mandatory | read_only, {0, 2}},
    {10, "Cancel", none, plain, any, {1, 1}},
    {11, "Severity", integer, plain, {0, 2}, {1, 1}},
    {12, "Last State Change Time", time, read_only, any, {1, 1}},
    {13, "Maximum Defer Period", unsigned_integer, plain, any, {1, 1}},
    {14, "Automatic Upgrade at Download", boolean, plain, any, {1, 2}},
});
constexpr auto firmware_editions =
    std::to_array<Edition>({{{1, 0}, v1_0, one}, {{1, 1}, v1_1, one}, {{1, 2}, v1_1, one}});

constexpr auto location_rows = std::to_array<Row>({
    {0, "Latitude", floating, mandatory | read_only},
    {1, "Longitude", floating, mandatory | read_only},
    {2, "Altitude", floating, read_only},
    {3, "Radius", floating, read_only},
    {4, "Velocity", opaque, read_only},
    {5, "Timestamp", time, mandatory | read_only},
    {6, "Speed", floating, read_only},
});
constexpr auto location_editions = std::to_array<Edition>({{{1, 0}, v1_0, one}});

constexpr auto statistics_rows = std::to_array<Row>({
    {0, "SMS Tx Counter", integer, read_only},
    {1, "SMS Rx Counter", integer, read_only},
    {2, "Tx Data", integer, read_only},
    {3, "Rx Data", integer, read_only},
    {4, "Max Message Size", integer, read_only},
    {5, "Average Message Size", integer, read_only},
    {6, "Start", none, mandatory},
    {7, "Stop", none, mandatory},
    {8, "Collection Period", integer},
});
constexpr auto statistics_editions = std::to_array<Edition>({{{1, 0}, v1_0, one}});

constexpr auto lock_and_wipe_rows = std::to_array<Row>({
    {0, "State", integer, mandatory, {0, 2}},
    {1, "Lock target", text, multiple | mandatory},
    {2, "Wipe item", text, multiple | read_only},
    {3, "Wipe", none, mandatory},
    {4, "Wipe target", text, multiple | mandatory},
    {5, "Lock or Wipe Operation Result", integer, mandatory | read_only, {0, 8}},
});
constexpr auto lock_and_wipe_editions = std::to_array<Edition>({{{1, 0}, v1_0, one}});

constexpr auto software_rows = std::to_array<Row>({
    {0, "PkgName", text, mandatory | read_only, {0, 255}},
    {1, "PkgVersion", text, mandatory | read_only, {0, 255}},
    {2, "Package", opaque},
    {3, "Package URI", text, plain, {0, 255}},
    {4, "Install", none, mandatory},
    {5, "Checkpoint", object_link, read_only},
    {6, "Uninstall", none, mandatory},
    {7, "Update State", integer, mandatory | read_only, {0, 4}},
    {8, "Update Supported Objects", boolean},
    {9, "Update Result", integer, mandatory | read_only, {0, 200}},
    {10, "Activate", none, mandatory},
    {11, "Deactivate", none, mandatory},
    {12, "Activation State", boolean, mandatory | read_only},
    {13, "Package Settings", object_link},
    {14, "User Name", text, plain, {0, 255}},
    {15, "Password", text, sensitive, {0, 255}},
    {16, "Status Reason", text, read_only},
    {17, "Software Component Link", object_link, multiple | read_only},
    {18, "Software Component tree length", integer, read_only, {0, 255}},
});
constexpr auto software_editions = std::to_array<Edition>({{{1, 0}, v1_0, many}});

constexpr auto component_rows = std::to_array<Row>({
    {0, "Component Identity", text, read_only, {0, 255}},
    {1, "Component Pack", opaque, read_only},
    {2, "Component Version", text, read_only, {0, 255}},
    {3, "Activate", none},
    {4, "Deactivate", none},
    {5, "Activation State", boolean, read_only},
});
constexpr auto component_editions = std::to_array<Edition>({{{1, 0}, v1_0, many}});

constexpr auto capability_rows = std::to_array<Row>({
    {0, "Property", text, mandatory | read_only},
    {1, "Group", integer, mandatory | read_only, {0, 15}},
    {2, "Description", text, read_only},
    {3, "Attached", boolean, read_only},
    {4, "Enabled", boolean, mandatory | read_only},
    {5, "opEnable", none, mandatory},
    {6, "opDisable", none, mandatory},
    {7, "NotifyEn", boolean},
});
constexpr auto capability_editions =
    std::to_array<Edition>({{{1, 0}, v1_0, many}, {{2, 0}, v1_0, many}});

constexpr auto objects = std::to_array<Object>({
    {3, "Device", device_rows, device_editions},
    {4, "Connectivity Monitoring", monitoring_rows, monitoring_editions},
    {5, "Firmware Update", firmware_rows, firmware_editions},
    {6, "Location", location_rows, location_editions},
    {7, "Connectivity Statistics", statistics_rows, statistics_editions},
    {8, "Lock and Wipe", lock_and_wipe_rows, lock_and_wipe_editions},
    {9, "LWM2M Software Management", software_rows, software_editions},
    {14, "LWM2M Software Component", component_rows, component_editions},
    {15, "DevCapMgmt", capability_rows, capability_editions},
});

}  // namespace

std::span<const Object> device() {
    return objects;
}

}  // namespace model::tables
