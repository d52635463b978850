// Plurals: client-go's guess, which is right for all built-in kinds but one.
#include "cluster/kinds.hpp"

#include <algorithm>

namespace ktel::cluster {

GroupVersion split_api_version(std::string_view api_version) {
  const std::size_t slash = api_version.find('/');
  if (slash == api_version.npos) return {{}, std::string(api_version)};
  return {std::string(api_version.substr(0, slash)), std::string(api_version.substr(slash + 1))};
}

std::string resource_of(std::string_view kind) {
  std::string name(kind);
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (name == "endpoints" || name.empty()) return name;
  const std::string_view last_two =
      std::string_view(name).substr(name.size() < 2 ? 0 : name.size() - 2);
  if (last_two.back() == 's' || last_two.back() == 'x' || last_two == "ch" || last_two == "sh") {
    return name + "es";
  }
  const bool vowel = last_two == "ay" || last_two == "ey" || last_two == "oy" || last_two == "uy";
  if (last_two.back() == 'y' && !vowel) {
    name.pop_back();
    return name + "ies";
  }
  return name + "s";
}

}  // namespace ktel::cluster
