// The known word nearest to one that was mistyped, for the command. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ktel::app {

// As plugin::nearest(); empty: nothing is near.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace ktel::app
