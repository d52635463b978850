// One run of one job as it goes to a child, and what comes back: see isolation/message.hpp.
//
// The rows go in the form of a table's, each text once; the child gets this job's reads and no
// other's. What comes back is every call the job made to put something, which the host makes again:
// so it is checked by the same code as in process, and found wrong in the same words. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <ktel/result.hpp>

#include "cluster/read_result.hpp"
#include "plugin/param_value.hpp"
#include "workflow/run_context.hpp"

namespace ktel::workflow {

struct RunRequest {
  std::uint32_t job = 0;  // in the plugin's declaration
  std::vector<bool> masked;
  std::vector<plugin::ParamValue> params;
  std::vector<cluster::ReadResult> reads;  // state, count and table alone
  std::vector<NeedResult> needs;
  std::int64_t now_us = 0;
  std::chrono::steady_clock::time_point deadline;  // one clock for all processes of a machine
};

// The views must outlive the call.
std::string run_request(const PreparedJob& job, const std::vector<cluster::ReadResult>& reads,
                        const std::vector<NeedResult>& needs, std::int64_t now_us,
                        std::chrono::steady_clock::time_point deadline);

// bad_input: it is none; no_result: what it holds is too large for a child.
Result<RunRequest> read_run_request(std::string_view bytes);

// A call of put, put_entry or add.
struct PutCall {
  enum class Function : std::uint8_t { put, put_entry, add };
  Function function = Function::put;
  std::uint32_t field = 0;
  std::string key;
  std::string value;  // in the form of isolation/value_bytes.hpp
  std::int64_t n = 0;
};

std::string run_result(ktel_status status, std::string_view reason, bool misused,
                       const std::vector<PutCall>& calls);

// Makes the calls again on `context`, and tells it the reason; gives what the job returned.
// bad_input: this is no result of a run. Then some of the calls may have been made.
Result<ktel_status> replay_run_result(std::string_view bytes, RunContext& context);

}  // namespace ktel::workflow
