// Tables of names, indexed by the contract's numbers.
#include "standard/names.hpp"

#include <ktel/abi/job.h>

#include <array>
#include <span>

namespace ktel::standard {
namespace {

constexpr std::array<std::string_view, 14> types = {"",         "bool",  "count", "int",    "ratio",
                                                    "duration", "bytes", "enum",  "semver", "time",
                                                    "token",    "list",  "map",   "text"};
constexpr std::array<std::string_view, 6> sensitivities = {"",      "product",  "environment",
                                                           "scale", "activity", "identifier"};
constexpr std::array<std::string_view, 10> granularities = {
    "", "exact", "pow2", "second", "hour", "day", "major", "minor", "patch", "full"};
constexpr std::array<std::string_view, 4> stabilities = {"", "development", "stable", "deprecated"};
constexpr std::array<std::string_view, 7> verbs = {"",    "COUNT",   "LIST",  "GET",
                                                   "RAW", "METRICS", "SERVED"};

static_assert(types[KTEL_T_TEXT] == "text" && sensitivities[KTEL_S_IDENTIFIER] == "identifier");
static_assert(granularities[KTEL_G_FULL] == "full" && verbs[KTEL_READ_SERVED] == "SERVED");

std::string_view at(std::span<const std::string_view> names, std::uint32_t i) noexcept {
  return i < names.size() ? names[i] : std::string_view();
}

}  // namespace

std::string_view type_name(std::uint32_t type) noexcept { return at(types, type); }
std::string_view sensitivity_name(std::uint32_t s) noexcept { return at(sensitivities, s); }
std::string_view granularity_name(std::uint32_t g) noexcept { return at(granularities, g); }
std::string_view stability_name(std::uint32_t s) noexcept { return at(stabilities, s); }
std::string_view verb_name(std::uint32_t verb) noexcept { return at(verbs, verb); }

std::optional<std::uint32_t> sensitivity_of(std::string_view name) noexcept {
  for (std::uint32_t i = 1; i < sensitivities.size(); ++i) {
    if (sensitivities[i] == name) return i;
  }
  return std::nullopt;
}

std::uint32_t effective_granularity(std::uint32_t type, std::uint32_t declared) noexcept {
  if (declared != 0) return declared;
  switch (type) {
    case KTEL_T_COUNT:
      return KTEL_G_EXACT;
    case KTEL_T_SEMVER:
      return KTEL_G_FULL;
    case KTEL_T_TIME:
      return KTEL_G_SECOND;
    default:
      return 0;
  }
}

}  // namespace ktel::standard
