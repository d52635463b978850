// The words of the standard for the numbers of the contract: types, classes, granularities.
//
// Read by everything that prints a declaration and by the options that name a class. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ktel::standard {

// The number of this standard: what the envelope and every printed declaration say.
inline constexpr std::uint32_t standard_number = 1;

// "" for a number that has no name here.
std::string_view type_name(std::uint32_t type) noexcept;                // KTEL_T_*: "count"
std::string_view sensitivity_name(std::uint32_t sensitivity) noexcept;  // KTEL_S_*: "scale"
std::string_view granularity_name(std::uint32_t granularity) noexcept;  // KTEL_G_*: "pow2"
std::string_view stability_name(std::uint32_t stability) noexcept;      // "development", ...
std::string_view verb_name(std::uint32_t verb) noexcept;                // KTEL_READ_*: "LIST"

// The way back, for what an operator writes: "activity".
std::optional<std::uint32_t> sensitivity_of(std::string_view name) noexcept;

// What a declared granularity of 0 stands for: the type's finest; 0 for a type that has none.
std::uint32_t effective_granularity(std::uint32_t type, std::uint32_t declared) noexcept;

}  // namespace ktel::standard
