// Writes the dictionary section by section.
#include "standard/dictionary.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <ktel/abi/job.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <vector>

#include "json/canonical.hpp"
#include "standard/access.hpp"
#include "standard/describe.hpp"
#include "standard/names.hpp"

namespace ktel::standard {
namespace {

using Jobs = std::span<const plugin::Job>;

std::string code(std::string_view text) { return fmt::format("`{}`", text); }

template <class List, class Text>
std::string joined(const List& list, Text text, std::string_view between = ", ") {
  std::vector<std::string> parts;
  std::transform(list.begin(), list.end(), std::back_inserter(parts), text);
  return fmt::format("{}", fmt::join(parts, between));
}

// What a table cell cannot hold as it is.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string head(Jobs jobs) {
  std::map<std::uint32_t, std::size_t> classes;
  std::set<std::string> contacts;
  std::set<std::string> days;  // on which something expires
  for (const plugin::Job& job : jobs) {
    contacts.insert(job.contact);
    for (const plugin::Field& field : job.fields) {
      ++classes[field.sensitivity];
      days.insert(field.expires);
    }
  }
  std::string text =
      "# What ktel can collect\n\n"
      "Made by `ktel jobs docs` from the declarations that are enforced at run time; a test holds "
      "them equal.\nWhat does not stand here cannot leave.\n\n"
      "| Class | What it says | Fields | By default |\n|---|---|---|---|\n";
  struct Class {
    std::uint32_t number;
    std::string_view what;
    std::string_view by_default;
  };
  constexpr Class all[] = {{KTEL_S_PRODUCT, "the same for every installation of a build", "sent"},
                           {KTEL_S_ENVIRONMENT, "closed facts on the platform", "sent"},
                           {KTEL_S_SCALE, "counts and sizes", "sent"},
                           {KTEL_S_ACTIVITY, "times and rates", "sent"},
                           {KTEL_S_IDENTIFIER, "a lasting value that singles out an installation",
                            "withheld, unless allowed by name"}};
  for (const Class& c : all) {
    text += fmt::format("| {} | {} | {} | {} |\n", sensitivity_name(c.number), c.what,
                        classes[c.number], c.by_default);
  }
  text += fmt::format(
      "\nEach field expires, and is not collected any more without a new version: {}. Questions: "
      "{}.\n\n",
      days.empty() ? "there is none"
      : days.size() == 1
          ? "all on " + *days.begin()
          : fmt::format("the first on {}, the last on {}", *days.begin(), *days.rbegin()),
      fmt::join(contacts, ", "));
  return text;
}

constexpr std::string_view rules =
    "## What can never leave\n\n"
    "Names of objects and namespaces, labels, annotations, images, host names, addresses, user "
    "names, URLs,\nconfiguration as it was written, values of environment variables, logs, "
    "anything from a Secret, and any\ntext that is not one of the values listed here. A "
    "declaration has no type for free text. There is no\ninstallation id. What singles out an "
    "installation could be declared as an identifier alone: the table above\ncounts those. What a "
    "caller passes in on stdin is the caller's own and travels beside it.\n\n"
    "## Switch it off\n\n"
    "| What | How |\n|---|---|\n"
    "| everything: nothing is read, nothing is sent | `DO_NOT_TRACK=1` or `KTEL_TELEMETRY=off` |\n"
    "| sending: reports are made and stay here | `KTEL_TELEMETRY=local` |\n"
    "| a class and all above it | `--max-sensitivity CLASS`, the highest that may leave |\n"
    "| a job or a field | `--deny 'JOB.*'`, `--deny JOB.FIELD` |\n\n"
    "What only a withheld field needs is not read either; `ktel workflows plan` shows what is "
    "left, and\n`ktel jobs rbac` the permissions for it.\n\n";

std::string index(Jobs jobs) {
  std::string text = "## Jobs\n\n| Job | Question | Fields |\n|---|---|---|\n";
  for (const plugin::Job& job : jobs) {
    text += fmt::format("| [{0}](#{0}) | {1} | {2} |\n", job.name, cell(job.question),
                        job.fields.size());
  }
  return text + "\n";
}

std::string matrix(Jobs jobs) {
  std::string text =
      "## What is read, and by whom\n\n"
      "Each is read once a run, whoever asks; `list` is the only verb on objects. Without the "
      "permission the\nfields made of it are absent. `ktel jobs describe JOB` names every path "
      "that "
      "is taken from an object; of\nthe rest of it nothing is kept.\n\n| Permission | Jobs "
      "|\n|---|---|\n";
  for (const SharedRule& shared : shared_rules(jobs)) {
    text += fmt::format("| {} {}{} | {} |\n", shared.rule.verb(), shared.rule.what(),
                        shared.rule.optional ? " (optional)" : "",
                        joined(shared.fields, [](const auto& job) {
                          return fmt::format("[{0}](#{0})", job.first);
                        }));
  }
  return text + "\n";
}

std::string granularity_text(const plugin::Field& field) {
  const std::uint32_t type = field.item != 0 ? field.item : field.type;
  const auto name = granularity_name(effective_granularity(type, field.granularity));
  if (name == "exact" || name == "full" || name.empty()) return {};
  return fmt::format(", to the {}", name == "pow2" ? "power of two below" : name);
}

std::string type_text(const plugin::Field& field) {
  std::string text(type_name(field.type));
  if (field.item != 0) text += fmt::format(" of {}", type_name(field.item));
  if (!field.unit.empty()) text += fmt::format(" in `{}`", field.unit);
  if (field.min != 0 || field.max != 0) text += fmt::format(", {} to {}", field.min, field.max);
  if (field.max_items > 0) text += fmt::format(", at most {}", field.max_items);
  if (!field.pattern.empty()) text += fmt::format(" that matches `{}`", field.pattern);
  if (field.max_length > 0) text += fmt::format(", at most {} bytes", field.max_length);
  return text + granularity_text(field);
}

// A long set has a line a value.
std::string values_text(const plugin::Field& field) {
  if (field.values.empty()) return {};
  constexpr std::size_t many = 8;
  const auto one = [](const plugin::Label& label) {
    const bool says_it = label.label.empty() || label.label == label.value;
    return says_it ? code(label.value) : code(label.value) + " " + label.label;
  };
  const bool list = field.values.size() > many;
  const std::string rest =
      field.other.empty() ? "" : fmt::format(". Anything else is `{}`", field.other);
  return fmt::format("- {}{}:{}{}\n", field.type == KTEL_T_MAP ? "Keys" : "Values",
                     list ? rest : "", list ? "\n  - " : " ",
                     joined(field.values, one, list ? "\n  - " : "; ") + (list ? "" : rest));
}

std::string field_text(const plugin::Job& job, const plugin::Field& field) {
  std::string text = fmt::format("#### {}.{}\n\n{}\n\n", job.name, field.name, field.description);
  const auto line = [&text](std::string_view key, std::string_view words) {
    if (!words.empty()) text += fmt::format("- {}: {}\n", key, words);
  };
  line("Type", type_text(field));
  line("Class", sensitivity_name(field.sensitivity));
  text += values_text(field);
  line("Example", code(json::canonical(example_json(field))));
  line("Absent when", field.absent_when);
  line("Made of", joined(field.from, code));
  line("In compact forms", field.alias.empty() ? "" : code(field.alias));
  line("Replaced by", field.replaced_by);
  if (field.question != job.question) line("Question", field.question);
  if (field.benefit != job.benefit) line("Benefit", field.benefit);
  if (field.owner != job.owner) line("Owner", field.owner);
  if (field.since != job.since) line("Since", field.since);
  if (field.expires != job.expires) line("Expires", field.expires);
  if (field.stability != job.stability) line("Stability", stability_name(field.stability));
  return text + "\n";
}

std::string read_text(const plugin::Read& read) {
  std::string what = read.url.empty() ? read.resource : read.url;
  if (what.empty()) what = "what is served";
  if (!read.group.empty()) {
    what += read.group == "*" ? " in any group" : fmt::format(" of {}", read.group);
  }
  if (!read.name.empty()) what += fmt::format(" named {}", read.name);
  if (!read.ns.empty()) what += fmt::format(" in namespace {}", read.ns);
  if (!read.label_selector.empty()) what += fmt::format(" with {}", read.label_selector);
  if (!read.field_selector.empty()) what += fmt::format(" where {}", read.field_selector);
  std::string text =
      fmt::format("| `{}` | {} {} | {}", read.id, verb_name(read.verb), cell(what), cell(read.why));
  if (!read.when_read.empty()) {
    text += fmt::format(" Only if `{}` {}.", read.when_read,
                        read.when_absent ? "finds nothing" : "finds something");
  }
  return text + " |\n";
}

std::string job_text(const plugin::Job& job) {
  std::string text = fmt::format(
      "## {}\n\n{}\n\n- Question: {}\n- Benefit: {}\n- Owner: {}, {}\n- Since {}, {}; expires {}\n",
      job.name, job.summary, job.question, job.benefit, job.owner, job.contact, job.since,
      stability_name(job.stability), job.expires);
  for (const plugin::Param& param : job.params) {
    const std::string stands_in =
        param.env.empty() ? "" : fmt::format(" Else what the variable `{}` says.", param.env);
    const std::string by_default =
        param.default_text.empty() ? "" : fmt::format(" By default `{}`.", param.default_text);
    text += fmt::format("- Parameter `--param {}.{}=...`: {}{}{}\n", job.name, param.name,
                        param.description, stands_in, by_default);
  }
  for (const plugin::Need& need : job.needs) {
    text += fmt::format("- Takes from [{0}](#{0}): {1}\n", need.job,
                        joined(need.paths, [](const json::Path& path) { return code(path.text); }));
  }
  if (!job.reads.empty()) {
    text += "\n| Read | What | Why |\n|---|---|---|\n";
    for (const plugin::Read& read : job.reads) text += read_text(read);
  }
  text += "\n";
  for (const plugin::Field& field : job.fields) text += field_text(job, field);
  return text;
}

}  // namespace

std::string dictionary_markdown(Jobs jobs) {
  std::string text = head(jobs);
  text += rules;
  text += index(jobs) + matrix(jobs);
  for (const plugin::Job& job : jobs) text += job_text(job);
  while (text.ends_with("\n\n")) text.pop_back();
  return text;
}

}  // namespace ktel::standard
