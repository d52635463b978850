// `Secrets`: what must appear in no log, error, report or URL; scrubs it out of any text.
//
// Thread-safe. Everything that reads a token, key or password adds it here first.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace ktel {

class Secrets {
 public:
  void add(std::string secret);  // shorter than 4 bytes: ignored, it would scrub everything
  void add_password_of(std::string_view url);      // as it is written, and decoded
  std::string scrub(std::string_view text) const;  // each occurrence becomes "***"

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> secrets_;
};

}  // namespace ktel
