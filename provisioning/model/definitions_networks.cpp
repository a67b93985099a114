#include "provisioning/model/definitions_tables.h"

// Cellular Connectivity (/10), APN Connection Profile (/11), WLAN (/12), Bearer Selection (/13),
// 5GNR Connectivity (/27), Device RF Capabilities (/28).
namespace model::tables {
namespace {

using enum ResourceType;
using enum Enabler;

constexpr auto cellular_rows = std::to_array<Row>({
    {0, "SMSC address", text},
    {1, "Disable radio period", integer, plain, {0, 65535}},
    {2, "Module activation code", text},
    {3, "Vendor specific extensions", object_link, read_only},
    {4, "PSM Timer (1)", integer, plain, any, {1, 0}, {1, 0}},
    {4, "PSM Timer", integer, plain, any, {1, 1}},
    {5, "Active Timer (1)", integer, plain, any, {1, 0}, {1, 0}},
    {5, "Active Timer", integer, plain, any, {1, 1}},
    {6, "Serving PLMN Rate control", integer, read_only, any, {1, 0}, {1, 0}},
    {7, "eDRX parameters for Iu mode (1)", opaque, plain, {1, 1}, {1, 0}, {1, 0}},
    {7, "eDRX parameters for Iu mode", opaque, plain, {0, 255}, {1, 1}},
    {8, "eDRX parameters for WB-S1 mode (1)", opaque, plain, {1, 1}, {1, 0}, {1, 0}},
    {8, "eDRX parameters for WB-S1 mode", opaque, plain, {0, 255}, {1, 1}},
    {9, "eDRX parameters for NB-S1 mode (1)", opaque, plain, {1, 1}, {1, 0}, {1, 0}},
    {9, "eDRX parameters for NB-S1 mode", opaque, plain, {0, 255}, {1, 1}},
    {10, "eDRX parameters for A/Gb mode (1)", opaque, plain, {1, 1}, {1, 0}, {1, 0}},
    {10, "eDRX parameters for A/Gb mode", opaque, plain, {0, 255}, {1, 1}},
    {11, "Activated Profile Names", object_link, multiple | mandatory | read_only},
    {12, "Supported Power Saving Modes", unsigned_integer, read_only, {0, 255}, {1, 1}},
    {13, "Active Power Saving Modes", unsigned_integer, plain, {0, 255}, {1, 1}},
    {14, "Release Assistance Indication Usage", unsigned_integer, plain, {0, 255}, {1, 1}},
});
constexpr auto cellular_editions =
    std::to_array<Edition>({{{1, 0}, v1_0, one}, {{1, 1}, v1_1, one}});

constexpr auto apn_rows = std::to_array<Row>({
    {0, "Profile name", text, mandatory},
    {1, "APN", text},
    {2, "Auto select APN by device", boolean},
    {3, "Enable status", boolean},
    {4, "Authentication Type", integer, mandatory},
    {5, "User Name", text},
    {6, "Secret", text, sensitive},
    {7, "Reconnect Schedule", text},
    {8, "Validity (MCC, MNC)", text, multiple},
    {9, "Connection establishment time (1)", time, multiple | read_only},
    {10, "Connection establishment result (1)", integer, multiple | read_only},
    {11, "Connection establishment reject cause (1)", integer, multiple | read_only, {0, 111}},
    {12, "Connection end time (1)", time, multiple | read_only},
    {13, "TotalBytesSent", integer, read_only},
    {14, "TotalBytesReceived", integer, read_only},
    {15, "IP address (2)", text, multiple},
    {16, "Prefix length(2)", text, multiple},
    {17, "Subnet mask (2)", text, multiple},
    {18, "Gateway (2)", text, multiple},
    {19, "Primary DNS address (2)", text, multiple},
    {20, "Secondary DNS address (2)", text, multiple},
    {21, "QCI (3)", integer, read_only, {1, 9}},
    {22, "Vendor specific extensions", object_link, read_only},
    {23, "TotalPacketsSent", integer, read_only},
    {24, "PDN Type", integer},
    {25, "APN Rate Control", integer, read_only},
    {26, "Serving PLMN Rate control", unsigned_integer, plain, any, {1, 1}},
    {27, "Uplink Time Unit", unsigned_integer, plain, {0, 4}, {1, 1}},
    {28, "APN Rate Control for Exception Data", integer, read_only, any, {1, 1}},
    {29, "APN Exception Data Uplink Time Unit", unsigned_integer, plain, {0, 4}, {1, 1}},
    {30, "Supported RAT Types", unsigned_integer, multiple, any, {1, 1}},
    {31, "RDS Application ID", text, multiple, any, {1, 1}},
    {32, "RDS Destination Port", integer, multiple, {0, 15}, {1, 1}},
    {33, "RDS Source Port", integer, multiple, {0, 15}, {1, 1}},
});
constexpr auto apn_editions = std::to_array<Edition>({{{1, 0}, v1_0, many}, {{1, 1}, v1_1, many}});

constexpr auto wlan_rows = std::to_array<Row>({
    {0, "Interface name", text, mandatory},
    {1, "Enable", boolean, mandatory},
    {2, "Radio Enabled", integer},
    {3, "Status", integer, mandatory | read_only},
    {4, "BSSID", text, mandatory | read_only, {12, 12}},
    {5, "SSID", text, mandatory, {1, 32}},
    {6, "Broadcast SSID", boolean},
    {7, "Beacon Enabled", boolean},
    {8, "Mode", integer, mandatory},
    {9, "Channel", integer, mandatory, {0, 255}},
    {10, "Auto Channel", boolean},
    {11, "Supported Channels", integer, multiple},
    {12, "Channels In Use", integer, multiple},
    {13, "Regulatory Domain", text, plain, {3, 3}},
    {14, "Standard", integer, mandatory},
    {15, "Authentication Mode", integer, mandatory},
    {16, "Encryption Mode", integer},
    {17, "WPA Pre Shared Key", text, sensitive, {64, 64}},
    {18, "WPA Key Phrase", text, sensitive, {1, 64}},
    {19, "WEP Encryption Type", integer},
    {20, "WEP Key Index", integer, plain, {1, 4}},
    {21, "WEP Key Phrase", text, sensitive, {1, 64}},
    {22, "WEP Key 1", text, sensitive, {10, 26, 16}},
    {23, "WEP Key 2", text, sensitive, {10, 26, 16}},
    {24, "WEP Key 3", text, sensitive, {10, 26, 16}},
    {25, "WEP Key 4", text, sensitive, {10, 26, 16}},
    {26, "RADIUS Server", text, plain, {1, 256}},
    {27, "RADIUS Server Port", integer},
    {28, "RADIUS Secret", text, sensitive, {1, 256}},
    {29, "WMM Supported", boolean, read_only},
    {30, "WMM Enabled", boolean},
    {31, "MAC Control Enabled", boolean},
    {32, "MAC Address List", text, multiple, {12, 12}},
    {33, "Total Bytes Sent", integer, read_only},
    {34, "Total Bytes Received", integer, read_only},
    {35, "Total Packets Sent", integer, read_only},
    {36, "Total Packets Received", integer, read_only},
    {37, "Transmit Errors", integer, read_only},
    {38, "Receive Errors", integer, read_only},
    {39, "Unicast Packets Sent", integer, read_only},
    {40, "Unicast Packets Received", integer, read_only},
    {41, "Multicast Packets Sent", integer, read_only},
    {42, "Multicast Packets Received", integer, read_only},
    {43, "Broadcast Packets Sent", integer, read_only},
    {44, "Broadcast Packets Received", integer, read_only},
    {45, "Discard Packets Sent", integer, read_only},
    {46, "Discard Packets Received", integer, read_only},
    {47, "Unknown Packets Received", integer, read_only},
    {48, "Vendor specific extensions", object_link, read_only},
});
constexpr auto wlan_editions = std::to_array<Edition>({{{1, 0}, v1_0, many}, {{1, 1}, v1_0, many}});

constexpr auto bearer_rows = std::to_array<Row>({
    {0, "Preferred Communications Bearer", integer, multiple, {0, 255}, {1, 0}, {1, 0}},
    {0, "Preferred Communications Bearer", integer, multiple, {0, 100}, {1, 1}},
    {1, "Acceptable RSSI (GSM)", integer, plain, any, {1, 0}, {1, 0}},
    {1, "Acceptable RSSI (GSM)", integer, plain, {-110, -48}, {1, 1}},
    {2, "Acceptable RSCP (UMTS)", integer, plain, any, {1, 0}, {1, 0}},
    {2, "Acceptable RSCP (UMTS)", integer, plain, {-120, -25}, {1, 1}},
    {3, "Acceptable RSRP (LTE)", integer, plain, any, {1, 0}, {1, 0}},
    {3, "Acceptable RSRP (LTE)", integer, plain, {-140, -44}, {1, 1}},
    {4, "Acceptable RSSI (1xEV-DO)", integer},
    {5, "Cell lock list", text},
    {6, "Operator list", text},
    {7, "Operator list mode", boolean},
    {8, "List of available PLMNs", text, read_only},
    {9, "Vendor specific extensions", object_link, read_only},
    {10, "Acceptable RSRP (NB-IoT)", integer, plain, any, {1, 0}, {1, 0}},
    {10, "Acceptable RSRP (NB-IoT)", integer, plain, {-158, -44}, {1, 1}},
    {11, "Higher Priority PLMN Search Timer", integer},
    {12, "Attach without PDN connection", boolean},
});
constexpr auto bearer_editions = std::to_array<Edition>({{{1, 0}, v1_0, one}, {{1, 1}, v1_1, one}});

constexpr auto nr_rows = std::to_array<Row>({
    {0, "Connectivity Option", integer, mandatory | read_only},
    {1, "NR Band Support available", integer, multiple | read_only},
    {2, "NR Band attached", integer, multiple | read_only},
    {3, "S-NSSAI", integer, multiple | read_only},
    {4, "DNN Name", text, read_only},
    {5, "PDU Session Id", integer, read_only, {1, 15}},
    {6, "SSC Mode", integer, read_only, {1, 3}},
    {7, "PDU Session Type", integer, read_only},
    {8, "5QI", integer, read_only},
    {9, "SDAP Enablement", integer, read_only},
    {10, "QFI", integer, read_only, {1, 63}},
    {11, "Session AMBR", integer, read_only, {1, 25}},
    {12, "APN-AMBR", integer, read_only},
    {13, "NAS Reflective QOS", boolean, read_only},
    {14, "Access Stratum Reflective QoS", boolean, read_only},
    {15, "P-CSCF Address Index", integer, read_only},
    {16, "PDU session Authentication", integer, read_only},
    {17, "PLMN ID", text, read_only},
    {18, "LADN Support", boolean, read_only},
    {19, "Integrity Protection on DRB", integer, read_only},
    {20, "Access type Preference", boolean, read_only},
});
constexpr auto nr_editions = std::to_array<Edition>({{{1, 0}, v1_2, many}});

constexpr auto radio_rows = std::to_array<Row>({
    {0, "Supported LTE Band Information", integer, read_only},
    {1, "Supported EGPRS Band Information", integer, read_only},
    {2, "Supported TD-SCDMA Band Information", integer, read_only},
    {3, "Supported WCDMA Band Information", integer, read_only},
    {4, "Supported CDMA-2000 Band Information", integer, read_only},
    {5, "Supported WiMAX Band Information", integer, read_only},
    {6, "Supported NB-IoT Band Information", integer, read_only},
    {7, "Supported 5G Band Information", integer, read_only},
});
constexpr auto radio_editions = std::to_array<Edition>({{{1, 0}, v1_1, one}});

constexpr auto objects = std::to_array<Object>({
    {10, "LWM2M Cellular Connectivity", cellular_rows, cellular_editions},
    {11, "LWM2M APN Connection Profile", apn_rows, apn_editions},
    {12, "WLAN connectivity", wlan_rows, wlan_editions},
    {13, "LWM2M Bearer Selection", bearer_rows, bearer_editions},
    {27, "5GNR Connectivity", nr_rows, nr_editions},
    {28, "Device RF Capabilities", radio_rows, radio_editions},
});

}  // namespace

std::span<const Object> networks() {
    return objects;
}

}  // namespace model::tables
