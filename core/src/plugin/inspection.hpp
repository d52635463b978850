// `Inspection`: reads a plugin's C tables without trusting them, and keeps the first thing found
// wrong.
//
// Reading goes on after a mistake, with zero values, so that describing code is a plain list of
// members; who started it asks refused() at the end. A pointer that leads nowhere is not caught
// here: that is why files are scanned in a child process. One item (job, backend, plugin) at a
// time.
#pragma once

#include <ktel/abi/plugin.h>
#include <ktel/result.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugin/first_size.hpp"

namespace ktel::plugin {

class Inspection {
 public:
  // While it lives, sentences name this part first: "fields[2] (arch)".
  class Within {
   public:
    Within(Inspection& of, std::string part) : of_(of), size_(of.where_.size()) {
      of.where_ += part + ": ";
    }
    ~Within() { of_.where_.resize(size_); }
    Within(const Within&) = delete;
    Within& operator=(const Within&) = delete;

   private:
    Inspection& of_;
    std::size_t size_;
  };

  // "fields[2] (arch): unit is missing". The first one stays.
  void refuse(std::string_view what);
  // The tables do not fit together: nothing else in the file can be trusted.
  void refuse_file(std::string_view what);

  const std::optional<std::string>& refused() const noexcept { return refused_; }
  bool whole_file() const noexcept { return whole_file_; }

  std::string text(const char* given, std::string_view member);
  std::string required(const char* given, std::string_view member);
  std::vector<std::string> words(const char* given, std::string_view member);
  // Bits from 16 on change what the thing is: one that is not known cannot be passed over.
  void flags(std::uint32_t given, std::uint32_t known);
  // `given` must be one of the codes `least` to `most`.
  void code(std::uint32_t given, std::uint32_t least, std::uint32_t most, std::string_view member);

  // Copies of the elements, with zeroes for what the plugin's older headers did not have.
  template <class T>
  std::vector<T> array(const T* first, std::uint32_t count, std::uint32_t stride,
                       std::uint32_t most, std::string_view member) {
    std::vector<T> copies;
    if (!fits(first != nullptr, count, stride, most, first_size<T>, member)) return copies;
    copies.resize(count);
    const char* from = reinterpret_cast<const char*>(first);
    for (T& copy : copies) {
      std::memcpy(static_cast<void*>(&copy), from, std::min<std::size_t>(stride, sizeof(T)));
      from += stride;
    }
    return copies;
  }

 private:
  bool fits(bool there, std::uint32_t count, std::uint32_t stride, std::uint32_t most,
            std::uint32_t least_stride, std::string_view member);

  std::string where_;
  std::optional<std::string> refused_;
  bool whole_file_ = false;
};

// "fields[2] (arch)", "reads[0]" where there is no name to show.
std::string numbered(std::string_view member, std::size_t index, const char* name);

}  // namespace ktel::plugin
