#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "provisioning/plan.h"

namespace {

class ZeroRandom : public wire::Random {
  public:
    void fill(std::span<std::uint8_t> out) override {
        for (std::uint8_t& octet : out) octet = 0;
    }
};

// What holds for every plan: one Finish, the last; nothing over the account in /0/0.
void check(const provisioning::PlanResult& result) {
    const auto* plan = std::get_if<provisioning::Plan>(&result);
    if (plan == nullptr) return;
    const auto* operations = &plan->operations;
    for (std::size_t i = 0; i < operations->size(); ++i) {
        const auto& operation = (*operations)[i];
        const bool is_last = i + 1 == operations->size();
        if ((operation.kind == provisioning::OperationKind::finish) != is_last) std::abort();
        if (operation.kind == provisioning::OperationKind::write &&
            operation.path == model::Path(0, 0))
            std::abort();
    }
}

}  // namespace

// Any octets as a profile; one that is read is planned.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    document::Problems problems;
    const auto json = document::parse(wire::as_text({data, size}), "p.json", problems);
    if (json.has_value() != problems.empty()) std::abort();
    if (!json) return 0;
    const auto profile =
        provisioning::parse_profile(document::Node(*json, "p.json", "", problems), "p.json");
    if (profile.has_value() != problems.empty()) std::abort();
    if (!profile) return 0;
    provisioning::Device device{
        *model::EndpointName::from("urn:dev:1"), {}, {}, {}, {}, {}, {}, {}};
    for (const std::string& variable : profile->variables) device.variables[variable] = "00ff";
    ZeroRandom random;
    const model::Discovered told{"1.1", {{model::Path(0, 0), {}, {}, {}}}};
    check(provisioning::make_plan(*profile, device, {&told, nullptr}, random));
    (void)provisioning::make_plan(*profile, device, {}, random);
    return 0;
}
