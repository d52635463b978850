// identify-deployment: how the product was installed, and in which version.
//
// Kong's workloads are found by their images, wherever they are. Those of one namespace are one
// installation; of several, one speaks for all fields, so that they are true together: one with a
// gateway before one without, then the newest rollout, then the first that the server names.
#include <ktel/sdk/job.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <tuple>
#include <vector>

#include "signals.hpp"

namespace deployment {
namespace {

#define KTEL_WORKLOADS "deployments daemonsets statefulsets"
#define KTEL_VARIABLES " deployment-variables daemonset-variables statefulset-variables"

constexpr ktel_field fields[] = {
    {.name = "lifecycle",
     .type = KTEL_T_ENUM,
     KTEL_VALUES(lifecycles),
     .other = "unknown",
     .sensitivity = KTEL_S_ENVIRONMENT,
     .from = KTEL_WORKLOADS,
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
     .from = KTEL_WORKLOADS,
     .description = "The product's own version: the gateway's, without a gateway the controller's.",
     .example = "2.8.0",
     .absent_when = "No Kong workload is found, or its image is tagged without a version.",
     .question = "Which releases are in use, and must still get fixes?"},
    {.name = "last-update",
     .type = KTEL_T_TIME,
     .sensitivity = KTEL_S_ACTIVITY,
     .granularity = KTEL_G_SECOND,
     .from = KTEL_WORKLOADS,
     .description = "When a Kong workload was last rolled out: a Deployment says so itself, of "
                    "others the last change that was not to their status counts.",
     .example = "2022-05-03 08:46:22",
     .absent_when = "No Kong workload is found.",
     .question = "How soon do installations follow a release?"},
    {.name = "chart_version",
     .type = KTEL_T_SEMVER,
     .sensitivity = KTEL_S_PRODUCT,
     .granularity = KTEL_G_FULL,
     .from = KTEL_WORKLOADS,
     .description = "Version of the Helm chart that made the workload, whoever applied it.",
     .example = "2.38.0",
     .absent_when = "The workload names no chart.",
     .question = "Which charts are in use, and must still get fixes?"},
    {.name = "controller_version",
     .type = KTEL_T_SEMVER,
     .sensitivity = KTEL_S_PRODUCT,
     .granularity = KTEL_G_FULL,
     .from = KTEL_WORKLOADS,
     .description = "Version in the tag of the controller's image; from 2.0 on the operator is the "
                    "controller.",
     .example = "3.5.1",
     .absent_when = "No controller is found, or its image is tagged without a version.",
     .alias = "v",
     .question = "Which controllers are in use, and must still get fixes?"},
    {.name = "gateway_version",
     .type = KTEL_T_SEMVER,
     .sensitivity = KTEL_S_PRODUCT,
     .granularity = KTEL_G_FULL,
     .from = KTEL_WORKLOADS,
     .description = "Version in the tag of the gateway's image, else the one that its chart gives.",
     .example = "3.9.0",
     .absent_when = "No gateway is found, or its image is tagged without a version.",
     .alias = "kv",
     .question = "Which gateways must each controller work with?"},
    {.name = "topology",
     .type = KTEL_T_ENUM,
     KTEL_VALUES(topologies),
     .other = "unknown",
     .sensitivity = KTEL_S_ENVIRONMENT,
     .from = KTEL_WORKLOADS KTEL_VARIABLES,
     .description =
         "How controller and gateway stand to each other: from the containers that share "
         "a Pod, and the names of their variables.",
     .example = "classic",
     .absent_when = "Neither a gateway nor a controller is found.",
     .question = "Which arrangements must be tested?"},
    {.name = "database",
     .type = KTEL_T_ENUM,
     KTEL_VALUES(databases),
     .other = "unknown",
     .sensitivity = KTEL_S_ENVIRONMENT,
     .from = KTEL_VARIABLES,
     .description =
         "Whether the gateway has a database: a gateway with variables named KONG_PG_... "
         "has one. Values of variables are not read.",
     .example = "off",
     .absent_when = "No gateway is found, or its variables are not in its workload.",
     .alias = "db",
     .question = "How many installations still need a database?"},
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

// The numbers at its start, "v3.4.1.1-acme" as "3.4.1.1": what follows may be a name. "" if it is
// no version: "latest", or a number alone, which is somebody's build.
std::string_view version_of(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t end = 0;
  std::size_t numbers = 0;
  while (numbers < 4) {
    if (numbers > 0 && (end >= text.size() || text[end] != '.')) break;
    const std::size_t begin = numbers == 0 ? 0 : end + 1;
    std::size_t at = begin;
    while (at < text.size() && digit(text[at])) ++at;
    if (at == begin || at - begin > 5) break;
    end = at;
    ++numbers;
  }
  return numbers >= 2 ? text.substr(0, end) : std::string_view();
}

// "kong-operator-1.4.0" is split at the last '-' before a digit.
struct ChartLabel {
  std::string_view name;
  std::string_view version;
};
ChartLabel parse_chart(std::string_view label) {
  for (std::size_t at = label.size(); at-- > 0;) {
    const bool digit = at + 1 < label.size() && label[at + 1] >= '0' && label[at + 1] <= '9';
    if (label[at] == '-' && digit) return {label.substr(0, at), version_of(label.substr(at + 1))};
  }
  return {label, {}};
}

// Does app.kubernetes.io/version, as this chart writes it, speak of this part?
bool version_label_is_of(std::string_view chart, Part part) {
  return std::any_of(std::begin(charts), std::end(charts), [&](const Chart& known) {
    return known.name == chart && known.version_of == part;
  });
}

// What a container is of Kong. The tag of an image of the user's own says nothing about Kong.
struct Found {
  Part part = Part::none;
  bool own_image = false;
};

// `ours`: its workload is of Kong's chart or operator.
Found find_part(std::string_view image, std::string_view container, bool ours) {
  const std::string_view path = parse_image(image).path;
  for (const Image& known : images) {
    if (last_elements(path, 2) == known.image) return {known.part};
    if (last_elements(path, 1) == known.last && container == known.container) return {known.part};
  }
  for (const OwnImage& own : own_images) {
    if (ours && container == own.container) return {own.part, true};
  }
  return {};
}

// Charts called ingress, controller or gateway may be anybody's.
bool of_kong(std::string_view chart, sdk::Cell managed_by_operator) {
  return chart == "kong" || chart == "kong-operator" || managed_by_operator.has();
}

// ---- one namespace's Kong ----

using Time = std::string_view;  // RFC 3339 in UTC, as the API server writes it: sorts as text

struct Installation {
  std::string_view ns;
  Time updated;
  std::size_t mark = std::size(marks);  // the first line that is there
  std::string_view chart_version;
  std::array<std::string_view, 4> versions{};  // by Part
  std::array<bool, 4> parts{};                 // by Part
  bool one_pod = false;                        // controller and gateway
  // of variables
  bool finds_gateways = false;
  bool data_plane = false;
  bool database_named = false;
  bool postgres = false;

  bool has(Part part) const { return parts[static_cast<std::size_t>(part)]; }
  std::string_view version(Part part) const { return versions[static_cast<std::size_t>(part)]; }
};

class Installations {
 public:
  void add_workload(sdk::Row row) {
    const ChartLabel chart = parse_chart(row.text(cell("metadata.labels['helm.sh/chart']")));
    const bool ours =
        of_kong(chart.name, row[cell("metadata.labels['gateway-operator.konghq.com/managed-by']")]);
    const sdk::List containers = row.list(cell("spec.template.spec.containers[*].name"));
    const sdk::List image_cells = row.list(cell("spec.template.spec.containers[*].image"));

    Installation one;  // this workload's part in it
    one.ns = row.text(cell("metadata.namespace"));
    for (std::size_t i = 0; i < containers.size(); ++i) {
      const std::string_view image = image_cells[i].text();
      const Found found = find_part(image, containers[i].text(), ours);
      if (found.part == Part::none) continue;
      const auto part = static_cast<std::size_t>(found.part);
      one.parts[part] = true;
      if (!found.own_image) one.versions[part] = version_of(parse_image(image).tag);
      if (one.versions[part].empty() && version_label_is_of(chart.name, found.part)) {
        one.versions[part] =
            version_of(row.text(cell("metadata.labels['app.kubernetes.io/version']")));
      }
    }
    if (one.parts == std::array<bool, 4>{}) return;
    one.one_pod = one.has(Part::gateway) && one.has(Part::controller);
    one.updated = rollout(row);
    one.mark = first_mark(row);
    one.chart_version = chart.version;
    join(one);
  }

  void add_variables(sdk::Row row) {
    const std::string_view ns = row.text(variable_cell("metadata.namespace"));
    const auto installation =
        std::find_if(all_.begin(), all_.end(), [&](const Installation& i) { return i.ns == ns; });
    if (installation == all_.end()) return;
    const bool ours =
        of_kong(parse_chart(row.text(variable_cell("metadata.labels['helm.sh/chart']"))).name,
                row[variable_cell("metadata.labels['gateway-operator.konghq.com/managed-by']")]);
    const sdk::List containers = row.list(variable_cell("spec.template.spec.containers[*].name"));
    const sdk::List image_cells = row.list(variable_cell("spec.template.spec.containers[*].image"));
    const sdk::List names = row.list(variable_cell("spec.template.spec.containers[*].env[*].name"));
    for (std::size_t i = 0; i < containers.size(); ++i) {
      const Part part = find_part(image_cells[i].text(), containers[i].text(), ours).part;
      for (const sdk::Cell name : names[i].list()) add_variable(*installation, part, name.text());
    }
  }

  bool empty() const { return all_.empty(); }

  // The one that speaks.
  const Installation& main() const {
    return *std::max_element(all_.begin(), all_.end(),
                             [](const Installation& a, const Installation& b) {
                               return std::tuple(a.has(Part::gateway), a.updated) <
                                      std::tuple(b.has(Part::gateway), b.updated);
                             });
  }

  // An operator is often alone in a namespace of its own.
  std::string_view operator_version() const {
    for (const Installation& installation : all_) {
      if (installation.has(Part::operator_)) return installation.version(Part::operator_);
    }
    return {};
  }

 private:
  // Of two workloads the one rolled out last says which version is there.
  void join(const Installation& one) {
    const auto known = std::find_if(all_.begin(), all_.end(),
                                    [&](const Installation& i) { return i.ns == one.ns; });
    if (known == all_.end()) {
      all_.push_back(one);
      return;
    }
    const bool newer = one.updated > known->updated;
    const auto take = [newer](std::string_view& mine, std::string_view other) {
      if (!other.empty() && (newer || mine.empty())) mine = other;
    };
    for (std::size_t part = 0; part < one.parts.size(); ++part) {
      known->parts[part] = known->parts[part] || one.parts[part];
      take(known->versions[part], one.versions[part]);
    }
    take(known->chart_version, one.chart_version);
    take(known->updated, one.updated);
    known->one_pod = known->one_pod || one.one_pod;
    known->mark = std::min(known->mark, one.mark);
  }

  static Time rollout(sdk::Row row) {
    const sdk::List types = row.list(cell("status.conditions[*].type"));
    const sdk::List times = row.list(cell("status.conditions[*].lastUpdateTime"));
    for (std::size_t i = 0; i < types.size(); ++i) {
      if (types[i].text() == "Progressing" && times[i].has()) return times[i].text();
    }
    Time newest;
    const sdk::List changes = row.list(cell("metadata.managedFields[*].time"));
    const sdk::List parts = row.list(cell("metadata.managedFields[*].subresource"));
    for (std::size_t i = 0; i < changes.size(); ++i) {
      if (parts[i].text().empty()) newest = std::max(newest, changes[i].text());
    }
    return newest.empty() ? row.text(cell("metadata.creationTimestamp")) : newest;
  }

  static bool is(std::string_view text, const char* value) {
    if (value == nullptr) return true;
    std::string_view wanted = value;
    if (!wanted.ends_with('*')) return text == wanted;
    wanted.remove_suffix(1);
    return text.starts_with(wanted);
  }

  static std::size_t first_mark(sdk::Row row) {
    for (std::size_t i = 0; i < std::size(marks); ++i) {
      const sdk::Cell found = row[marks[i].cell];
      if (found.type() != KTEL_V_LIST) {
        if (found.has() && is(found.text(), marks[i].value)) return i;
        continue;
      }
      for (const sdk::Cell item : found.list()) {
        if (is(item.text(), marks[i].value)) return i;
      }
    }
    return std::size(marks);
  }

  static void add_variable(Installation& installation, Part part, std::string_view name) {
    if (part == Part::controller && name == "CONTROLLER_KONG_ADMIN_SVC") {
      installation.finds_gateways = true;
    }
    if (part != Part::gateway) return;
    if (name == "KONG_CLUSTER_CONTROL_PLANE") installation.data_plane = true;
    if (name == "KONG_DATABASE") installation.database_named = true;
    if (name.starts_with("KONG_PG_")) installation.postgres = true;
  }

  std::vector<Installation> all_;
};

std::string_view lifecycle(const Installation& installation) {
  return installation.mark < std::size(marks) ? marks[installation.mark].lifecycle : "unknown";
}

std::string_view topology(const Installation& installation) {
  const bool gateway = installation.has(Part::gateway);
  const bool controller = installation.has(Part::controller);
  if (installation.one_pod) return "classic";
  if ((gateway && controller) || installation.finds_gateways) return "gateway-discovery";
  if (controller) return "controller-only";
  if (!gateway) return {};
  if (lifecycle(installation) == "operator") return "operator";
  return installation.data_plane ? "hybrid" : "gateway-only";
}

std::string_view database(const Installation& installation) {
  if (!installation.has(Part::gateway)) return {};
  if (installation.postgres) return "postgres";
  return installation.database_named ? "off" : "";
}

void put(const sdk::Run& run, std::uint32_t field, std::string_view value) {
  if (!value.empty()) run.put(field, value);
}

void identify(sdk::Run& run) {
  Installations installations;
  bool all_listed = true;
  for (const std::uint32_t read : workload_reads) {
    const sdk::Status listed =
        run.each(read, [&](sdk::Row row) { installations.add_workload(row); });
    all_listed = all_listed && (listed || listed == sdk::Status(KTEL_E_ABSENT));
  }
  if (installations.empty()) {
    // What could not be listed may still be there.
    if (all_listed) run.put(sdk::index_of(fields, "lifecycle"), "none");
    return;
  }
  for (const std::uint32_t read : variable_reads) {
    run.each(read, [&](sdk::Row row) { installations.add_variables(row); });
  }

  const Installation& main = installations.main();
  const std::string_view gateway = main.version(Part::gateway);
  std::string_view controller = main.version(Part::controller);
  if (!main.has(Part::controller)) {
    const bool by_operator = lifecycle(main) == "operator" || main.has(Part::operator_);
    controller = by_operator ? installations.operator_version() : std::string_view();
  }
  put(run, sdk::index_of(fields, "lifecycle"), lifecycle(main));
  put(run, sdk::index_of(fields, "version"), main.has(Part::gateway) ? gateway : controller);
  put(run, sdk::index_of(fields, "last-update"), main.updated);
  put(run, sdk::index_of(fields, "chart_version"), main.chart_version);
  put(run, sdk::index_of(fields, "controller_version"), controller);
  put(run, sdk::index_of(fields, "gateway_version"), gateway);
  put(run, sdk::index_of(fields, "topology"), topology(main));
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
