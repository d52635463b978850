// `Attempt`: the call of one job, between the run's strand, which decides, and the pool thread that
// makes it.
//
//   waiting ──▶ queued ──▶ running ──▶ returned
//                  └──────────┴──────▶ given_up
//
// The strand may give a job up at the moment in which it begins or returns. Whoever changes the
// state first has it, and the other one leaves everything of the job alone: the thread because what
// the run refers to may be gone, the strand because it will hear of the return.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/logger.hpp"
#include "cluster/read_result.hpp"
#include "workflow/plugin_runtimes.hpp"
#include "workflow/prepare.hpp"
#include "workflow/run_context.hpp"
#include "workflow/verdict.hpp"

namespace ktel::workflow {

class Attempt {
 public:
  using Clock = std::chrono::steady_clock;

  // What the thread needs to know; for the time of make().
  struct Call {
    const PreparedJob& job;
    PluginRuntime& runtime;
    std::chrono::milliseconds timeout;
    std::int64_t now_us;
    const Logger& log;
    std::function<void()> began;  // called once it is running; may be empty
  };
  enum class Made {
    returned,  // result() is there
    withdrawn,
    given_up,  // the thread is no longer one of the pool
  };

  // --- A pool thread, on the plugin's strand unless the job may overlap ---

  // Waits for the plugin, calls the job: the one place where the code of jobs runs.
  Made make(const Call& call);

  // --- The run's strand ---

  void queue(std::vector<cluster::ReadResult> reads, std::vector<NeedResult> needs);

  // It is not to be called any more. false: it is not queued.
  bool withdraw() noexcept;

  // Nobody waits for its return any more, and what it does from then on has no effect. false: it
  // does not run.
  bool give_up() noexcept;

  // It is asked to end, if it runs.
  void cancel(ktel_status why) noexcept;

  bool queued() const noexcept;

  struct Running {
    Clock::time_point began;
    std::thread::id thread;
  };
  std::optional<Running> running() const noexcept;

  // Of one that has returned, once Returns has told.
  Return& result() noexcept { return result_; }

  // It has returned and goes on using its call, which rests until forget() so that this is seen and
  // not a crash.
  bool misused() const noexcept;

  // At the end of the run. What a thread that was given up still uses stays.
  void forget() noexcept;

 private:
  enum class State { waiting, queued, running, returned, given_up };

  bool change(State from, State to) noexcept;  // false: it was not in `from`
  Made refuse(Verdict why);
  bool begin(const Call& call, Clock::time_point began);
  void run(const Call& call, Clock::time_point deadline, const std::string& request);

  std::atomic<State> state_{State::waiting};
  std::mutex beginning_;               // a job that begins is not withdrawn before it runs
  std::optional<RunContext> context_;  // this and the next from running on
  Running running_{};
  std::vector<cluster::ReadResult> reads_;  // of one that is queued; the thread takes them
  std::vector<NeedResult> needs_;
  Return result_;
};

}  // namespace ktel::workflow
