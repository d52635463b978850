// The order of the checks is Splunk's.
#include "support/hec_strictd/auth.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cctype>

namespace ktel::test::hec {
namespace {

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

std::string base64_decoded(std::string_view text) {
  std::string result(text.size() + 4, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return {};
  const auto padding = static_cast<std::size_t>(std::count(text.begin(), text.end(), '='));
  result.resize(static_cast<std::size_t>(size) - std::min<std::size_t>(padding, 2));
  return result;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

Authorized look_up(const std::vector<Token>& tokens, std::string_view name) {
  for (const Token& token : tokens) {
    if (token.token == name) return token.enabled ? Authorized{&token, 0} : Authorized{nullptr, 1};
  }
  return {nullptr, 4};
}

}  // namespace

Authorized authorize(const std::vector<Token>& tokens, std::string_view authorization,
                     bool has_query_token, std::string_view query_token) {
  if (has_query_token) {
    const Authorized found = look_up(tokens, query_token);
    if (found.token && found.token->query_auth) return found;
    return {nullptr, 16};
  }

  authorization = trimmed(authorization);
  if (authorization.empty()) return {nullptr, 2};
  const std::size_t space = std::min(authorization.find(' '), authorization.size());
  const std::string_view scheme = authorization.substr(0, space);
  const std::string_view rest = trimmed(authorization.substr(space));
  if (same_word(scheme, "Splunk"))
    return rest.empty() ? Authorized{nullptr, 2} : look_up(tokens, rest);
  if (same_word(scheme, "Basic")) {
    const std::string pair = base64_decoded(rest);
    const std::size_t colon = pair.find(':');
    if (colon != pair.npos) return look_up(tokens, std::string_view(pair).substr(colon + 1));
  }
  return {nullptr, 3};
}

}  // namespace ktel::test::hec
