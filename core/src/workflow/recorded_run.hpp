// `RecordedRun`: a run context in a child, which keeps what the job puts for the host.
//
// Puts are answered at once by the code that checks them in process, and kept in the order in which
// they came, the refused ones too. What is added up, often once a row, is kept as one sum as long
// as nothing else happens to its field. Threads as RunContext.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "workflow/run_context.hpp"
#include "workflow/run_message.hpp"

namespace ktel::workflow {

class RecordedRun : public RunContext {
 public:
  // Of all that is kept; a part that is worth keeping has 16 KiB.
  static constexpr std::size_t most_bytes = 1u << 20;

  using RunContext::RunContext;

  ktel_status put(std::uint32_t field, const ktel_value* value) override;
  ktel_status put_entry(std::uint32_t field, std::string_view key,
                        const ktel_value* value) override;
  ktel_status add(std::uint32_t field, std::string_view key, std::int64_t n) override;

  // After close().
  const std::vector<PutCall>& calls() const noexcept { return calls_; }
  bool too_much() const noexcept { return bytes_ > most_bytes; }  // not all of it was kept

 private:
  bool keep(PutCall call);
  void interrupt_sums(std::uint32_t field);

  std::mutex recording_;
  std::vector<PutCall> calls_;
  std::map<std::pair<std::uint32_t, std::string>, std::size_t> sums_;  // where their calls are
  std::size_t bytes_ = 0;
};

}  // namespace ktel::workflow
