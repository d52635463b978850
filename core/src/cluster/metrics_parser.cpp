// Lines of chunks, then names, labels and numbers of lines.
#include "cluster/metrics_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "plugin/name_rules.hpp"

namespace ktel::cluster {
namespace {

constexpr std::string_view blanks = " \t";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

Error wrong(std::string_view why) { return {Errc::no_result, std::string(why)}; }

// "1", "+1.5e3", "-Inf", "NaN".
std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with("+-")) return std::nullopt;
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

// What is left of a line.
class Rest {
 public:
  explicit Rest(std::string_view text) : text_(text) {}

  bool empty() const { return text_.empty(); }
  bool begins_with(char c) const { return text_.starts_with(c); }

  void skip_blanks() {
    text_.remove_prefix(std::min(text_.find_first_not_of(blanks), text_.size()));
  }

  bool take(char c) {
    if (!begins_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }

  // "" if there is no name. That of a metric may have colons.
  std::string_view take_name(bool of_metric) {
    std::size_t size = 0;
    while (size < text_.size() && (is_letter(text_[size]) || (of_metric && text_[size] == ':') ||
                                   (size > 0 && is_digit(text_[size])))) {
      ++size;
    }
    return take(size);
  }

  // Up to the next blank.
  std::string_view take_word() { return take(std::min(text_.find_first_of(blanks), text_.size())); }

  // A text in quotes, its escapes resolved.
  Result<std::string> take_text() {
    if (!take('"')) return wrong("a label has no value in quotes");
    std::string text;
    for (;;) {
      const std::size_t stop = text_.find_first_of("\"\\");
      if (stop == text_.npos) return wrong("the value of a label does not end");
      text += take(stop);
      if (take('"')) return text;
      take('\\');
      if (take('\\')) {
        text += '\\';
      } else if (take('"')) {
        text += '"';
      } else if (take('n')) {
        text += '\n';
      } else {
        return wrong("the value of a label has an escape that is none of \\\\, \\\" and \\n");
      }
    }
  }

 private:
  std::string_view take(std::size_t size) {
    const std::string_view taken = text_.substr(0, size);
    text_.remove_prefix(size);
    return taken;
  }

  std::string_view text_;
};

// What stands between braces, if they are there.
Result<void> take_labels(Rest& rest, std::vector<Sample::Label>& labels) {
  labels.clear();
  if (!rest.take('{')) return {};
  for (rest.skip_blanks(); !rest.take('}'); rest.skip_blanks()) {
    const std::string_view name = rest.take_name(false);
    if (name.empty()) return wrong("a label has no name");
    rest.skip_blanks();
    if (!rest.take('=')) return wrong("a label has no value");
    rest.skip_blanks();
    Result<std::string> value = rest.take_text();
    if (!value) return value.error();
    if (!plugin::is_utf8(*value)) return wrong("the value of a label is not UTF-8");
    labels.push_back({std::string(name), std::move(*value)});
    rest.skip_blanks();
    if (!rest.take(',') && !rest.begins_with('}')) return wrong("labels do not end");
  }
  return {};
}

// The value, and perhaps a timestamp and an exemplar, which nobody asks for.
Result<double> take_value(Rest& rest) {
  const std::optional<double> value = parse_number(rest.take_word());
  if (!value) return wrong("the value of a metric is no number");
  rest.skip_blanks();
  if (!rest.empty() && !rest.begins_with('#') && !parse_number(rest.take_word())) {
    return wrong("what follows a value is no timestamp");
  }
  rest.skip_blanks();
  if (!rest.empty() && !rest.begins_with('#')) return wrong("something follows a timestamp");
  return *value;
}

Result<void> take_sample(Rest& rest, Sample& sample) {
  sample.name = rest.take_name(true);
  if (sample.name.empty()) return wrong("a metric has no name");
  rest.skip_blanks();
  if (Result<void> taken = take_labels(rest, sample.labels); !taken) return taken;
  rest.skip_blanks();
  const Result<double> value = take_value(rest);
  if (!value) return value.error();
  sample.value = *value;
  return {};
}

}  // namespace

MetricsParser::MetricsParser(const std::vector<std::string>& names, SampleSink sink)
    : names_(names.begin(), names.end()), sink_(std::move(sink)) {}

Result<void> MetricsParser::feed(std::string_view chunk) {
  if (broken_) return *broken_;
  Result<void> taken = take(chunk);
  if (!taken) broken_ = taken.error();
  return taken;
}

Result<void> MetricsParser::finish() {
  if (broken_) return *broken_;
  if (!begun_.empty()) {
    return wrong(fmt::format("it ends within line {}, so something is missing", lines_ + 1));
  }
  if (lines_ == 0) return wrong("it is empty");
  return {};
}

Result<void> MetricsParser::take(std::string_view chunk) {
  for (;;) {
    const std::size_t end = chunk.find('\n');
    const std::string_view part = chunk.substr(0, end);
    if (begun_.size() + part.size() > longest_line) {
      return wrong(fmt::format("line {} is longer than {} KiB", lines_ + 1, longest_line >> 10));
    }
    if (end == chunk.npos || !begun_.empty()) begun_ += part;
    if (end == chunk.npos) return {};
    chunk.remove_prefix(end + 1);
    if (Result<void> done = line(begun_.empty() ? part : begun_); !done) return done;
    begun_.clear();
    ++lines_;
  }
}

Result<void> MetricsParser::line(std::string_view text) {
  Rest rest(text);
  rest.skip_blanks();
  if (rest.empty() || rest.begins_with('#')) return {};
  if (const Result<void> whole = take_sample(rest, sample_); !whole) {
    return whole.error().context(fmt::format("it is no Prometheus text at line {}", lines_ + 1));
  }
  return names_.contains(sample_.name) ? sink_(sample_) : Result<void>();
}

}  // namespace ktel::cluster
