// kong-plugins: how many plugins of Kong are set up, in a number a kind.
//
// Counts alone, and nothing more is to come: which plugins, where and how they are set up is the
// operator's own business. The kinds stand apart, so that one that may not be counted does not take
// another along.
#include <ktel/sdk/job.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace {

namespace sdk = ktel::sdk;

constexpr ktel_read reads[] = {
    {.id = "plugins",
     .verb = KTEL_READ_COUNT,
     .group = "configuration.konghq.com",
     .versions = "v1 *",
     .resource = "kongplugins",
     .why = "How many there are."},
    {.id = "cluster-plugins",
     .verb = KTEL_READ_COUNT,
     .scope = KTEL_CLUSTER,
     .group = "configuration.konghq.com",
     .versions = "v1 *",
     .resource = "kongclusterplugins",
     .why = "How many there are."},
    {.id = "plugin-bindings",
     .verb = KTEL_READ_COUNT,
     .group = "configuration.konghq.com",
     .versions = "v1alpha1 *",
     .resource = "kongpluginbindings",
     .why = "How many there are; Kong's operator brings the kind."},
    {.id = "plugin-installations",
     .verb = KTEL_READ_COUNT,
     .group = "gateway-operator.konghq.com",
     .versions = "v1alpha1 *",
     .resource = "kongplugininstallations",
     .why = "How many there are; Kong's operator brings the kind."},
};

constexpr ktel_field fields[] = {
    {.name = "plugins_count",
     .type = KTEL_T_COUNT,
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{plugin}",
     .from = "plugins",
     .description = "KongPlugins in all namespaces, in use or not.",
     .example = "14",
     .absent_when = "KongPlugins are not served, or cannot be counted.",
     .alias = "k8s_kongplugins_count",
     .metric = KTEL_M_GAUGE},
    {.name = "cluster_plugins_count",
     .type = KTEL_T_COUNT,
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{plugin}",
     .from = "cluster-plugins",
     .description = "KongClusterPlugins, global ones included, in use or not.",
     .example = "3",
     .absent_when = "KongClusterPlugins are not served, or cannot be counted.",
     .alias = "k8s_kongclusterplugins_count",
     .metric = KTEL_M_GAUGE},
    {.name = "plugin_bindings_count",
     .type = KTEL_T_COUNT,
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{binding}",
     .from = "plugin-bindings",
     .description =
         "KongPluginBindings in all namespaces, those included that Kong's operator makes itself "
         "where an annotation names a plugin.",
     .example = "20",
     .absent_when = "KongPluginBindings are not served, or cannot be counted.",
     .alias = "k8s_kongpluginbindings_count",
     .metric = KTEL_M_GAUGE},
    {.name = "plugin_installations_count",
     .type = KTEL_T_COUNT,
     .sensitivity = KTEL_S_SCALE,
     .granularity = KTEL_G_EXACT,
     .unit = "{installation}",
     .from = "plugin-installations",
     .description = "KongPluginInstallations in all namespaces: plugins of the user's own that "
                    "Kong's operator brings into gateways.",
     .example = "2",
     .absent_when = "KongPluginInstallations are not served, or cannot be counted.",
     .alias = "k8s_kongplugininstallations_count",
     .question = "How many people run plugins of their own?",
     .metric = KTEL_M_GAUGE},
};

// A read and its field have the same place in their tables.
consteval bool fields_follow_reads() {
  if (std::size(fields) != std::size(reads)) return false;
  for (std::size_t i = 0; i < std::size(reads); ++i) {
    if (std::string_view(fields[i].from) != reads[i].id) return false;
  }
  return true;
}
static_assert(fields_follow_reads());

void collect(sdk::Run& run) {
  for (std::uint32_t i = 0; i < std::size(reads); ++i) {
    if (const auto count = run.count(i)) run.put(i, *count);
  }
}

constexpr ktel_job jobs[] = {{.name = "kong-plugins",
                              .title = "Number of Kong plugins",
                              .summary = "How many plugins of Kong are set up, by kind.",
                              .question = "With how many plugins must the product stay fast?",
                              .benefit = "Each release is tested with as many plugins as you use.",
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

KTEL_PLUGIN(.id = "io.ktel.kong-plugins", .version = "0.1.0", .vendor = "ktel",
            .summary = "How many plugins of Kong are set up", .license = "Apache-2.0",
            KTEL_JOBS(jobs));
