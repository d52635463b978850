// Texts, words, codes and array bounds of a descriptor.
#include "plugin/inspection.hpp"

#include <fmt/format.h>

#include "plugin/name_rules.hpp"

namespace ktel::plugin {
namespace {

constexpr std::size_t longest_text = 4 * 1024;

}  // namespace

void Inspection::refuse(std::string_view what) {
  if (!refused_) refused_ = where_ + std::string(what);
}

void Inspection::refuse_file(std::string_view what) {
  if (whole_file_) return;
  refused_ = where_ + std::string(what);
  whole_file_ = true;
}

std::string Inspection::text(const char* given, std::string_view member) {
  if (given == nullptr) return {};
  const std::size_t length = ::strnlen(given, longest_text + 1);
  if (length > longest_text) {
    refuse(fmt::format("{} is longer than {} bytes", member, longest_text));
    return {};
  }
  std::string text(given, length);
  const auto control = [](unsigned char c) { return c < ' ' || c == 0x7f; };
  if (!is_utf8(text)) {
    refuse(fmt::format("{} is not UTF-8", member));
    return {};
  }
  if (const auto at = std::find_if(text.begin(), text.end(), control); at != text.end()) {
    refuse(fmt::format("{}, byte {}: a control character cannot stand in a declaration", member,
                       at - text.begin() + 1));
    return {};
  }
  return text;
}

std::string Inspection::required(const char* given, std::string_view member) {
  std::string text = this->text(given, member);
  if (given == nullptr || *given == '\0') refuse(fmt::format("{} is missing", member));
  return text;
}

std::vector<std::string> Inspection::words(const char* given, std::string_view member) {
  const std::string text = this->text(given, member);
  std::vector<std::string> words;
  for (std::size_t at = 0; (at = text.find_first_not_of(' ', at)) != text.npos;) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

void Inspection::flags(std::uint32_t given, std::uint32_t known) {
  const std::uint32_t unknown = given & 0xffff0000u & ~known;
  if (unknown == 0) return;
  int bit = 16;
  while ((unknown >> bit & 1u) == 0) ++bit;
  refuse(fmt::format("flags has bit {}, which this ktel does not know: get a newer ktel", bit));
}

void Inspection::code(std::uint32_t given, std::uint32_t least, std::uint32_t most,
                      std::string_view member) {
  if (given >= least && given <= most) return;
  if (given == 0) return refuse(fmt::format("{} is missing", member));
  refuse(fmt::format("{} is {}, which this ktel does not know: get a newer ktel", member, given));
}

bool Inspection::fits(bool there, std::uint32_t count, std::uint32_t stride, std::uint32_t most,
                      std::uint32_t least_stride, std::string_view member) {
  if (count == 0) return false;
  if (count > most) {
    refuse_file(fmt::format("{} {} are declared, {} is the most", count, member, most));
  } else if (!there) {
    refuse_file(fmt::format("{} {} are declared at no address", count, member));
  } else if (stride < least_stride || stride % 8 != 0 || stride > 4096) {
    refuse_file(fmt::format(
        "the stride of {} is {}: it must be the size of an element, at least {} and a multiple "
        "of 8",
        member, stride, least_stride));
  } else {
    return true;
  }
  return false;
}

std::string numbered(std::string_view member, std::size_t index, const char* name) {
  if (name == nullptr || *name == '\0') return fmt::format("{}[{}]", member, index);
  // A name may be anything yet; a short, printable part of it is enough to find the line.
  std::string shown(name, ::strnlen(name, 40));
  for (char& c : shown) {
    if (c < ' ' || c > '~') c = '?';
  }
  return fmt::format("{}[{}] ({})", member, index, shown);
}

}  // namespace ktel::plugin
