// Standard base64 (RFC 4648), as kubeconfigs and HTTP use it.
#pragma once

#include <string>
#include <string_view>

#include <ktel/result.hpp>

namespace ktel {

std::string base64_encode(std::string_view bytes);

// Line ends are skipped; the error is Go's, "illegal base64 data at input byte N".
Result<std::string> base64_decode(std::string_view text);

}  // namespace ktel
