// `Plan`: which job starts when, and what is lost with what. Pure: events in, steps out.
//
// A job starts when all its reads have ended and all jobs it needs are done. A job whose required
// need is lost is lost with it. Each job is started, lost or skipped exactly once.
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include <ktel/result.hpp>

namespace ktel::workflow {

struct JobSpec {
  std::string name;
  std::size_t reads = 0;
  std::vector<std::string> needs;           // names of jobs of the plan; others are refused
  std::vector<std::string> optional_needs;  // names not in the plan are ignored
  bool withheld = false;                    // every field is masked: it never starts
};

struct Start {
  std::size_t job;
  bool operator==(const Start&) const = default;
};
struct Lose {
  std::size_t job;
  std::string why;
  bool operator==(const Lose&) const = default;
};
using Step = std::variant<Start, Lose>;
using Steps = std::vector<Step>;

class Plan {
 public:
  // bad_input: a circular need, naming the cycle; a need that is not in the plan.
  static Result<Plan> make(std::vector<JobSpec> jobs);

  // Once, first: jobs that wait for nothing.
  Steps begin();

  // One read of the job has ended, however it ended.
  Steps read_ended(std::size_t job);

  // A started job has ended. usable: its result may be handed to those who need it.
  Steps job_ended(std::size_t job, bool usable);

  // Some job waits for the result of this one. Never changes.
  bool needed(std::size_t job) const noexcept {
    return !progress_[job].needed_by.empty() || !progress_[job].wanted_by.empty();
  }

  // Every job is started and ended, lost or withheld.
  bool finished() const noexcept { return open_ == 0; }

 private:
  struct Progress {
    std::size_t reads_left = 0;
    std::size_t needs_left = 0;
    bool begun = false;  // started, lost or withheld
    std::vector<std::size_t> needed_by;
    std::vector<std::size_t> wanted_by;  // by an optional need
  };

  void settle(std::size_t job, bool usable, Steps& steps);
  void start_if_ready(std::size_t job, Steps& steps);

  std::vector<JobSpec> jobs_;
  std::vector<Progress> progress_;
  std::size_t open_ = 0;
};

}  // namespace ktel::workflow
