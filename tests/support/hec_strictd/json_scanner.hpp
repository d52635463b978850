// A strict JSON reader that keeps the exact bytes of every value.
//
// Written for the envelope parser and shared with nothing in ktel: a parser that accepted the same
// nonsense as ktel's own writer would hide it. RFC 8259 to the letter, UTF-8 checked, a key given
// twice in one object is an error, depth at most 100. Views into the text given.
#pragma once

#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ktel::test::hec {

struct JsonError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

enum class JsonType { null, boolean, number, string, array, object };

struct JsonValue {
  JsonType type = JsonType::null;
  std::string_view text = {};  // exactly as it stands in the input
  std::string string = {};     // decoded; strings only
};

class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : text_(text) {}

  void skip_space();
  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  std::size_t position() const { return at_; }

  // Takes c if it comes next.
  bool take(char c);

  // One value with all it holds.
  JsonValue value();

  // One object; `member(key)` is called behind each colon and must consume the value.
  template <typename Member>
  void object(Member member);

  [[noreturn]] void fail(const std::string& why) const;

 private:
  std::string string();
  void number();
  void word(std::string_view word);
  unsigned hex4();
  void utf8(std::string& to);

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

// True if all of it is one JSON number.
bool is_number(std::string_view text);

}  // namespace ktel::test::hec

template <typename Member>
void ktel::test::hec::JsonScanner::object(Member member) {
  if (!take('{')) fail("an object was expected");
  if (++depth_ > 100) fail("nested too deep");
  std::set<std::string> keys;
  skip_space();
  if (!take('}')) {
    for (;;) {
      skip_space();
      std::string key = string();
      if (!keys.insert(key).second) fail("key \"" + key + "\" twice in one object");
      skip_space();
      if (!take(':')) fail("':' was expected");
      skip_space();
      member(key);
      skip_space();
      if (take('}')) break;
      if (!take(',')) fail("',' or '}' was expected");
    }
  }
  --depth_;
}
