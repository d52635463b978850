// Secrets: see the header.
#include "base/secrets.hpp"

#include <algorithm>

namespace ktel {

void Secrets::add(std::string secret) {
  if (secret.size() < 4) return;
  const std::lock_guard lock(mutex_);
  if (std::find(secrets_.begin(), secrets_.end(), secret) != secrets_.end()) return;
  secrets_.push_back(std::move(secret));
  // The longest first: a token that contains another one must go as a whole.
  std::sort(secrets_.begin(), secrets_.end(),
            [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

std::string Secrets::scrub(std::string_view text) const {
  std::string clean(text);
  const std::lock_guard lock(mutex_);
  for (const std::string& secret : secrets_) {
    for (std::size_t at = 0; (at = clean.find(secret, at)) != std::string::npos; at += 3) {
      clean.replace(at, secret.size(), "***");
    }
  }
  return clean;
}

}  // namespace ktel
