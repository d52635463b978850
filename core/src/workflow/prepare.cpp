// prepare: see the header.
#include "workflow/prepare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <utility>

#include "standard/loss_job.hpp"

namespace ktel::workflow {
namespace {

// The selected jobs and, behind them, those they need, each once.
Result<std::vector<PreparedJob>> choose(const plugin::Catalog& catalog,
                                        const std::vector<std::string>& names) {
  std::vector<std::string> wanted = names;
  const bool all = std::find(wanted.begin(), wanted.end(), "all") != wanted.end();
  if (all) {
    wanted.clear();
    for (const plugin::JobRef& ref : catalog.jobs()) wanted.push_back(ref.job().name);
  }
  if (wanted.empty()) {
    return Error{Errc::bad_input,
                 all ? "no plugin provides a job; `ktel plugins list` says what was looked at"
                     : "no jobs were named: give --jobs NAME,NAME or --jobs all; `ktel jobs list` "
                       "shows what there is"};
  }
  std::vector<PreparedJob> jobs;
  std::set<std::string> seen;
  for (const std::string& name : wanted) {
    if (!seen.insert(name).second) continue;
    const auto ref = catalog.find_job(name);
    if (!ref) return Error{Errc::bad_input, unknown_job(catalog, name).message};
    PreparedJob job{
        .ref = *ref, .selected = true, .masked = {}, .params = {}, .reads = {}, .wanted = {}};
    jobs.push_back(std::move(job));
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    for (const plugin::Need& need : jobs[i].job().needs) {
      const auto ref = catalog.find_job(need.job);
      if (!ref || !seen.insert(need.job).second) continue;  // a missing one is the plan's to refuse
      PreparedJob job{
          .ref = *ref, .selected = false, .masked = {}, .params = {}, .reads = {}, .wanted = {}};
      jobs.push_back(std::move(job));
    }
  }
  return jobs;
}

void mask_fields(PreparedJob& prepared, const Selection& selection, Prepared& all) {
  const plugin::Job& job = prepared.job();
  for (const plugin::Field& field : job.fields) {
    const auto mask = standard::mask(selection.policy, job.name, field, selection.today);
    prepared.masked.push_back(mask.has_value());
    if (!mask) continue;
    all.findings.push_back(Finding{.id = mask->id,
                                   .level = FindingLevel::note,
                                   .job = job.name,
                                   .field = field.name,
                                   .text = mask->why,
                                   .next = {}});
    all.withheld.push_back(fmt::format("{}.{}: {}", job.name, field.name, mask->why));
  }
}

bool dns_name(const std::string& text) {
  if (text.empty() || text.size() > 253) return false;
  const auto edge = [](char c) {
    return std::islower(static_cast<unsigned char>(c)) ||
           std::isdigit(static_cast<unsigned char>(c));
  };
  if (!edge(text.front()) || !edge(text.back())) return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return edge(c) || c == '-' || c == '.'; });
}

// What stands in the environment for a parameter; a value that can be no object's name, whatever
// else it is, is none of the job's business.
std::optional<std::string> stand_in(const plugin::Param& param, const Env& env) {
  if (param.env.empty() || !env) return std::nullopt;
  std::optional<std::string> value = env(param.env);
  if (!value) return std::nullopt;
  const std::size_t slash = value->find('/');
  const bool named = slash == value->npos
                         ? dns_name(*value)
                         : dns_name(value->substr(0, slash)) && dns_name(value->substr(slash + 1));
  return named ? value : std::nullopt;
}

Result<void> set_params(PreparedJob& prepared, const Selection& selection) {
  const plugin::Job& job = prepared.job();
  for (const plugin::Param& param : job.params) {
    const auto given = selection.params.find(job.name + "." + param.name);
    const std::optional<std::string> text = given == selection.params.end()
                                                ? stand_in(param, selection.env)
                                                : std::optional(given->second);
    Result<plugin::ParamValue> value =
        text ? plugin::parse_param(param, *text) : plugin::default_param(param);
    if (!value) return value.error().context(fmt::format("job {}", job.name));
    if (!value->set && param.required) {
      return Error{Errc::bad_input,
                   fmt::format("job {} needs its parameter {}: give --param {}.{}=VALUE", job.name,
                               param.name, job.name, param.name)};
    }
    prepared.params.push_back(std::move(value).value());
  }
  return {};
}

// Puts ${param} in, but where the environment may have it and none is known. false: a parameter in
// it is not set, so the read is not made.
Result<bool> put_in(std::string& text, const PreparedJob& prepared, const std::string& read,
                    bool environment_known) {
  for (std::size_t at = text.find("${"); at != std::string::npos; at = text.find("${", at)) {
    const std::size_t end = text.find('}', at);
    if (end == std::string::npos) break;
    const std::string name = text.substr(at + 2, end - at - 2);
    const auto& params = prepared.job().params;
    const auto found = std::find_if(params.begin(), params.end(),
                                    [&](const plugin::Param& p) { return p.name == name; });
    if (found == params.end()) {
      return Error{Errc::bad_input,
                   fmt::format("read {} of job {} names ${{{}}}, which is no parameter of it", read,
                               prepared.job().name, name)};
    }
    const auto& value = prepared.params[static_cast<std::size_t>(found - params.begin())];
    if (!value.set || value.text.empty()) {
      if (environment_known || found->env.empty()) return false;
      at = end;
      continue;
    }
    // What stands here becomes part of a URL path or of a selector.
    if (!dns_name(value.text)) {
      return Error{Errc::bad_input,
                   fmt::format("parameter {}.{} must be a DNS name (a-z, 0-9, '-', '.')",
                               prepared.job().name, name)};
    }
    text.replace(at, end - at + 1, value.text);
    at += value.text.size();
  }
  return true;
}

Result<void> prepare_reads(PreparedJob& prepared, bool environment_known) {
  prepared.reads = prepared.job().reads;
  prepared.wanted = standard::wanted_reads(prepared.job(), prepared.masked);
  for (std::size_t i = 0; i < prepared.reads.size(); ++i) {
    plugin::Read& read = prepared.reads[i];
    for (std::string* text : {&read.ns, &read.name, &read.label_selector}) {
      const Result<bool> whole = put_in(*text, prepared, read.id, environment_known);
      if (!whole) return whole.error();
      if (!*whole) prepared.wanted[i] = false;
    }
  }
  return {};
}

Result<void> check_params_known(const std::vector<PreparedJob>& jobs,
                                const std::map<std::string, std::string>& given) {
  for (const auto& entry : given) {
    const std::string& key = entry.first;
    const bool known = std::any_of(jobs.begin(), jobs.end(), [&](const PreparedJob& prepared) {
      const auto& params = prepared.job().params;
      return std::any_of(params.begin(), params.end(), [&](const plugin::Param& param) {
        return key == prepared.job().name + "." + param.name;
      });
    });
    if (!known) {
      return Error{Errc::bad_input,
                   fmt::format("no selected job has a parameter {}; `ktel jobs describe JOB` shows "
                               "what it takes",
                               key)};
    }
  }
  return {};
}

}  // namespace

Error unknown_job(const plugin::Catalog& catalog, const std::string& name) {
  for (const plugin::Refused& refused : catalog.refused()) {
    if (refused.item == "job " + name) {
      return {Errc::not_found, fmt::format("job {} of {} was refused: {}", name,
                                           refused.file.string(), refused.sentence())};
    }
  }
  const std::string near = catalog.nearest_job(name);
  if (!near.empty()) {
    return {
        Errc::not_found,
        fmt::format("there is no job {}; did you mean {}? `ktel jobs list` shows all", name, near)};
  }
  return {Errc::not_found, fmt::format("there is no job {}; `ktel jobs list` shows all", name)};
}

bool PreparedJob::withheld() const {
  return !masked.empty() && std::all_of(masked.begin(), masked.end(), [](bool m) { return m; });
}

plugin::Job PreparedJob::narrowed() const {
  plugin::Job narrow = job();
  narrow.fields.clear();
  narrow.reads.clear();
  for (std::size_t i = 0; i < masked.size(); ++i) {
    if (!masked[i]) narrow.fields.push_back(job().fields[i]);
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i]) narrow.reads.push_back(reads[i]);
  }
  return narrow;
}

Result<Prepared> prepare(const plugin::Catalog& catalog, const Selection& selection) {
  Result<std::vector<PreparedJob>> chosen = choose(catalog, selection.jobs);
  if (!chosen) return chosen.error();
  std::vector<std::string> declared;
  const auto declares = [&declared](const plugin::Job& job) {
    for (const plugin::Field& field : job.fields) declared.push_back(job.name + "." + field.name);
  };
  for (const plugin::JobRef& ref : catalog.jobs()) declares(ref.job());
  declares(standard::loss_job());
  if (auto named = standard::check_policy(selection.policy, declared); !named) return named.error();
  Prepared prepared;
  prepared.jobs = std::move(chosen).value();
  if (auto known = check_params_known(prepared.jobs, selection.params); !known)
    return known.error();
  const plugin::Job& loss = standard::loss_job();
  for (const plugin::Field& field : loss.fields) {
    prepared.loss_masked.push_back(
        standard::mask(selection.policy, loss.name, field, selection.today).has_value());
  }
  for (PreparedJob& job : prepared.jobs) {
    mask_fields(job, selection, prepared);
    if (auto set = set_params(job, selection); !set) return set.error();
    if (auto reads = prepare_reads(job, selection.env != nullptr); !reads) return reads.error();
  }
  if (const Result<Plan> plan = plan_of(prepared); !plan) return plan.error();
  return prepared;
}

Result<Plan> plan_of(const Prepared& prepared) {
  std::vector<JobSpec> specs;
  specs.reserve(prepared.jobs.size());
  for (const PreparedJob& job : prepared.jobs) {
    JobSpec spec{.name = job.job().name,
                 .reads = job.reads.size(),
                 .needs = {},
                 .optional_needs = {},
                 .withheld = job.withheld()};
    for (const plugin::Need& need : job.job().needs) {
      (need.optional ? spec.optional_needs : spec.needs).push_back(need.job);
    }
    specs.push_back(std::move(spec));
  }
  return Plan::make(std::move(specs));
}

}  // namespace ktel::workflow
