#pragma once

#include <filesystem>
#include <string>

// Certificates for a test, made on the spot: P-256, valid for a day.
struct Certificate {
    std::filesystem::path file, key;  // PEM
    std::string sha256;               // of the DER, 64 hexadecimal digits
};
// One that vouches for others.
Certificate make_authority(const std::filesystem::path& folder, const std::string& name);
// One that `by` vouches for, with the name as its common name and its DNS name.
Certificate make_certificate(const std::filesystem::path& folder, const std::string& name,
                             const Certificate& by);
