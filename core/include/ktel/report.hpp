// What a run made: the report that may leave, and the record of how it came about that stays.
//
// Values: copy and keep them as you like.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ktel {

enum class FindingLevel { note, warn, error };

// Something an operator should know about a run. Stays local; never repeats a value that was
// dropped.
struct Finding {
  std::string id =
      {};  // "forbidden", "type-mismatch", ...: reference in docs/telemetry_standard.md
  FindingLevel level = FindingLevel::note;
  std::string job = {};    // empty: the run's
  std::string field = {};  // of that job; empty: the job's
  std::string text = {};   // one sentence
  std::string next = {};   // the next step; may be empty
};

enum class JobState {
  ok,
  partial,    // kept, and the job says it is not all
  failed,     // error, exception
  timed_out,  // overran its deadline
  lost,       // a job it needs was lost
  withheld,   // every field is masked: it did not start
  nothing,    // ended well with nothing to report (what it asks after is not there)
  stopped     // the run was stopped before it ended
};

struct JobRecord {
  std::string name = {};
  JobState state = JobState::ok;
  std::string why = {};  // of anything but ok: one sentence
  std::chrono::microseconds took{0};
};

// A field of the report as it was declared: what a backend needs beside the body.
struct SentField {
  std::string job = {};
  std::string field = {};
  std::uint32_t type = 0;    // KTEL_T_*
  std::uint32_t metric = 0;  // KTEL_M_*
  std::string unit = {};
  std::string alias = {};
};

// The run record: local, a column of the ledger row.
struct RunRecord {
  std::string id = {};       // UUIDv7, new for each report, the same on every delivery attempt
  std::string signal = {};   // the workflow's or the trigger's name
  std::int64_t time_s = 0;   // end of the run, Unix seconds
  std::string started = {};  // RFC 3339
  std::string ended = {};
  std::string source = {};  // "https://10.0.0.1:6443", "snapshot DIR"; without user info
  std::vector<JobRecord> jobs = {};
  std::vector<std::string> withheld = {};  // "job.field: why"
  std::vector<Finding> findings = {};
  std::map<std::string, std::string> origins = {};  // top-level key -> "job" or "operator"
  std::map<std::string, std::string> plugins = {};  // plugin id -> "version sha256"
  std::uint64_t requests = 0;                       // made to the API server
  std::uint64_t bytes = 0;                          // read from it
};

struct Report {
  std::string
      body;  // canonical JSON: exactly what previews print, the ledger keeps and backends send
  std::string sha256 = {};             // of body, 64 hex digits
  std::vector<SentField> fields = {};  // declarations of what is in body
  RunRecord record;
};

}  // namespace ktel
