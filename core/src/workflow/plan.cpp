// Plan: see the header.
#include "workflow/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace ktel::workflow {
namespace {

enum class Mark { fresh, open, done };

// Follows needs depth first; on a way back to an open job, the cycle as "a -> b -> a".
std::string find_cycle(const std::vector<std::vector<std::size_t>>& needs,
                       const std::vector<JobSpec>& jobs, std::size_t job, std::vector<Mark>& marks,
                       std::vector<std::size_t>& way) {
  marks[job] = Mark::open;
  way.push_back(job);
  for (const std::size_t next : needs[job]) {
    if (marks[next] == Mark::open) {
      std::string cycle = jobs[next].name;
      std::size_t from = way.size() - 1;
      while (way[from] != next) --from;
      for (++from; from < way.size(); ++from) cycle += " -> " + jobs[way[from]].name;
      return cycle + " -> " + jobs[next].name;
    }
    if (marks[next] == Mark::done) continue;
    if (auto cycle = find_cycle(needs, jobs, next, marks, way); !cycle.empty()) return cycle;
  }
  way.pop_back();
  marks[job] = Mark::done;
  return {};
}

bool has_needs(const JobSpec& job) { return !job.needs.empty() || !job.optional_needs.empty(); }

}  // namespace

Result<Plan> Plan::make(std::vector<JobSpec> jobs) {
  // Most jobs need none: then nothing is looked up.
  std::map<std::string_view, std::size_t> index;
  if (std::any_of(jobs.begin(), jobs.end(), has_needs)) {
    for (std::size_t i = 0; i < jobs.size(); ++i) index[jobs[i].name] = i;
  }

  Plan plan;
  plan.progress_.resize(jobs.size());
  std::vector<std::vector<std::size_t>> needs(jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    plan.progress_[i].reads_left = jobs[i].reads;
    for (const std::string& name : jobs[i].needs) {
      const auto found = index.find(name);
      if (found == index.end()) {
        return Error{Errc::bad_input,
                     fmt::format("job {} needs the result of job {}, which no plugin provides: "
                                 "install the plugin that has it, or leave {} out",
                                 jobs[i].name, name, jobs[i].name)};
      }
      needs[i].push_back(found->second);
      plan.progress_[found->second].needed_by.push_back(i);
      ++plan.progress_[i].needs_left;
    }
    for (const std::string& name : jobs[i].optional_needs) {
      const auto found = index.find(name);
      if (found == index.end()) continue;
      needs[i].push_back(found->second);
      plan.progress_[found->second].wanted_by.push_back(i);
      ++plan.progress_[i].needs_left;
    }
  }
  std::vector<Mark> marks(jobs.size(), Mark::fresh);
  std::vector<std::size_t> way;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (marks[i] != Mark::fresh) continue;
    if (const auto cycle = find_cycle(needs, jobs, i, marks, way); !cycle.empty()) {
      return Error{
          Errc::bad_input,
          fmt::format("jobs need each other in a circle: {}; leave one of them out", cycle)};
    }
  }
  plan.open_ = jobs.size();
  plan.jobs_ = std::move(jobs);
  return plan;
}

Steps Plan::begin() {
  Steps steps;
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    if (jobs_[i].withheld && !progress_[i].begun) {
      progress_[i].begun = true;
      // What is withheld is not lost: who needs it sees absent fields.
      settle(i, true, steps);
    }
  }
  for (std::size_t i = 0; i < jobs_.size(); ++i) start_if_ready(i, steps);
  return steps;
}

Steps Plan::read_ended(std::size_t job) {
  Steps steps;
  if (progress_[job].reads_left > 0) --progress_[job].reads_left;
  start_if_ready(job, steps);
  return steps;
}

Steps Plan::job_ended(std::size_t job, bool usable) {
  Steps steps;
  settle(job, usable, steps);
  return steps;
}

void Plan::settle(std::size_t job, bool usable, Steps& steps) {
  --open_;
  for (const std::size_t other : progress_[job].needed_by) {
    if (progress_[other].begun) continue;
    if (!usable) {
      progress_[other].begun = true;
      steps.emplace_back(Lose{other, fmt::format("it needs {}, which was lost", jobs_[job].name)});
      settle(other, false, steps);
      continue;
    }
    --progress_[other].needs_left;
    start_if_ready(other, steps);
  }
  for (const std::size_t other : progress_[job].wanted_by) {
    if (progress_[other].begun) continue;
    --progress_[other].needs_left;
    start_if_ready(other, steps);
  }
}

void Plan::start_if_ready(std::size_t job, Steps& steps) {
  Progress& progress = progress_[job];
  if (progress.begun || progress.reads_left > 0 || progress.needs_left > 0) return;
  progress.begun = true;
  steps.emplace_back(Start{job});
}

}  // namespace ktel::workflow
