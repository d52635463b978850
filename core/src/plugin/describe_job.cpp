// A job, its needs and its parameters.
#include <fmt/format.h>

#include <algorithm>

#include "plugin/describe_parts.hpp"
#include "plugin/name_rules.hpp"
#include "plugin/param_value.hpp"

namespace ktel::plugin {
namespace {

constexpr std::uint32_t most_fields = 200;
constexpr std::uint32_t most_reads = 64;
constexpr std::uint32_t most_needs = 16;
constexpr std::uint32_t most_params = 64;
constexpr std::uint32_t most_paths = 64;
constexpr std::uint32_t most_values = 1024;

Need describe_need(Inspection& in, const ktel_need& given) {
  Need need;
  need.job = in.required(given.job, "job");
  if (!need.job.empty() && !is_job_name(need.job)) {
    in.refuse(fmt::format("\"{}\" is no job name", need.job));
  }
  need.paths = describe_paths(in, given.paths);
  in.flags(given.flags, 0);
  need.optional = (given.flags & KTEL_NEED_OPTIONAL) != 0;
  return need;
}

// What the host itself takes from a report server's URL.
bool is_hosts_own(std::string_view name) {
  constexpr std::string_view own[] = {"ca",          "cert",     "key",     "pin",
                                      "server_name", "insecure", "timeout", "proxy"};
  return std::find(std::begin(own), std::end(own), name) != std::end(own);
}

// Of these, what a backend that makes its own connections is handed where it declares it.
bool is_of_connections(std::string_view name) {
  constexpr std::string_view own[] = {"ca", "cert", "key", "pin", "server_name"};
  return std::find(std::begin(own), std::end(own), name) != std::end(own);
}

void check_name_in_url(Inspection& in, const Param& param, ParamOwner owner) {
  if (owner == ParamOwner::job || !is_hosts_own(param.name)) return;
  if (owner == ParamOwner::backend || !is_of_connections(param.name)) {
    in.refuse("is the host's own in every URL: choose another name");
  } else if (param.type != KTEL_T_TEXT || param.required || param.secret || param.has_default) {
    in.refuse("is what the host makes of the URL: give it type TEXT, no flags, no default_text");
  }
}

Param describe_param(Inspection& in, const ktel_param& given, ParamOwner owner) {
  Param param;
  param.name = in.required(given.name, "name");
  if (!param.name.empty() && !is_param_name(param.name)) {
    in.refuse(fmt::format("name \"{}\" must be lower-case words joined by - or _", param.name));
  }
  in.code(given.type, KTEL_T_BOOL, KTEL_T_TEXT, "type");
  if (given.type == KTEL_T_LIST || given.type == KTEL_T_MAP) {
    in.refuse("type is a list or a map: a parameter is one value");
  }
  param.type = given.type;
  in.flags(given.flags, KTEL_PARAM_SECRET);
  param.required = (given.flags & KTEL_PARAM_REQUIRED) != 0;
  param.secret = (given.flags & KTEL_PARAM_SECRET) != 0;
  param.description = in.required(given.description, "description");
  param.has_default = given.default_text != nullptr;
  param.default_text = in.text(given.default_text, "default_text");
  param.env = in.text(given.env, "env");
  if (!param.env.empty() && (owner != ParamOwner::job || param.type != KTEL_T_TEXT)) {
    in.refuse("env is for parameters of jobs alone, of type TEXT");
  }
  if (!param.env.empty() && !is_naming_variable(param.env)) {
    in.refuse(
        fmt::format("env \"{}\" must be a variable that names an object: upper-case words, at "
                    "the end _NAME, _NAMESPACE, _SERVICE or _CLASS",
                    param.env));
  }
  param.values = describe_values(in, given.values, given.value_count, given.value_stride);
  if ((param.type == KTEL_T_ENUM) != !param.values.empty()) {
    in.refuse(param.values.empty() ? "values is missing" : "values are for type ENUM alone");
  }
  if (param.secret && owner == ParamOwner::job) {
    in.refuse("is SECRET: no job is granted secrets");
  }
  if (param.secret && param.has_default)
    in.refuse("is SECRET and has a default_text: leave it out");
  if (param.required && param.has_default) {
    in.refuse("is REQUIRED and has a default_text: leave out one of the two");
  }
  if (!param.secret) {
    if (const auto value = default_param(param); !value) {
      in.refuse(fmt::format("default_text \"{}\" does not fit: {}", param.default_text,
                            value.error().message));
    }
  }
  return param;
}

void describe_texts(Inspection& in, const ktel_job& given, Job& job) {
  job.name = in.required(given.name, "name");
  if (!job.name.empty() && !is_job_name(job.name)) {
    in.refuse(
        fmt::format("name \"{}\" must be lower-case words joined by -, 3 to 40 bytes, like "
                    "cluster-state",
                    job.name));
  }
  if (is_reserved(job.name)) {
    in.refuse(fmt::format("name \"{}\" is reserved: names that begin with ktel are the host's",
                          job.name));
  }
  job.title = in.required(given.title, "title");
  job.summary = in.required(given.summary, "summary");
  job.question = in.required(given.question, "question");
  job.benefit = in.required(given.benefit, "benefit");
  job.owner = in.required(given.owner, "owner");
  job.contact = in.required(given.contact, "contact");
  job.since = in.required(given.since, "since");
  if (!job.since.empty() && !is_version(job.since)) {
    in.refuse(fmt::format("since \"{}\" must be a version of the plugin, like 1.0.0", job.since));
  }
  job.expires = in.required(given.expires, "expires");
  if (!job.expires.empty() && !is_date(job.expires)) {
    in.refuse(fmt::format("expires \"{}\" must be a day, like 2028-06-30", job.expires));
  }
}

}  // namespace

std::vector<json::Path> describe_paths(Inspection& in, const char* given) {
  const std::string text = in.text(given, "paths");
  auto paths = json::parse_paths(text);
  if (!paths) {
    in.refuse(paths.error().message);
    return {};
  }
  if (paths.value().size() > most_paths) {
    in.refuse(
        fmt::format("{} paths are declared, {} is the most", paths.value().size(), most_paths));
  }
  return std::move(paths).value();
}

std::vector<Label> describe_values(Inspection& in, const ktel_label* first, std::uint32_t count,
                                   std::uint32_t stride) {
  std::vector<Label> values;
  const auto given = in.array(first, count, stride, most_values, "values");
  for (std::size_t i = 0; i < given.size(); ++i) {
    const Inspection::Within within(in, numbered("values", i, given[i].value));
    Label label{in.required(given[i].value, "value"), in.required(given[i].label, "label")};
    if (label.value.size() > 64) in.refuse("value is longer than 64 bytes");
    const bool twice = std::any_of(values.begin(), values.end(),
                                   [&](const Label& other) { return other.value == label.value; });
    if (twice) in.refuse("stands there twice");
    values.push_back(std::move(label));
  }
  return values;
}

std::vector<Param> describe_params(Inspection& in, const ktel_param* first, std::uint32_t count,
                                   std::uint32_t stride, ParamOwner owner) {
  std::vector<Param> params;
  const auto given = in.array(first, count, stride, most_params, "params");
  for (std::size_t i = 0; i < given.size(); ++i) {
    const Inspection::Within within(in, numbered("params", i, given[i].name));
    Param param = describe_param(in, given[i], owner);
    check_name_in_url(in, param, owner);
    const bool twice = std::any_of(params.begin(), params.end(),
                                   [&](const Param& other) { return other.name == param.name; });
    if (twice) in.refuse("stands there twice");
    params.push_back(std::move(param));
  }
  return params;
}

Job describe_job(Inspection& in, const ktel_job& given) {
  Job job;
  describe_texts(in, given, job);
  if (given.stability != 0) {
    in.code(given.stability, KTEL_DEVELOPMENT, KTEL_DEPRECATED, "stability");
  }
  job.stability = given.stability == 0 ? std::uint32_t{KTEL_STABLE} : given.stability;
  in.flags(given.flags, 0);
  job.reentrant = (given.flags & KTEL_JOB_REENTRANT) != 0;
  job.partial_ok = (given.flags & KTEL_JOB_PARTIAL_OK) != 0;
  job.timeout_ms = given.timeout_ms;
  if (given.run == nullptr) in.refuse("run is missing");

  job.params =
      describe_params(in, given.params, given.param_count, given.param_stride, ParamOwner::job);
  const auto needs =
      in.array(given.needs, given.need_count, given.need_stride, most_needs, "needs");
  for (std::size_t i = 0; i < needs.size(); ++i) {
    const Inspection::Within within(in, numbered("needs", i, needs[i].job));
    job.needs.push_back(describe_need(in, needs[i]));
  }
  const auto reads =
      in.array(given.reads, given.read_count, given.read_stride, most_reads, "reads");
  for (std::size_t i = 0; i < reads.size(); ++i) {
    const Inspection::Within within(in, numbered("reads", i, reads[i].id));
    job.reads.push_back(describe_read(in, reads[i], job));
  }
  const auto fields =
      in.array(given.fields, given.field_count, given.field_stride, most_fields, "fields");
  if (given.field_count == 0) in.refuse("declares no field: nothing of it could be reported");
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Inspection::Within within(in, numbered("fields", i, fields[i].name));
    Field field = describe_field(in, fields[i], job);
    const bool twice = std::any_of(job.fields.begin(), job.fields.end(),
                                   [&](const Field& other) { return other.name == field.name; });
    if (twice) in.refuse("stands there twice");
    job.fields.push_back(std::move(field));
  }
  return job;
}

}  // namespace ktel::plugin
