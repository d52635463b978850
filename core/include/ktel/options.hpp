// What an embedding program, or the `ktel` command, asks for. Plain values; checked when they are
// used, with one sentence that names the option.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <ktel/log.hpp>
#include <ktel/report.hpp>

namespace ktel {

// off: nothing happens, no connection of any kind. local: collect and show, never send. on: send.
// The environment (DO_NOT_TRACK, KTEL_TELEMETRY) votes too, and the most restrictive vote wins.
enum class Consent { off, local, on };

// Which plugins' jobs run in a child process (ktel-child), where what they do wrong costs their own
// result alone. always: those of every file. automatic: of files that did not come with ktel, and
// of those that ask for it. never: of none, and those that ask for it are refused. What is linked
// into the program, or handed to Host::add(), runs in it.
enum class Isolate { automatic, always, never };

struct HostOptions {
  std::vector<std::filesystem::path> plugin_dirs = {};  // looked at besides the built-in plugins
  bool builtin_plugins = true;
  std::filesystem::path builtin_dir = {};    // empty: installed with this library
  std::filesystem::path child_program = {};  // empty: the ktel-child of this library
  Isolate isolate = Isolate::always;
  std::filesystem::path cache_dir = {};  // of scanned plugins; empty: no cache
  unsigned threads = 0;                  // that run jobs; 0: one per processor, at least two
  LogSink log = {};                      // silent without
};

struct ClusterOptions {
  std::string kubeconfig = {};  // empty: KUBECONFIG, in cluster, ~/.kube/config, in this order
  std::string context = {};     // of the kubeconfig; empty: the current one
  std::vector<std::string> namespaces = {};  // empty: all
  std::filesystem::path snapshot = {};  // a directory or file of API objects instead of a cluster
  bool exact_counts = false;            // page through instead of trusting the server's count
};

struct PrivacyOptions {
  std::string max_sensitivity = "activity";  // product, environment, scale, activity or identifier
  std::vector<std::string> deny = {};        // globs over "job.field"
  std::vector<std::string> allow = {};       // identifier fields, by full name
  bool allow_unstable = false;               // fields still in development
};

// Where reports go.
struct ReportServer {
  std::string url = {};
  std::filesystem::path token_file = {};
  std::string token = {};  // where there is no file; never logged, never kept
};

struct DeliveryOptions {
  std::vector<ReportServer> report_servers = {};  // each gets every report; none: they stay here
  std::filesystem::path ca_file = {};
  // Empty: $XDG_STATE_HOME/ktel/ledger.db where there is a report server.
  std::filesystem::path ledger = {};
  bool no_ledger = false;  // send from memory: what is not delivered in time is lost
  std::uint64_t ledger_bytes = 256u << 20;  // it takes on disk, at most; finished reports make room
  bool drop_oldest = false;  // a ledger full of unsent reports gives up the oldest; else refuses
  std::chrono::milliseconds max_age{0};  // what is unsent for longer is given up; 0: nothing is
  bool in_order = false;  // one report at a time, and none while the one before it has to wait
  std::chrono::milliseconds wait{30'000};  // for delivery; what is left stays in the ledger
};

struct WorkflowOptions {
  std::string name = "ktel";                       // the signal of its reports: [a-z0-9._-]{1,64}
  std::vector<std::string> jobs = {};              // names, or "all"
  std::map<std::string, std::string> params = {};  // "JOB.NAME" -> value
  ClusterOptions cluster = {};
  PrivacyOptions privacy = {};
  DeliveryOptions delivery = {};
  std::chrono::milliseconds timeout{60'000};  // of collecting; what is complete by then is reported
  bool strict = false;                        // any finding above a note: nothing is sent
  std::optional<Consent> consent = {};        // without a vote of the embedder nothing is collected
};

struct JobProgress {
  enum class Phase { reading, running, ended };
  std::string job = {};
  Phase phase = Phase::reading;
  JobState state = JobState::ok;  // with ended
  std::size_t reads_done = 0;
  std::size_t reads = 0;
};

struct RunOptions {
  std::optional<std::string> caller_json = {};  // one JSON object, merged into the report
  std::string signal = {};                      // empty: the workflow's name
  bool dry_run = false;  // collect and preview: no row, no connection to the server
  std::stop_token stop = {};
  // On the thread that called run(), which waits meanwhile.
  std::function<void(const JobProgress&)> progress = {};
};

}  // namespace ktel
