// A scanner for the few members of a HEC answer: a JSON library would be most of this plugin.
#include "answer.hpp"

#include <charconv>

namespace splunk {
namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  void blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }

  bool take(char c) {
    blanks();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool at_end() {
    blanks();
    return rest_.empty();
  }

  char next() {
    blanks();
    return rest_.empty() ? '\0' : rest_.front();
  }

  std::optional<std::string> string() {
    if (!take('"')) return std::nullopt;
    std::string text;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return text;
      if (c != '\\') {
        text += c;
      } else if (!escape(text)) {
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

  template <class Number>
  std::optional<Number> number() {
    blanks();
    Number value = 0;
    const auto parsed = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (parsed.ec != std::errc{}) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(parsed.ptr - rest_.data()));
    // 1.5 or 1e3 is no code.
    if (!rest_.empty() && rest_.find_first_of(".eE") == 0) return std::nullopt;
    return value;
  }

  std::optional<bool> boolean() {
    blanks();
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "true" : "false";
      if (!rest_.starts_with(word)) continue;
      rest_.remove_prefix(word.size());
      return value;
    }
    return std::nullopt;
  }

  // Any value: strings as strings, so that a bracket in one does not count.
  bool skip() {
    int depth = 0;
    do {
      const char c = next();
      if (c == '\0') return false;
      if (c == '"') {
        if (!string()) return false;
      } else if (c == '{' || c == '[') {
        ++depth;
        rest_.remove_prefix(1);
      } else if (c == '}' || c == ']') {
        if (--depth < 0) return false;
        rest_.remove_prefix(1);
      } else if (depth > 0 && (c == ',' || c == ':')) {
        rest_.remove_prefix(1);
      } else {
        const std::size_t end = std::min(rest_.find_first_of(",:{}[]\" \t\r\n"), rest_.size());
        if (end == 0) return false;
        rest_.remove_prefix(end);
      }
    } while (depth > 0);
    return true;
  }

 private:
  bool escape(std::string& text) {
    if (rest_.empty()) return false;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    switch (c) {
      case 'n':
      case 'r':
      case 't':
      case 'b':
      case 'f':
        text += ' ';
        return true;
      case 'u':
        // For the operator's eyes alone: what is not ASCII may stand as a question mark.
        if (rest_.size() < 4) return false;
        text += '?';
        rest_.remove_prefix(4);
        return true;
      default:
        text += c;
        return true;
    }
  }

  std::string_view rest_;
};

// {"0":true,"1":false}
std::optional<std::map<std::uint64_t, bool>> read_acks(Scanner& scan) {
  std::map<std::uint64_t, bool> acks;
  scan.take('{');
  if (scan.take('}')) return acks;
  do {
    const auto name = scan.string();
    if (!name || !scan.take(':')) return std::nullopt;
    Scanner digits(*name);
    const auto id = digits.number<std::uint64_t>();
    const auto acknowledged = scan.boolean();
    if (!id || !digits.at_end() || !acknowledged) return std::nullopt;
    acks[*id] = *acknowledged;
  } while (scan.take(','));
  if (!scan.take('}')) return std::nullopt;
  return acks;
}

std::optional<Answer> read_object(Scanner& scan) {
  Answer answer;
  if (scan.take('}')) return answer;
  do {
    const auto name = scan.string();
    if (!name || !scan.take(':')) return std::nullopt;
    if (*name == "code" && scan.next() != '"') {
      answer.code = scan.number<std::uint32_t>();
      if (!answer.code) return std::nullopt;
    } else if (*name == "ackId" && scan.next() != 'n') {  // null: none
      answer.ack_id = scan.number<std::uint64_t>();
      if (!answer.ack_id) return std::nullopt;
    } else if (*name == "acks" && scan.next() == '{') {
      answer.acks = read_acks(scan);
      if (!answer.acks) return std::nullopt;
    } else if (*name == "text" && scan.next() == '"') {
      auto text = scan.string();
      if (!text) return std::nullopt;
      answer.text = std::move(*text);
    } else if (!scan.skip()) {
      return std::nullopt;
    }
  } while (scan.take(','));
  if (!scan.take('}')) return std::nullopt;
  return answer;
}

}  // namespace

Answer read_answer(std::string_view body) {
  Scanner scan(body);
  if (scan.next() == '"') {
    auto text = scan.string();
    if (!text || !scan.at_end()) return {};
    return {.code = std::nullopt, .text = std::move(*text), .bare_string = true};
  }
  if (!scan.take('{')) return {};
  auto answer = read_object(scan);
  if (!answer || !scan.at_end()) return {};
  return std::move(*answer);
}

}  // namespace splunk
