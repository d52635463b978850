// `PluginChild`: the host's hold on a ktel-child that runs one plugin.
//
// Started by the first run, ended by end() or when it dies; the next run starts another, until
// three have died. Its functions block: for pool threads, one at a time. Whatever the child says is
// taken from an adversary.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <ktel/result.hpp>

#include "isolation/message.hpp"
#include "plugin/catalog.hpp"
#include "plugin/child_process.hpp"
#include "workflow/run_context.hpp"

namespace ktel::workflow {

class PluginChild {
 public:
  PluginChild(const plugin::CatalogPlugin& plugin, std::filesystem::path program,
              std::string host_version);

  // Runs what run_request() made: what the job puts, logs and says ends up in `context`, as if it
  // had run here. Gives what the job returned. A child that does not answer to `context` being
  // cancelled, or to its deadline, within half a second is killed. no_result: why there is no
  // result, in one sentence: it cannot be started, it died, it was killed.
  Result<ktel_status> run(const std::string& request, RunContext& context,
                          std::chrono::steady_clock::time_point deadline);

  void end();

 private:
  using Clock = std::chrono::steady_clock;

  Result<void> be_started(RunContext& context, Clock::time_point deadline);
  Result<void> tell(std::string_view frames, RunContext& context, Clock::time_point deadline,
                    std::string_view doing);
  // The next message that is no log line.
  Result<isolation::Message> next(RunContext& context, Clock::time_point deadline,
                                  std::string_view doing);
  // Why there is no result; each ends the child.
  Error killed(RunContext& context, std::string_view doing);
  Error died(std::string_view doing);
  Error broke(std::string_view what, std::string_view doing);
  void log_printed(RunContext& context);

  const plugin::CatalogPlugin plugin_;
  const std::filesystem::path program_;
  const std::string host_version_;
  std::optional<plugin::ChildProcess> process_;
  isolation::Messages messages_;
  int deaths_ = 0;
};

}  // namespace ktel::workflow
