// ktel/abi/job.h: what a job declares. Static data of the plugin, read once at the scan and copied.
//
// Reads and fields are addressed by their index here, so that nothing undeclared can be named.
// Lists of words (versions, paths, metrics, from) are one string with blanks between. Members stand
// in the order in which they are best written; in C++20 designated initialisers must follow it.
#pragma once

#include <ktel/abi/types.h>

// ---- reads: made before the job starts, once for all jobs of a run ----

enum {
  KTEL_READ_COUNT = 1,    // how many objects there are                    count
  KTEL_READ_LIST = 2,     // a row an object, in the server's order        count, each
  KTEL_READ_GET = 3,      // the object `name` in `ns`                     count, each, one
  KTEL_READ_RAW = 4,      // the JSON document at `url`                    count, each, one
  KTEL_READ_METRICS = 5,  // a row a sample {name, labels, value}          count, each
  KTEL_READ_SERVED = 6    // a row a served {group, version, resource, kind}  count, each
                          // or, if its server does not answer, {freshness: "Stale", group, version}
};

enum { KTEL_NAMESPACED = 0, KTEL_CLUSTER = 1 };

// The job is of use without this read: its permission goes into the optional role.
enum { KTEL_READ_OPTIONAL = 1 };

// What a job asks of the cluster. A member that the verb has no use for stays NULL.
typedef struct ktel_read {
  const char* id KTEL_0;        // "pods": what fields, docs and findings call it
  uint32_t verb KTEL_0;         // KTEL_READ_*
  uint32_t scope KTEL_0;        // KTEL_NAMESPACED or KTEL_CLUSTER
  uint32_t flags KTEL_0;        // KTEL_READ_OPTIONAL
  uint32_t max_age_s KTEL_0;    // seconds a result this process has may be old; 0: fresh each run
  const char* group KTEL_0;     // NULL: the core group; SERVED: "*" is every group
  const char* versions KTEL_0;  // "v1 v1beta1", best first; a last "*" is any other
  const char* resource KTEL_0;  // the plural, "pods"; SERVED: NULL is every resource
  const char* ns KTEL_0;        // may hold ${param}; NULL: all namespaces the operator allows
  const char* name KTEL_0;      // GET; may hold ${param}
  const char* label_selector KTEL_0;  // COUNT, LIST: "app=kong"; one value may be ${param}
  const char* field_selector KTEL_0;  // COUNT, LIST: "spec.type=LoadBalancer"
  const char* url KTEL_0;  // RAW, METRICS: "/version"; [A-Za-z0-9._/-], never below /api or /apis
  const char* metrics KTEL_0;  // METRICS: the metric names wanted
  // "metadata.name spec.containers[*].image metadata.labels['helm.sh/chart']": member names joined
  // by dots; ['key'] or ["key"] for a key with other characters; [*] for every element, which makes
  // a LIST with one item an element, ABSENT where the rest is missing, so that two paths over one
  // array line up; ['prefix*'] a LIST of the values of matching keys. A step that does not fit the
  // value gives ABSENT. A path that can only end on an object is refused. 64 at most.
  const char* paths KTEL_0;
  // "slices" or "!slices": an earlier read of this job. Made only if that one has (has no) row,
  // else, and where that one failed, it is E_SKIPPED.
  const char* when KTEL_0;
  const char* why KTEL_0;  // one sentence for the operator; required
} ktel_read;

// ---- fields: all that can leave ----

// How much a value says about one installation, in ascending order.
enum {
  KTEL_S_PRODUCT = 1,      // the same for every installation of a build
  KTEL_S_ENVIRONMENT = 2,  // closed facts on the platform
  KTEL_S_SCALE = 3,        // counts and sizes
  KTEL_S_ACTIVITY = 4,     // times and rates
  KTEL_S_IDENTIFIER = 5    // singles an installation out; withheld unless allowed by name
};

// The finest form that may leave; the host coarsens to it. 0: the type's finest.
enum {
  KTEL_G_EXACT = 1,   // numbers: as put
  KTEL_G_POW2 = 2,    // numbers: towards zero to a power of two
  KTEL_G_SECOND = 3,  // TIME
  KTEL_G_HOUR = 4,    // TIME
  KTEL_G_DAY = 5,     // TIME
  KTEL_G_MAJOR = 6,   // SEMVER
  KTEL_G_MINOR = 7,   // SEMVER
  KTEL_G_PATCH = 8,   // SEMVER
  KTEL_G_FULL = 9     // SEMVER: the suffix too
};

// DEVELOPMENT is withheld unless the operator asks for it.
enum { KTEL_DEVELOPMENT = 1, KTEL_STABLE = 2, KTEL_DEPRECATED = 3 };

enum { KTEL_M_GAUGE = 1 };  // metric role of a number

// One value of the report: what it is, what it may be, and what the operator is told about it.
typedef struct ktel_field {
  const char* name KTEL_0;          // snake_case, 40 bytes at most: the key in the job's part
  uint32_t type KTEL_0;             // KTEL_T_*, not TEXT
  uint32_t item KTEL_0;             // type of a LIST's items, of a MAP's values
  const ktel_label* values KTEL_0;  // ENUM (also of LIST items): its values; MAP: its keys
  uint32_t value_count KTEL_0;      // how many values
  uint32_t value_stride KTEL_0;     // bytes: sizeof(ktel_label) where it was compiled
  const char* other KTEL_0;         // the one of `values` that stands for all others
  const char* pattern KTEL_0;       // TOKEN: regular expression for the whole value
  uint32_t max_length KTEL_0;       // TOKEN: 1 to 64 bytes
  uint32_t max_items KTEL_0;        // LIST: 1 to 256
  double min KTEL_0;                // numbers; min and max both 0: no bound
  double max KTEL_0;                // numbers, inclusive as min is
  uint32_t sensitivity KTEL_0;      // KTEL_S_*
  uint32_t granularity KTEL_0;      // KTEL_G_*
  const char* unit KTEL_0;          // numbers: UCUM, "{pod}", "s", "By", "1"
  const char* from KTEL_0;          // ids of the reads it is made from; NULL: of none
  const char* description KTEL_0;   // required: one sentence
  const char* example KTEL_0;  // required: JSON text that passes the field's own rules; a string
                               // may stand without its quotes
  const char* absent_when KTEL_0;  // required: when it is left out, one sentence
  const char* alias KTEL_0;        // its name in a compact form of another product: "k8sv"
  const char* replaced_by KTEL_0;  // DEPRECATED: the field that follows it
  const char* question KTEL_0;     // what it answers. From here on NULL and 0 inherit the job's
  const char* benefit KTEL_0;      // what the operator gets from it
  const char* owner KTEL_0;        // the team that answers for it
  const char* since KTEL_0;        // version of the plugin that brought it, "1.0.0"
  const char* expires KTEL_0;      // the day from which on it is withheld, "2028-06-30"
  uint32_t stability KTEL_0;       // KTEL_DEVELOPMENT, ...
  uint32_t metric KTEL_0;          // numbers: 0 or KTEL_M_GAUGE
  uint32_t flags KTEL_0;           // none yet
  uint32_t reserved KTEL_0;        // 0
} ktel_field;

enum { KTEL_NEED_OPTIONAL = 1 };  // run without it; else the job is lost with the one it needs

// Another job's result that this job takes as input; the host runs that one first.
typedef struct ktel_need {
  const char* job KTEL_0;    // the name of another job
  const char* paths KTEL_0;  // into that job's fields: "provider nodes_by_arch.arm64"
  uint32_t flags KTEL_0;     // KTEL_NEED_*
  uint32_t reserved KTEL_0;  // 0
} ktel_need;

enum {
  KTEL_JOB_REENTRANT = 1,  // runs of it may overlap with anything of its plugin
  KTEL_JOB_PARTIAL_OK = 2  // KTEL_PARTIAL keeps what was put
};

struct ktel_job;

// Runs a job: reads rows, puts fields. `self` is what the plugin's start() made, or NULL; `job` the
// plugin's own declaration. A run is a transaction: what was put counts once OK (or a permitted
// PARTIAL) is returned. E_ABSENT and E_SKIPPED: there is nothing to report, which is no failure.
// Comes on any thread; functions of one plugin exclude each other unless the job is REENTRANT.
typedef ktel_status (*ktel_executor)(ktel_call* call, void* self,
                                     const struct ktel_job* job) KTEL_NOEXCEPT;

// One job of a plugin. The words are for the operator, who sees them before anything runs.
typedef struct ktel_job {
  const char* name KTEL_0;          // kebab-case, unique in a host, the key in the report
  const char* title KTEL_0;         // a few words
  const char* summary KTEL_0;       // one sentence: what it does
  const char* question KTEL_0;      // what its fields answer, with the question mark
  const char* benefit KTEL_0;       // what the operator gets from it
  const char* owner KTEL_0;         // team
  const char* contact KTEL_0;       // URL or mail
  const char* since KTEL_0;         // plugin version, "1.0.0"
  const char* expires KTEL_0;       // the day from which on it reports nothing, "2028-06-30"
  uint32_t stability KTEL_0;        // 0: STABLE
  uint32_t flags KTEL_0;            // KTEL_JOB_*
  uint32_t timeout_ms KTEL_0;       // of a run; 0: the host's; the host's maximum holds
  uint32_t reserved KTEL_0;         // 0
  const ktel_field* fields KTEL_0;  // what it may report: 1 to 200
  uint32_t field_count KTEL_0;      // how many fields
  uint32_t field_stride KTEL_0;     // strides: bytes, sizeof the element where it was compiled
  const ktel_read* reads KTEL_0;    // what it asks of the cluster: 64 at most
  uint32_t read_count KTEL_0;       // how many reads
  uint32_t read_stride KTEL_0;      // as field_stride
  const ktel_need* needs KTEL_0;    // whose results it takes: 16 at most
  uint32_t need_count KTEL_0;       // how many needs
  uint32_t need_stride KTEL_0;      // as field_stride
  const ktel_param* params KTEL_0;  // what the operator may set: 64 at most, none SECRET
  uint32_t param_count KTEL_0;      // how many params
  uint32_t param_stride KTEL_0;     // as field_stride
  ktel_executor run KTEL_0;         // required
  const void* user KTEL_0;          // the plugin's own: one run() can serve many jobs
} ktel_job;
