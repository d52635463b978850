// One scan over the numbers; the granularity says where it is cut.
#include "standard/semver.hpp"

#include <ktel/abi/job.h>

#include <algorithm>
#include <array>

namespace ktel::standard {
namespace {

constexpr std::size_t max_length = 64;

bool digit(char c) { return c >= '0' && c <= '9'; }

bool fits_suffix(char c) {
  return c > ' ' && c <= '~' && c != '"' && c != '\'' && c != ';' && c != '=';
}

}  // namespace

std::optional<std::string> coarsen_version(std::string_view text, std::uint32_t granularity) {
  if (text.size() > max_length) return std::nullopt;
  std::size_t at = !text.empty() && text.front() == 'v' ? 1 : 0;

  std::array<std::size_t, 3> ends{};  // behind the n-th number; of one that is not there: the last
  std::size_t numbers = 0;
  while (numbers < ends.size() && at < text.size() && digit(text[at])) {
    while (at < text.size() && digit(text[at])) ++at;
    ends[numbers++] = at;
    const bool more = at + 1 < text.size() && text[at] == '.' && digit(text[at + 1]);
    if (!more) break;
    if (numbers < ends.size()) ++at;
  }
  if (numbers == 0) return std::nullopt;
  for (std::size_t i = numbers; i < ends.size(); ++i) ends[i] = ends[numbers - 1];

  const std::string_view suffix = text.substr(ends.back());
  if (!std::all_of(suffix.begin(), suffix.end(), fits_suffix)) return std::nullopt;
  switch (granularity) {
    case KTEL_G_MAJOR:
      return std::string(text.substr(0, ends[0]));
    case KTEL_G_MINOR:
      return std::string(text.substr(0, ends[1]));
    case KTEL_G_PATCH:
      return std::string(text.substr(0, ends[2]));
    default:
      return std::string(text);
  }
}

}  // namespace ktel::standard
