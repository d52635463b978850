// Versions as the standard takes them: "v1.23.4", "2.8", "v1.24.1-gke.1400". Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ktel::standard {

// The form in which `text` leaves at a granularity (KTEL_G_MAJOR to KTEL_G_FULL; 0 is FULL): at
// MINOR "v1.27.8+rke2r1" leaves as "v1.27". Nothing: it is no version, that is an optional "v", one
// to three numbers and a suffix of printable ASCII without space, quote, ';' or '=', 64 bytes in
// all.
std::optional<std::string> coarsen_version(std::string_view text, std::uint32_t granularity);

}  // namespace ktel::standard
