// Text across the contract: views both ways, nothing is copied.
#pragma once

#include <ktel/abi/types.h>

#include <string_view>

namespace ktel::sdk {

inline std::string_view view(ktel_str text) noexcept {
  return text.ptr == nullptr ? std::string_view{} : std::string_view{text.ptr, text.len};
}
inline ktel_str str(std::string_view text) noexcept { return {text.data(), text.size()}; }

}  // namespace ktel::sdk
