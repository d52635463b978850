// A good descriptor whose parts a test may spoil, one at a time.
#pragma once

#include <ktel/abi/plugin.h>

#include <array>
#include <cstddef>
#include <cstdint>

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

template <class T, std::size_t n>
constexpr std::uint32_t count_of(const std::array<T, n>&) {
  return n;
}

struct SamplePlugin {
  std::array<ktel_param, 1> params{{{.name = "prefix",
                                     .type = KTEL_T_TOKEN,
                                     .description = "What names begin with.",
                                     .default_text = "web"}}};
  std::array<ktel_read, 2> reads{{{.id = "pods",
                                   .verb = KTEL_READ_COUNT,
                                   .versions = "v1",
                                   .resource = "pods",
                                   .why = "Counts them."},
                                  {.id = "nodes",
                                   .verb = KTEL_READ_LIST,
                                   .scope = KTEL_CLUSTER,
                                   .versions = "v1 v1beta1 *",
                                   .resource = "nodes",
                                   .paths = "status.nodeInfo.architecture",
                                   .when = "pods",
                                   .why = "Groups them."}}};
  std::array<ktel_label, 2> archs{{{"amd64", "x86-64"}, {"other", "any other"}}};
  std::array<ktel_field, 4> fields{{{.name = "pods_count",
                                     .type = KTEL_T_COUNT,
                                     .sensitivity = KTEL_S_SCALE,
                                     .unit = "{pod}",
                                     .from = "pods",
                                     .description = "Pods in all namespaces.",
                                     .example = "812",
                                     .absent_when = "Pods cannot be listed.",
                                     .metric = KTEL_M_GAUGE},
                                    {.name = "nodes_by_arch",
                                     .type = KTEL_T_MAP,
                                     .item = KTEL_T_COUNT,
                                     .other = "other",
                                     .sensitivity = KTEL_S_SCALE,
                                     .granularity = KTEL_G_POW2,
                                     .unit = "{node}",
                                     .from = "nodes pods",
                                     .description = "Nodes by architecture.",
                                     .example = "{\"amd64\":3}",
                                     .absent_when = "Nodes cannot be listed."},
                                    {.name = "flavour",
                                     .type = KTEL_T_TOKEN,
                                     .pattern = "[a-z]+",
                                     .max_length = 16,
                                     .sensitivity = KTEL_S_PRODUCT,
                                     .from = "nodes",
                                     .description = "The flavour.",
                                     .example = "vanilla",
                                     .absent_when = "Never.",
                                     .stability = KTEL_DEVELOPMENT},
                                    {.name = "versions",
                                     .type = KTEL_T_LIST,
                                     .item = KTEL_T_SEMVER,
                                     .max_items = 8,
                                     .sensitivity = KTEL_S_ENVIRONMENT,
                                     .granularity = KTEL_G_MINOR,
                                     .from = "nodes",
                                     .description = "Kubelet versions.",
                                     .example = "[\"v1.27\"]",
                                     .absent_when = "Nodes cannot be listed."}}};
  std::array<ktel_need, 1> needs{
      {{.job = "identify-platform", .paths = "provider", .flags = KTEL_NEED_OPTIONAL}}};
  ktel_job job{.name = "example-shape",
               .title = "Shape",
               .summary = "Pods and nodes.",
               .question = "How large are clusters?",
               .benefit = "Tested at your size.",
               .owner = "team-example",
               .contact = "https://example.io",
               .since = "1.0.0",
               .expires = "2028-06-30",
               .flags = KTEL_JOB_PARTIAL_OK,
               .run = do_nothing};
  ktel_backend backend{.name = "example-sink",
                       .summary = "Carries nothing.",
                       .schemes = "example example+http",
                       .flags = KTEL_BACKEND_IDEMPOTENT,
                       .open = open_nothing,
                       .encode = encode_nothing,
                       .decode = decode_nothing,
                       .close = close_nothing};
  ktel_plugin plugin{.struct_size = sizeof(ktel_plugin),
                     .magic = KTEL_MAGIC,
                     .abi_major = KTEL_ABI_MAJOR,
                     .abi_minor = KTEL_ABI_MINOR,
                     .abi_min_minor = 0,
                     .id = "io.example.shape",
                     .version = "1.0.0",
                     .summary = "Shape of a cluster"};

  SamplePlugin() {
    fields[1].values = archs.data();
    fields[1].value_count = count_of(archs);
    fields[1].value_stride = sizeof(ktel_label);
    job.fields = fields.data();
    job.field_count = count_of(fields);
    job.field_stride = sizeof(ktel_field);
    job.reads = reads.data();
    job.read_count = count_of(reads);
    job.read_stride = sizeof(ktel_read);
    job.needs = needs.data();
    job.need_count = count_of(needs);
    job.need_stride = sizeof(ktel_need);
    job.params = params.data();
    job.param_count = count_of(params);
    job.param_stride = sizeof(ktel_param);
    plugin.jobs = &job;
    plugin.job_count = 1;
    plugin.job_stride = sizeof(ktel_job);
    plugin.backends = &backend;
    plugin.backend_count = 1;
    plugin.backend_stride = sizeof(ktel_backend);
  }
  SamplePlugin(const SamplePlugin&) = delete;
  SamplePlugin& operator=(const SamplePlugin&) = delete;

  const ktel_plugin* get() const { return &plugin; }
};

}  // namespace ktel::test
