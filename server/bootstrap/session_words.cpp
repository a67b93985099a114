#include "server/bootstrap/session_words.h"

#include <algorithm>

namespace bootstrap {
namespace {

// Of the plan's own findings so many are told in a cause; all of them are in the notes.
constexpr std::size_t max_findings_in_cause = 4;

}  // namespace

std::string_view describe(coap::Failure failure) {
    switch (failure) {
        case coap::Failure::no_answer:
            return "no answer";
        case coap::Failure::no_response:
            return "acknowledged, then no response";
        case coap::Failure::reset:
            return "answered by a Reset";
        case coap::Failure::transmission_bound:
            return "no answer in the time allowed";
        case coap::Failure::response_too_large:
            return "the answer is too large";
        case coap::Failure::bad_response:
            return "the answer breaks the protocol";
    }
    return "";
}

std::string_view display_name(model::ContentFormat format) {
    switch (format) {
        case model::ContentFormat::text:
            return "plain text";
        case model::ContentFormat::link_format:
            return "link-format";
        case model::ContentFormat::opaque:
            return "opaque";
        case model::ContentFormat::cbor:
            return "CBOR";
        case model::ContentFormat::senml_json:
            return "SenML JSON";
        case model::ContentFormat::senml_cbor:
            return "SenML CBOR";
        case model::ContentFormat::tlv:
            return "TLV";
        case model::ContentFormat::json:
            return "the JSON of LwM2M 1.0";
        case model::ContentFormat::lwm2m_cbor:
            return "LwM2M CBOR";
    }
    return "";
}

std::string why_refused(const std::vector<std::string>& findings) {
    if (findings.empty()) {
        return "FINISH was answered 4.06: the device calls inconsistent what passed the profile's "
               "own checks";
    }
    std::string text = "FINISH was answered 4.06";
    for (std::size_t i = 0; i < std::min(findings.size(), max_findings_in_cause); ++i) {
        text += (i == 0 ? ": " : "; ") + findings[i];
    }
    if (findings.size() > max_findings_in_cause) text += "; and more";
    return text;
}

}  // namespace bootstrap
