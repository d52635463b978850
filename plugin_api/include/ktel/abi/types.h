// ktel/abi/types.h: the words every other header of the contract is written in.
//
// Plugin ABI, major 1, minor 0. C11, readable as C++11 and later; 64-bit little-endian Linux.
//
// Rules of all headers here, stated once:
// - Text that crosses at run time is UTF-8 as pointer and length and may hold NUL; text in a
//   descriptor is a NUL-terminated UTF-8 string. NULL and 0 mean "not given".
// - Every struct starts with its size or lies in an array with a stride, and only grows at its end;
//   what lies past the size does not exist and reads as zero. Members called reserved are zero.
// - No ownership crosses. An argument is a view for the call; who wants it longer copies it.
//   Descriptors are the plugin's, static and immutable for the life of the process.
// - What a function writes through a pointer it writes only when it returns OK.
// - Nothing thrown leaves a function, in either direction.
// - [call] means: from any thread, between entry to and return from a function of the plugin.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define KTEL_ABI_MAJOR 1
#define KTEL_ABI_MINOR 0

// The oldest host minor a plugin runs on. Lower it, and ask KTEL_HAS before using what is newer.
#ifndef KTEL_MIN_MINOR
#define KTEL_MIN_MINOR KTEL_ABI_MINOR
#endif

// An exception that escapes ends the process: noexcept is part of a function's type from C++17 on,
// so a function that may throw does not even compile there.
#if defined(__cplusplus) && __cplusplus >= 201703L
#define KTEL_NOEXCEPT noexcept
#else
#define KTEL_NOEXCEPT
#endif

// The default of a declaration's members, so that designated initialisers may leave them out.
#if defined(__cplusplus) && __cplusplus >= 201402L
#define KTEL_0 = {}
#else
#define KTEL_0
#endif

// Is member f of T there in what the other side handed over?
#define KTEL_HAS(p, T, f) ((p)->struct_size >= offsetof(T, f) + sizeof((p)->f))

// Zeroes a struct and sets its size, before it is handed over.
#ifdef __cplusplus
#define KTEL_SIZED(v) ((v) = {}, (v).struct_size = static_cast<uint32_t>(sizeof(v)))
#else
#define KTEL_SIZED(v) (memset(&(v), 0, sizeof(v)), (v).struct_size = (uint32_t)sizeof(v))
#endif

// An optional service of the host by its short name: KTEL_SERVICE(call, cluster). NULL: not
// granted.
#define KTEL_SERVICE(call, name) \
  ((const ktel_##name*)(call)->host->service((call), "ktel." #name "/1"))

// 0: done. > 0: done, with a remark. < 0: not done. An unknown negative value reads as E_FAILED, an
// unknown positive one as OK.
typedef int32_t ktel_status;

enum {
  KTEL_OK = 0,
  KTEL_STOP = 1,       // from a row callback: enough
  KTEL_PARTIAL = 2,    // from a run: keep what was put, and say so (jobs with KTEL_JOB_PARTIAL_OK)
  KTEL_WITHHELD = 3,   // from put: valid, but policy masks the field
  KTEL_E_FAILED = -1,  // any other reason
  KTEL_E_CANCELLED = -2,    // the run, or the program, is to end
  KTEL_E_DEADLINE = -3,     // its time is over
  KTEL_E_DENIED = -4,       // the cluster's access rules, or the host, say no
  KTEL_E_ABSENT = -5,       // the cluster does not have it; a fact, not a failure
  KTEL_E_SKIPPED = -6,      // not asked for, on purpose
  KTEL_E_INVALID = -7,      // index, type, range, pattern or set
  KTEL_E_UNSUPPORTED = -8,  // this host cannot
  KTEL_E_LIMIT = -9,        // too much
  KTEL_E_STATE = -10        // not now, or not twice
};

enum { KTEL_LOG_DEBUG = 0, KTEL_LOG_INFO = 1, KTEL_LOG_WARN = 2, KTEL_LOG_ERROR = 3 };

// In every flags word bits 0-15 are hints; an unknown one of bits 16-31 gets the item refused.

// A view of UTF-8 text. Whoever handed it over owns the bytes. Frozen.
typedef struct ktel_str {
  const char* ptr;  // the first byte, no NUL after the last; may be NULL when len is 0
  size_t len;       // bytes
} ktel_str;

// What a value holds.
enum {
  KTEL_V_ABSENT = 0,  // nothing is there
  KTEL_V_NULL = 1,    // the JSON null
  KTEL_V_BOOL = 2,    // i64 is 0 or 1
  KTEL_V_I64 = 3,     // i64
  KTEL_V_F64 = 4,     // f64
  KTEL_V_STRING = 5,  // str
  KTEL_V_LIST = 6,    // count items
  KTEL_V_JSON =
      7  // str: canonical JSON of a number that fits neither I64 nor F64, or a caller's key
};

// A tagged value. Members its type does not use are zero, so that a wrong guess reads 0 or "",
// never a wild pointer. Frozen: an array of them needs no stride.
typedef struct ktel_value {
  uint32_t type;                   // KTEL_V_*
  uint32_t count;                  // LIST: number of items
  int64_t i64;                     // I64; BOOL as 0 or 1
  double f64;                      // F64
  ktel_str str;                    // STRING, JSON; who filled the value in owns the bytes
  const struct ktel_value* items;  // LIST; owned as str is
} ktel_value;

// One object of a read, or one result of a needed job: cell i belongs to path i of its declaration.
// The host's. Row, cells and list items live for the row callback, those of one() and need() until
// the plugin function returns; the text of the cells always lives that long.
typedef struct ktel_row {
  uint32_t struct_size;     // sizeof(ktel_row) in the host
  uint32_t count;           // how many paths were declared
  const ktel_value* cells;  // there are always 64; those from count on are ABSENT
  ktel_str version;         // as served, "v1beta1", of a LIST or GET, else ""; lives as cell text
} ktel_row;

// One of a closed set of values.
typedef struct ktel_label {
  const char* value KTEL_0;  // as it is put and as it leaves; 64 bytes at most
  const char* label KTEL_0;  // what it means, in words for the operator
} ktel_label;

// Types of fields and parameters.
enum {
  KTEL_T_BOOL = 1,
  KTEL_T_COUNT = 2,     // integer >= 0
  KTEL_T_INT = 3,       // 64-bit integer
  KTEL_T_RATIO = 4,     // number from 0 to 1
  KTEL_T_DURATION = 5,  // seconds
  KTEL_T_BYTES = 6,     // integer >= 0
  KTEL_T_ENUM = 7,      // one of `values`
  KTEL_T_SEMVER = 8,    // optional "v", one to three numbers, an optional suffix
  KTEL_T_TIME = 9,      // put as RFC 3339 text or as Unix seconds
  KTEL_T_TOKEN = 10,    // text that matches `pattern`, at most `max_length` bytes
  KTEL_T_LIST = 11,     // sorted, no duplicates
  KTEL_T_MAP = 12,      // over a closed set of keys
  KTEL_T_TEXT = 13      // parameters only: no free text leaves
};

enum {
  KTEL_PARAM_REQUIRED = 1,
  KTEL_PARAM_SECRET = 1 << 16  // of backends; never handed out by param(): see secret.h
};

// A parameter of a job or backend, set by the operator. Part of a descriptor.
typedef struct ktel_param {
  const char* name KTEL_0;          // unique in the job or backend; lower-case words with - or _
  uint32_t type KTEL_0;             // KTEL_T_*, not LIST or MAP
  uint32_t flags KTEL_0;            // KTEL_PARAM_*
  const char* description KTEL_0;   // required: one sentence for the operator
  const char* default_text KTEL_0;  // as an operator would type it; NULL: none
  const ktel_label* values KTEL_0;  // ENUM: what it may be
  uint32_t value_count KTEL_0;      // how many values
  uint32_t value_stride KTEL_0;     // bytes: sizeof(ktel_label) where it was compiled
  // A job's, of type TEXT: the variable in the environment of the host's process that stands in
  // where the operator gives none, before the default. By its name it names an object: it ends in
  // _NAME, _NAMESPACE, _SERVICE or _CLASS. Only a NAME or NAMESPACE/NAME is taken from it.
  const char* env KTEL_0;
} ktel_param;

struct ktel_host;

// One run of a job, or one call of a backend. The host owns it; it is valid, on any thread, from
// entry to return of the plugin function it was given to. Frozen.
typedef struct ktel_call {
  const struct ktel_host* host;  // the host's table; never NULL, lives as long as the process
} ktel_call;

// What the host offers every call. Total: defined for every argument in every state. No slot is
// ever NULL. All [call].
typedef struct ktel_host {
  uint32_t struct_size;  // sizeof(ktel_host) in the host
  uint16_t abi_major;    // the host's KTEL_ABI_MAJOR
  uint16_t abi_minor;    // the host's KTEL_ABI_MINOR

  // A line for the operator's log; level is KTEL_LOG_*. Secrets the host knows are scrubbed.
  void (*log)(ktel_call* call, int32_t level, ktel_str line) KTEL_NOEXCEPT;

  // The reason for the negative status about to be returned. The last one wins; 1 KiB at most.
  void (*fail)(ktel_call* call, ktel_status code, ktel_str why) KTEL_NOEXCEPT;

  // OK, E_CANCELLED or E_DEADLINE; one atomic load. Code that computes asks every 100 ms.
  ktel_status (*cancelled)(ktel_call* call) KTEL_NOEXCEPT;

  // Nanoseconds left until the deadline, never negative; INT64_MAX: there is none.
  int64_t (*remaining_ns)(ktel_call* call) KTEL_NOEXCEPT;

  // Unix time in microseconds: one value all through a run; with a snapshot, the snapshot's own.
  int64_t (*now_us)(ktel_call* call) KTEL_NOEXCEPT;

  // Parameter `param` by its index. *value is written only with OK and lives until the plugin
  // function returns: BOOL as BOOL; COUNT, INT and BYTES as I64; RATIO and DURATION as F64; all
  // else as STRING. E_ABSENT: not set. E_INVALID: no such index. E_DENIED: it is a secret.
  ktel_status (*param)(ktel_call* call, uint32_t param, ktel_value* value) KTEL_NOEXCEPT;

  // The result of needed job `need`, one cell a path of the need. E_ABSENT: not in this run;
  // E_FAILED: it failed. *row is written only with OK and lives until the plugin function returns.
  ktel_status (*need)(ktel_call* call, uint32_t need, const ktel_row** row) KTEL_NOEXCEPT;

  // Reports field `field`. Checked at once: E_INVALID loses this value and leaves a finding, the
  // run goes on. WITHHELD: valid, but masked. E_STATE: put before, the first value stays.
  ktel_status (*put)(ktel_call* call, uint32_t field, const ktel_value* value) KTEL_NOEXCEPT;

  // The same for one key of a MAP. A key outside the declared set is E_INVALID.
  ktel_status (*put_entry)(ktel_call* call, uint32_t field, ktel_str key,
                           const ktel_value* value) KTEL_NOEXCEPT;

  // Counts up from 0: a key of a MAP of COUNT or INT; a key outside the set counts as its `other`.
  // A plain COUNT or INT field takes the key "". E_LIMIT: the sum would not fit 64 bits.
  ktel_status (*add)(ktel_call* call, uint32_t field, ktel_str key, int64_t n) KTEL_NOEXCEPT;

  // An optional service by id and revision, "ktel.cluster/1". NULL: not in this host, or not
  // granted to this call. Lives as long as the process.
  const void* (*service)(ktel_call* call, const char* id)KTEL_NOEXCEPT;
} ktel_host;
