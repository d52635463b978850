// configuration: when the gateway's configuration last changed.
//
// Three kinds of evidence. Events of Kong's controllers say what the gateway accepted, refused, or
// fell back to; they live for about an hour. Objects say when somebody wrote them; what a
// controller writes into them is no change. Conditions say when an object came into effect, or fell
// out of it. `last_change` takes the first where it is there, else the second; what was only
// attempted is no change. An object that was deleted leaves no date.
//
// The newest of several dates is known only where all that could hold a newer one was read.
#include <ktel/sdk/job.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <vector>

#include "signals.hpp"

namespace configuration {
namespace {

constexpr ktel_field fields[] = {
    {.name = "last_change",
     .type = KTEL_T_TIME,
     .sensitivity = KTEL_S_ACTIVITY,
     .granularity = KTEL_G_SECOND,
     .from = from_all,
     .description = "When the configuration last changed: when Kong last accepted one, as Events "
                    "tell for about an hour; without such an Event, when somebody last wrote an "
                    "object of it.",
     .example = "2022-05-03 08:46:22",
     .absent_when = "Events cannot be listed, or tell of refusals alone; or none is there, and no "
                    "object either, or one of the kinds that are served cannot be listed."},
    {.name = "last_object_change",
     .type = KTEL_T_TIME,
     .sensitivity = KTEL_S_ACTIVITY,
     .granularity = KTEL_G_SECOND,
     .from = from_objects,
     .description = "When anybody but Kong's controllers last wrote a route, an Ingress, a Gateway "
                    "or another object of Kong's configuration, its status aside.",
     .example = "2022-05-03 08:45:10",
     .absent_when = "There is no such object, or one of the kinds that are served cannot be "
                    "listed."},
    {.name = "last_refusal",
     .type = KTEL_T_TIME,
     .sensitivity = KTEL_S_ACTIVITY,
     .granularity = KTEL_G_SECOND,
     .from = "events",
     .description = "When a configuration, or an object of one, was last attempted and refused, as "
                    "Events tell for about an hour.",
     .example = "2022-05-03 08:31:57",
     .absent_when = "No Event tells of one, or Events cannot be listed.",
     .question = "How often is a configuration refused, and for how long does it stay so?",
     .benefit = "What is refused most is checked earlier, and explained better."},
    {.name = "last_fallback",
     .type = KTEL_T_TIME,
     .sensitivity = KTEL_S_ACTIVITY,
     .granularity = KTEL_G_SECOND,
     .from = "events",
     .description = "When a controller last resorted to a fallback configuration, as Events tell "
                    "for about an hour.",
     .example = "2022-05-03 08:31:58",
     .absent_when = "No Event tells of one, or Events cannot be listed.",
     .question = "How often must a fallback configuration step in?",
     .benefit = "Falling back is tested as often as it is needed."},
    {.name = "last_state_change",
     .type = KTEL_T_TIME,
     .sensitivity = KTEL_S_ACTIVITY,
     .granularity = KTEL_G_SECOND,
     .from = from_conditions,
     .description = "When an object of Kong's configuration last came into effect or fell out of "
                    "it, by its condition Programmed; a change of content need not show there.",
     .example = "2022-05-03 08:46:23",
     .absent_when = "No object has the condition, or one of the kinds that are served cannot be "
                    "listed.",
     .question = "How soon does a change come into effect?",
     .benefit = "The way from an object to the gateway stays short."},
};

// ---- dates ----

// RFC 3339 in UTC, as the API server writes it: "2022-05-03T08:46:22Z", perhaps with a fraction.
// What no server wrote, as in a snapshot that was edited, must not pass for the newest.
bool is_time(std::string_view text) {
  constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd";
  constexpr std::string_view digits = "0123456789";
  if (text.size() <= form.size() || text.back() != 'Z') return false;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool digit = digits.find(text[i]) != digits.npos;
    if (form[i] == 'd' ? !digit : text[i] != form[i]) return false;
  }
  const std::string_view fraction = text.substr(form.size(), text.size() - form.size() - 1);
  return fraction.empty() || (fraction.size() > 1 && fraction[0] == '.' &&
                              fraction.find_first_not_of(digits, 1) == fraction.npos);
}

// Of the times that were noted the newest, to the second.
class Newest {
 public:
  void note(std::string_view time) {
    if (is_time(time) && to_second(time) > to_second(time_)) time_ = time;
  }
  bool none() const { return time_.empty(); }
  std::string_view time() const { return time_; }  // "": none

 private:
  static std::string_view to_second(std::string_view time) { return time.substr(0, 19); }

  std::string_view time_;
};

// ---- Events ----

struct Events {
  bool known = false;
  std::array<Newest, said_count> newest{};

  Newest& of(Said said) { return newest[static_cast<std::size_t>(said)]; }
  const Newest& of(Said said) const { return newest[static_cast<std::size_t>(said)]; }
};

std::string_view time_of(sdk::Row event) {
  for (const std::uint32_t at : times_of_event) {
    if (is_time(event.text(at))) return event.text(at);
  }
  return {};
}

Events read_events(const sdk::Run& run) {
  Events events;
  events.known = static_cast<bool>(run.each(sdk::index_of(reads, "events"), [&](sdk::Row event) {
    for (const Reason& reason : reasons) {
      if (event.text(cell_of("events", "reason")) == reason.text) {
        events.of(reason.said).note(time_of(event));
      }
    }
  }));
  return events;
}

// ---- which objects are Kong's ----

bool is_absent(sdk::Status listed) { return listed == sdk::Status(KTEL_E_ABSENT); }

// A read of classes is not made where there is nothing to judge by them.
bool is_known_or_needless(sdk::Status listed) {
  return listed || is_absent(listed) || listed == sdk::Status(KTEL_E_SKIPPED);
}

struct Classes {
  std::vector<std::string_view> names;  // none is empty
  bool is_default = false;              // one of them
  bool known = false;

  bool has(std::string_view name) const {
    return std::find(names.begin(), names.end(), name) != names.end();
  }
};

Classes kongs_ingress_classes(const sdk::Run& run) {
  Classes classes;
  const auto told = run.param(sdk::index_of(params, "ingress_class"));
  if (told && !told->empty()) classes.names.push_back(*told);
  classes.known =
      is_known_or_needless(run.each(sdk::index_of(reads, "ingress-classes"), [&](sdk::Row row) {
        const std::string_view name = row.text(cell_of("ingress-classes", "metadata.name"));
        const std::string_view controller = row.text(cell_of("ingress-classes", "spec.controller"));
        if (name.empty() || (controller != kongs_ingress_controller && !classes.has(name))) return;
        classes.names.push_back(name);
        const std::string_view is_default = row.text(
            cell_of("ingress-classes",
                    "metadata.annotations['ingressclass.kubernetes.io/is-default-class']"));
        if (is_default == "true") classes.is_default = true;
      }));
  return classes;
}

// Kong's controllers of Gateway API, by their names.
class Controllers {
 public:
  explicit Controllers(const sdk::Run& run)
      : told_(run.param(sdk::index_of(params, "controller_name")).value_or(std::string_view())) {}

  bool has(std::string_view name) const {
    return name.starts_with(kongs_domain) || (!told_.empty() && name == told_);
  }

 private:
  std::string_view told_;
};

Classes kongs_gateway_classes(const sdk::Run& run, const Controllers& kongs) {
  Classes classes;
  classes.known =
      is_known_or_needless(run.each(sdk::index_of(reads, "gateway-classes"), [&](sdk::Row row) {
        const std::string_view name = row.text(cell_of("gateway-classes", "metadata.name"));
        const std::string_view controller =
            row.text(cell_of("gateway-classes", "spec.controllerName"));
        if (!name.empty() && kongs.has(controller)) classes.names.push_back(name);
      }));
  return classes;
}

bool is_kongs_ingress(sdk::Row ingress, const Classes& classes) {
  constexpr std::uint32_t named = cell_of("ingresses", "spec.ingressClassName");
  constexpr std::uint32_t annotated =
      cell_of("ingresses", "metadata.annotations['kubernetes.io/ingress.class']");
  if (classes.has(ingress.text(named)) || classes.has(ingress.text(annotated))) return true;
  // An empty name is a name: it asks for no class, not for the default one.
  return !ingress.has(named) && !ingress.has(annotated) && classes.is_default;
}

bool is_kongs_route(sdk::Row route, const Controllers& kongs) {
  for (const sdk::Cell controller : route.list(parents_of_route)) {
    if (kongs.has(controller.text())) return true;
  }
  return false;
}

// ---- what objects say ----

bool is_controller(std::string_view manager) {
  return std::find(std::begin(controllers), std::end(controllers), manager) !=
         std::end(controllers);
}

// An object that nobody but controllers wrote was made once: that counts.
std::string_view last_written(sdk::Row object) {
  const sdk::List times = object.list(of_object.times);
  const sdk::List managers = object.list(of_object.managers);
  const sdk::List subresources = object.list(of_object.subresources);
  Newest newest;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const bool of_status = !subresources[i].text().empty();
    if (!of_status && !is_controller(managers[i].text())) newest.note(times[i].text());
  }
  return newest.none() ? object.text(of_object.created) : newest.time();
}

void note_programmed(sdk::List types, sdk::List times, Newest& newest) {
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i].text() == programmed) newest.note(times[i].text());
  }
}

// A route has conditions of each of its parents; those of Kong's count.
void note_conditions(const Kind& kind, sdk::Row object, const Controllers& kongs, Newest& newest) {
  const sdk::List types = object.list(of_object.condition_types);
  const sdk::List times = object.list(of_object.condition_times);
  if (kind.owner != Owner::parent) return note_programmed(types, times, newest);
  const sdk::List parents = object.list(parents_of_route);
  for (std::size_t i = 0; i < parents.size(); ++i) {
    if (kongs.has(parents[i].text())) note_programmed(types[i].list(), times[i].list(), newest);
  }
}

// ---- all objects of the configuration, gathered once ----

class Objects {
 public:
  explicit Objects(const sdk::Run& run)
      : controllers_(run),
        ingress_classes_(kongs_ingress_classes(run)),
        gateway_classes_(kongs_gateway_classes(run, controllers_)) {
    for (const Kind& kind : kinds) {
      const sdk::Status listed = run.each(kind.read, [&](sdk::Row object) {
        if (!is_kongs(kind, object)) return;
        written_.note(last_written(object));
        if (kind.has_conditions) note_conditions(kind, object, controllers_, programmed_);
      });
      const bool known = (listed || is_absent(listed)) && owners_known(kind);
      all_written_known_ = all_written_known_ && known;
      if (kind.has_conditions) all_programmed_known_ = all_programmed_known_ && known;
    }
  }

  // "": there is none, or it is not known which is the newest.
  std::string_view last_write() const { return all_written_known_ ? written_.time() : ""; }
  std::string_view last_state_change() const {
    return all_programmed_known_ ? programmed_.time() : "";
  }

 private:
  bool is_kongs(const Kind& kind, sdk::Row object) const {
    switch (kind.owner) {
      case Owner::ingress_class:
        return is_kongs_ingress(object, ingress_classes_);
      case Owner::gateway_class:
        return gateway_classes_.has(object.text(cell_of("gateways", "spec.gatewayClassName")));
      case Owner::parent:
        return is_kongs_route(object, controllers_);
      case Owner::kind:
        break;
    }
    return true;
  }

  bool owners_known(const Kind& kind) const {
    if (kind.owner == Owner::ingress_class) return ingress_classes_.known;
    return kind.owner != Owner::gateway_class || gateway_classes_.known;
  }

  Controllers controllers_;
  Classes ingress_classes_;
  Classes gateway_classes_;
  Newest written_;
  Newest programmed_;
  bool all_written_known_ = true;
  bool all_programmed_known_ = true;
};

void put(const sdk::Run& run, std::uint32_t field, std::string_view time) {
  if (!time.empty()) run.put(field, time);
}

// What was written while nothing but refusals are told of was attempted, and may not be in effect.
std::string_view last_change(const Events& events, const Objects& objects) {
  if (!events.known) return {};  // one that was not seen may be newer than any object
  if (!events.of(Said::applied).none()) return events.of(Said::applied).time();
  const bool all_well = events.of(Said::refused).none() && events.of(Said::fell_back).none();
  return all_well ? objects.last_write() : std::string_view();
}

void date(sdk::Run& run) {
  const Events events = read_events(run);
  const Objects objects(run);
  put(run, sdk::index_of(fields, "last_change"), last_change(events, objects));
  put(run, sdk::index_of(fields, "last_object_change"), objects.last_write());
  put(run, sdk::index_of(fields, "last_refusal"), events.of(Said::refused).time());
  put(run, sdk::index_of(fields, "last_fallback"), events.of(Said::fell_back).time());
  put(run, sdk::index_of(fields, "last_state_change"), objects.last_state_change());
}

constexpr ktel_job jobs[] = {
    {.name = "configuration",
     .title = "Last configuration change",
     .summary = "When the gateway's configuration last changed, was refused, and came into effect.",
     .question = "How often do people change what the gateway does?",
     .benefit = "Changing a configuration stays quick and safe at the pace you do it.",
     .owner = "team-platform",
     .contact = "https://ktel.io/telemetry",
     .since = "0.1.0",
     .expires = "2028-06-30",
     .stability = KTEL_STABLE,
     .flags = KTEL_JOB_REENTRANT,
     .timeout_ms = 10'000,
     KTEL_FIELDS(fields),
     KTEL_READS(reads),
     KTEL_PARAMS(params),
     .run = sdk::executor<date>}};
static_assert(sdk::check(jobs));

}  // namespace
}  // namespace configuration

KTEL_PLUGIN(.id = "io.ktel.configuration", .version = "0.1.0", .vendor = "ktel",
            .summary = "When the gateway's configuration last changed", .license = "Apache-2.0",
            KTEL_JOBS(configuration::jobs));
