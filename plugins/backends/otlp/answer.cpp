// read_answer: see the header. A scanner for the few members there are: a JSON library would be
// most of this plugin.
#include "answer.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "wire.hpp"

namespace otlp {
namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool take(char c) {
    if (next() != c) return false;
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

  // 64-bit integers are text in OTLP's JSON; some servers write them as numbers all the same.
  std::optional<std::int64_t> integer() {
    std::string text;
    if (next() == '"') {
      auto quoted = string();
      if (!quoted) return std::nullopt;
      text = std::move(*quoted);
    } else {
      text = word();
    }
    std::int64_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
    return value;
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
      } else if (word().empty()) {
        return false;
      }
    } while (depth > 0);
    return true;
  }

 private:
  void blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }

  // A number, true, false, null.
  std::string_view word() {
    const std::size_t end = std::min(rest_.find_first_of(",:{}[]\" \t\r\n"), rest_.size());
    const std::string_view taken = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return taken;
  }

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

bool is_rejected(std::string_view name) {
  return name == "rejectedLogRecords" || name == "rejectedDataPoints";
}

// The members of a Status; of a response, or of the partial success in it. The two have no name in
// common, and one deep is as deep as it gets.
bool read_object(Scanner& scan, Answer& answer, bool success, bool outermost = true) {
  if (!scan.take('{')) return false;
  if (scan.take('}')) return true;
  do {
    const auto name = scan.string();
    if (!name || !scan.take(':')) return false;
    if (success && outermost && *name == "partialSuccess" && scan.next() == '{') {
      if (!read_object(scan, answer, success, false)) return false;
    } else if (success && !outermost && is_rejected(*name)) {
      const auto rejected = scan.integer();
      if (!rejected) return false;
      answer.rejected = *rejected;
    } else if (success != outermost && *name == (success ? "errorMessage" : "message") &&
               scan.next() == '"') {
      auto text = scan.string();
      if (!text) return false;
      answer.message = std::move(*text);
    } else if (!scan.skip()) {
      return false;
    }
  } while (scan.take(','));
  return scan.take('}');
}

std::optional<Answer> of_json(bool success, std::string_view body) {
  Scanner scan(body);
  Answer answer;
  if (!read_object(scan, answer, success) || !scan.at_end()) return std::nullopt;
  return answer;
}

// Status: code 1, message 2. Partial success: rejected 1, error_message 2.
std::optional<Answer> of_status(bool success, std::string_view bytes) {
  Answer answer;
  Fields fields(bytes);
  while (const auto field = fields.next()) {
    if (success && field->field == 1) answer.rejected = static_cast<std::int64_t>(field->number);
    if (field->field == 2) answer.message = field->text;
  }
  if (fields.broken()) return std::nullopt;
  return answer;
}

std::optional<Answer> of_protobuf(bool success, std::string_view body) {
  if (!success) return of_status(success, body);
  std::optional<Answer> answer = Answer{};
  Fields fields(body);
  while (const auto field = fields.next()) {
    if (field->field == 1 && answer) answer = of_status(success, field->text);
  }
  return fields.broken() ? std::nullopt : answer;
}

}  // namespace

Answer read_answer(bool success, std::string_view content_type, std::string_view body) {
  const std::string_view media = content_type.substr(0, content_type.find_first_of("; "));
  if (media == "application/x-protobuf") return of_protobuf(success, body).value_or(Answer{});
  if (media == "text/plain" && !success) {
    return {.message = std::string(body.substr(0, body.find_last_not_of(" \t\r\n") + 1)),
            .rejected = 0};
  }
  return of_json(success, body).value_or(Answer{});
}

}  // namespace otlp
