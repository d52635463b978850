// The known word nearest to one that was mistyped. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ktel::plugin {

// By edit distance, a third of the word's letters and one at most; else the one it begins; "":
// nothing is near.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace ktel::plugin
