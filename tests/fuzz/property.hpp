// What all fuzz targets are made of: a property that must hold, and the ways to cut an input.
//
// A target is one file with LLVMFuzzerTestOneInput(): libFuzzer calls it in the preset `fuzz`,
// replay.cpp on the seeds in all others. One thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

namespace ktel::fuzz {

// Ends the program as a sanitizer does, saying what does not hold.
inline void require(bool holds, std::string_view property) {
  if (holds) return;
  std::fprintf(stderr, "property broken: %.*s\n", static_cast<int>(property.size()),
               property.data());
  std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// A number that follows from the text.
inline std::uint32_t hash_of(std::string_view text) {
  std::uint32_t hash = 2166136261u;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash ^ hash >> 15;
}

// What to try with the text: one of all under libFuzzer, which has millions of texts to try; in a
// replay all.
template <class T, std::size_t N>
std::span<const T> choose(std::string_view text, const T (&all)[N]) {
#ifdef KTEL_REPLAY
  static_cast<void>(text);
  return all;
#else
  return std::span<const T>(all).subspan(hash_of(text) % N, 1);
#endif
}

// How a stream arrives. The sizes of pieces follow from the text itself, so that seeds are
// documents as a server sends them and nothing else.
enum class Cut { whole, bytes, pieces };

// Feeds `text` to a parser; false once it fails.
template <class Parser>
bool feed(Parser& parser, std::string_view text, Cut cut) {
  std::uint32_t random = hash_of(text) | 1;
  while (!text.empty()) {
    random ^= random << 13;  // xorshift
    random ^= random >> 17;
    random ^= random << 5;
    const std::size_t size = cut == Cut::whole   ? text.size()
                             : cut == Cut::bytes ? 1
                                                 : random % 32;  // a piece may be empty
    if (!parser.feed(text.substr(0, size))) return false;
    text.remove_prefix(std::min(size, text.size()));
  }
  return true;
}

}  // namespace ktel::fuzz
