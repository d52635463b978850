// ktel/abi/backend.h: a backend knows the language of a destination.
//
// It decides, the host does the I/O: encode() turns one report into one request, the host sends it,
// decode() turns the answer into an outcome for the report and a verdict on the destination. Queue,
// retries, pauses, TLS, proxies, time limits and redaction are the host's. A transport failure
// (name, connect, TLS, time, I/O) never reaches decode(): the host makes it RETRY and DOWN.
//
// Threads: functions of one plugin come on any thread and exclude each other, deliver() excepted.
// A sink has one deliver() at a time, on a thread of its own; it overlaps deliver() of other sinks
// and every other function of the plugin, encode() of its own sink included (a preview). Only
// close() of its own sink waits for it.
//
// The host takes ca, cert, key, pin, server_name, insecure, timeout and proxy out of every URL. A
// backend that makes its own connections obeys those of the first five that it declares, as TEXT
// parameters without flags: param() gives pin and server_name as written, and of ca, cert and key
// the text of the PEM file. What it does not declare is refused, timeout excepted, which bounds
// deliver(); it always verifies whom it talks to, and through no proxy.
#pragma once

#include <ktel/abi/types.h>

// One reported value of the body, flat and typed: for formats other than JSON. In an array with a
// stride; the host's, for the call.
typedef struct ktel_entry {
  ktel_str job;      // the top-level key; a caller's key stands alone, with its value as JSON
  ktel_str field;    // its name; "": a caller's key
  ktel_str key;      // of a MAP, else ""
  uint32_t type;     // KTEL_T_* as declared; 0: a caller's key
  uint32_t metric;   // KTEL_M_* as declared
  ktel_str unit;     // as declared, else ""
  ktel_str alias;    // as declared, else ""
  ktel_value value;  // as it stands in the body
} ktel_entry;

// One report. All views for the call.
typedef struct ktel_report {
  uint32_t struct_size;       // sizeof(ktel_report) in the host
  uint32_t attempt;           // 1 is the first
  uint8_t id[16];             // UUIDv7, the same at every attempt: receivers drop duplicates by it
  int64_t time_s;             // Unix time of the run, seconds
  ktel_str id_text;           // the same id as 36 characters
  ktel_str signal;            // the workflow's or the trigger's name
  ktel_str version;           // of ktel
  ktel_str body;              // canonical JSON; copied verbatim, never written anew
  uint32_t standard;          // number of the telemetry data standard
  uint32_t findings;          // how many findings the run had
  const ktel_entry* entries;  // the body once more, value by value
  uint32_t entry_count;       // how many entries
  uint32_t entry_stride;      // bytes from one entry to the next: sizeof(ktel_entry) in the host
} ktel_report;

// The operator's URL less its query, which sets the parameters. There is no secret in it. Views for
// the call.
typedef struct ktel_target {
  uint32_t struct_size;  // sizeof(ktel_target) in the host
  uint32_t reserved;     // 0
  ktel_str scheme;       // "splunk"
  ktel_str authority;    // one "host" or "host:port"; of several the host opens one sink each
  ktel_str path;         // "/services/collector", or ""
} ktel_target;

// A header of a request or an answer. Views, whose owner is that of the array. Frozen.
typedef struct ktel_header {
  ktel_str name;   // of a request: any case; of an answer: lower case
  ktel_str value;  // in a request ${param} of a SECRET parameter is put in by the host
} ktel_header;

enum { KTEL_REQUEST_GZIP = 1 };  // the host compresses the body and says so in Content-Encoding

// What the host is to send. The plugin's; copied before request() returns.
typedef struct ktel_request {
  uint32_t struct_size;        // sizeof(ktel_request) in the plugin: KTEL_SIZED sets it
  uint32_t flags;              // KTEL_REQUEST_*
  ktel_str method;             // "POST"; empty from a backend with its own I/O: a preview
  ktel_str url;                // at the target's host and port; no redirect is followed
  ktel_str body;               // 16 MiB at most, before compression
  const ktel_header* headers;  // 64 at most, a value 16 KiB at most
  uint32_t header_count;       // how many headers
  uint32_t timeout_ms;         // for all of it; 0: the backend's; what the URL says outweighs both
} ktel_request;

// A complete answer, 4xx and 5xx included. Views for the call, secrets scrubbed from the body.
typedef struct ktel_response {
  uint32_t struct_size;        // sizeof(ktel_response) in the host
  uint32_t status;             // HTTP
  uint32_t retry_after_ms;     // Retry-After in both its forms; 0: none
  uint32_t header_count;       // how many headers
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

// What a backend decided. The plugin's; copied before outcome() or verdict() returns.
typedef struct ktel_outcome {
  uint32_t struct_size;  // sizeof(ktel_outcome) in the plugin: KTEL_SIZED sets it
  uint32_t result;       // KTEL_DELIVERED ... for a report, KTEL_UP ... for the destination
  uint32_t cause;        // KTEL_CAUSE_*
  uint32_t code;         // the destination's own code, for the operator
  uint32_t after_ms;     // wait at least that long before the next attempt
  uint32_t reserved;     // 0
  uint64_t token;        // PENDING: handed to encode_poll later
  ktel_str text;         // one sentence: the destination's words and the next step; copied and
                         // scrubbed, 1 KiB at most
} ktel_outcome;

// "ktel.delivery/1": how a backend says what it decided. The host's table, which lives as long as
// the process. All [call]. E_STATE: not in this function. E_INVALID: also a struct_size that is
// smaller than in ABI 1.0.
typedef struct ktel_delivery {
  uint32_t struct_size;  // sizeof(ktel_delivery) in the host
  uint32_t reserved;     // 0

  // encode, encode_poll: exactly one request.
  //   E_STATE    a second one
  //   E_DENIED   the URL leads to another host or port, is neither https nor http, or is plain http
  //              to another machine; fail() has been called with the reason
  //   E_INVALID  the method or a header's name is no HTTP token, a header's value holds a control
  //              character, or a ${...} that is no SECRET parameter which is set
  //   E_LIMIT    more than 64 headers, a header of more than 16 KiB, a body of more than 16 MiB
  ktel_status (*request)(ktel_call* call, const ktel_request* request) KTEL_NOEXCEPT;

  // decode, deliver: of the report, index 0. decode_poll: of token `index`. The last one wins.
  // Never said: RETRY, in decode_poll still PENDING. Counts only if the function returns OK.
  // E_INVALID: another index, no KTEL_DELIVERED ... KTEL_REJECTED, or PENDING without HAS_ACK.
  ktel_status (*outcome)(ktel_call* call, uint32_t index,
                         const ktel_outcome* outcome) KTEL_NOEXCEPT;

  // The destination; the last one wins. Never said: UP if the report was delivered or is pending,
  // else DOWN. E_INVALID: no KTEL_UP ... KTEL_BLOCKED.
  ktel_status (*verdict)(ktel_call* call, const ktel_outcome* verdict) KTEL_NOEXCEPT;
} ktel_delivery;

enum {
  KTEL_BACKEND_IDEMPOTENT = 1,   // the receiver drops what it has
  KTEL_BACKEND_HAS_ACK = 2,      // has encode_poll and decode_poll
  KTEL_BACKEND_OWN_IO = 1 << 16  // opens sockets or files itself, in deliver
};

// What a backend declares. Static data of the plugin, copied at the scan; the host keeps the
// address and the functions. A function that ends with a negative status says why with fail().
typedef struct ktel_backend {
  const char* name KTEL_0;          // kebab-case, what the operator sees: "splunk"
  const char* summary KTEL_0;       // one sentence for the operator
  const char* schemes KTEL_0;       // words, "splunk splunk+http": the URLs it takes
  uint32_t flags KTEL_0;            // KTEL_BACKEND_*
  uint32_t timeout_ms KTEL_0;       // of one request or deliver; 0: the host's
  const ktel_param* params KTEL_0;  // what a URL's query may set, and secrets: 64 at most
  uint32_t param_count KTEL_0;      // how many params
  uint32_t param_stride KTEL_0;     // bytes: sizeof(ktel_param) where it was compiled

  // Required. Parses and checks, without network; fail() names the option. `self` is what start()
  // made, or NULL. *sink is the plugin's own, the host hands it back until close().
  ktel_status (*open)(ktel_call* call, void* self, const struct ktel_backend* backend,
                      const ktel_target* target, void** sink) KTEL_NOEXCEPT KTEL_0;

  // Required. Pushes the request for one report. For OWN_IO: what deliver would write, as a
  // preview.
  ktel_status (*encode)(ktel_call* call, void* sink,
                        const ktel_report* report) KTEL_NOEXCEPT KTEL_0;

  // Required, unless OWN_IO. Judges any complete answer, 4xx and 5xx too. A negative status reads
  // as RETRY and DOWN.
  ktel_status (*decode)(ktel_call* call, void* sink, const ktel_report* report,
                        const ktel_response* response) KTEL_NOEXCEPT KTEL_0;

  // HAS_ACK: asks after reports that are PENDING, by their tokens.
  ktel_status (*encode_poll)(ktel_call* call, void* sink, const uint64_t* tokens,
                             uint32_t count) KTEL_NOEXCEPT KTEL_0;

  // HAS_ACK: judges the answer, an outcome for each token it knows something of.
  ktel_status (*decode_poll)(ktel_call* call, void* sink, const uint64_t* tokens, uint32_t count,
                             const ktel_response* response) KTEL_NOEXCEPT KTEL_0;

  // OWN_IO alone: carries one report, blocking, on a thread of its own (above). Nothing interrupts
  // it: it asks cancelled() every 100 ms, bounds every wait of its own by remaining_ns(), and
  // returns soon after either says so. A negative status reads as RETRY and DOWN.
  ktel_status (*deliver)(ktel_call* call, void* sink,
                         const ktel_report* report) KTEL_NOEXCEPT KTEL_0;

  // Required. Once for each open that returned OK, when no other function has the sink.
  ktel_status (*close)(ktel_call* call, void* sink) KTEL_NOEXCEPT KTEL_0;

  const void* user KTEL_0;  // the plugin's own: one open() can serve many backends
} ktel_backend;
