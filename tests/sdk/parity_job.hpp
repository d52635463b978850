// A job with a read of each fate and a field of each type, whose body a test says.
#pragma once

#include <ktel/sdk/job.hpp>

#include <cstdint>
#include <functional>

namespace ktel::test::parity {

enum : std::uint32_t {
  nodes,
  mice,
  if_mice,
  if_no_mice,
  if_unknown,
  release,
  gates,
  lost,
  unread,
  in_app
};
inline constexpr ktel_read reads[] = {
    {.id = "nodes",
     .verb = KTEL_READ_LIST,
     .scope = KTEL_CLUSTER,
     .versions = "v1",
     .resource = "nodes",
     .paths = "metadata.name metadata.labels['a/*'] spec.taints[*].key spec.flag spec.taints",
     .why = "Is listed."},
    {.id = "mice",
     .verb = KTEL_READ_LIST,
     .group = "example.io",
     .versions = "v1beta1 v1",
     .resource = "mice",
     .paths = "metadata.name",
     .why = "Is not served."},
    {.id = "if_mice",
     .verb = KTEL_READ_COUNT,
     .scope = KTEL_CLUSTER,
     .versions = "v1",
     .resource = "nodes",
     .when = "mice",
     .why = "Is not made."},
    {.id = "if_no_mice",
     .verb = KTEL_READ_COUNT,
     .scope = KTEL_CLUSTER,
     .versions = "v1",
     .resource = "nodes",
     .when = "!mice",
     .why = "Is made."},
    {.id = "if_unknown",
     .verb = KTEL_READ_COUNT,
     .scope = KTEL_CLUSTER,
     .versions = "v1",
     .resource = "nodes",
     .when = "!if_mice",
     .why = "Is not made: whether that one has rows is not known."},
    {.id = "release",
     .verb = KTEL_READ_RAW,
     .url = "/version",
     .paths = "gitVersion",
     .why = "Is there."},
    {.id = "gates",
     .verb = KTEL_READ_METRICS,
     .url = "/metrics",
     .metrics = "gate up",
     .paths = "labels.stage value name labels['x_*'] labels['no label']",
     .why = "Has some of the samples."},
    {.id = "lost",
     .verb = KTEL_READ_GET,
     .scope = KTEL_CLUSTER,
     .versions = "v1",
     .resource = "nodes",
     .name = "nobody",
     .paths = "metadata.name",
     .why = "Is not there."},
    {.id = "unread",
     .verb = KTEL_READ_COUNT,
     .scope = KTEL_CLUSTER,
     .versions = "v1",
     .resource = "nodes",
     .why = "Only the masked field is made from it."},
    {.id = "in_app",
     .verb = KTEL_READ_COUNT,
     .versions = "v1",
     .resource = "pods",
     .ns = "${app}",
     .why = "Its parameter is not set."}};

inline constexpr ktel_label colors[] = {{"red", "red"}, {"other", "all else"}};

constexpr ktel_field declare(const char* name, std::uint32_t type, std::uint32_t item = 0,
                             const char* other = nullptr) {
  const std::uint32_t scalar = item == 0 ? type : item;
  const bool closed = type == KTEL_T_MAP || scalar == KTEL_T_ENUM;
  const bool number = scalar >= KTEL_T_COUNT && scalar <= KTEL_T_BYTES;
  return {.name = name,
          .type = type,
          .item = item,
          .values = closed ? colors : nullptr,
          .value_count = closed ? 2u : 0u,
          .value_stride = sizeof(ktel_label),
          .other = other,
          .max_items = type == KTEL_T_LIST ? 3u : 0u,
          .max = number && item == 0 ? 10.0 : 0.0,
          .sensitivity = KTEL_S_SCALE,
          .unit = number ? "1" : nullptr,
          .from = type == KTEL_T_BOOL
                      ? "nodes mice if_mice if_no_mice if_unknown release gates lost in_app"
                  : type == KTEL_T_BYTES ? "unread"
                                         : nullptr,
          .description = "A field of a test.",
          .example = "1",
          .absent_when = "Whenever."};
}

enum : std::uint32_t {
  truth,
  count,
  whole,
  ratio,
  span,
  color,
  hue,
  numbers,
  tints,
  by_color,
  by_hue,
  masked
};
inline constexpr ktel_field fields[] = {declare("truth", KTEL_T_BOOL),
                                        declare("count", KTEL_T_COUNT),
                                        declare("whole", KTEL_T_INT),
                                        declare("ratio", KTEL_T_RATIO),
                                        declare("span", KTEL_T_DURATION),
                                        declare("color", KTEL_T_ENUM, 0, "other"),
                                        declare("hue", KTEL_T_ENUM),
                                        declare("numbers", KTEL_T_LIST, KTEL_T_COUNT),
                                        declare("tints", KTEL_T_LIST, KTEL_T_ENUM, "other"),
                                        declare("by_color", KTEL_T_MAP, KTEL_T_COUNT, "other"),
                                        declare("by_hue", KTEL_T_MAP, KTEL_T_INT),
                                        declare("masked", KTEL_T_BYTES)};

inline constexpr ktel_param params[] = {
    {.name = "app", .type = KTEL_T_TEXT, .description = "Not set."},
    {.name = "level", .type = KTEL_T_COUNT, .description = "Five.", .default_text = "5"},
    {.name = "share", .type = KTEL_T_RATIO, .description = "A half.", .default_text = "0.5"},
    {.name = "flag", .type = KTEL_T_BOOL, .description = "On.", .default_text = "on"},
    {.name = "word", .type = KTEL_T_TEXT, .description = "Hi.", .default_text = "hi"}};

inline constexpr ktel_need needs[] = {
    {.job = "identify-platform", .paths = "provider", .flags = KTEL_NEED_OPTIONAL}};

inline std::function<ktel_status(ktel_call*, sdk::Run&)> body;

inline ktel_status run_body(ktel_call* call, void* self, const ktel_job* job) noexcept {
  sdk::Run run(call, self, job);
  return body(call, run);
}

inline constexpr ktel_job jobs[] = {{.name = "acme-parity",
                                     .title = "Parity",
                                     .summary = "Does what a case says.",
                                     .question = "Are they alike?",
                                     .benefit = "They are.",
                                     .owner = "tests",
                                     .contact = "tests@example.org",
                                     .since = "1.0.0",
                                     .expires = "2099-01-01",
                                     KTEL_FIELDS(fields),
                                     KTEL_READS(reads),
                                     KTEL_NEEDS(needs),
                                     KTEL_PARAMS(params),
                                     .run = run_body}};

inline constexpr ktel_plugin plugin = {.struct_size = sizeof(ktel_plugin),
                                       .magic = KTEL_MAGIC,
                                       .abi_major = KTEL_ABI_MAJOR,
                                       .id = "io.acme.parity",
                                       .version = "1.0.0",
                                       .summary = "Parity",
                                       KTEL_JOBS(jobs)};

}  // namespace ktel::test::parity
