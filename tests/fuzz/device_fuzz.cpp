#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "provisioning/catalog.h"

// Any octets as a device file, an object or an array; what is read goes into a catalog.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    document::Problems problems;
    const auto json = document::parse(wire::as_text({data, size}), "d.json", problems);
    if (!json) return 0;
    const document::Node root(*json, "d.json", "", problems);
    std::vector<provisioning::Device> devices;
    for (std::size_t i = 0; i < (root.is_array() ? root.size() : 1); ++i) {
        const std::size_t before = problems.size();
        auto device =
            provisioning::parse_device(root.is_array() ? root.element(i) : root, "d.json");
        if (device.has_value() != (problems.size() == before)) std::abort();
        if (device) devices.push_back(std::move(*device));
    }
    for (provisioning::Device& device : devices) device.profile = "p";
    provisioning::Profile profile;
    profile.name = "p";
    const std::size_t count = devices.size();
    document::Problems across;
    const auto catalog =
        provisioning::Catalog::from({std::move(profile)}, std::move(devices), across);
    if ((catalog != nullptr) != across.empty()) std::abort();
    if (catalog && catalog->device_count() != count) std::abort();
    return 0;
}
