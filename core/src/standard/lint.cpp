// A function a row of the table; Linter::run() at the end is the table of contents.
#include "standard/lint.hpp"

#include <fmt/format.h>
#include <ktel/abi/job.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "standard/example.hpp"
#include "standard/pattern.hpp"

namespace ktel::standard {
namespace {

using std::chrono::days;
using std::chrono::months;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::size_t shortest_description = 20;
constexpr days soon{30};
constexpr months far{24};

using Words = std::span<const std::string_view>;

constexpr std::array<std::string_view, 10> abbreviations = {"k8s", "os",  "arch", "cpu",  "api",
                                                            "tls", "tcp", "udp",  "grpc", "http"};
constexpr std::array<std::string_view, 17> units = {
    "ms",  "millisecond", "sec", "second", "minute", "hour", "day",     "byte", "kb",
    "kib", "mb",          "mib", "gb",     "gib",    "tb",   "percent", "pct"};
// What lasts, and tells one installation from the next.
constexpr std::array<std::string_view, 9> identifying = {"host",  "ip",  "uid",  "name", "label",
                                                         "email", "url", "path", "key"};
constexpr std::array<std::string_view, 5> articles = {"a", "an", "the", "of", "its"};

bool is_in(Words list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// "hours" is "hour" too.
bool is_in_or_plural(Words list, std::string_view word) {
  return is_in(list, word) || (word.ends_with('s') && is_in(list, word.substr(0, word.size() - 1)));
}

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

// The words of a name, or of a sentence, in lower case.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (is_letter(c) || (c >= '0' && c <= '9')) {
      words.back() += c;
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

std::string without_separators(std::string name) {
  std::erase_if(name, [](char c) { return c == '-' || c == '_'; });
  return name;
}

// Two letters and no vowel: "svc", "cfg". Not all abbreviations are found so, but no word is.
bool is_abbreviation(std::string_view word) {
  const auto vowel = [](char c) { return std::string_view("aeiouy").find(c) != std::string::npos; };
  return std::count_if(word.begin(), word.end(), is_letter) > 1 &&
         std::none_of(word.begin(), word.end(), vowel) && !is_in(abbreviations, word) &&
         !is_in_or_plural(units, word);
}

bool is_blank(std::string_view text) { return text.find_first_not_of(' ') == text.npos; }

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::uint32_t scalar_of(const plugin::Field& field) {
  return field.item != 0 ? field.item : field.type;
}

bool is_number(const plugin::Field& field) {
  return scalar_of(field) >= KTEL_T_COUNT && scalar_of(field) <= KTEL_T_BYTES;
}

// Does the pattern let through a text that nobody had in mind, of whichever length?
bool is_open(const plugin::Field& field) {
  const Result<Pattern> pattern = Pattern::compile(field.pattern);
  const std::string anything = "~ %A0|a,:@";
  std::string text;
  while (text.size() < field.max_length) {
    text += anything[text.size() % anything.size()];
    if (text.size() > 4 && pattern && pattern->matches(text)) return true;
  }
  return false;
}

std::string date(const year_month_day& day) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

class Linter {
 public:
  Linter(const plugin::Job& job, sys_days today) : job_(job), today_(today) {}

  std::vector<Finding> run() {
    texts(job_.name, {{"title", job_.title},
                      {"summary", job_.summary},
                      {"question", job_.question},
                      {"benefit", job_.benefit},
                      {"owner", job_.owner},
                      {"contact", job_.contact}});
    question(job_.question);
    name(job_.name);
    expiry(job_.expires);
    for (const plugin::Read& read : job_.reads) check_read(read);
    for (const plugin::Field& field : job_.fields) {
      field_ = field.name;
      check_field(field);
    }
    return std::move(findings_);
  }

 private:
  struct Text {
    std::string_view member;
    std::string_view text;
  };

  void check_read(const plugin::Read& read) {
    texts(fmt::format("read {}", read.id), {{"why", read.why}});
    const bool used =
        std::any_of(job_.fields.begin(), job_.fields.end(), [&](const plugin::Field& field) {
          return std::find(field.from.begin(), field.from.end(), read.id) != field.from.end();
        });
    if (!used) {
      error("unused-read", fmt::format("read {} is in no field's from", read.id),
            "name it where it is used, or do not read it");
    }
    if (lists_data(read)) {
      error("secret-read",
            fmt::format("read {} lists ConfigMaps for what they hold: who may list them has them "
                        "whole",
                        read.id),
            "GET the one that is meant, by its name");
    }
  }

  // Secrets, and all resources at once, are refused when the plugin is loaded.
  static bool lists_data(const plugin::Read& read) {
    return read.verb == KTEL_READ_LIST && read.group.empty() && read.resource == "configmaps" &&
           std::any_of(read.paths.begin(), read.paths.end(), [](const json::Path& path) {
             const json::Step& first = path.steps.front();
             const bool prefix = first.kind == json::Step::Kind::prefix;
             return std::any_of(
                 data_members.begin(), data_members.end(), [&](std::string_view member) {
                   return prefix ? member.starts_with(first.name) : member == first.name;
                 });
           });
  }
  static constexpr std::array<std::string_view, 2> data_members = {"data", "binaryData"};

  void check_field(const plugin::Field& field) {
    texts(field.name, {{"description", field.description},
                       {"example", field.example},
                       {"absent_when", field.absent_when}});
    // Of what a field inherits the job has been told.
    if (field.question != job_.question) {
      texts(field.name, {{"question", field.question}});
      question(field.question);
    }
    if (field.benefit != job_.benefit) texts(field.name, {{"benefit", field.benefit}});
    if (field.owner != job_.owner) texts(field.name, {{"owner", field.owner}});
    if (field.expires != job_.expires) expiry(field.expires);
    replacement(field);
    name(field.name);
    count_name(field);
    similar_name(field);
    unit(field);
    openness(field);
    description(field);
    example(field);
    sensitivity(field);
    if (field.from.empty() && job_.needs.empty()) {
      warn("no-source", fmt::format("{} is made of no read and of no other job's result", field_),
           "name its reads in from: without one it is reported whatever may be read");
    }
  }

  // What is not there at all is refused when the plugin is loaded.
  void texts(std::string_view of, std::initializer_list<Text> given) {
    for (const Text& one : given) {
      if (!is_blank(one.text)) continue;
      error("missing-key", fmt::format("{} of {} is blank", one.member, of),
            "write it: it is what the operator decides by");
    }
  }

  void question(std::string_view text) {
    if (is_blank(text) || text.ends_with('?')) return;
    error("no-question", fmt::format("\"{}\" is no question", text),
          "ask what the data answers, with a question mark");
  }

  void expiry(const std::string& expires) {
    if (expires <= date(today_)) {
      error("expired", fmt::format("expires is {}: nothing of it is collected any more", expires),
            "ask anew whether it is needed, then set a later day");
    } else if (expires <= date(today_ + soon)) {
      warn("expires-soon", fmt::format("expires is {}, in {} days or less", expires, soon.count()),
           "ask anew whether it is needed, then set a later day");
    } else if (expires > date(year_month_day(today_) + far)) {
      warn("expires-far",
           fmt::format("expires is {}, in more than {} months", expires, far.count()),
           "set a nearer day: then it is asked whether it is still needed");
    }
  }

  void replacement(const plugin::Field& field) {
    if (field.stability != KTEL_DEPRECATED || !is_blank(field.replaced_by)) return;
    error("missing-key", fmt::format("replaced_by of {} is missing: it is deprecated", field_),
          "name the field that follows it");
  }

  void name(std::string_view name) {
    for (const std::string& word : words_of(name)) {
      if (word == "total") {
        error("bad-name", fmt::format("{} has total in its name, which says nothing", name),
              "say of what it is the sum");
      }
      if (is_abbreviation(word)) {
        error("bad-name", fmt::format("{} has the abbreviation {} in its name", name, word),
              fmt::format("write the word; known are {}", fmt::join(abbreviations, ", ")));
      }
    }
  }

  // A map of counts may say by what they are told apart: nodes_by_arch.
  void count_name(const plugin::Field& field) {
    const bool map = field.type == KTEL_T_MAP;
    if (scalar_of(field) != KTEL_T_COUNT || field.name.ends_with("_count") ||
        (map && field.name.find("_by_") != std::string::npos)) {
      return;
    }
    error("bad-name", fmt::format("{} counts and does not say so", field_),
          fmt::format("end it in _count{}", map ? ", or say _by_ what" : ""));
  }

  void similar_name(const plugin::Field& field) {
    for (const plugin::Field& other : job_.fields) {
      if (&other == &field) return;
      if (without_separators(other.name) != without_separators(field.name)) continue;
      error("similar-name",
            fmt::format("{} differs from {} in its separators alone", field_, other.name),
            "give one of them another name");
    }
  }

  void unit(const plugin::Field& field) {
    if (!is_number(field)) return;
    if (is_blank(field.unit)) {
      error("unit-missing", fmt::format("{} is a number without a unit", field_),
            "give its unit, \"1\" if it has none");
    }
    for (const std::string& word : words_of(field.name)) {
      if (!is_in_or_plural(units, word)) continue;
      warn("unit-in-name", fmt::format("{} has the unit {} in its name", field_, word),
           "say it in unit alone, where programs find it");
    }
  }

  void openness(const plugin::Field& field) {
    const std::uint32_t scalar = scalar_of(field);
    if (scalar == KTEL_T_TOKEN && is_open(field)) {
      error("open-token", fmt::format("the pattern {} lets any text leave", field.pattern),
            "write what the text may be, or make it an enum");
    }
    if (scalar == KTEL_T_ENUM && field.other.empty()) {
      error("open-enum", fmt::format("{} has no other: a value that is not listed is lost", field_),
            "add a value that stands for the rest, and name it in other");
    }
  }

  void description(const plugin::Field& field) {
    if (is_blank(field.description)) return;
    const std::string next = "say in one sentence what it is and how it is derived";
    const std::vector<std::string> name = words_of(field.name);
    const std::vector<std::string> words = words_of(field.description);
    const bool repeats = std::all_of(words.begin(), words.end(), [&](const std::string& word) {
      return is_in(articles, word) || std::find(name.begin(), name.end(), word) != name.end();
    });
    if (repeats) {
      error("weak-description", fmt::format("the description of {} is its name again", field_),
            next);
    } else if (const auto size = characters(field.description); size < shortest_description) {
      error("weak-description",
            fmt::format("the description of {} has {} characters, {} are the least", field_, size,
                        shortest_description),
            next);
    }
  }

  void example(const plugin::Field& field) {
    if (is_blank(field.example)) return;
    if (const auto why = wrong_example(field)) {
      error("bad-example", fmt::format("the example {} does not pass: {}", field.example, *why),
            "give a value as it would leave");
    }
  }

  void sensitivity(const plugin::Field& field) {
    if (scalar_of(field) != KTEL_T_TOKEN || field.sensitivity >= KTEL_S_IDENTIFIER) return;
    for (const std::string& word : words_of(field.name)) {
      if (!is_in_or_plural(identifying, word)) continue;
      error("low-sensitivity",
            fmt::format("{} is a token with {} in its name, and no identifier", field_, word),
            "give it the class identifier, or report a closed set of values");
      return;
    }
  }

  void error(std::string_view id, std::string text, std::string next) {
    report(id, FindingLevel::error, std::move(text), std::move(next));
  }
  void warn(std::string_view id, std::string text, std::string next) {
    report(id, FindingLevel::warn, std::move(text), std::move(next));
  }
  void report(std::string_view id, FindingLevel level, std::string text, std::string next) {
    findings_.push_back(Finding{.id = std::string(id),
                                .level = level,
                                .job = job_.name,
                                .field = field_,
                                .text = std::move(text),
                                .next = std::move(next)});
  }

  const plugin::Job& job_;
  const sys_days today_;
  std::string field_;  // which is looked at; empty: the job itself
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> lint(const plugin::Job& job, sys_days today) {
  return Linter(job, today).run();
}

std::vector<Finding> lint_names(const std::vector<const plugin::Job*>& jobs) {
  std::vector<Finding> findings;
  for (auto job = jobs.begin(); job != jobs.end(); ++job) {
    const auto same = std::find_if(jobs.begin(), job, [&](const plugin::Job* other) {
      return without_separators(other->name) == without_separators((*job)->name);
    });
    if (same == job) continue;
    findings.push_back(Finding{.id = "similar-name",
                               .level = FindingLevel::error,
                               .job = (*job)->name,
                               .field = {},
                               .text = fmt::format("{} differs from {} in its separators alone",
                                                   (*job)->name, (*same)->name),
                               .next = "give one of them another name"});
  }
  return findings;
}

}  // namespace ktel::standard
