// A plugin that is right, and a way to spoil each rule of it: what check() refuses, and whether the
// host does.
#pragma once

#include <ktel/abi/plugin.h>

#include <string>
#include <vector>

namespace ktel::test {

inline ktel_status do_nothing(ktel_call*, void*, const ktel_job*) noexcept { return KTEL_OK; }
inline ktel_status open_nothing(ktel_call*, void*, const ktel_backend*, const ktel_target*,
                                void**) noexcept {
  return KTEL_OK;
}
inline ktel_status encode_nothing(ktel_call*, void*, const ktel_report*) noexcept {
  return KTEL_OK;
}
inline ktel_status decode_nothing(ktel_call*, void*, const ktel_report*,
                                  const ktel_response*) noexcept {
  return KTEL_OK;
}
inline ktel_status close_nothing(ktel_call*, void*) noexcept { return KTEL_OK; }

// Its tables point into itself.
struct Sample {
  Sample() = default;
  Sample(const Sample&) = delete;
  Sample& operator=(const Sample&) = delete;

  std::string long_text = std::string(4097, 'x');

  ktel_label sizes[2] = {{"small", "up to ten"}, {"other", "more"}};
  ktel_param params[2] = {
      {.name = "app", .type = KTEL_T_TEXT, .description = "The name of the product."},
      {.name = "level", .type = KTEL_T_COUNT, .description = "How far.", .default_text = "3"}};
  ktel_need needs[1] = {{.job = "identify-platform", .paths = "provider", .flags = 1}};

  enum { pods, nodes, version, apis, config, up };
  ktel_read reads[6] = {{.id = "pods",
                         .verb = KTEL_READ_COUNT,
                         .versions = "v1",
                         .resource = "pods",
                         .ns = "${app}",
                         .label_selector = "app=${app},tier",
                         .why = "Counts them."},
                        {.id = "nodes",
                         .verb = KTEL_READ_LIST,
                         .scope = KTEL_CLUSTER,
                         .versions = "v1 v1beta1 *",
                         .resource = "nodes",
                         .paths = "metadata.labels['a b'] spec.taints[*].key m[\"x/*\"]",
                         .when = "!pods",
                         .why = "Groups them."},
                        {.id = "version",
                         .verb = KTEL_READ_RAW,
                         .url = "/version",
                         .paths = "gitVersion",
                         .why = "Tells it."},
                        {.id = "apis",
                         .verb = KTEL_READ_SERVED,
                         .group = "*",
                         .paths = "group",
                         .why = "Tells what is installed."},
                        {.id = "config",
                         .verb = KTEL_READ_GET,
                         .group = "acme.io",
                         .versions = "v1",
                         .resource = "configs",
                         .name = "${app}",
                         .paths = "spec.mode",
                         .why = "Tells the mode."},
                        {.id = "up",
                         .verb = KTEL_READ_METRICS,
                         .url = "/metrics",
                         .metrics = "up",
                         .paths = "value",
                         .why = "Tells it."}};

  enum { pods_count, size, flavour, versions, by_size };
  ktel_field fields[5] = {{.name = "pods_count",
                           .type = KTEL_T_COUNT,
                           .sensitivity = KTEL_S_SCALE,
                           .granularity = KTEL_G_POW2,
                           .unit = "{pod}",
                           .from = "pods apis config up",
                           .description = "Pods in all namespaces.",
                           .example = "7",
                           .absent_when = "Pods cannot be counted.",
                           .metric = KTEL_M_GAUGE},
                          {.name = "size",
                           .type = KTEL_T_ENUM,
                           KTEL_VALUES(sizes),
                           .other = "other",
                           .sensitivity = KTEL_S_SCALE,
                           .from = "pods nodes",
                           .description = "The size of the cluster in words.",
                           .example = "small",
                           .absent_when = "Nodes cannot be listed."},
                          {.name = "flavour",
                           .type = KTEL_T_TOKEN,
                           .pattern = "[a-z]+",
                           .max_length = 16,
                           .sensitivity = KTEL_S_PRODUCT,
                           .description = "The flavour that was built.",
                           .example = "vanilla",
                           .absent_when = "Never."},
                          {.name = "versions",
                           .type = KTEL_T_LIST,
                           .item = KTEL_T_SEMVER,
                           .max_items = 8,
                           .sensitivity = KTEL_S_ENVIRONMENT,
                           .granularity = KTEL_G_MINOR,
                           .from = "version",
                           .description = "Versions that are there.",
                           .example = "[\"v1.27\"]",
                           .absent_when = "Nodes cannot be listed."},
                          {.name = "by_size",
                           .type = KTEL_T_MAP,
                           .item = KTEL_T_COUNT,
                           KTEL_VALUES(sizes),
                           .sensitivity = KTEL_S_SCALE,
                           .unit = "{pod}",
                           .from = "nodes",
                           .description = "Pods by the size of their node.",
                           .example = "{\"small\":3}",
                           .absent_when = "Nodes cannot be listed."}};

  ktel_job jobs[1] = {{.name = "acme-sample",
                       .title = "Sample",
                       .summary = "A sample.",
                       .question = "How many?",
                       .benefit = "You know.",
                       .owner = "team",
                       .contact = "https://acme.example",
                       .since = "1.0.0-rc.1",
                       .expires = "2028-02-29",
                       KTEL_FIELDS(fields),
                       KTEL_READS(reads),
                       KTEL_NEEDS(needs),
                       KTEL_PARAMS(params),
                       .run = do_nothing}};

  ktel_param options[2] = {{.name = "index", .type = KTEL_T_TOKEN, .description = "Where to."},
                           {.name = "token",
                            .type = KTEL_T_TEXT,
                            .flags = KTEL_PARAM_SECRET,
                            .description = "Lets in."}};
  ktel_backend backends[1] = {{.name = "acme-sink",
                               .summary = "Carries nothing.",
                               .schemes = "acme acme+http",
                               KTEL_PARAMS(options),
                               .open = open_nothing,
                               .encode = encode_nothing,
                               .decode = decode_nothing,
                               .close = close_nothing}};

  ktel_plugin plugin = {.struct_size = sizeof(ktel_plugin),
                        .magic = KTEL_MAGIC,
                        .abi_major = KTEL_ABI_MAJOR,
                        .abi_minor = KTEL_ABI_MINOR,
                        .abi_min_minor = KTEL_ABI_MINOR,
                        .id = "io.acme.sample",
                        .version = "1.0.0",
                        .summary = "A sample",
                        KTEL_JOBS(jobs),
                        KTEL_BACKENDS(backends)};
};

// Who else refuses it: the host's scan; the catalog, which knows where the plugin comes from; or
// nobody, but the telemetry standard calls it a mistake.
enum class Also { scan, catalog, standard };

struct Spoiled {
  const char* rule;  // what check() says
  void (*spoil)(Sample&);
  Also refused_by = Also::scan;
};

// A row a rule at the least.
const std::vector<Spoiled>& spoiled_samples();

}  // namespace ktel::test
