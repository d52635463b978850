// service-mesh: which service meshes there are, whether the product is in one, and how many
// Services are.
//
// Each signal of Kong's KEP 0002 is a list of meshes of its own, for they are worth different: a
// namespace and a CRD outlive the mesh they were for, a control plane's Service does not; what a
// Namespace asks for need not have happened, what was put into a Pod has. `deployed` and
// `member_of` conclude from the strong ones alone. Kuma and Kong Mesh leave the same marks; where
// their control planes do not tell which of them it is, both are named, and where those cannot be
// read it is not known.
//
// A list says of every mesh whether it is in it. So it stays away where something that it is made
// of could not be read, and an empty one is a finding.
#include <ktel/sdk/job.hpp>

#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "signals.hpp"

namespace service_mesh {
namespace {

// What all lists of meshes have in common.
constexpr ktel_field mesh_list(ktel_field field) {
  field.type = KTEL_T_LIST;
  field.item = KTEL_T_ENUM;
  field.values = meshes;
  field.value_count = std::size(meshes);
  field.value_stride = sizeof(ktel_label);
  field.other = "other";
  field.max_items = 16;
  field.sensitivity = KTEL_S_ENVIRONMENT;
  return field;
}

constexpr const char* which_signs = "Which signs tell a mesh that runs from one that was removed?";
constexpr const char* which_injection = "By which signs can the product know that it is in a mesh?";
constexpr const char* no_own_pod =
    "Parameters pod_namespace and pod_name are not set, or there is no such Pod, or it cannot be "
    "read.";
constexpr const char* no_marks_of_own_pod =
    "Parameters pod_namespace and pod_name are not set, or there is no such Pod, or it cannot be "
    "read; or it has marks of Kuma and Kong Mesh, and Services or Namespaces, which tell the two "
    "apart, cannot be listed.";
constexpr const char* no_marks_of_pod_and_service =
    "Parameters pod_namespace and pod_name are not set, or there is no such Pod, or it cannot be "
    "read, or this holds of proxy_service, if set; or it has marks of Kuma and Kong Mesh, and "
    "Services or Namespaces, which tell the two apart, cannot be listed.";

constexpr ktel_field fields[] = {
    mesh_list({.name = "deployed",
               .from = from_deployed,
               .description = "Meshes whose control plane is there, by its Service; Cilium where "
                              "its Envoy is configured as a mesh.",
               .example = R"(["istio"])",
               .absent_when = "Services cannot be listed; or Cilium is there, and how it is "
                              "configured cannot be read.",
               .question = "Beside which meshes must the product work?"}),
    mesh_list({.name = "deployed_by_namespace",
               .from = "namespaces",
               .description = "Meshes whose usual namespace is there, or one that is labelled as "
                              "their control plane's; signal 1 of Kong's.",
               .example = R"(["istio", "kuma"])",
               .absent_when = "Namespaces cannot be listed.",
               .alias = "mdep",
               .question = which_signs}),
    mesh_list({.name = "deployed_by_resource",
               .from = from_kinds,
               .description = "Meshes whose own custom resources the API server serves; signal 2 "
                              "of Kong's.",
               .example = R"(["istio"])",
               .absent_when = "Discovery cannot be read; or resources of Kuma and Kong Mesh are "
                              "served, and Services or Namespaces, which tell the two apart, "
                              "cannot be listed.",
               .alias = "mdep",
               .question = which_signs}),
    mesh_list({.name = "deployed_by_service",
               .from = "services",
               .description = "Meshes of whose control plane there is a Service, in whichever "
                              "namespace; signal 3 of Kong's.",
               .example = R"(["istio"])",
               .absent_when = "Services cannot be listed.",
               .alias = "mdep",
               .question = which_signs}),
    mesh_list({.name = "deployed_by_configuration",
               .from = from_configuration,
               .description = "Meshes that are a network plugin too, and are told to be a mesh: "
                              "Cilium, whose resources alone say nothing; none of Kong's signals.",
               .example = R"(["cilium"])",
               .absent_when = "Cilium is there, and how it is configured cannot be read.",
               .question = which_signs}),
    mesh_list({.name = "member_of",
               .from = from_own_pod,
               .description = "Meshes that the product's Pod is in, by what was put into it or "
                              "written on it; that it was asked for is not enough.",
               .example = R"(["istio"])",
               .absent_when = no_marks_of_pod_and_service,
               .question = "Inside of which meshes must the product work?"}),
    mesh_list({.name = "member_by_namespace",
               .from = from_own_pod,
               .description = "Meshes that the Namespace of the product's Pod asks for, by its "
                              "labels or annotations, without Istio's ambient mode if the Pod "
                              "stays out of it; signal 1 of Kong's.",
               .example = R"(["istio"])",
               .absent_when = "Parameters pod_namespace and pod_name are not set, or there is no "
                              "such Pod, or it cannot be read; or Namespaces cannot be listed; or "
                              "they ask for Kuma or Kong Mesh, and Services, which tell the two "
                              "apart, cannot be listed.",
               .alias = "kinm",
               .question = which_injection}),
    mesh_list({.name = "member_by_annotation",
               .from = from_own_pod,
               .description = "Meshes that left an annotation or label on the product's Pod, or "
                              "that one on its proxy Service is for; signal 2 of Kong's.",
               .example = R"(["istio"])",
               .absent_when = no_marks_of_pod_and_service,
               .alias = "kinm",
               .question = which_injection}),
    mesh_list({.name = "member_by_sidecar",
               .from = from_own_pod,
               .description = "Meshes whose proxy runs in the product's Pod, as a container or as "
                              "a native sidecar; signal 3 of Kong's.",
               .example = R"(["istio"])",
               .absent_when = no_marks_of_own_pod,
               .alias = "kinm",
               .question = which_injection}),
    mesh_list({.name = "member_by_init_container",
               .from = from_own_pod,
               .description = "Meshes of which an init container prepares or checks the network of "
                              "the product's Pod; signal 4 of Kong's.",
               .example = R"(["linkerd"])",
               .absent_when = no_marks_of_own_pod,
               .alias = "kinm",
               .question = which_injection}),
    mesh_list({.name = "asked_by_pod",
               .from = from_own_pod,
               .description = "Meshes that the product's Pod itself asks for, by a label or "
                              "annotation that whoever installed it wrote; none of Kong's signals.",
               .example = R"(["kuma"])",
               .absent_when = no_marks_of_own_pod,
               .question = "Do installations ask for a mesh that they then are not in?"}),
    {.name = "data_planes",
     .type = KTEL_T_LIST,
     .item = KTEL_T_ENUM,
     KTEL_VALUES(data_planes),
     .other = "other",
     .max_items = 4,
     .sensitivity = KTEL_S_ENVIRONMENT,
     .from = "own-pod",
     .description = "How the product's Pod is connected to its meshes, from where their proxies "
                    "are.",
     .example = R"(["native-sidecar"])",
     .absent_when = no_own_pod,
     .question = "With which kinds of data planes must the product work?"},
    {.name = "node_agents",
     .type = KTEL_T_LIST,
     .item = KTEL_T_ENUM,
     KTEL_VALUES(node_agents),
     .other = "other",
     .max_items = 8,
     .sensitivity = KTEL_S_ENVIRONMENT,
     .from = "daemonsets",
     .description = "What meshes run on every node, from the DaemonSets of their CNI plugins and "
                    "of Istio's ambient mode.",
     .example = R"(["istio-cni", "ztunnel"])",
     .absent_when = "DaemonSets cannot be listed.",
     .question = "With which ways of taking traffic in must the product work?"},
    {.name = "services_count",
     .type = KTEL_T_COUNT,
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{service}",
     .from = "services",
     .description = "Services in all namespaces, with or without endpoints: what the following "
                    "counts are a share of.",
     .example = "100",
     .absent_when = "Services cannot be listed.",
     .alias = "mshare",
     .question = "How much of what runs in a cluster is in a mesh?",
     .metric = KTEL_M_GAUGE},
    {.name = "meshed_services_count",
     .type = KTEL_T_COUNT,
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{service}",
     .from = from_backends,
     .description = "Services in at least one mesh: a Pod behind it has a mesh's proxy or init "
                    "container or is in ambient mode, or it has a traffic type of Traefik Mesh.",
     .example = "70",
     .absent_when = "Services, Pods, or what connects them cannot be listed, or discovery, which "
                    "tells whether AWS App Mesh is there, cannot be read.",
     .question = "How much of what runs in a cluster is in a mesh?",
     .metric = KTEL_M_GAUGE},
    {.name = "mesh_services_count",
     .type = KTEL_T_MAP,
     .item = KTEL_T_COUNT,
     KTEL_VALUES(meshes),
     .other = "other",
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{service}",
     .from = from_backends_by_mesh,
     .description = "Services per mesh; one in several counts for each, and a mesh without any is "
                    "left out.",
     .example = R"({"istio": 25, "kuma": 50})",
     .absent_when = "Services, Pods, or what connects them cannot be listed, or discovery, which "
                    "tells whether AWS App Mesh is there, cannot be read; or no Service is in a "
                    "mesh, then meshed_services_count is 0; or one is in Kuma or Kong Mesh, and "
                    "Namespaces, which tell the two apart, cannot be listed.",
     .alias = "mshare",
     .question = "How much of what runs in a cluster is in a mesh?",
     .metric = KTEL_M_GAUGE},
};

// ---- sets of meshes ----

class Meshes {
 public:
  Meshes() = default;
  Meshes(std::initializer_list<Mesh> all) {
    for (const Mesh mesh : all) add(mesh);
  }
  void add(Mesh mesh) { bits_.set(static_cast<std::size_t>(mesh)); }
  void remove(Mesh mesh) { bits_.reset(static_cast<std::size_t>(mesh)); }
  bool has(Mesh mesh) const { return bits_.test(static_cast<std::size_t>(mesh)); }
  bool empty() const { return bits_.none(); }
  Meshes& operator|=(const Meshes& other) {
    bits_ |= other.bits_;
    return *this;
  }
  friend Meshes operator|(Meshes a, const Meshes& b) { return a |= b; }

 private:
  std::bitset<mesh_count> bits_;
};

// Nothing where one of them is not known.
std::optional<Meshes> joined(std::initializer_list<std::optional<Meshes>> parts) {
  Meshes all;
  for (const std::optional<Meshes>& part : parts) {
    if (!part) return std::nullopt;
    all |= *part;
  }
  return all;
}

// Whose control planes there are, as far as it tells Kuma from Kong Mesh. Nothing where what would
// tell could not be read.
using ControlPlanes = std::optional<Meshes>;

// By their names: ambient is Istio, and of Kuma and Kong Mesh it is the one that has a control
// plane, if only one has. Nothing where that is not known.
std::optional<Meshes> named(Meshes found, const ControlPlanes& control_planes) {
  if (found.has(Mesh::ambient)) found.add(Mesh::istio);
  if (found.has(Mesh::kuma_or_kong_mesh)) {
    if (!control_planes) return std::nullopt;
    const bool kuma = control_planes->has(Mesh::kuma);
    const bool kong_mesh = control_planes->has(Mesh::kong_mesh);
    if (kuma || !kong_mesh) found.add(Mesh::kuma);
    if (kong_mesh || !kuma) found.add(Mesh::kong_mesh);
  }
  found.remove(Mesh::ambient);
  found.remove(Mesh::kuma_or_kong_mesh);
  return found;
}

// Calls fn(its place in `meshes`) for each of them; to be asked once they are named.
template <class Fn>
void each_mesh(const Meshes& named, Fn fn) {
  for (std::size_t i = 0; i < named_meshes; ++i) {
    if (named.has(static_cast<Mesh>(i))) fn(i);
  }
}

// ---- marks ----

bool fits_word(std::string_view text, std::string_view pattern) {
  const bool any_front = pattern.starts_with('*');
  if (any_front) pattern.remove_prefix(1);
  const bool any_back = pattern.ends_with('*');
  if (any_back) pattern.remove_suffix(1);
  if (any_front && any_back) return text.find(pattern) != text.npos;
  if (any_front) return text.ends_with(pattern);
  if (any_back) return text.starts_with(pattern);
  return text == pattern;
}

bool fits(std::string_view text, std::string_view patterns) {
  for (;;) {
    const std::size_t end = patterns.find(' ');
    if (fits_word(text, patterns.substr(0, end))) return true;
    if (end == patterns.npos) return false;
    patterns.remove_prefix(end + 1);
  }
}

bool holds(sdk::Row row, const Condition& condition) {
  if (condition.cell == no_cell) return true;
  const sdk::Cell found = row[condition.cell];
  return found.type() == KTEL_V_STRING && fits(found.text(), condition.patterns);
}

Meshes marked(sdk::Row row, std::span<const Mark> marks) {
  Meshes found;
  for (const Mark& mark : marks) {
    if (mark.without != no_cell && row.has(mark.without)) continue;
    if (holds(row, mark.is) && holds(row, mark.and_is)) found.add(mark.mesh);
  }
  return found;
}

// The meshes whose marks any object of a read has.
std::optional<Meshes> marked_anywhere(const sdk::Run& run, std::uint32_t read,
                                      std::span<const Mark> marks) {
  Meshes found;
  const auto listed = run.each(read, [&](sdk::Row row) { found |= marked(row, marks); });
  return listed ? std::optional(found) : std::nullopt;
}

// Whatever its case: Traefik Mesh obeys lower case alone, the KEP looks for upper case.
bool is_traffic_type(sdk::Row service) {
  std::array<char, 4> lower{};
  const std::string_view text = service.text(traffic_type);
  if (text.size() > lower.size()) return false;
  std::transform(text.begin(), text.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return fits(std::string_view(lower.data(), text.size()), traffic_types);
}

// ---- is one deployed? ----

std::optional<Meshes> deployed_by_namespace(const sdk::Run& run) {
  const auto found = marked_anywhere(run, sdk::index_of(reads, "namespaces"), home_namespaces);
  return found ? named(*found, *found) : std::nullopt;
}

std::optional<Meshes> deployed_by_service(const sdk::Run& run) {
  return marked_anywhere(run, sdk::index_of(reads, "services"), control_planes);
}

std::optional<Meshes> deployed_by_resource(const sdk::Run& run) {
  Meshes found;
  for (const Kind& kind : kinds) {
    const auto served_versions = run.count(kind.served);
    if (!served_versions) return std::nullopt;
    if (*served_versions > 0) found.add(kind.mesh);
  }
  return found;
}

bool switched_on(sdk::Row cilium_config) {
  if (cilium_config.text(cilium_proxy) == "false") return false;
  return std::any_of(std::begin(cilium_switches), std::end(cilium_switches),
                     [&](std::uint32_t cell) { return cilium_config.text(cell) == "true"; });
}

std::optional<Meshes> deployed_by_configuration(const sdk::Run& run) {
  const auto cilium_served = run.count(sdk::index_of(reads, "cilium"));
  if (!cilium_served) return std::nullopt;
  if (*cilium_served == 0) return Meshes();
  if (const auto config = run.one(sdk::index_of(reads, "cilium-config"))) {
    return switched_on(*config) ? Meshes{Mesh::cilium} : Meshes();
  }
  // It is in another namespace; its class, if there is one, tells as much.
  bool has_class = false;
  run.each(sdk::index_of(reads, "gateway-classes"), [&](sdk::Row row) {
    has_class = has_class || row.text(class_controller) == cilium_controller;
  });
  return has_class ? std::optional(Meshes{Mesh::cilium}) : std::nullopt;
}

// Of Kuma and Kong Mesh: whose Service is there or, if of neither, whose namespace.
ControlPlanes which_control_planes(const std::optional<Meshes>& by_service,
                                   const std::optional<Meshes>& by_namespace) {
  for (const std::optional<Meshes>& found : {by_service, by_namespace}) {
    if (!found) return std::nullopt;
    if (found->has(Mesh::kuma) || found->has(Mesh::kong_mesh)) return found;
  }
  return Meshes();
}

// ---- what is in a Pod ----

struct Injected {
  Meshes sidecar;
  Meshes native_sidecar;
  Meshes init_container;
};

bool any_fits(sdk::List texts, std::string_view patterns) {
  for (const sdk::Cell text : texts) {
    if (fits(text.text(), patterns)) return true;
  }
  return false;
}

Meshes proxies_of(std::string_view name, std::string_view image, sdk::List init_containers) {
  Meshes found;
  for (const Proxy& proxy : proxies) {
    if (!fits(name, proxy.names) || !fits(image, proxy.images)) continue;
    if (proxy.beside == nullptr || any_fits(init_containers, proxy.beside)) found.add(proxy.mesh);
  }
  return found;
}

Injected injected_into(sdk::Row pod, const PodCells& at) {
  Injected found;
  const sdk::List containers = pod.list(at.containers);
  const sdk::List images = pod.list(at.images);
  const sdk::List init_containers = pod.list(at.init_containers);
  const sdk::List restart_policies = pod.list(at.restart_policies);
  for (std::size_t i = 0; i < containers.size(); ++i) {
    found.sidecar |= proxies_of(containers[i].text(), images[i].text(), init_containers);
  }
  for (std::size_t i = 0; i < init_containers.size(); ++i) {
    const std::string_view name = init_containers[i].text();
    if (restart_policies[i].text() == "Always") {
      found.native_sidecar |= proxies_of(name, {}, init_containers);
      continue;
    }
    for (const Preparer& preparer : preparers) {
      if (fits(name, preparer.names)) found.init_container.add(preparer.mesh);
    }
  }
  return found;
}

// ---- is the product in one? ----

// Nothing where it is not known.
struct Membership {
  Meshes asked_by_pod;
  std::optional<Meshes> by_namespace;
  std::optional<Meshes> by_annotation;
  Injected injected;
  bool ambient = false;
};

std::optional<Meshes> member_by_namespace(const sdk::Run& run, sdk::Row pod) {
  const auto ns = run.param(sdk::index_of(params, "pod_namespace"));
  std::optional<Meshes> asked;
  run.each(sdk::index_of(reads, "namespaces"), [&](sdk::Row row) {
    if (row.text(name_of_namespace) == ns) asked = marked(row, asked_by_namespace);
  });
  if (asked && holds(pod, out_of_ambient)) asked->remove(Mesh::ambient);
  return asked;
}

// Without a proxy Service there is nothing on it.
std::optional<Meshes> member_by_proxy_service(const sdk::Run& run) {
  std::string_view name = run.param(sdk::index_of(params, "proxy_service")).value_or("");
  if (name.empty()) return Meshes();
  std::string_view ns = run.param(sdk::index_of(params, "pod_namespace")).value_or("");
  if (const std::size_t slash = name.find('/'); slash != name.npos) {
    ns = name.substr(0, slash);
    name.remove_prefix(slash + 1);
  }
  std::optional<Meshes> found;
  const auto listed = run.each(sdk::index_of(reads, "services"), [&](sdk::Row row) {
    if (row.text(namespace_of_service) != ns || row.text(name_of_service) != name) return;
    found = is_traffic_type(row) ? Meshes{Mesh::traefik_mesh} : Meshes();
  });
  if (listed && !found) {
    run.log(KTEL_LOG_WARN,
            "there is no Service of the name in parameter proxy_service; give NAME, or "
            "NAMESPACE/NAME where it is not in the Pod's namespace");
  }
  return found;
}

std::optional<Membership> membership(const sdk::Run& run) {
  const auto pod = run.one(sdk::index_of(reads, "own-pod"));
  if (!pod) return std::nullopt;
  const Meshes left = marked(*pod, left_on_pod);
  return Membership{.asked_by_pod = marked(*pod, asked_by_pod),
                    .by_namespace = member_by_namespace(run, *pod),
                    .by_annotation = joined({left, member_by_proxy_service(run)}),
                    .injected = injected_into(*pod, own_containers),
                    .ambient = left.has(Mesh::ambient)};
}

std::vector<std::string_view> data_planes_of(const Membership& product) {
  std::vector<std::string_view> found;
  if (product.ambient) found.push_back("ambient");
  if (!product.injected.native_sidecar.empty()) found.push_back("native-sidecar");
  if (!product.injected.sidecar.empty()) found.push_back("sidecar");
  return found;
}

// ---- how many Services are? ----

// By namespace and name. Texts of rows live until the job returns.
using MeshesByObject = std::map<std::pair<std::string_view, std::string_view>, Meshes>;

void add(MeshesByObject& to, std::string_view ns, std::string_view name, const Meshes& found) {
  if (!found.empty()) to[{ns, name}] |= found;
}

// Of Pods, which are many: names in order within their namespace, since a node of a map for each
// would take more than its row does.
class MeshesOfPods {
 public:
  void add(std::string_view ns, std::string_view name, const Meshes& found) {
    if (!found.empty()) pods_[ns].push_back({name, found});
  }

  // Once, between the last add() and the first of().
  void sort() {
    for (auto& [ns, pods] : pods_) {
      std::sort(pods.begin(), pods.end(), [](auto& a, auto& b) { return a.name < b.name; });
    }
  }

  Meshes of(std::string_view ns, std::string_view name) const {
    Meshes found;
    const auto pods = pods_.find(ns);
    if (pods == pods_.end()) return found;
    auto pod = std::lower_bound(pods->second.begin(), pods->second.end(), name,
                                [](const Pod& a, std::string_view b) { return a.name < b; });
    for (; pod != pods->second.end() && pod->name == name; ++pod) found |= pod->meshes;
    return found;
  }

 private:
  struct Pod {
    std::string_view name;
    Meshes meshes;
  };
  std::map<std::string_view, std::deque<Pod>> pods_;  // a vector is there twice when it grows
};

sdk::Status note_pods(const sdk::Run& run, std::uint32_t read, const PodCells& at,
                      MeshesOfPods& pods) {
  return run.each(read, [&](sdk::Row pod) {
    const Injected injected = injected_into(pod, at);
    Meshes found = injected.sidecar | injected.native_sidecar | injected.init_container;
    if (pod.text(at.ambient) == "enabled") found.add(Mesh::ambient);
    pods.add(pod.text(at.ns), pod.text(at.name), found);
  });
}

// Calls fn(namespace, name) for each Pod that is pointed to. Endpoints have lists in lists.
template <class Fn>
void each_pod(sdk::Cell kind, sdk::Cell ns, sdk::Cell name, Fn& fn) {
  if (kind.text() == "Pod") fn(ns.text(), name.text());
  for (std::size_t i = 0; i < kind.list().size(); ++i) {
    each_pod(kind.list()[i], ns.list()[i], name.list()[i], fn);
  }
}

// The meshes of the Pods behind each Service; nothing if they are not known.
std::optional<MeshesByObject> meshes_behind_services(const sdk::Run& run) {
  const auto way = std::find_if(std::begin(backends), std::end(backends), [&](const Backends& of) {
    return run.count(of.endpoints).value_or(0) > 0;
  });
  if (way == std::end(backends)) {
    // No slices and no Endpoints are a fact too, if the last that were asked for could be read.
    const bool none = static_cast<bool>(run.state(std::rbegin(backends)->endpoints));
    return none ? std::optional(MeshesByObject()) : std::nullopt;
  }
  MeshesOfPods pods;
  if (!note_pods(run, way->pods, way->pod, pods)) return std::nullopt;
  // Images are looked at where App Mesh and slices are; whether it is must be known.
  if (!run.state(sdk::index_of(reads, "app-mesh"))) return std::nullopt;
  const sdk::Status images =
      note_pods(run, sdk::index_of(reads, "app-mesh-pods"), in_app_mesh_pod, pods);
  if (!images && images != sdk::Status(KTEL_E_SKIPPED)) return std::nullopt;
  pods.sort();

  MeshesByObject services;
  run.each(way->endpoints, [&](sdk::Row row) {
    const std::string_view ns = row.text(way->ns);
    const std::string_view service = row.text(way->service);
    if (service.empty()) return;  // a slice that is no Service's
    auto note = [&](std::string_view pod_ns, std::string_view pod) {
      add(services, ns, service, pods.of(pod_ns.empty() ? ns : pod_ns, pod));
    };
    for (const Targets& at : {way->ready, way->not_ready}) {
      each_pod(row[at.kinds], row[at.namespaces], row[at.names], note);
    }
  });
  return services;
}

// Counts the Services that are there: those of a slice may be gone.
void put_share(const sdk::Run& run, const ControlPlanes& control_planes) {
  const auto behind = meshes_behind_services(run);
  if (!behind) return;
  std::uint64_t meshed = 0;
  bool all_named = true;
  std::array<std::uint64_t, named_meshes> by_mesh{};
  const auto listed = run.each(sdk::index_of(reads, "services"), [&](sdk::Row row) {
    const auto known = behind->find({row.text(namespace_of_service), row.text(name_of_service)});
    Meshes found = known == behind->end() ? Meshes() : known->second;
    if (is_traffic_type(row)) found.add(Mesh::traefik_mesh);
    if (found.empty()) return;
    ++meshed;
    const auto names = named(found, control_planes);
    if (names) each_mesh(*names, [&](std::size_t i) { ++by_mesh[i]; });
    all_named = all_named && names;
  });
  if (!listed) return;
  run.put(sdk::index_of(fields, "meshed_services_count"), meshed);
  if (!all_named) return;  // a mesh that is left out has no Service
  for (std::size_t i = 0; i < by_mesh.size(); ++i) {
    if (by_mesh[i] == 0) continue;
    run.put_entry(sdk::index_of(fields, "mesh_services_count"), meshes[i].value, by_mesh[i]);
  }
}

// ---- the report ----

void put(const sdk::Run& run, std::uint32_t field, const std::optional<Meshes>& found,
         const ControlPlanes& control_planes) {
  const auto known = found ? named(*found, control_planes) : std::nullopt;
  if (!known) return;
  std::vector<std::string_view> names;
  each_mesh(*known, [&](std::size_t i) { names.push_back(meshes[i].value); });
  run.put_list(field, names);
}

void put_membership(const sdk::Run& run, const ControlPlanes& control_planes) {
  const auto product = membership(run);
  if (!product) return;
  const auto put_meshes = [&](std::uint32_t field, const std::optional<Meshes>& found) {
    put(run, field, found, control_planes);
  };
  const Meshes sidecar = product->injected.sidecar | product->injected.native_sidecar;
  const Meshes init_container = product->injected.init_container;
  put_meshes(sdk::index_of(fields, "member_of"),
             joined({product->by_annotation, sidecar, init_container}));
  put_meshes(sdk::index_of(fields, "member_by_namespace"), product->by_namespace);
  put_meshes(sdk::index_of(fields, "member_by_annotation"), product->by_annotation);
  put_meshes(sdk::index_of(fields, "member_by_sidecar"), sidecar);
  put_meshes(sdk::index_of(fields, "member_by_init_container"), init_container);
  put_meshes(sdk::index_of(fields, "asked_by_pod"), product->asked_by_pod);
  run.put_list(sdk::index_of(fields, "data_planes"), data_planes_of(*product));
}

void put_node_agents(const sdk::Run& run) {
  std::vector<std::string_view> found;
  const auto listed = run.each(sdk::index_of(reads, "daemonsets"), [&](sdk::Row row) {
    for (const Agent& agent : agents) {
      if (holds(row, agent.is) && holds(row, agent.and_is)) found.push_back(agent.name);
    }
  });
  if (listed) run.put_list(sdk::index_of(fields, "node_agents"), found);
}

void detect(sdk::Run& run) {
  const auto by_namespace = deployed_by_namespace(run);
  const auto by_service = deployed_by_service(run);
  const auto by_configuration = deployed_by_configuration(run);
  const ControlPlanes control_planes = which_control_planes(by_service, by_namespace);
  const auto put_meshes = [&](std::uint32_t field, const std::optional<Meshes>& found) {
    put(run, field, found, control_planes);
  };
  put_meshes(sdk::index_of(fields, "deployed"), joined({by_service, by_configuration}));
  put_meshes(sdk::index_of(fields, "deployed_by_namespace"), by_namespace);
  put_meshes(sdk::index_of(fields, "deployed_by_resource"), deployed_by_resource(run));
  put_meshes(sdk::index_of(fields, "deployed_by_service"), by_service);
  put_meshes(sdk::index_of(fields, "deployed_by_configuration"), by_configuration);
  put_membership(run, control_planes);
  put_node_agents(run);
  if (const auto services = run.count(sdk::index_of(reads, "services"))) {
    run.put(sdk::index_of(fields, "services_count"), *services);
  }
  put_share(run, control_planes);
}

constexpr ktel_job jobs[] = {
    {.name = "service-mesh",
     .title = "Service mesh",
     .summary = "Which service meshes there are, whether the product is in one, and how many "
                "Services are.",
     .question = "Which service meshes must the product work with?",
     .benefit = "Each release is tested beside, and inside of, the mesh you run.",
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
     .run = sdk::executor<detect>}};
static_assert(sdk::check(jobs));

}  // namespace
}  // namespace service_mesh

KTEL_PLUGIN(.id = "io.ktel.service-mesh", .version = "0.1.0", .vendor = "ktel",
            .summary = "Which service meshes there are, and what is in them",
            .license = "Apache-2.0", KTEL_JOBS(service_mesh::jobs));
