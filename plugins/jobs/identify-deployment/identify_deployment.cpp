// identify-deployment: how the product was installed, and in which version.
//
// Kong's workloads are found by their images, wherever they are. Those of one namespace and release
// are one installation; of several, one speaks for all fields, so that they are true together: one
// with a gateway before one without, then the newest rollout, then the first that the server names.
// Only its controller may be elsewhere: one that looks for its gateways by a Service.
//
// That something is not there is concluded only where everything was read.
#include <ktel/sdk/job.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

#include "signals.hpp"

namespace deployment {
namespace {

constexpr ktel_field fields[] = {
    {.name = "lifecycle",
     .type = KTEL_T_ENUM,
     KTEL_VALUES(lifecycles),
     .other = "unknown",
     .sensitivity = KTEL_S_ENVIRONMENT,
     .from = from_workloads,
     .description =
         "What installed Kong, from the marks that installers leave on workloads; GitOps "
         "tools come before the charts they render.",
     .example = "helm",
     .absent_when = "No Kong workload is found, and not all kinds of workloads could be listed.",
     .question = "Which ways of installing must work in each release?"},
    {.name = "version",
     .type = KTEL_T_SEMVER,
     .sensitivity = KTEL_S_PRODUCT,
     .granularity = KTEL_G_FULL,
     .from = from_workloads,
     .description = "The product's own version: the gateway's; without a gateway the controller's, "
                    "without that the operator's.",
     .example = "2.8.0",
     .absent_when = "No Kong workload is found; or its image is tagged without a version, and no "
                    "chart gives one; or there is no gateway, and not all kinds of workloads could "
                    "be listed.",
     .question = "Which releases are in use, and must still get fixes?"},
    {.name = "last-update",
     .type = KTEL_T_TIME,
     .sensitivity = KTEL_S_ACTIVITY,
     .granularity = KTEL_G_SECOND,
     .from = from_workloads,
     .description = "When a Kong workload was last rolled out: a Deployment says so itself, of "
                    "others the last change that was not to their status counts.",
     .example = "2022-05-03 08:46:22",
     .absent_when = "No Kong workload is found.",
     .question = "How soon do installations follow a release?"},
    {.name = "chart_version",
     .type = KTEL_T_SEMVER,
     .sensitivity = KTEL_S_PRODUCT,
     .granularity = KTEL_G_FULL,
     .from = from_workloads,
     .description = "Version of Kong's Helm chart that made the workload, whoever applied it.",
     .example = "2.38.0",
     .absent_when = "The workload names no chart of Kong's.",
     .question = "Which charts are in use, and must still get fixes?"},
    {.name = "controller_version",
     .type = KTEL_T_SEMVER,
     .sensitivity = KTEL_S_PRODUCT,
     .granularity = KTEL_G_FULL,
     .from = from_variables_too,
     .description = "Version in the tag of the controller's image; from 2.0 on the operator is the "
                    "controller.",
     .example = "3.5.1",
     .absent_when = "No controller is found, or several could be meant; or its image is tagged "
                    "without a version, and no chart of the operator's gives one.",
     .alias = "v",
     .question = "Which controllers are in use, and must still get fixes?"},
    {.name = "gateway_version",
     .type = KTEL_T_SEMVER,
     .sensitivity = KTEL_S_PRODUCT,
     .granularity = KTEL_G_FULL,
     .from = from_workloads,
     .description = "Version in the tag of the gateway's image, else the one that its chart gives.",
     .example = "3.9.0",
     .absent_when =
         "No gateway is found, or its image is tagged without a version and no chart gives "
         "one.",
     .alias = "kv",
     .question = "Which gateways must each controller work with?"},
    {.name = "operator_version",
     .type = KTEL_T_SEMVER,
     .sensitivity = KTEL_S_PRODUCT,
     .granularity = KTEL_G_FULL,
     .from = from_workloads,
     .description =
         "Version in the tag of the image of the operator that runs the gateway, or that "
         "is there without one; else the one that its chart gives.",
     .example = "2.0.1",
     .absent_when = "No such operator is found, or several could be meant; or its image is tagged "
                    "without a version, and no chart gives one.",
     .question = "Which operators are in use, and must still get fixes?"},
    {.name = "topology",
     .type = KTEL_T_ENUM,
     KTEL_VALUES(topologies),
     .other = "unknown",
     .sensitivity = KTEL_S_ENVIRONMENT,
     .from = from_variables_too,
     .description =
         "How controller and gateway stand to each other: from the containers that share "
         "a Pod, and the names of their variables.",
     .example = "classic",
     .absent_when =
         "Neither a gateway nor a controller is found; or only one of them, and the other "
         "may be where workloads could not be listed or variables could not be read.",
     .question = "Which arrangements must be tested?"},
    {.name = "database",
     .type = KTEL_T_ENUM,
     KTEL_VALUES(databases),
     .other = "unknown",
     .sensitivity = KTEL_S_ENVIRONMENT,
     .from = from_variables_too,
     .description =
         "Whether the gateway has a database: a gateway with variables named KONG_PG_... "
         "has one. Values of variables are not read.",
     .example = "off",
     .absent_when =
         "No gateway is found, its variables could not be read, or none of them is about "
         "the database.",
     .alias = "db",
     .question = "How many installations still need a database?"},
    {.name = "installations_count",
     .type = KTEL_T_COUNT,
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{installation}",
     .from = from_variables_too,
     .description =
         "Installations of Kong, one a namespace and release; controllers that are apart "
         "from their gateways, and operators, belong to what they run.",
     .example = "1",
     .absent_when = "Not all kinds of workloads could be listed, or variables that tell which "
                    "workloads belong together could not be read.",
     .question = "How many installations share a cluster?",
     .metric = KTEL_M_GAUGE},
};

// ---- images and versions, as text ----

struct Reference {
  std::string_view path;  // "registry:5000/acme/kong"
  std::string_view tag;
};

Reference parse_image(std::string_view image) {
  image = image.substr(0, image.find('@'));
  const std::size_t slash = image.rfind('/');
  const std::size_t colon = image.find(':', slash == image.npos ? 0 : slash);
  if (colon == image.npos) return {image, {}};
  return {image.substr(0, colon), image.substr(colon + 1)};
}

// The last n elements of a path; all of it if there are fewer.
std::string_view last_elements(std::string_view path, int n) {
  std::size_t at = path.size();
  while (n-- > 0) {
    if (at == 0) return path;
    const std::size_t slash = path.rfind('/', at - 1);
    if (slash == path.npos) return path;
    at = slash;
  }
  return path.substr(at + 1);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The numbers at its start, "v3.4.1.1-acme" as "3.4.1.1": what follows may be a name. "" if it is
// no version: "latest", or a number alone, which is somebody's build.
std::string_view version_of(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  std::size_t end = 0;
  std::size_t numbers = 0;
  while (numbers < 4) {
    if (numbers > 0 && (end >= text.size() || text[end] != '.')) break;
    const std::size_t begin = numbers == 0 ? 0 : end + 1;
    std::size_t at = begin;
    while (at < text.size() && is_digit(text[at])) ++at;
    if (at == begin || at - begin > 5) break;
    end = at;
    ++numbers;
  }
  return numbers >= 2 ? text.substr(0, end) : std::string_view();
}

int major_of(std::string_view version) {
  int major = 0;
  for (const char c : version) {
    if (!is_digit(c)) break;
    major = 10 * major + (c - '0');  // version_of lets five digits through
  }
  return major;
}

// A helm.sh/chart label: the name of a chart of Kong's, a '-', a version, in which a '+' is a '_'.
struct ChartLabel {
  const Chart* chart = nullptr;  // nullptr: none of Kong's
  std::string_view version{};
};

ChartLabel parse_chart(std::string_view label) {
  for (const Chart& chart : charts) {
    const std::string_view name = chart.name;
    if (label == name) return {&chart, {}};
    if (!label.starts_with(name) || label[name.size()] != '-') continue;
    // "kong-operator-1.4.0" begins with "kong-" too
    const std::string_view version = version_of(label.substr(name.size() + 1));
    if (!version.empty()) return {&chart, version};
  }
  return {};
}

// ---- Kong's containers ----

template <class T>
class ByPart {
 public:
  T& operator[](Part part) { return values_[static_cast<std::size_t>(part)]; }
  const T& operator[](Part part) const { return values_[static_cast<std::size_t>(part)]; }

 private:
  std::array<T, std::size(all_parts)> values_{};
};

struct Container {
  Part part;
  std::string_view image;
  bool own_image = false;  // the tag of an image of the user's own says nothing about Kong
};

std::optional<Container> kongs_container(std::string_view image, std::string_view name,
                                         bool in_kongs_workload) {
  const std::string_view path = parse_image(image).path;
  for (const Image& known : images) {
    const bool whole = last_elements(path, 2) == known.image;
    const bool last = last_elements(path, 1) == known.last && name == known.container;
    if (whole || last) return Container{known.part, image};
  }
  for (const OwnImage& own : own_images) {
    if (in_kongs_workload && name == own.container) return Container{own.part, image, true};
  }
  return std::nullopt;
}

// Calls fn(container, its place in the Pod) for each container of Kong's.
template <class Fn>
void each_container(sdk::Row row, const CommonCells& at, Fn fn) {
  const Chart* chart = parse_chart(row.text(at.chart)).chart;
  const bool in_kongs_workload = (chart != nullptr && chart->is_kongs_alone) ||
                                 row.has(at.managed_by) || row.has(at.managed_by_before_1_0);
  const sdk::List names = row.list(at.containers);
  const sdk::List image_cells = row.list(at.images);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto container =
        kongs_container(image_cells[i].text(), names[i].text(), in_kongs_workload);
    if (container) fn(*container, i);
  }
}

// ---- installations ----

// The namespace, and within it the release: Helm's word for it, or what charts and Argo CD write.
struct Identity {
  std::string_view ns;
  std::string_view release;
  bool operator==(const Identity&) const = default;
};

Identity identity_of(sdk::Row row, const CommonCells& at) {
  return {row.text(at.ns),
          row.has(at.helm_release) ? row.text(at.helm_release) : row.text(at.instance)};
}

using Time = std::string_view;  // RFC 3339 in UTC, as the API server writes it: sorts as text

struct Installation {
  Identity identity{};
  Time updated{};
  std::size_t mark = std::size(marks);  // the first line that is there
  std::string_view chart_version{};
  ByPart<bool> has{};
  ByPart<std::string_view> version{};
  bool one_pod = false;  // controller and gateway

  // What names of variables tell. Of a part they are not all known where those of a kind of its
  // workloads could not be read, or where envFrom brings more of them.
  ByPart<bool> unread{};
  ByPart<bool> from_elsewhere{};
  bool finds_gateways = false;
  bool data_plane = false;
  bool role_named = false;
  bool database_named = false;
  bool postgres = false;
  bool cassandra = false;

  std::string_view lifecycle() const {
    return mark < std::size(marks) ? marks[mark].lifecycle : "unknown";
  }
  bool lone_gateway() const { return has[Part::gateway] && !has[Part::controller]; }
  bool lone_controller() const { return has[Part::controller] && !has[Part::gateway]; }
  bool by_operator() const { return lifecycle() == "operator"; }
};

// Of two workloads the one rolled out last says which version is there.
void join(Installation& known, const Installation& workload) {
  const bool newer = workload.updated > known.updated;
  const auto take = [newer](std::string_view& mine, std::string_view other) {
    if (!other.empty() && (newer || mine.empty())) mine = other;
  };
  for (const Part part : all_parts) {
    known.has[part] = known.has[part] || workload.has[part];
    known.unread[part] = known.unread[part] || workload.unread[part];
    take(known.version[part], workload.version[part]);
  }
  take(known.chart_version, workload.chart_version);
  take(known.updated, workload.updated);
  known.one_pod = known.one_pod || workload.one_pod;
  known.mark = std::min(known.mark, workload.mark);
}

Time rollout_of(sdk::Row row) {
  const sdk::List types = row.list(cell("status.conditions[*].type"));
  const sdk::List times = row.list(cell("status.conditions[*].lastUpdateTime"));
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i].text() == "Progressing" && !times[i].text().empty()) return times[i].text();
  }
  Time newest;
  const sdk::List changes = row.list(cell("metadata.managedFields[*].time"));
  const sdk::List writers = row.list(managers);
  const sdk::List subresources = row.list(cell("metadata.managedFields[*].subresource"));
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const bool of_status =
        !subresources[i].text().empty() || writers[i].text() == writer_of_statuses;
    if (!of_status) newest = std::max(newest, changes[i].text());
  }
  return newest.empty() ? row.text(cell("metadata.creationTimestamp")) : newest;
}

bool shows(const Mark& mark, sdk::Cell found) {
  if (found.type() != KTEL_V_STRING) return false;
  switch (mark.value) {
    case Value::any:
      return true;
    case Value::is:
      return found.text() == mark.text;
    case Value::begins:
      return found.text().starts_with(mark.text);
  }
  return false;
}

std::size_t first_mark(sdk::Row row) {
  for (std::size_t i = 0; i < std::size(marks); ++i) {
    const sdk::Cell found = row[marks[i].cell];
    if (shows(marks[i], found)) return i;
    for (const sdk::Cell item : found.list()) {
      if (shows(marks[i], item)) return i;
    }
  }
  return std::size(marks);
}

// What one workload says of its installation; nothing if nothing in it is Kong's.
std::optional<Installation> read_workload(sdk::Row row, bool variables_read) {
  const ChartLabel chart = parse_chart(row.text(of_workloads.chart));
  Installation workload;
  bool found = false;
  each_container(row, of_workloads, [&](const Container& container, std::size_t) {
    const Part part = container.part;
    found = workload.has[part] = true;
    workload.unread[part] = !variables_read;
    std::string_view& version = workload.version[part];
    if (!container.own_image) version = version_of(parse_image(container.image).tag);
    if (version.empty() && chart.chart != nullptr && chart.chart->version_of == part) {
      version = version_of(row.text(cell("metadata.labels['app.kubernetes.io/version']")));
    }
  });
  if (!found) return std::nullopt;
  workload.identity = identity_of(row, of_workloads);
  workload.one_pod = workload.has[Part::gateway] && workload.has[Part::controller];
  workload.updated = rollout_of(row);
  workload.mark = first_mark(row);
  workload.chart_version = chart.version;
  return workload;
}

void note_variable(Installation& installation, Part part, std::string_view name) {
  if (part == Part::controller && name == "CONTROLLER_KONG_ADMIN_SVC") {
    installation.finds_gateways = true;
  }
  if (part != Part::gateway) return;
  if (name == "KONG_CLUSTER_CONTROL_PLANE") installation.data_plane = true;
  if (name == "KONG_ROLE") installation.role_named = true;
  if (name == "KONG_DATABASE") installation.database_named = true;
  if (name.starts_with("KONG_PG_")) installation.postgres = true;
  if (name.starts_with("KONG_CASSANDRA_")) installation.cassandra = true;
}

void note_variables(Installation& installation, sdk::Row row) {
  const sdk::List names = row.list(variable_cell("spec.template.spec.containers[*].env[*].name"));
  const sdk::List sources =
      row.list(variable_cell("spec.template.spec.containers[*].envFrom[*].prefix"));
  each_container(row, of_variables, [&](const Container& container, std::size_t i) {
    if (!sources[i].list().empty()) installation.from_elsewhere[container.part] = true;
    for (const sdk::Cell name : names[i].list()) {
      note_variable(installation, container.part, name.text());
    }
  });
}

// All of Kong in the cluster, gathered once and then only asked.
class Installations {
 public:
  explicit Installations(const sdk::Run& run) {
    for (const Kind& kind : kinds) {
      const bool variables_read = static_cast<bool>(run.state(kind.variables));
      const sdk::Status listed = run.each(kind.workloads, [&](sdk::Row row) {
        if (const auto workload = read_workload(row, variables_read)) add(*workload);
      });
      all_listed_ = all_listed_ && (listed || listed == sdk::Status(KTEL_E_ABSENT));
    }
    for (const Kind& kind : kinds) {
      run.each(kind.variables, [&](sdk::Row row) {
        Installation* known = find(identity_of(row, of_variables));
        if (known != nullptr) note_variables(*known, row);
      });
    }
  }

  bool empty() const { return all_.empty(); }
  bool all_listed() const { return all_listed_; }
  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }

  // The one that speaks.
  const Installation& main() const {
    return *std::max_element(all_.begin(), all_.end(),
                             [](const Installation& a, const Installation& b) {
                               return std::tuple(a.has[Part::gateway], a.updated) <
                                      std::tuple(b.has[Part::gateway], b.updated);
                             });
  }

  // The gateway that a lone controller finds by a Service, in its own namespace or, without one
  // there, in another; nullptr if there is none, or several could be meant: the Service's name is a
  // variable's value.
  const Installation* gateway_of(const Installation& controller) const {
    for (const bool here : {true, false}) {
      const Installation* found = nullptr;
      for (const Installation& other : all_) {
        if (!other.lone_gateway()) continue;
        if ((other.identity.ns == controller.identity.ns) != here) continue;
        if (found != nullptr) return nullptr;
        found = &other;
      }
      if (found != nullptr) return found;
    }
    return nullptr;
  }

  // The lone controller that finds this gateway.
  const Installation* controller_of(const Installation& gateway) const {
    for (const Installation& other : all_) {
      if (!other.lone_controller() || !other.finds_gateways) continue;
      if (gateway_of(other) == &gateway) return &other;
    }
    return nullptr;
  }

  // The operator of this installation, often alone in a namespace of its own; nullptr if there is
  // none, or several could be meant.
  const Installation* operator_of(const Installation& installation) const {
    if (installation.has[Part::kong_operator]) return &installation;
    if (!installation.by_operator()) return nullptr;
    const auto found = std::find_if(all_.begin(), all_.end(), is_operator);
    return found == all_.end() || several_operators() ? nullptr : &*found;
  }
  bool several_operators() const {
    return std::count_if(all_.begin(), all_.end(), is_operator) > 1;
  }

 private:
  static bool is_operator(const Installation& installation) {
    return installation.has[Part::kong_operator];
  }

  Installation* find(const Identity& identity) {
    const auto known = std::find_if(all_.begin(), all_.end(), [&](const Installation& other) {
      return other.identity == identity;
    });
    return known == all_.end() ? nullptr : &*known;
  }

  void add(const Installation& workload) {
    if (Installation* known = find(workload.identity)) {
      join(*known, workload);
    } else {
      all_.push_back(workload);
    }
  }

  std::vector<Installation> all_;
  bool all_listed_ = true;
};

// ---- the fields; "": not known ----

std::string_view operator_version(const Installations& all, const Installation& main) {
  const Installation* found = all.operator_of(main);
  return found == nullptr ? std::string_view() : found->version[Part::kong_operator];
}

std::string_view controller_version(const Installations& all, const Installation& main) {
  if (main.has[Part::controller]) return main.version[Part::controller];
  if (const Installation* controller = all.controller_of(main)) {
    return controller->version[Part::controller];
  }
  const std::string_view version = operator_version(all, main);
  return major_of(version) >= controller_since_operator ? version : std::string_view();
}

std::string_view version(const Installations& all, const Installation& main) {
  if (main.has[Part::gateway]) return main.version[Part::gateway];
  if (!all.all_listed()) return {};  // a gateway may be in what was not
  return main.has[Part::controller] ? main.version[Part::controller] : operator_version(all, main);
}

std::string_view topology_of_controller(const Installations& all, const Installation& main) {
  if (main.finds_gateways) return "gateway-discovery";
  if (!all.all_listed() || main.unread[Part::controller]) return {};
  return main.from_elsewhere[Part::controller] ? "unknown" : "controller-only";
}

std::string_view topology_of_gateway(const Installations& all, const Installation& main) {
  if (all.controller_of(main) != nullptr) return "gateway-discovery";
  if (main.data_plane) return "hybrid";
  if (main.unread[Part::gateway]) return {};
  if (main.by_operator() && all.operator_of(main) == nullptr && all.several_operators()) {
    return "unknown";  // some releases run controllers, some do not
  }
  const std::string_view its_operator = operator_version(all, main);
  const bool runs_controllers =
      its_operator.empty() || major_of(its_operator) >= controller_since_operator;
  if (main.by_operator() && runs_controllers) return "operator";

  if (!all.all_listed()) return {};
  bool told = !main.role_named && !main.from_elsewhere[Part::gateway];
  for (const Installation& other : all) {
    if (!other.lone_controller()) continue;
    if (other.finds_gateways ? all.gateway_of(other) == nullptr
                             : other.from_elsewhere[Part::controller]) {
      told = false;  // it may be the one, and only a value would tell
    }
    if (!other.finds_gateways && other.unread[Part::controller]) return {};
  }
  return told ? "gateway-only" : "unknown";
}

std::string_view topology(const Installations& all, const Installation& main) {
  if (main.one_pod) return "classic";
  if (main.has[Part::gateway] && main.has[Part::controller]) return "gateway-discovery";
  if (main.lone_gateway()) return topology_of_gateway(all, main);
  return main.lone_controller() ? topology_of_controller(all, main) : std::string_view();
}

std::string_view database(const Installation& main) {
  if (!main.has[Part::gateway]) return {};
  if (main.cassandra) return "unknown";
  if (main.postgres) return "postgres";
  if (main.unread[Part::gateway] || !main.database_named) return {};
  return main.from_elsewhere[Part::gateway] ? "unknown" : "off";
}

// Nothing: not known.
std::optional<std::uint64_t> count_of(const Installations& all) {
  if (!all.all_listed()) return std::nullopt;
  const auto is_run = [](const Installation& i) {
    return i.by_operator() && (i.has[Part::gateway] || i.has[Part::controller]);
  };
  const bool operator_runs = std::any_of(all.begin(), all.end(), is_run);
  const bool gateway_waits =
      std::any_of(all.begin(), all.end(), [](const Installation& i) { return i.lone_gateway(); });
  std::uint64_t count = 0;
  for (const Installation& installation : all) {
    const bool in_part = installation.lone_controller() && gateway_waits;
    if (in_part && installation.finds_gateways) continue;
    if (in_part && installation.unread[Part::controller]) return std::nullopt;
    if (in_part && installation.from_elsewhere[Part::controller]) return std::nullopt;
    const bool only_operator =
        !installation.has[Part::gateway] && !installation.has[Part::controller];
    if (only_operator && operator_runs) continue;
    ++count;
  }
  return count;
}

void put(const sdk::Run& run, std::uint32_t field, std::string_view value) {
  if (!value.empty()) run.put(field, value);
}

void identify(sdk::Run& run) {
  const Installations all(run);
  if (const auto count = count_of(all))
    run.put(sdk::index_of(fields, "installations_count"), *count);
  if (all.empty()) {
    // What could not be listed may still be there.
    if (all.all_listed()) run.put(sdk::index_of(fields, "lifecycle"), "none");
    return;
  }
  const Installation& main = all.main();
  put(run, sdk::index_of(fields, "lifecycle"), main.lifecycle());
  put(run, sdk::index_of(fields, "version"), version(all, main));
  put(run, sdk::index_of(fields, "last-update"), main.updated);
  put(run, sdk::index_of(fields, "chart_version"), main.chart_version);
  put(run, sdk::index_of(fields, "controller_version"), controller_version(all, main));
  put(run, sdk::index_of(fields, "gateway_version"), main.version[Part::gateway]);
  put(run, sdk::index_of(fields, "operator_version"), operator_version(all, main));
  put(run, sdk::index_of(fields, "topology"), topology(all, main));
  put(run, sdk::index_of(fields, "database"), database(main));
}

constexpr ktel_job jobs[] = {
    {.name = "identify-deployment",
     .title = "Deployment method",
     .summary = "How Kong was installed, in which version, and when it was last rolled out.",
     .question = "How do people install Kong, and how far behind are they?",
     .benefit = "The way you install, and the version you run, are tested and get fixes.",
     .owner = "team-platform",
     .contact = "https://ktel.io/telemetry",
     .since = "0.1.0",
     .expires = "2028-06-30",
     .stability = KTEL_STABLE,
     .flags = KTEL_JOB_REENTRANT,
     .timeout_ms = 10'000,
     KTEL_FIELDS(fields),
     KTEL_READS(reads),
     .run = sdk::executor<identify>}};
static_assert(sdk::check(jobs));

}  // namespace
}  // namespace deployment

KTEL_PLUGIN(.id = "io.ktel.identify-deployment", .version = "0.1.0", .vendor = "ktel",
            .summary = "How the product was installed, and in which version",
            .license = "Apache-2.0", KTEL_JOBS(deployment::jobs));
