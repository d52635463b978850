// ktel/abi/plugin.h: the descriptor, the one entry symbol, the author's macros. The only header a
// plugin includes.
#pragma once

#include <ktel/abi/backend.h>
#include <ktel/abi/cluster.h>
#include <ktel/abi/job.h>
#include <ktel/abi/secret.h>

#define KTEL_MAGIC 0x4C45544Bu  // "KTEL"

// Never in the host's process: a Go runtime, a JVM, anything that takes signals.
enum { KTEL_PLUGIN_ISOLATE = 1 << 16 };

// Static and immutable for the life of the process. The host validates and copies it once; it keeps
// the function pointers and the addresses of jobs and backends, which it hands back.
typedef struct ktel_plugin {
  uint32_t struct_size KTEL_0;          // sizeof(ktel_plugin) where it was compiled
  uint32_t magic KTEL_0;                // KTEL_MAGIC
  uint16_t abi_major KTEL_0;            // KTEL_ABI_MAJOR where it was compiled
  uint16_t abi_minor KTEL_0;            // KTEL_ABI_MINOR where it was compiled
  uint16_t abi_min_minor KTEL_0;        // the oldest host minor it runs on
  uint16_t reserved KTEL_0;             // 0
  uint32_t flags KTEL_0;                // KTEL_PLUGIN_*
  uint32_t reserved2 KTEL_0;            // 0
  const char* id KTEL_0;                // reverse DNS, "io.acme.storage"; word two is the vendor
  const char* version KTEL_0;           // of the plugin: three numbers, "1.0.0"
  const char* vendor KTEL_0;            // who makes it, in words
  const char* summary KTEL_0;           // required: one sentence
  const char* license KTEL_0;           // SPDX, "Apache-2.0"
  const char* url KTEL_0;               // where to read more
  const ktel_job* jobs KTEL_0;          // 256 at most
  uint32_t job_count KTEL_0;            // how many jobs
  uint32_t job_stride KTEL_0;           // bytes: sizeof(ktel_job) where it was compiled
  const ktel_backend* backends KTEL_0;  // 16 at most
  uint32_t backend_count KTEL_0;        // how many backends
  uint32_t backend_stride KTEL_0;       // bytes: sizeof(ktel_backend) where it was compiled

  // Optional: once in each host, before all else of the plugin, on whichever thread needs it first.
  // *self, the plugin's own, is handed to every run and open. A negative status, or one that never
  // returns: nothing of the plugin is called, stop() neither.
  ktel_status (*start)(ktel_call* call, void** self) KTEL_NOEXCEPT KTEL_0;

  // Optional: once for each start that returned OK, last, on the thread that ends the host; not
  // after a function of the plugin that never returned. The library stays mapped.
  void (*stop)(void* self) KTEL_NOEXCEPT KTEL_0;
} ktel_plugin;

// The host, to the entry. Its own; for the call.
typedef struct ktel_host_info {
  uint32_t struct_size;  // sizeof(ktel_host_info) in the host
  uint16_t abi_major;    // the host's KTEL_ABI_MAJOR
  uint16_t abi_minor;    // the host's KTEL_ABI_MINOR
  const char* name;      // "ktel"
  const char* version;   // "0.1.0"

  // Says why the plugin will not work here, just before it returns NULL. Copied, 1 KiB at most.
  void (*refuse)(const struct ktel_host_info* host, const char* why) KTEL_NOEXCEPT;
} ktel_host_info;

// The one exported symbol, the ABI's major in its name. Pure: no thread, no I/O, nothing to free;
// under 100 ms; always the same pointer to the same bytes. NULL: this plugin will not work here.
#ifdef __cplusplus
extern "C"
#endif
    __attribute__((visibility("default"))) const ktel_plugin*
    ktel_plugin_v1(const ktel_host_info* host) KTEL_NOEXCEPT;

// ---- for authors, in C11 or C++20: nothing below crosses ----

#define KTEL_ARRAY_(many, one, a) \
  .many = a, .one##_count = sizeof(a) / sizeof((a)[0]), .one##_stride = sizeof((a)[0])
#define KTEL_VALUES(a) KTEL_ARRAY_(values, value, a)
#define KTEL_FIELDS(a) KTEL_ARRAY_(fields, field, a)
#define KTEL_READS(a) KTEL_ARRAY_(reads, read, a)
#define KTEL_NEEDS(a) KTEL_ARRAY_(needs, need, a)
#define KTEL_PARAMS(a) KTEL_ARRAY_(params, param, a)
#define KTEL_JOBS(a) KTEL_ARRAY_(jobs, job, a)
#define KTEL_BACKENDS(a) KTEL_ARRAY_(backends, backend, a)

// In C++ a constant expression, so that the SDK can check it:
// static_assert(check(ktel_descriptor)).
#ifdef __cplusplus
#define KTEL_CONST_ constexpr
#else
#define KTEL_CONST_ const
#endif

// Defines ktel_descriptor and the entry: KTEL_PLUGIN(.id = "io.acme.x", ..., KTEL_JOBS(jobs));
#define KTEL_PLUGIN(...)                                                                \
  static KTEL_CONST_ ktel_plugin ktel_descriptor = {.struct_size = sizeof(ktel_plugin), \
                                                    .magic = KTEL_MAGIC,                \
                                                    .abi_major = KTEL_ABI_MAJOR,        \
                                                    .abi_minor = KTEL_ABI_MINOR,        \
                                                    .abi_min_minor = KTEL_MIN_MINOR,    \
                                                    __VA_ARGS__};                       \
  const ktel_plugin* ktel_plugin_v1(const ktel_host_info* host) KTEL_NOEXCEPT {         \
    return (void)host, &ktel_descriptor;                                                \
  }                                                                                     \
  const ktel_plugin* ktel_plugin_v1(const ktel_host_info* host) KTEL_NOEXCEPT

static inline ktel_str ktel_text(const char* s) {
  ktel_str t = {s, strlen(s)};
  return t;
}

static inline ktel_status ktel_put_i64(ktel_call* call, uint32_t field, int64_t n) {
  ktel_value v;
  memset(&v, 0, sizeof v);
  v.type = KTEL_V_I64;
  v.i64 = n;
  return call->host->put(call, field, &v);
}

static inline ktel_status ktel_put_text(ktel_call* call, uint32_t field, ktel_str text) {
  ktel_value v;
  memset(&v, 0, sizeof v);
  v.type = KTEL_V_STRING;
  v.str = text;
  return call->host->put(call, field, &v);
}
