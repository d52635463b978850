// Packed: see the header.
#include "packed.hpp"

#include <ktel/sdk/text.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace kong_tls {
namespace {

using ktel::sdk::view;

// A field that lists the meshes a signal was seen of.
struct Signal {
  std::string_view alias;
  std::string_view field;
  const char* number;
};
constexpr Signal signals[] = {
    {"mdep", "deployed_by_namespace", "1"},   {"mdep", "deployed_by_resource", "2"},
    {"mdep", "deployed_by_service", "3"},     {"kinm", "member_by_namespace", "1"},
    {"kinm", "member_by_annotation", "2"},    {"kinm", "member_by_sidecar", "3"},
    {"kinm", "member_by_init_container", "4"}};

constexpr std::pair<std::string_view, const char*> letters[] = {
    {"istio", "i"},  {"linkerd", "l"},      {"kuma", "k"},    {"kong-mesh", "km"},
    {"consul", "c"}, {"traefik-mesh", "t"}, {"app-mesh", "a"}};

// Kong's proposal calls it mshare, what its library sends and its servers read is mdist.
constexpr std::string_view share = "mshare";
constexpr const char* distribution = "mdist";

}  // namespace

void Packed::add_mesh(const std::string& key, std::string_view mesh, const std::string& suffix) {
  const auto* const known = std::find_if(std::begin(letters), std::end(letters),
                                         [&](const auto& letter) { return letter.first == mesh; });
  if (known != std::end(letters)) marks_[key].push_back(known->second + suffix);
}

bool Packed::take(const ktel_entry& entry) {
  const std::string_view alias = view(entry.alias);
  const std::string_view field = view(entry.field);
  const ktel_value& value = entry.value;
  if (alias == "k8s_arch" && field == "os" && value.type == KTEL_V_STRING) {
    os_ = view(value.str);
    return true;
  }
  if (alias == "k8s_arch" && field == "arch" && value.type == KTEL_V_STRING) {
    arch_ = view(value.str);
    return true;
  }
  if (alias == share && value.type == KTEL_V_I64) {
    if (entry.key.len == 0) {
      services_ = std::to_string(value.i64);
    } else if (value.i64 > 0) {
      add_mesh(distribution, view(entry.key), std::to_string(value.i64));
    }
    return true;
  }
  const auto* const signal =
      std::find_if(std::begin(signals), std::end(signals),
                   [&](const Signal& one) { return one.alias == alias && one.field == field; });
  if (signal == std::end(signals) || value.type != KTEL_V_LIST) return false;
  for (std::uint32_t i = 0; i < value.count; ++i) {
    add_mesh(std::string(alias), view(value.items[i].str), signal->number);
  }
  return true;
}

std::vector<std::pair<std::string, std::string>> Packed::pairs() const {
  std::vector<std::pair<std::string, std::string>> pairs;
  if (!os_.empty() && !arch_.empty()) pairs.emplace_back("k8s_arch", os_ + "/" + arch_);
  if (!services_.empty() && !marks_.contains(distribution)) {
    pairs.emplace_back(distribution, "all" + services_);
  }
  for (const auto& [key, given] : marks_) {
    if (key == distribution && services_.empty()) continue;
    std::vector<std::string> marks = given;
    std::sort(marks.begin(), marks.end());
    std::string value = key == distribution ? "all" + services_ + "," : "";
    for (const std::string& mark : marks) value += (&mark == &marks.front() ? "" : ",") + mark;
    pairs.emplace_back(key, value);
  }
  return pairs;
}

}  // namespace kong_tls
