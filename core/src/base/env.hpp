// The environment as a function, so that tests own it. Nothing in ktel calls getenv elsewhere.
#pragma once

#include <cstdlib>
#include <functional>
#include <optional>
#include <string>

namespace ktel {

using Env = std::function<std::optional<std::string>(const std::string& name)>;

inline Env process_env() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
}

}  // namespace ktel
