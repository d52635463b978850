// Each shape is one small predicate over a word, a run of characters, or the whole text.
#include "standard/tripwire.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <string>

namespace ktel::standard {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
bool alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool alnum(char c) { return digit(c) || alpha(c); }
bool hex(char c) { return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool base64url(char c) { return alnum(c) || c == '-' || c == '_'; }

template <class Predicate>
bool all(std::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}

// Calls found(run) for each longest run of characters that `part` takes; true as soon as one is.
template <class Part, class Found>
bool any_run(std::string_view text, Part part, Found found) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && part(text[end])) ++end;
    if (end > at && found(text.substr(at, end - at))) return true;
    at = end + 1;
  }
  return false;
}

template <class Found>
bool any_word(std::string_view text, Found found) {
  constexpr std::string_view separators = " \t\r\n\v\f\"'`,;()<>[]{}|=";
  return any_run(
      text, [&](char c) { return separators.find(c) == separators.npos; }, found);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// "Bearer" and something too long, or too digital, for an English word.
bool bearer(std::string_view text) {
  const std::string folded = lower(text);
  for (std::size_t at = folded.find("bearer"); at != folded.npos;
       at = folded.find("bearer", at + 1)) {
    std::size_t begin = at + 6;
    while (begin < text.size() && (text[begin] == ' ' || text[begin] == '\t')) ++begin;
    if (begin == at + 6 || (at > 0 && alnum(text[at - 1]))) continue;
    std::size_t end = begin;
    while (end < text.size() && (base64url(text[end]) || std::string_view(".~+/=").find(
                                                             text[end]) != std::string_view::npos))
      ++end;
    const std::string_view token = text.substr(begin, end - begin);
    const bool has_digit = std::any_of(token.begin(), token.end(), digit);
    if (token.size() >= 16 || (token.size() >= 8 && has_digit)) return true;
  }
  return false;
}

// A base64url part that begins like `{"` does, and a dot behind it: a header of a JWT or JWE.
bool jwt(std::string_view text) {
  for (std::size_t at = text.find("eyJ"); at != text.npos; at = text.find("eyJ", at + 1)) {
    if (at > 0 && base64url(text[at - 1])) continue;
    std::size_t end = at;
    while (end < text.size() && base64url(text[end])) ++end;
    if (end - at >= 12 && end < text.size() && text[end] == '.') return true;
  }
  return false;
}

bool url(std::string_view word) {
  const std::size_t at = word.find("://");
  return at != word.npos && at > 0 && alnum(word[at - 1]) && at + 3 < word.size();
}

bool path(std::string_view word) {
  const auto name = [](char c) { return alnum(c) || c == '.' || c == '_' || c == '-'; };
  if (word.size() >= 2 && word[0] == '/' && name(word[1])) return true;
  return word.size() >= 4 && alpha(word[0]) && word[1] == ':' && word[2] == '\\' && name(word[3]);
}

bool email(std::string_view word) {
  for (std::size_t at = word.find('@'); at != word.npos; at = word.find('@', at + 1)) {
    if (at > 0 && at + 1 < word.size() && alnum(word[at - 1]) && alnum(word[at + 1])) return true;
  }
  return false;
}

// Hexadecimal groups of these lengths, joined by one of `separators`.
bool hex_groups(std::string_view text, std::initializer_list<std::size_t> groups, char separator) {
  std::size_t at = 0;
  for (const std::size_t group : groups) {
    if (at > 0 && (at >= text.size() || text[at++] != separator)) return false;
    if (text.size() - at < group || !all(text.substr(at, group), hex)) return false;
    at += group;
  }
  return at == text.size();
}

bool uuid(std::string_view run) { return hex_groups(run, {8, 4, 4, 4, 12}, '-'); }

bool mac(std::string_view run) {
  return hex_groups(run, {2, 2, 2, 2, 2, 2}, ':') || hex_groups(run, {2, 2, 2, 2, 2, 2}, '-');
}

bool quad(std::string_view run, char separator) {
  int numbers = 0;
  while (true) {
    const std::size_t end = std::min(run.find(separator), run.size());
    const std::string_view number = run.substr(0, end);
    if (number.empty() || number.size() > 3 || !all(number, digit)) return false;
    if (std::stoi(std::string(number)) > 255) return false;
    ++numbers;
    if (end == run.size()) return numbers == 4;
    run.remove_prefix(end + 1);
  }
}

std::string_view trim(std::string_view run, char c) {
  while (!run.empty() && run.front() == c) run.remove_prefix(1);
  while (!run.empty() && run.back() == c) run.remove_suffix(1);
  return run;
}

// A letter in front makes it a version: "v1.2.3.4" has no run of its own.
bool ipv4(std::string_view word) {
  return any_run(
      word, [](char c) { return alnum(c) || c == '.'; },
      [](std::string_view run) { return quad(trim(run, '.'), '.'); });
}

bool ipv6(std::string_view word) {
  return any_run(
      word, [](char c) { return alnum(c) || c == ':' || c == '.'; },
      [](std::string_view run) {
        if (std::count(run.begin(), run.end(), ':') < 2 ||
            !std::any_of(run.begin(), run.end(), hex)) {
          return false;
        }
        in6_addr out{};
        return inet_pton(AF_INET6, std::string(run).c_str(), &out) == 1;
      });
}

// As clouds name their machines: "ip-10-0-0-1".
bool dashed_ipv4(std::string_view run) {
  return lower(run.substr(0, 3)) == "ip-" && quad(run.substr(3), '-');
}

// Two labels or more, and the last one could be a top-level domain.
bool host_name(std::string_view run) {
  run = trim(run, '.');
  std::size_t labels = 0;
  std::string_view label;
  for (std::size_t at = 0; at <= run.size();) {
    const std::size_t end = std::min(run.find('.', at), run.size());
    label = run.substr(at, end - at);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-')
      return false;
    ++labels;
    at = end + 1;
  }
  if (labels < 2) return false;
  if (lower(label.substr(0, 4)) == "xn--") return true;
  return label.size() >= 2 && all(label, [](char c) { return !digit(c) && c != '-' && c != '_'; });
}

}  // namespace

std::optional<Shape> find_shape(std::string_view text) {
  if (text.find("-----BEGIN ") != text.npos) return Shape::pem;
  if (bearer(text)) return Shape::bearer;
  if (jwt(text)) return Shape::jwt;
  if (any_word(text, url)) return Shape::url;
  if (any_word(text, path)) return Shape::path;
  if (any_word(text, email)) return Shape::email;

  const auto dashed = [](char c) { return alnum(c) || c == '-'; };
  if (any_run(text, dashed, uuid)) return Shape::uuid;
  const auto in_mac = [](char c) { return alnum(c) || c == '-' || c == ':'; };
  if (any_run(text, in_mac, mac) || any_run(text, dashed, dashed_ipv4) || any_word(text, ipv4) ||
      any_word(text, ipv6)) {
    return Shape::address;
  }
  // Bytes beyond ASCII are letters: names in other scripts are names too.
  const auto in_name = [](char c) {
    return alnum(c) || c == '.' || c == '-' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
  };
  if (any_run(text, in_name, host_name)) return Shape::host_name;
  return std::nullopt;
}

std::string_view describe(Shape shape) noexcept {
  switch (shape) {
    case Shape::pem:
      return "a PEM block";
    case Shape::bearer:
      return "a bearer token";
    case Shape::jwt:
      return "a JSON web token";
    case Shape::url:
      return "a URL";
    case Shape::path:
      return "an absolute path";
    case Shape::email:
      return "an e-mail address";
    case Shape::uuid:
      return "a UUID";
    case Shape::address:
      return "a network address";
    case Shape::host_name:
      return "a host name";
  }
  return "";
}

}  // namespace ktel::standard
