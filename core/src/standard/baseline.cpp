// Both sides of a comparison in words: what was printed has no numbers.
#include "standard/baseline.hpp"

#include <fmt/format.h>
#include <ktel/abi/job.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "standard/names.hpp"

namespace ktel::standard {
namespace {

Promise promise_of(const plugin::Field& field) {
  const std::uint32_t scalar = field.item != 0 ? field.item : field.type;
  std::string type(type_name(field.type));
  if (field.item != 0) type += fmt::format(" of {}", type_name(field.item));
  return {.type = std::move(type),
          .sensitivity = std::string(sensitivity_name(field.sensitivity)),
          .granularity =
              std::string(granularity_name(effective_granularity(scalar, field.granularity)))};
}

Result<Promise> promise_of(const std::string& field, const YAML::Node& node) {
  const auto word = [&](const char* key) {
    return node.IsMap() ? node[key].as<std::string>("") : std::string();
  };
  Promise promise{
      .type = word("type"), .sensitivity = word("sensitivity"), .granularity = word("granularity")};
  if (const std::string item = word("item"); !item.empty()) promise.type += " of " + item;
  if (promise.type.empty() || !sensitivity_of(promise.sensitivity)) {
    return Error{Errc::bad_input, fmt::format("field {} has no type, or no sensitivity", field)};
  }
  return promise;
}

// How much is left out; the finest form leaves out nothing.
int coarseness(std::string_view granularity) {
  constexpr std::pair<std::string_view, int> known[] = {{"pow2", 1},  {"hour", 1},  {"day", 2},
                                                        {"patch", 1}, {"minor", 2}, {"major", 3}};
  for (const auto& [word, steps] : known) {
    if (word == granularity) return steps;
  }
  return 0;
}

class Comparison {
 public:
  Comparison(const Baseline& before, const plugin::Job& job) : before_(before), job_(job) {}

  std::vector<Finding> run() {
    std::set<std::string> there;
    for (const plugin::Field& field : job_.fields) {
      there.insert(field.name);
      const auto was = before_.fields.find(field.name);
      if (was == before_.fields.end()) {
        report(
            "new-field", FindingLevel::warn, field.name,
            fmt::format("{} is new, of class {}", field.name, sensitivity_name(field.sensitivity)),
            "say so in the release notes");
      } else {
        compare(field.name, was->second, promise_of(field));
      }
    }
    for (const auto& [name, was] : before_.fields) {
      if (there.contains(name)) continue;
      broken(name, fmt::format("{} is gone: it was declared as {}", name, was.type),
             "declare it again and deprecate it first");
    }
    return std::move(findings_);
  }

 private:
  void compare(const std::string& field, const Promise& was, const Promise& is) {
    const std::string next = "leave it as it was; what is to be told else is a new field";
    if (was.type != is.type) {
      broken(field, fmt::format("{} was declared as {} and is {}", field, was.type, is.type), next);
    }
    if (sensitivity_of(was.sensitivity) < sensitivity_of(is.sensitivity)) {
      broken(field,
             fmt::format("{} was of class {} and is {}", field, was.sensitivity, is.sensitivity),
             next);
    }
    if (was.type == is.type && coarseness(was.granularity) > coarseness(is.granularity)) {
      const std::string finest = is.granularity.empty() ? "exact" : is.granularity;
      broken(field,
             fmt::format("{} left as {} at the finest and leaves as {}", field, was.granularity,
                         finest),
             next);
    }
  }

  void broken(const std::string& field, std::string text, std::string next) {
    report("breaking-change", FindingLevel::error, field, std::move(text), std::move(next));
  }
  void report(std::string_view id, FindingLevel level, const std::string& field, std::string text,
              std::string next) {
    findings_.push_back(Finding{.id = std::string(id),
                                .level = level,
                                .job = job_.name,
                                .field = field,
                                .text = std::move(text),
                                .next = std::move(next)});
  }

  const Baseline& before_;
  const plugin::Job& job_;
  std::vector<Finding> findings_;
};

}  // namespace

Result<Baseline> parse_baseline(const std::string& yaml) try {
  const YAML::Node root = YAML::Load(yaml);
  if (!root.IsMap() || !root["job"] || !root["fields"] || !root["fields"].IsMap()) {
    return Error{Errc::bad_input, "it holds no job with fields"};
  }
  Baseline baseline{.job = root["job"].as<std::string>(), .fields = {}};
  for (const auto& field : root["fields"]) {
    const auto name = field.first.as<std::string>();
    Result<Promise> promise = promise_of(name, field.second);
    if (!promise) return promise.error();
    baseline.fields.emplace(name, std::move(promise).value());
  }
  return baseline;
} catch (const YAML::Exception& error) {
  return Error{Errc::bad_input, fmt::format("line {}: {}", error.mark.line + 1, error.msg)};
}

std::vector<Finding> compare(const std::vector<Baseline>& before,
                             const std::vector<const plugin::Job*>& jobs) {
  std::vector<Finding> findings;
  for (const Baseline& was : before) {
    const bool there = std::any_of(jobs.begin(), jobs.end(),
                                   [&](const plugin::Job* job) { return job->name == was.job; });
    if (there) continue;
    findings.push_back(Finding{.id = "breaking-change",
                               .level = FindingLevel::error,
                               .job = was.job,
                               .field = {},
                               .text = fmt::format("job {} is gone", was.job),
                               .next = "declare it again and deprecate it first"});
  }
  for (const plugin::Job* job : jobs) {
    const auto was = std::find_if(before.begin(), before.end(), [&](const Baseline& baseline) {
      return baseline.job == job->name;
    });
    const Baseline none{.job = job->name, .fields = {}};
    std::vector<Finding> changes = Comparison(was == before.end() ? none : *was, *job).run();
    findings.insert(findings.end(), std::make_move_iterator(changes.begin()),
                    std::make_move_iterator(changes.end()));
  }
  return findings;
}

}  // namespace ktel::standard
