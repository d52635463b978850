// Levenshtein's distance, one row at a time.
#include "plugin/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace ktel::plugin {
namespace {

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  const std::string* best = nullptr;
  std::size_t least = word.size() / 3 + 2;
  for (const std::string& one : known) {
    if (const std::size_t far = distance(word, one); far < least) {
      best = &one;
      least = far;
    }
  }
  if (best != nullptr) return *best;
  for (const std::string& one : known) {
    if (word.size() >= 3 && one.starts_with(word)) return one;
  }
  return {};
}

}  // namespace ktel::plugin
