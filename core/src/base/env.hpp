// The environment as a function, so that tests own it. Nothing in ktel calls getenv elsewhere.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ktel {

using Env = std::function<std::optional<std::string>(const std::string& name)>;

inline Env process_env() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
}

// All of it, "NAME=value" each: for programs that inherit it.
inline std::vector<std::string> whole_environment() {
  std::vector<std::string> all;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
    all.push_back(*entry);
  return all;
}

}  // namespace ktel
