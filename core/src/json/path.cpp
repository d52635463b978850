// The grammar of declared paths, by hand: one pass, and an error that names the byte.
#include "json/path.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktel::json {
namespace {

bool blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// What a member name may hold without quotes.
bool plain(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '$' || c == '@';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  bool at_end() const noexcept { return at_ == text_.size(); }
  std::size_t at() const noexcept { return at_; }
  void skip_blanks() noexcept {
    while (!at_end() && blank(text_[at_])) ++at_;
  }

  // One path, up to a blank or the end.
  Result<Path> path() {
    const std::size_t begin = at_;
    Path path;
    while (!at_end() && !blank(text_[at_])) {
      const bool first = path.steps.empty();
      Result<Step> step = text_[at_] == '[' ? bracket() : member(first);
      if (!step) return step.error();
      path.steps.push_back(std::move(*step));
    }
    if (path.steps.empty()) return error("is empty: name a member");
    path.text = text_.substr(begin, at_ - begin);
    return path;
  }

  Error error(std::string_view what) const {
    return {Errc::bad_input, fmt::format("path \"{}\", byte {}: {}", text_, at_ + 1, what)};
  }

 private:
  bool take(char c) noexcept {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Result<Step> member(bool first) {
    if (!first && !take('.')) return error("a '.' or a '[' belongs here");
    const std::size_t begin = at_;
    while (!at_end() && plain(text_[at_])) ++at_;
    if (at_ == begin) return error("a member name belongs here; other characters go into ['...']");
    return Step{Step::Kind::member, std::string(text_.substr(begin, at_ - begin))};
  }

  Result<Step> bracket() {
    ++at_;
    if (take('*')) {
      if (!take(']')) return error("a ']' belongs here");
      return Step{Step::Kind::each, {}};
    }
    if (at_end() || (text_[at_] != '\'' && text_[at_] != '"')) {
      return error("[*], ['key'] or [\"key\"] belongs here");
    }
    const char quote = text_[at_++];
    const std::size_t begin = at_;
    while (!at_end() && text_[at_] != quote) ++at_;
    if (at_end()) return error(fmt::format("the key is not closed by {}]", quote));
    std::string_view key = text_.substr(begin, at_ - begin);
    if (key.empty()) return error("the key is empty");
    Step step;
    if (key.back() == '*') {
      key.remove_suffix(1);
      step.kind = Step::Kind::prefix;
    }
    if (key.find('*') != key.npos) {
      at_ = begin + key.find('*');
      return error("a '*' stands at the end of a key only");
    }
    step.name = key;
    ++at_;
    if (!take(']')) return error("a ']' belongs here");
    return step;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

bool Path::makes_list() const noexcept {
  return std::any_of(steps.begin(), steps.end(),
                     [](const Step& step) { return step.kind != Step::Kind::member; });
}

Result<Path> parse_path(std::string_view text) {
  Parser parser(text);
  Result<Path> path = parser.path();
  if (path && !parser.at_end()) return parser.error("a blank stands inside quotes only");
  return path;
}

Result<std::vector<Path>> parse_paths(std::string_view text) {
  Parser parser(text);
  std::vector<Path> paths;
  for (parser.skip_blanks(); !parser.at_end(); parser.skip_blanks()) {
    Result<Path> path = parser.path();
    if (!path) return path.error();
    paths.push_back(std::move(*path));
  }
  return paths;
}

}  // namespace ktel::json
