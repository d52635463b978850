// Recursive descent over RFC 8259.
#include "support/hec_strictd/json_scanner.hpp"

#include <cctype>

namespace ktel::test::hec {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::string& to, unsigned point) {
  const auto add = [&to](unsigned byte) { to.push_back(static_cast<char>(byte)); };
  if (point < 0x80) {
    add(point);
  } else if (point < 0x800) {
    add(0xC0 | point >> 6);
    add(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    add(0xE0 | point >> 12);
    add(0x80 | (point >> 6 & 0x3F));
    add(0x80 | (point & 0x3F));
  } else {
    add(0xF0 | point >> 18);
    add(0x80 | (point >> 12 & 0x3F));
    add(0x80 | (point >> 6 & 0x3F));
    add(0x80 | (point & 0x3F));
  }
}

}  // namespace

void JsonScanner::fail(const std::string& why) const {
  throw JsonError(why + " at byte " + std::to_string(at_));
}

void JsonScanner::skip_space() {
  while (!at_end() && (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t')) ++at_;
}

bool JsonScanner::take(char c) {
  if (at_end() || text_[at_] != c) return false;
  ++at_;
  return true;
}

JsonValue JsonScanner::value() {
  const std::size_t begin = at_;
  JsonValue result;
  switch (peek()) {
    case '{':
      result.type = JsonType::object;
      object([this](const std::string&) { value(); });
      break;
    case '[':
      result.type = JsonType::array;
      take('[');
      if (++depth_ > 100) fail("nested too deep");
      skip_space();
      if (!take(']')) {
        do {
          skip_space();
          value();
          skip_space();
        } while (take(','));
        if (!take(']')) fail("',' or ']' was expected");
      }
      --depth_;
      break;
    case '"':
      result.type = JsonType::string;
      result.string = string();
      break;
    case 't':
      result.type = JsonType::boolean;
      word("true");
      break;
    case 'f':
      result.type = JsonType::boolean;
      word("false");
      break;
    case 'n':
      word("null");
      break;
    default:
      result.type = JsonType::number;
      number();
  }
  result.text = text_.substr(begin, at_ - begin);
  return result;
}

void JsonScanner::word(std::string_view word) {
  if (text_.substr(at_, word.size()) != word) fail("a value was expected");
  at_ += word.size();
}

void JsonScanner::number() {
  const auto digits = [this] {
    if (!digit(peek())) fail("a digit was expected");
    while (digit(peek())) ++at_;
  };
  take('-');
  if (!take('0')) digits();
  if (take('.')) digits();
  if (take('e') || take('E')) {
    if (!take('+')) take('-');
    digits();
  }
}

unsigned JsonScanner::hex4() {
  unsigned result = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = peek();
    if (!std::isxdigit(static_cast<unsigned char>(c))) fail("a hex digit was expected");
    const int digit_value = digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
    result = result * 16 + static_cast<unsigned>(digit_value);
    ++at_;
  }
  return result;
}

std::string JsonScanner::string() {
  if (!take('"')) fail("a string was expected");
  std::string result;
  for (;;) {
    if (at_end()) fail("the string does not end");
    const char c = text_[at_];
    if (c == '"') break;
    if (static_cast<unsigned char>(c) < 0x20) fail("control character in a string");
    if (c != '\\') {
      utf8(result);
      continue;
    }
    ++at_;
    const char escape = peek();
    ++at_;
    switch (escape) {
      case '"':
      case '\\':
      case '/':
        result.push_back(escape);
        break;
      case 'b':
        result.push_back('\b');
        break;
      case 'f':
        result.push_back('\f');
        break;
      case 'n':
        result.push_back('\n');
        break;
      case 'r':
        result.push_back('\r');
        break;
      case 't':
        result.push_back('\t');
        break;
      case 'u': {
        unsigned point = hex4();
        if (point >= 0xDC00 && point < 0xE000) fail("half of a surrogate pair");
        if (point >= 0xD800 && point < 0xDC00) {
          if (!take('\\') || !take('u')) fail("half of a surrogate pair");
          const unsigned low = hex4();
          if (low < 0xDC00 || low > 0xDFFF) fail("half of a surrogate pair");
          point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
        }
        append_utf8(result, point);
        break;
      }
      default:
        fail("unknown escape");
    }
  }
  ++at_;
  return result;
}

void JsonScanner::utf8(std::string& to) {
  const auto byte = [this](std::size_t i) {
    return at_ + i < text_.size() ? static_cast<unsigned char>(text_[at_ + i]) : 0U;
  };
  const unsigned lead = byte(0);
  const std::size_t size = lead < 0x80                    ? 1
                           : lead >= 0xC2 && lead <= 0xDF ? 2
                           : (lead & 0xF0) == 0xE0        ? 3
                           : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                          : 0;
  bool good = size != 0;
  for (std::size_t i = 1; i < size; ++i) good = good && (byte(i) & 0xC0) == 0x80;
  if (lead == 0xE0) good = good && byte(1) >= 0xA0;  // overlong
  if (lead == 0xED) good = good && byte(1) <= 0x9F;  // surrogates
  if (lead == 0xF0) good = good && byte(1) >= 0x90;  // overlong
  if (lead == 0xF4) good = good && byte(1) <= 0x8F;  // above U+10FFFF
  if (!good) fail("not UTF-8");
  to.append(text_.substr(at_, size));
  at_ += size;
}

bool is_number(std::string_view text) {
  try {
    JsonScanner scanner(text);
    return scanner.value().type == JsonType::number && scanner.at_end();
  } catch (const JsonError&) {
    return false;
  }
}

}  // namespace ktel::test::hec
