// Secrets: see the header.
#include "base/secrets.hpp"

#include <algorithm>
#include <charconv>

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

void Secrets::add_password_of(std::string_view url) {
  if (const auto scheme = url.find("://"); scheme != url.npos) url.remove_prefix(scheme + 3);
  const std::string_view authority = url.substr(0, url.find('/'));
  const auto at = authority.rfind('@');
  if (at == authority.npos) return;
  const std::string_view user_info = authority.substr(0, at);
  const auto colon = user_info.find(':');
  if (colon == user_info.npos) return;
  const std::string_view password = user_info.substr(colon + 1);
  add(std::string(password));
  std::string decoded;
  for (std::size_t i = 0; i < password.size(); ++i) {
    unsigned byte = 0;
    const std::string_view digits = password.substr(i).substr(0, 3);
    const bool escaped =
        digits.size() == 3 && digits[0] == '%' &&
        std::from_chars(digits.data() + 1, digits.data() + 3, byte, 16).ptr == digits.data() + 3;
    decoded += escaped ? static_cast<char>(byte) : password[i];
    if (escaped) i += 2;
  }
  add(std::move(decoded));
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
