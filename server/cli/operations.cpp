#include "server/cli/operations.h"

namespace cli {

Listing audit_listing(const AuditQuestion& question) {
    Listing listing;
    listing.path = "/v1/audit";
    listing.list = "audit";
    listing.queries = {
        {"actor", question.actor}, {"action", question.action}, {"subject", question.subject}};
    listing.columns = {{"WHEN", "/when"},
                       {"ACTOR", "/actor"},
                       {"ACTION", "/action"},
                       {"SUBJECT", "/subject"},
                       {"DETAIL", "/detail"}};
    return listing;
}

Listing strangers_listing() {
    Listing listing;
    listing.path = "/v1/strangers";
    listing.list = "strangers";
    listing.columns = {{"SOURCE", "/source"}, {"ADDRESS", "/address"},
                       {"COUNT", "/count"},   {"FIRST", "/firstSeen"},
                       {"LAST", "/lastSeen"}, {"IDENTIFIERS", "/identifiers"}};
    return listing;
}

Listing deliveries_listing(const DeliveriesQuestion& question) {
    Listing listing;
    listing.path = "/v1/deliveries";
    listing.list = "deliveries";
    listing.queries = {{"hook", question.hook}, {"endpoint", question.endpoint}};
    listing.columns = {
        {"SEQUENCE", "/sequence"}, {"HOOK", "/hook"}, {"ENDPOINT", "/endpoint"}, {"KIND", "/kind"},
        {"ATTEMPTS", "/attempts"}, {"DUE", "/due"},   {"ERROR", "/lastError"}};
    return listing;
}

}  // namespace cli
