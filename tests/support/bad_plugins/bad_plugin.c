/* A plugin that is good unless one macro makes it bad: one macro for each kind of refusal. */
#include <ktel/abi/plugin.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#ifndef PLUGIN_ID
#define PLUGIN_ID "io.acme.shape"
#endif
#ifndef JOB_NAME
#define JOB_NAME "acme-shape"
#endif
#ifndef SCHEME
#define SCHEME "acme"
#endif
#ifndef MAGIC
#define MAGIC KTEL_MAGIC
#endif
#ifndef STRUCT_SIZE
#define STRUCT_SIZE sizeof(ktel_plugin)
#endif
#ifndef MIN_MINOR
#define MIN_MINOR 0
#endif
#ifndef JOB_STRIDE
#define JOB_STRIDE sizeof(ktel_job)
#endif
#ifndef PLUGIN_FLAGS
#define PLUGIN_FLAGS 0
#endif
#ifndef RESOURCE
#define RESOURCE "pods"
#endif
#ifndef RUN
#define RUN run
#endif

static const ktel_read reads[] = {{.id = "pods",
                                   .verb = KTEL_READ_COUNT,
                                   .versions = "v1",
                                   .resource = RESOURCE,
                                   .why = "Counts them."}};

static const ktel_field fields[] = {{.name = "pods_count",
                                     .type = KTEL_T_COUNT,
                                     .sensitivity = KTEL_S_SCALE,
                                     .granularity = KTEL_G_EXACT,
                                     .unit = "{pod}",
                                     .from = "pods",
                                     .description = "Pods in all namespaces.",
                                     .example = "812",
                                     .absent_when = "Pods cannot be listed."}};

static int starts;

static ktel_status run(ktel_call* call, void* self, const ktel_job* job) {
  (void)job;
  (void)getppid(); /* a call no optimiser drops: every variant needs libc */
  return ktel_put_i64(call, 0, self == &starts ? starts : -1), KTEL_OK;
}

static ktel_status start(ktel_call* call, void** self) {
#ifdef FAIL_IN_START
  call->host->fail(call, KTEL_E_FAILED, ktel_text("no licence"));
  return KTEL_E_FAILED;
#else
  (void)call;
  ++starts;
  *self = &starts;
  return KTEL_OK;
#endif
}

static ktel_status open_sink(ktel_call* call, void* self, const ktel_backend* backend,
                             const ktel_target* target, void** sink) {
  (void)call, (void)self, (void)backend, (void)target, (void)sink;
  return KTEL_OK;
}
static ktel_status encode(ktel_call* call, void* sink, const ktel_report* report) {
  (void)call, (void)sink, (void)report;
  return KTEL_OK;
}
static ktel_status decode(ktel_call* call, void* sink, const ktel_report* report,
                          const ktel_response* response) {
  (void)call, (void)sink, (void)report, (void)response;
  return KTEL_OK;
}
static ktel_status close_sink(ktel_call* call, void* sink) {
  (void)call, (void)sink;
  return KTEL_OK;
}

static const ktel_backend backends[] = {{.name = SCHEME "-sink",
                                         .summary = "Carries nothing.",
                                         .schemes = SCHEME,
                                         .open = open_sink,
                                         .encode = encode,
                                         .decode = decode,
                                         .close = close_sink}};

#define JOB(name_, run_)                                                                           \
  {                                                                                                \
    .name = name_, .title = "Shape", .summary = "Pods.", .question = "How many pods are there?",   \
    .benefit = "Tested at your size.", .owner = "team-acme", .contact = "https://acme.example",    \
    .since = "1.0.0", .expires = "2028-06-30", KTEL_FIELDS(fields), KTEL_READS(reads), .run = run_ \
  }

static const ktel_job jobs[] = {JOB(JOB_NAME, RUN)
#ifdef SECOND_JOB
                                    ,
                                JOB(SECOND_JOB, run)
#endif
};

static ktel_plugin plugin = {.struct_size = STRUCT_SIZE,
                             .magic = MAGIC,
                             .abi_major = KTEL_ABI_MAJOR,
                             .abi_minor = KTEL_ABI_MINOR,
                             .abi_min_minor = MIN_MINOR,
                             .flags = (uint32_t)PLUGIN_FLAGS,
                             .id = PLUGIN_ID,
                             .version = "1.0.0",
                             .summary = "Shape of a cluster",
                             .jobs = jobs,
                             .job_count = sizeof jobs / sizeof jobs[0],
                             .job_stride = JOB_STRIDE,
                             KTEL_BACKENDS(backends),
                             .start = start};

static void forever(void) {
  for (;;) pause();
}

__attribute__((constructor)) static void constructor(void) {
#ifdef ABORT_IN_CONSTRUCTOR
  abort();
#endif
#ifdef HANG_IN_CONSTRUCTOR
  forever();
#endif
#ifdef GARBAGE_IN_CONSTRUCTOR
  static const char garbage[] = "hello, world\n";
  if (write(3, garbage, sizeof garbage - 1) < 0) abort();
#endif
#ifdef PRINT_AND_ABORT
  static const char words[] = "acme: no licence found\n";
  if (write(2, words, sizeof words - 1) > 0) abort();
#endif
}

#ifdef UNRESOLVED
extern void acme_function_that_nobody_has(void);
#endif

__attribute__((visibility("default"))) const ktel_plugin* ENTRY(const ktel_host_info* host);

const ktel_plugin* ENTRY(const ktel_host_info* host) {
  (void)host, (void)forever;
#ifdef UNRESOLVED
  acme_function_that_nobody_has();
#endif
#ifdef TRAP_IN_ENTRY
  __builtin_trap();
#endif
#ifdef HANG_IN_ENTRY
  forever();
#endif
#ifdef EXIT_IN_ENTRY
  exit(0);
#endif
#ifdef SLOW_ENTRY
  const struct timespec pause_of = {.tv_nsec = 150 * 1000 * 1000};
  nanosleep(&pause_of, NULL);
#endif
#ifdef DECLINE
  host->refuse(host, "needs a GPU");
  return NULL;
#endif
#ifdef DECLINE_SILENTLY
  return NULL;
#endif
#ifdef CHANGING
  /* Whoever scans has no environment, whoever loads has one. */
  if (getenv("PATH") != NULL) plugin.version = "2.0.0";
#endif
  return &plugin;
}
