// ktel/abi/backend.h: a backend knows the language of a destination.
//
// It decides, the host does the I/O: encode() turns one report into one request, the host sends it,
// decode() turns the answer into an outcome for the report and a verdict on the destination. Queue,
// retries, pauses, TLS, proxies, time limits and redaction are the host's. A transport failure
// (name, connect, TLS, time, I/O) never reaches decode(): the host makes it RETRY and DOWN.
//
// Functions of one plugin exclude each other; deliver() alone has a thread of its own.
#pragma once

#include <ktel/abi/types.h>

// One reported value of the body, flat and typed: for formats other than JSON.
typedef struct ktel_entry {
  ktel_str job;  // the top-level key; a caller's key stands alone, with its value as JSON
  ktel_str field;
  ktel_str key;     // of a MAP
  uint32_t type;    // KTEL_T_* as declared; 0: a caller's key
  uint32_t metric;  // KTEL_M_* as declared
  ktel_str unit;
  ktel_str alias;
  ktel_value value;
} ktel_entry;

// One report. All views for the call.
typedef struct ktel_report {
  uint32_t struct_size;
  uint32_t attempt;   // 1 is the first
  uint8_t id[16];     // UUIDv7, the same at every attempt: receivers drop duplicates by it
  int64_t time_s;     // Unix time of the run
  ktel_str id_text;   // the same id as 36 characters
  ktel_str signal;    // the workflow's or the trigger's name
  ktel_str version;   // of ktel
  ktel_str body;      // canonical JSON; copied verbatim, never written anew
  uint32_t standard;  // number of the telemetry data standard
  uint32_t findings;  // how many findings the run had
  const ktel_entry* entries;
  uint32_t entry_count;
  uint32_t entry_stride;
} ktel_report;

// The operator's URL less its query, which sets the parameters. There is no secret in it.
typedef struct ktel_target {
  uint32_t struct_size;
  uint32_t reserved;
  ktel_str scheme;     // "splunk"
  ktel_str authority;  // one "host" or "host:port"; of several the host opens one sink each
  ktel_str path;       // "/services/collector", or ""
} ktel_target;

// A header of a request or an answer. Frozen.
typedef struct ktel_header {
  ktel_str name;
  ktel_str value;  // in a request ${param} of a SECRET parameter is put in by the host
} ktel_header;

enum { KTEL_REQUEST_GZIP = 1 };  // the host compresses the body and says so in Content-Encoding

typedef struct ktel_request {
  uint32_t struct_size;
  uint32_t flags;   // KTEL_REQUEST_*
  ktel_str method;  // "POST"; empty from a backend with its own I/O: the body is a preview
  ktel_str url;     // at the target's host and port, else E_DENIED; no redirect is followed
  ktel_str body;
  const ktel_header* headers;
  uint32_t header_count;
  uint32_t timeout_ms;  // 0: the host's
} ktel_request;

typedef struct ktel_response {
  uint32_t struct_size;
  uint32_t status;          // HTTP
  uint32_t retry_after_ms;  // Retry-After in both its forms; 0: none
  uint32_t header_count;
  const ktel_header* headers;  // names in lower case
  ktel_str body;               // 4 MiB at most
} ktel_response;

// What became of a report (outcome) or of the destination (verdict).
enum { KTEL_DELIVERED = 1, KTEL_PENDING = 2, KTEL_RETRY = 3, KTEL_REJECTED = 4 };
enum { KTEL_UP = 16, KTEL_THROTTLED = 17, KTEL_DOWN = 18, KTEL_BLOCKED = 19 };

enum {
  KTEL_CAUSE_NONE = 0,
  KTEL_CAUSE_DNS = 1,
  KTEL_CAUSE_CONNECT = 2,
  KTEL_CAUSE_TLS = 3,
  KTEL_CAUSE_TIMEOUT = 4,
  KTEL_CAUSE_IO = 5,
  KTEL_CAUSE_HTTP = 6,
  KTEL_CAUSE_AUTH = 7,    // token or certificate refused
  KTEL_CAUSE_CONFIG = 8,  // something the operator set is wrong
  KTEL_CAUSE_DATA = 9     // this report is wrong
};

typedef struct ktel_outcome {
  uint32_t struct_size;
  uint32_t result;    // KTEL_DELIVERED ... for a report, KTEL_UP ... for the destination
  uint32_t cause;     // KTEL_CAUSE_*
  uint32_t code;      // the destination's own code
  uint32_t after_ms;  // wait at least
  uint32_t reserved;
  uint64_t token;  // PENDING: handed to encode_poll later
  ktel_str text;   // one sentence: the destination's words and the next step; copied and scrubbed
} ktel_outcome;

// "ktel.delivery/1": how a backend says what it decided. All [call].
typedef struct ktel_delivery {
  uint32_t struct_size;
  uint32_t reserved;

  // encode, encode_poll: exactly one request. E_STATE: a second one. E_DENIED: another host.
  ktel_status (*request)(ktel_call* call, const ktel_request* request) KTEL_NOEXCEPT;

  // decode, deliver: of the report, index 0. decode_poll: of token `index`. Never said: RETRY, in
  // decode_poll still PENDING. Counts only if the function returns OK.
  ktel_status (*outcome)(ktel_call* call, uint32_t index,
                         const ktel_outcome* outcome) KTEL_NOEXCEPT;

  // The destination; the last one wins. Never said: UP if the report was delivered or is pending,
  // else DOWN.
  ktel_status (*verdict)(ktel_call* call, const ktel_outcome* verdict) KTEL_NOEXCEPT;
} ktel_delivery;

enum {
  KTEL_BACKEND_IDEMPOTENT = 1,   // the receiver drops what it has
  KTEL_BACKEND_HAS_ACK = 2,      // has encode_poll and decode_poll
  KTEL_BACKEND_OWN_IO = 1 << 16  // opens sockets or files itself, in deliver
};

typedef struct ktel_backend {
  const char* name KTEL_0;
  const char* summary KTEL_0;
  const char* schemes KTEL_0;  // "splunk splunk+http"
  uint32_t flags KTEL_0;       // KTEL_BACKEND_*
  uint32_t timeout_ms KTEL_0;  // of one request or deliver; 0: the host's
  const ktel_param* params KTEL_0;
  uint32_t param_count KTEL_0;
  uint32_t param_stride KTEL_0;

  // Parses and checks, without network; fail() names the option. *sink is the plugin's own.
  ktel_status (*open)(ktel_call* call, void* self, const struct ktel_backend* backend,
                      const ktel_target* target, void** sink) KTEL_NOEXCEPT KTEL_0;

  // Pushes the request for one report. For OWN_IO: what deliver would write, as a preview.
  ktel_status (*encode)(ktel_call* call, void* sink,
                        const ktel_report* report) KTEL_NOEXCEPT KTEL_0;

  // Judges any complete answer, 4xx and 5xx too.
  ktel_status (*decode)(ktel_call* call, void* sink, const ktel_report* report,
                        const ktel_response* response) KTEL_NOEXCEPT KTEL_0;

  // HAS_ACK: asks after, and judges the answer for, reports that are PENDING.
  ktel_status (*encode_poll)(ktel_call* call, void* sink, const uint64_t* tokens,
                             uint32_t count) KTEL_NOEXCEPT KTEL_0;
  ktel_status (*decode_poll)(ktel_call* call, void* sink, const uint64_t* tokens, uint32_t count,
                             const ktel_response* response) KTEL_NOEXCEPT KTEL_0;

  // OWN_IO: carries one report, blocking, on a thread of its own.
  ktel_status (*deliver)(ktel_call* call, void* sink,
                         const ktel_report* report) KTEL_NOEXCEPT KTEL_0;

  // Once for each open that returned OK.
  ktel_status (*close)(ktel_call* call, void* sink) KTEL_NOEXCEPT KTEL_0;

  const void* user KTEL_0;
} ktel_backend;
