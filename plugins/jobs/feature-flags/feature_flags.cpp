// feature-flags: which feature gates are on, in Kong's controllers and in Kubernetes.
//
// A controller is told its gates by an argument, by a variable, or by nobody; then it has those of
// its release. Values of variables are not read, so what a variable sets is not known, and
// `controller_set_by` says that there is one. The operator says in the status of a ControlPlane
// which gates are in effect. Of several controllers a gate is on where one has it on, and off only
// where all have it off; one whose gates are not known leaves open what the others have off.
//
// Kubernetes says it all in a metric. Before it had one, and where it may not be read, the API
// server's command line says what was set there.
#include <ktel/sdk/job.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "signals.hpp"

namespace feature_flags {
namespace {

constexpr ktel_field fields[] = {
    {.name = "controller",
     .type = KTEL_T_MAP,
     .item = KTEL_T_BOOL,
     KTEL_VALUES(controller_gates),
     .sensitivity = KTEL_S_PRODUCT,
     .from = "controllers manifest-controllers control-planes",
     .description = "Feature gates of Kong's controllers: as set by an argument, else by default "
                    "in their release; with the operator as it says in a ControlPlane. On where "
                    "any of several controllers has it on.",
     .example = R"({"FillIDs": true, "GatewayAlpha": false, "RewriteURIs": false})",
     .absent_when = "No controller is found; a gate is left out that the release does not have, "
                    "that a variable may set, that needs another which is off, or that a "
                    "controller may have which could not be read.",
     .alias = "feature-*"},
    {.name = "controller_set_by",
     .type = KTEL_T_LIST,
     .item = KTEL_T_ENUM,
     KTEL_VALUES(ways_to_set),
     .other = "unknown",
     .max_items = 5,
     .sensitivity = KTEL_S_PRODUCT,
     .from = "controllers manifest-controllers control-planes",
     .description = "The ways in which the gates of Kong's controllers are set; those that a "
                    "variable sets are not in the report, for values of variables are not read.",
     .example = R"(["default"])",
     .absent_when = "No controller is found, or Pods or ControlPlanes cannot be listed.",
     .question = "How do people set feature gates?"},
    {.name = "konnect_sync",
     .type = KTEL_T_BOOL,
     .sensitivity = KTEL_S_PRODUCT,
     .from = "controllers manifest-controllers",
     .description = "Whether a controller copies its configuration to Konnect: an argument says "
                    "so, or it has the variables that this takes. Those that Kong's operator runs "
                    "are not looked at.",
     .example = "false",
     .absent_when = "No controller is found, what one has is the value of a variable, or Pods "
                    "cannot be listed.",
     .alias = "feature-konnect-sync",
     .question = "How many clusters are seen in Konnect?"},
    {.name = "gateway_service_discovery",
     .type = KTEL_T_BOOL,
     .sensitivity = KTEL_S_PRODUCT,
     .from = "controllers manifest-controllers",
     .description = "Whether a controller finds its gateways by a Service: it has the argument or "
                    "the variable that names one. Those that Kong's operator runs are not looked "
                    "at.",
     .example = "true",
     .absent_when = "No controller is found, its variables come from elsewhere, or Pods cannot be "
                    "listed.",
     .alias = "feature-gateway-service-discovery",
     .question = "How many installations keep controller and gateway apart?"},
    {.name = "kubernetes",
     .type = KTEL_T_MAP,
     .item = KTEL_T_BOOL,
     KTEL_VALUES(kubernetes_gates),
     .sensitivity = KTEL_S_ENVIRONMENT,
     .from = "kubernetes-gates api-server",
     .description = "Feature gates of Kubernetes that a gateway can feel, as the API server has "
                    "them; where its metrics do not say, those that its command line sets.",
     .example = R"({"SidecarContainers": true, "WatchList": false})",
     .absent_when = "The API server's metrics have no gates or cannot be read, and its command "
                    "line sets none or cannot be read.",
     .question = "On which features of Kubernetes may a release rely?",
     .benefit = "No release needs a feature that your cluster has off."},
    {.name = "kubernetes_enabled_count",
     .type = KTEL_T_MAP,
     .item = KTEL_T_COUNT,
     KTEL_VALUES(stage_keys),
     .other = "other",
     .sensitivity = KTEL_S_ENVIRONMENT,
     .granularity = KTEL_G_EXACT,
     .unit = "{gate}",
     .from = "kubernetes-gates",
     .description = "How many feature gates of Kubernetes are on per stage, those included that "
                    "are not told one by one.",
     .example = R"({"alpha": 0, "beta": 61, "stable": 48})",
     .absent_when = "The API server's metrics cannot be read, or have no gates.",
     .question = "How many clusters run features that are not finished?",
     .benefit = "No release needs a feature that your cluster has off.",
     .metric = KTEL_M_GAUGE},
};

// ---- what is known, of one controller and of all ----

enum class State { absent, off, on, unknown };

State on_if(bool on) { return on ? State::on : State::off; }

// One answer for several controllers.
class Answer {
 public:
  void note(State state) {
    on_ = on_ || state == State::on;
    off_ = off_ || state == State::off;
    unknown_ = unknown_ || state == State::unknown;
  }
  // Nothing: not known, or there is none that has it.
  std::optional<bool> value() const {
    if (on_) return true;
    return off_ && !unknown_ ? std::optional(false) : std::nullopt;
  }

 private:
  bool on_ = false;
  bool off_ = false;
  bool unknown_ = false;
};

// An answer for each of a closed set of gates.
class Gates {
 public:
  explicit Gates(std::span<const ktel_label> names) : names_(names), answers_(names.size()) {}

  // state_of(name) for each of them.
  template <class StateOf>
  void note_each(StateOf state_of) {
    for (std::size_t i = 0; i < names_.size(); ++i) answers_[i].note(state_of(names_[i].value));
  }
  void put(const sdk::Run& run, std::uint32_t field) const {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (const auto on = answers_[i].value()) run.put_entry(field, names_[i].value, *on);
    }
  }

 private:
  std::span<const ktel_label> names_;
  std::vector<Answer> answers_;
};

// ---- command lines ----

using Words = std::vector<std::string_view>;

Words words_of(sdk::List command, sdk::List args) {
  Words words;
  for (const sdk::Cell word : command) words.push_back(word.text());
  for (const sdk::Cell word : args) words.push_back(word.text());
  return words;
}

// What is given for a flag: "--flag=value", "--flag value", or "" for "--flag" at the end.
Words values_of(const Words& words, std::string_view flag) {
  Words values;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!words[i].starts_with(flag)) continue;
    const std::string_view rest = words[i].substr(flag.size());
    if (rest.starts_with('=')) values.push_back(rest.substr(1));
    if (rest.empty()) values.push_back(i + 1 < words.size() ? words[i + 1] : std::string_view());
  }
  return values;
}

// Is the flag in the midst of a word? Then that is a script, which only a shell understands.
bool is_in_script(const Words& words, std::string_view flag) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    const std::size_t at = word.find(flag);
    return at != word.npos && at > 0;
  });
}

// As controllers and servers read it.
std::optional<bool> parse_bool(std::string_view text) {
  for (const char* yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) return true;
  }
  for (const char* no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

// What a flag is that needs no value: "--flag", "--flag=true"; absent where it is not given.
State state_of_switch(const Words& words, std::string_view flag) {
  State state = State::absent;
  for (const std::string_view word : words) {
    if (word == flag) state = State::on;
    if (!word.starts_with(flag) || !word.substr(flag.size()).starts_with('=')) continue;
    const auto on = parse_bool(word.substr(flag.size() + 1));
    state = on ? on_if(*on) : State::unknown;
  }
  return state;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

using Settings = std::map<std::string_view, bool>;

// "A=true,B=false", to a server of Kubernetes also "kube:A=true"; the last word on a gate counts.
// False: something in it is not understood, as a $(VARIABLE) is not.
bool add_settings(std::string_view text, Settings& settings) {
  bool understood = true;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    if (trimmed(item).empty()) continue;
    const std::size_t equals = item.find('=');
    const auto on =
        equals == item.npos ? std::nullopt : parse_bool(trimmed(item.substr(equals + 1)));
    if (!on) {
      understood = false;
      continue;
    }
    const std::string_view name = item.substr(0, equals);
    settings.insert_or_assign(trimmed(name.substr(name.find(':') + 1)), *on);
  }
  return understood;
}

// ---- releases ----

// "3.5.1", "v3.5", "2.12.0-ubuntu"; nothing for "latest", a digest, or a number alone.
std::optional<Release> release_of(std::string_view image) {
  image = image.substr(0, image.find('@'));
  const std::size_t last = image.rfind('/') + 1;  // 0 without a slash
  const std::size_t colon = image.find(':', last);
  if (colon == image.npos || image.substr(last, colon - last) != controller_image) {
    return std::nullopt;
  }
  std::string_view tag = image.substr(colon + 1);
  if (tag.starts_with('v')) tag.remove_prefix(1);
  const auto take_number = [&tag]() -> std::optional<int> {
    int number = 0;
    std::size_t digits = 0;
    for (; digits < tag.size() && tag[digits] >= '0' && tag[digits] <= '9'; ++digits) {
      if (digits == 4) return std::nullopt;  // somebody's count of builds
      number = 10 * number + (tag[digits] - '0');
    }
    tag.remove_prefix(digits);
    return digits > 0 ? std::optional(number) : std::nullopt;
  };
  const auto major = take_number();
  if (!major || !tag.starts_with('.')) return std::nullopt;
  tag.remove_prefix(1);
  const auto minor = take_number();
  return minor ? std::optional(Release{*major, *minor}) : std::nullopt;
}

State default_of(const std::optional<Release>& release, std::string_view gate) {
  if (!release || *release >= not_known_from) return State::unknown;
  for (const Default& known : defaults) {
    if (gate == known.gate && *release >= known.from && *release < known.before) {
      return on_if(known.on);
    }
  }
  return State::absent;
}

// ---- one controller ----

bool holds(sdk::List texts, std::string_view text) {
  for (const sdk::Cell cell : texts) {
    if (cell.text() == text) return true;
  }
  return false;
}

// A container of a Pod. A view: it lives for the row it is read from.
class Controller {
 public:
  Controller(sdk::Row pod, std::size_t container)
      : words_(words_of(pod.list(of_pod.commands)[container].list(),
                        pod.list(of_pod.args)[container].list())),
        variables_(pod.list(of_pod.variables)[container].list()),
        has_others_(!pod.list(of_pod.prefixes)[container].list().empty()),
        release_(release_of(pod.list(of_pod.images)[container].text())) {
    const Words values = values_of(words_, feature_gates.flag);
    const bool script = is_in_script(words_, feature_gates.flag);
    bool understood = !script;
    for (const std::string_view value : values) {
      understood = add_settings(value, settings_) && understood;
    }
    // A variable is not asked where there is an argument.
    if (!values.empty() || script) {
      set_by_ = "argument";
      all_told_ = understood;
    } else if (holds(variables_, feature_gates.variable)) {
      set_by_ = "variable";
    } else if (has_others_) {
      set_by_ = "unknown";
    } else {
      set_by_ = "default";
      all_told_ = true;
    }
  }

  std::string_view set_by() const { return set_by_; }

  State gate(std::string_view name) const {
    const State told = told_or_default(name);
    for (const Need& need : needs) {
      const bool contradicted =
          name == need.gate && told == State::on && told_or_default(need.needed) == State::off;
      if (contradicted) return State::unknown;
    }
    return told;
  }

  State finds_gateways() const {
    const bool named =
        !values_of(words_, admin_service.flag).empty() || holds(variables_, admin_service.variable);
    return named ? State::on : absence_of(admin_service);
  }

  State synchronises() const {
    const State told = state_of_switch(words_, konnect_sync.flag);
    if (told != State::absent) return told;
    if (!holds(variables_, konnect_sync.variable)) return absence_of(konnect_sync);
    const bool knows_with_what =
        std::any_of(std::begin(konnect_control_planes), std::end(konnect_control_planes),
                    [this](const char* variable) { return holds(variables_, variable); });
    const bool has_other_use = holds(variables_, konnect_licences);
    return knows_with_what && !has_other_use ? State::on : State::unknown;
  }

 private:
  State told_or_default(std::string_view gate) const {
    const auto set = settings_.find(gate);
    if (set != settings_.end()) return on_if(set->second);
    const State unset = default_of(release_, gate);
    return unset == State::absent || all_told_ ? unset : State::unknown;
  }

  // Of what neither an argument nor a variable names.
  State absence_of(const Flag& flag) const {
    return has_others_ || is_in_script(words_, flag.flag) ? State::unknown : State::off;
  }

  Words words_;
  sdk::List variables_;
  bool has_others_;  // variables of a ConfigMap or Secret
  std::optional<Release> release_;
  Settings settings_;
  bool all_told_ = false;  // is a gate that is not in settings_ as it is by default?
  std::string_view set_by_;
};

// ---- all controllers, gathered once ----

// Is all there that this read could bring?
bool is_whole(sdk::Status listed) { return listed || listed == sdk::Status(KTEL_E_ABSENT); }

class Controllers {
 public:
  explicit Controllers(const sdk::Run& run) {
    for (const std::uint32_t read : controller_reads) {
      const sdk::Status listed = run.each(read, [this](sdk::Row pod) { note_pod(pod); });
      if (!is_whole(listed)) pods_whole_ = false;
    }
    const sdk::Status listed = run.each(sdk::index_of(reads, "control-planes"),
                                        [this](sdk::Row plane) { note_control_plane(plane); });
    all_whole_ = pods_whole_ && is_whole(listed);

    // Who was not seen may have it on.
    const State unseen = pods_whole_ ? State::absent : State::unknown;
    finds_gateways_.note(unseen);
    synchronises_.note(unseen);
    if (!all_whole_) gates_.note_each([](std::string_view) { return State::unknown; });
  }

  void put(const sdk::Run& run) const {
    gates_.put(run, sdk::index_of(fields, "controller"));
    if (all_whole_ && !set_by_.empty()) {
      run.put_list(sdk::index_of(fields, "controller_set_by"), set_by_);
    }
    if (const auto on = synchronises_.value()) run.put(sdk::index_of(fields, "konnect_sync"), *on);
    if (const auto on = finds_gateways_.value()) {
      run.put(sdk::index_of(fields, "gateway_service_discovery"), *on);
    }
  }

 private:
  void note_pod(sdk::Row pod) {
    const sdk::List names = pod.list(of_pod.names);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i].text() != controller_container) continue;
      const Controller controller(pod, i);
      gates_.note_each([&](std::string_view name) { return controller.gate(name); });
      set_by_.insert(controller.set_by());
      finds_gateways_.note(controller.finds_gateways());
      synchronises_.note(controller.synchronises());
    }
  }

  // One that says nothing has not been taken up yet.
  void note_control_plane(sdk::Row plane) {
    const sdk::List names = plane.list(cell_of("control-planes", "status.featureGates[*].name"));
    const sdk::List states = plane.list(cell_of("control-planes", "status.featureGates[*].state"));
    gates_.note_each([&](std::string_view gate) {
      for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i].text() != gate) continue;
        if (states[i].text() == "enabled") return State::on;
        return states[i].text() == "disabled" ? State::off : State::unknown;
      }
      return names.empty() ? State::unknown : State::absent;
    });
    set_by_.insert("control-plane");
  }

  Gates gates_{controller_gates};
  std::set<std::string_view> set_by_;
  Answer finds_gateways_;
  Answer synchronises_;
  bool pods_whole_ = true;
  bool all_whole_ = true;
};

// ---- Kubernetes ----

std::string_view key_of_stage(std::string_view stage) {
  for (const Stage& known : stages) {
    if (stage == known.metric) return known.key;
  }
  return "other";
}

bool is_switch(std::string_view gate) {
  return std::find(std::begin(switches), std::end(switches), gate) != std::end(switches);
}

// Several servers, and several command lines, may differ while they are rolled out.
void add_if_on(Settings& settings, std::string_view gate, bool on) {
  bool& known = settings[gate];
  known = known || on;
}

void note_metric(const sdk::Run& run, sdk::Row sample, Settings& settings) {
  const std::string_view gate = sample.text(cell_of("kubernetes-gates", "labels.name"));
  const sdk::Cell value = sample[cell_of("kubernetes-gates", "value")];
  const bool on = value.f64() == 1;
  if (gate.empty() || !value.has() || (!on && value.f64() != 0)) return;
  add_if_on(settings, gate, on);
  if (is_switch(gate)) return;
  run.add(sdk::index_of(fields, "kubernetes_enabled_count"),
          key_of_stage(sample.text(cell_of("kubernetes-gates", "labels.stage"))), on ? 1 : 0);
}

void note_api_server(sdk::Row pod, Settings& settings) {
  const sdk::List commands = pod.list(cell_of("api-server", "spec.containers[*].command[*]"));
  const sdk::List args = pod.list(cell_of("api-server", "spec.containers[*].args[*]"));
  Settings told;
  for (std::size_t i = 0; i < std::max(commands.size(), args.size()); ++i) {
    const Words words = words_of(commands[i].list(), args[i].list());
    for (const std::string_view value : values_of(words, feature_gates.flag)) {
      add_settings(value, told);  // what is not understood is not told
    }
  }
  for (const auto& [gate, on] : told) add_if_on(settings, gate, on);
}

// What a command line sets is a part of what the metric says: it counts where that says nothing.
void report_kubernetes(const sdk::Run& run) {
  Settings settings;
  run.each(sdk::index_of(reads, "kubernetes-gates"),
           [&](sdk::Row sample) { note_metric(run, sample, settings); });
  if (settings.empty()) {
    run.each(sdk::index_of(reads, "api-server"),
             [&](sdk::Row pod) { note_api_server(pod, settings); });
  }
  for (const ktel_label& gate : kubernetes_gates) {
    const auto set = settings.find(gate.value);
    if (set == settings.end()) continue;
    run.put_entry(sdk::index_of(fields, "kubernetes"), gate.value, set->second);
  }
}

void collect(sdk::Run& run) {
  Controllers(run).put(run);
  report_kubernetes(run);
}

constexpr ktel_job jobs[] = {
    {.name = "feature-flags",
     .title = "Feature flags",
     .summary = "Which feature gates are on, in Kong's controllers and in Kubernetes.",
     .question = "Which gates are in use, and which can become a default or go?",
     .benefit = "A feature that you have switched on is not taken away unseen.",
     .owner = "team-platform",
     .contact = "https://ktel.io/telemetry",
     .since = "0.1.0",
     .expires = "2028-06-30",
     .stability = KTEL_STABLE,
     .flags = KTEL_JOB_REENTRANT,
     .timeout_ms = 10'000,
     KTEL_FIELDS(fields),
     KTEL_READS(reads),
     .run = sdk::executor<collect>}};
static_assert(sdk::check(jobs));

}  // namespace
}  // namespace feature_flags

KTEL_PLUGIN(.id = "io.ktel.feature-flags", .version = "0.1.0", .vendor = "ktel",
            .summary = "Which feature gates are on", .license = "Apache-2.0",
            KTEL_JOBS(feature_flags::jobs));
