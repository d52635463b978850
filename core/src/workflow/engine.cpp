// The engine of one run: see the header.
#include "workflow/engine.hpp"

#include <fmt/format.h>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <optional>
#include <utility>

#include "workflow/attempt.hpp"
#include "workflow/outbox.hpp"
#include "workflow/plan.hpp"
#include "workflow/returns.hpp"
#include "workflow/verdict.hpp"

namespace ktel::workflow {
namespace {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

// One run. Pool threads are in call_jobs() and what it calls; all else is on strand_ only.
class Run : public std::enable_shared_from_this<Run> {
 public:
  Run(Pool& pool, PluginRuntimes& runtimes, RunInput input, Plan plan)
      : pool_(pool),
        runtimes_(runtimes),
        input_(std::move(input)),
        plan_(std::move(plan)),
        strand_(asio::make_strand(pool.control())),
        timer_(std::make_unique<asio::steady_timer>(strand_)),
        jobs_(input_.prepared->jobs.size()),
        returns_(jobs_.size()) {
    const std::int64_t own = input_.source ? input_.source->time_us() : 0;
    now_us_ = own != 0 ? own
                       : std::chrono::duration_cast<std::chrono::microseconds>(
                             input_.clock().time_since_epoch())
                             .count();
  }

  std::shared_ptr<Outbox> begin() {
    asio::post(strand_, [self = shared_from_this()] { self->begin_on_strand(); });
    return outbox_;
  }

  void stop() {
    asio::post(strand_, [self = shared_from_this()] {
      self->hear();
      self->output_.stopped = true;
      self->end_early(KTEL_E_CANCELLED);
    });
  }

 private:
  // A plugin of the run: what of it is ready is sent to its strand together.
  struct Lane {
    std::shared_ptr<PluginRuntime> runtime;
    std::vector<std::size_t> ready;
  };

  struct JobRun {
    Lane* lane = nullptr;
    std::chrono::milliseconds timeout{};
    bool awaited = false;  // somebody wants to hear of its return at once
    std::vector<cluster::ReadResult> reads;
    std::size_t reads_done = 0;
    Attempt attempt;
    bool told_running = false;
    JobRecord record;
    boost::json::object part;  // for those who need it, then for the output
  };

  const PreparedJob& prepared(std::size_t job) const { return input_.prepared->jobs[job]; }

  void begin_on_strand() {
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      const PreparedJob& job = prepared(i);
      jobs_[i].lane = &lanes_[job.ref.plugin];
      jobs_[i].timeout = job_timeout(job.job());
      jobs_[i].awaited = input_.progress || plan_.needed(i);
      jobs_[i].reads.resize(job.reads.size());
      jobs_[i].record.name = job.job().name;
    }
    run_end_ = SteadyClock::now() + input_.run_timeout;
    look_at(run_end_);
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (!prepared(i).withheld()) tell(i, JobProgress::Phase::reading);
    }
    perform(plan_.begin());
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (prepared(i).withheld()) {
        record_end(i, {JobState::withheld, "every field of it is withheld"});
      }
    }
    collect();
  }

  void collect() {
    std::vector<cluster::JobReads> reads;
    bool any = false;
    for (const PreparedJob& job : input_.prepared->jobs) {
      any = any || !job.reads.empty();
    }
    if (!any || input_.source == nullptr) {
      collected_ = true;
      finish_if_done();
      return;
    }
    for (const PreparedJob& job : input_.prepared->jobs) {
      std::vector<bool> wanted = job.wanted;
      if (job.withheld()) wanted.assign(wanted.size(), false);
      reads.push_back({job.job().name, job.reads, std::move(wanted)});
    }
    cluster::CollectEvents events;
    events.read_ended = [self = shared_from_this()](std::size_t job, std::size_t read,
                                                    cluster::ReadResult result) {
      asio::post(self->strand_, [self, job, read, result = std::move(result)]() mutable {
        self->read_ended(job, read, std::move(result));
      });
    };
    events.finished = [self = shared_from_this()](cluster::CollectStats stats) {
      asio::post(self->strand_, [self, stats] {
        self->output_.stats = stats;
        self->collected_ = true;
        self->finish_if_done();
      });
    };
    cluster::CollectOptions options = input_.collect;
    options.why_stopped = [self = shared_from_this()] {
      return ended_early(self->ending_, self->input_.run_timeout).why;
    };
    cluster::collect(input_.source, std::move(reads), std::move(options), reads_stop_.get_token(),
                     std::move(events));
  }

  void read_ended(std::size_t job, std::size_t read, cluster::ReadResult result) {
    if (result.finding) {
      Finding finding = *result.finding;
      finding.job = jobs_[job].record.name;
      const bool unread =
          result.state == cluster::ReadState::denied || result.state == cluster::ReadState::failed;
      if (unread && result.cause == Errc::forbidden && !output_.refused) {
        const std::string next = finding.next.empty() ? "" : "; " + finding.next;
        output_.refused = Error{Errc::forbidden, finding.text + next};
      }
      add_once(std::move(finding));
    }
    jobs_[job].reads[read] = std::move(result);
    ++jobs_[job].reads_done;
    tell(job, JobProgress::Phase::reading);
    perform(plan_.read_ended(job));
  }

  // Reads that failed for one reason, a server that is not there, say it once a job.
  void add_once(Finding finding) {
    const auto same = [&](const Finding& other) {
      return other.id == finding.id && other.job == finding.job && other.text == finding.text;
    };
    if (std::none_of(output_.findings.begin(), output_.findings.end(), same)) {
      output_.findings.push_back(std::move(finding));
    }
  }

  // --- From the plan to the plugins' strands ---

  void perform(const Steps& steps) {
    for (const Step& step : steps) {
      if (const auto* start = std::get_if<Start>(&step)) {
        start_job(start->job);
      } else {
        const auto& lose = std::get<Lose>(step);
        record_end(lose.job, {JobState::lost, lose.why});
      }
    }
    if (!steps.empty()) send();
    finish_if_done();
  }

  void start_job(std::size_t job) {
    JobRun& run = jobs_[job];
    if (ending_ != KTEL_OK) return settle(job, ended_early(ending_, input_.run_timeout));
    Lane& lane = *run.lane;
    if (!lane.runtime) lane.runtime = runtimes_.get(*prepared(job).ref.plugin);
    if (const std::string hung = lane.runtime->stuck_in(); !hung.empty()) {
      return settle(job, hangs_in(hung));
    }
    run.attempt.queue(std::move(run.reads), results_for(job));
    lane.ready.push_back(job);
    shortest_ = std::min(shortest_, run.timeout);
  }

  // One handler a plugin, however many of its jobs are ready: they follow each other anyway.
  void send() {
    bool any = false;
    for (auto& [plugin, lane] : lanes_) {
      if (lane.ready.empty()) continue;
      any = true;
      std::vector<std::size_t> in_turn;
      for (const std::size_t job : lane.ready) {
        if (lane.runtime->may_overlap(prepared(job).job())) {
          asio::post(pool_.executor(), call_of(lane.runtime, {job}));
        } else {
          in_turn.push_back(job);
        }
      }
      lane.ready.clear();
      if (!in_turn.empty())
        asio::post(lane.runtime->strand, call_of(lane.runtime, std::move(in_turn)));
    }
    // No sooner can one of them have overrun its deadline.
    if (any) look_at(SteadyClock::now() + shortest_ + input_.grace);
  }

  std::function<void()> call_of(std::shared_ptr<PluginRuntime> runtime,
                                std::vector<std::size_t> jobs) {
    return [self = shared_from_this(), runtime = std::move(runtime), jobs = std::move(jobs)] {
      self->call_jobs(*runtime, jobs);
    };
  }

  // On a pool thread. The strand is woken once for all of them, if nobody waits for one.
  void call_jobs(PluginRuntime& runtime, const std::vector<std::size_t>& jobs) {
    for (const std::size_t job : jobs) {
      JobRun& run = jobs_[job];
      std::function<void()> began;
      if (input_.progress) {
        began = [this, job] {
          asio::post(strand_, [self = shared_from_this(), job] { self->tell_running(job); });
        };
      }
      const Attempt::Made made = run.attempt.make({input_.prepared->jobs[job], runtime, run.timeout,
                                                   now_us_, input_.log, std::move(began)});
      if (made == Attempt::Made::given_up) break;  // the rest is settled as lost
      if (made == Attempt::Made::withdrawn) continue;
      returns_.push(job);
      if (run.awaited) wake();
    }
    wake();
  }

  void wake() {
    if (waking_.exchange(true)) return;
    asio::post(strand_, [self = shared_from_this()] { self->hear(); });
  }

  // --- What came back ---

  void hear() {
    waking_.exchange(false);
    for (const std::size_t job : returns_.take()) returned(job);
  }

  void returned(std::size_t job) {
    JobRun& run = jobs_[job];
    Return& of = run.attempt.result();
    Terms terms{.timeout = run.timeout, .partial_ok = prepared(job).job().partial_ok};
    if (ending_ != KTEL_OK) terms.ended = ended_early(ending_, input_.run_timeout);
    Verdict verdict = judge(of, terms);
    if (!of.uncalled) {
      tell_running(job);
      run.record.took = std::chrono::duration_cast<std::chrono::microseconds>(of.took);
    }
    std::move(of.findings.begin(), of.findings.end(), std::back_inserter(output_.findings));
    if (verdict.state == JobState::ok || verdict.state == JobState::partial) {
      run.part = std::move(of.part);
    }
    settle(job, std::move(verdict));
  }

  // --- Time ---

  std::chrono::milliseconds job_timeout(const plugin::Job& job) const {
    const auto own =
        job.timeout_ms == 0 ? input_.job_timeout : std::chrono::milliseconds(job.timeout_ms);
    return std::min(own, input_.max_job_timeout);
  }

  // The run's one timer. A look that finds nothing costs little, so that nothing is set, and no
  // thread is woken, for a job that returns in time.
  void look_at(SteadyClock::time_point time) {
    if (time >= next_look_) return;
    next_look_ = time;
    timer_->expires_at(time);
    timer_->async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (!error) self->look();
    });
  }

  void look() {
    next_look_ = SteadyClock::time_point::max();
    hear();
    const auto now = SteadyClock::now();
    if (ending_ == KTEL_OK && now >= run_end_) end_early(KTEL_E_DEADLINE);
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      const auto running = jobs_[i].attempt.running();
      if (running && over(i, *running) <= now) give_up(i, running->thread);
    }
    if (output_taken_) return;
    auto next = ending_ == KTEL_OK ? run_end_ : SteadyClock::time_point::max();
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (const auto running = jobs_[i].attempt.running()) next = std::min(next, over(i, *running));
      if (jobs_[i].attempt.queued()) {
        next = std::min(next, now + jobs_[i].timeout + input_.grace);
      }
    }
    if (next != SteadyClock::time_point::max()) look_at(next);
  }

  // When the job is given up, if it runs still.
  SteadyClock::time_point over(std::size_t job, const Attempt::Running& running) const {
    if (ending_ != KTEL_OK) return ended_ + input_.grace;
    return running.began + jobs_[job].timeout + input_.grace;
  }

  // The job neither ended nor answered to its cancellation: its thread is lost, and its plugin too.
  void give_up(std::size_t job, std::thread::id thread) {
    JobRun& run = jobs_[job];
    if (!run.attempt.give_up()) return;  // it returned just now
    PluginRuntime& runtime = *run.lane->runtime;
    const bool starting = runtime.starting();
    const std::string hung = starting ? "start()" : "job " + run.record.name;
    runtime.set_stuck_in(hung);
    pool_.abandon(thread);
    tell_running(job);
    settle(job, ending_ != KTEL_OK
                    ? ended_early(ending_, input_.run_timeout)
                    : overran(run.timeout, starting ? " in the start() of its plugin" : ""));
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (jobs_[i].lane == run.lane) settle_unrun(i, hangs_in(hung));
    }
  }

  void end_early(ktel_status why) {
    if (ending_ != KTEL_OK || output_taken_) return;
    ending_ = why;
    ended_ = SteadyClock::now();
    reads_stop_.request_stop();
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      // A queued job may wait behind one of another run that never ends.
      settle_unrun(i, ended_early(why, input_.run_timeout));
      jobs_[i].attempt.cancel(why);
    }
    if (!output_taken_) look_at(ended_ + input_.grace);
  }

  // --- Ends ---

  // If it is queued and no pool thread has it.
  void settle_unrun(std::size_t job, Verdict verdict) {
    if (jobs_[job].attempt.withdraw()) settle(job, std::move(verdict));
  }

  void settle(std::size_t job, Verdict verdict) {
    const JobState state = verdict.state;
    record_end(job, std::move(verdict));
    perform(plan_.job_ended(job, usable(state)));
  }

  void record_end(std::size_t job, Verdict verdict) {
    JobRecord& record = jobs_[job].record;
    record.state = verdict.state;
    record.why = std::move(verdict.why);
    if (auto finding = finding_of(record, *prepared(job).ref.plugin)) {
      output_.findings.push_back(*std::move(finding));
    }
    tell(job, JobProgress::Phase::ended);
  }

  std::vector<NeedResult> results_for(std::size_t job) const {
    std::vector<NeedResult> results;
    for (const plugin::Need& need : prepared(job).job().needs) {
      NeedResult result;
      for (const JobRun& other : jobs_) {
        if (other.record.name != need.job) continue;
        result.status = for_others(other.record.state);
        result.part = other.part;
      }
      results.push_back(std::move(result));
    }
    return results;
  }

  void tell(std::size_t job, JobProgress::Phase phase) {
    if (!input_.progress || output_taken_) return;
    outbox_->tell({jobs_[job].record.name, phase, jobs_[job].record.state, jobs_[job].reads_done,
                   prepared(job).reads.size()});
  }

  // Its return may be heard of before its beginning is.
  void tell_running(std::size_t job) {
    if (std::exchange(jobs_[job].told_running, true)) return;
    tell(job, JobProgress::Phase::running);
  }

  void finish_if_done() {
    if (output_taken_ || !collected_ || !plan_.finished()) return;
    output_taken_ = true;
    timer_.reset();
    output_.jobs.reserve(jobs_.size());
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      JobRun& run = jobs_[i];
      if (came_back(run.record.state) && run.attempt.misused()) {
        output_.findings.push_back(misuse_of(run.record.name));
      }
      if (prepared(i).selected && !run.part.empty()) {
        output_.parts.emplace_hint(output_.parts.end(), run.record.name, std::move(run.part));
      }
      output_.jobs.push_back(std::move(run.record));
      // An abandoned thread may hold the run longer than the pool lives: nothing of it stays in
      // here.
      run.attempt.forget();
    }
    for (auto& [plugin, lane] : lanes_) {
      if (!lane.runtime || lane.runtime->child() == nullptr) continue;
      asio::post(pool_.executor(), [runtime = std::move(lane.runtime)] { runtime->rest(); });
    }
    lanes_.clear();
    outbox_->finish(std::move(output_));
  }

  Pool& pool_;
  PluginRuntimes& runtimes_;
  const RunInput input_;
  Plan plan_;
  asio::strand<asio::io_context::executor_type> strand_;
  std::unique_ptr<asio::steady_timer> timer_;
  std::map<const plugin::CatalogPlugin*, Lane> lanes_;
  std::vector<JobRun> jobs_;
  Returns returns_;
  std::atomic<bool> waking_{false};
  std::stop_source reads_stop_;
  std::atomic<ktel_status> ending_{
      KTEL_OK};  // why the run ends early; read by the cluster's threads
  SteadyClock::time_point run_end_;
  SteadyClock::time_point ended_;  // early
  SteadyClock::time_point next_look_ = SteadyClock::time_point::max();
  std::chrono::milliseconds shortest_ = std::chrono::milliseconds::max();  // timeout of a job sent
  std::int64_t now_us_ = 0;
  bool collected_ = false;
  bool output_taken_ = false;
  RunOutput output_;
  const std::shared_ptr<Outbox> outbox_ = std::make_shared<Outbox>();
};

// What a callback throws is its own affair, and not the run's.
std::function<void(const JobProgress&)> harmless(std::function<void(const JobProgress&)> tell,
                                                 Logger log) {
  return [tell = std::move(tell), log = std::move(log)](const JobProgress& event) {
    try {
      tell(event);
    } catch (const std::exception& error) {
      log.warn(fmt::format("the progress callback threw: {}", error.what()));
    } catch (...) {
      log.warn("the progress callback threw what is no std::exception");
    }
  };
}

}  // namespace

Result<RunOutput> run_jobs(Pool& pool, PluginRuntimes& runtimes, RunInput input,
                           std::stop_token stop) {
  Result<Plan> plan = plan_of(*input.prepared);
  if (!plan) return plan.error();
  const auto progress = harmless(input.progress, input.log);
  const auto run = std::make_shared<Run>(pool, runtimes, std::move(input), std::move(plan).value());
  const std::shared_ptr<Outbox> outbox = run->begin();
  const std::stop_callback on_stop(stop, [&run] { run->stop(); });
  while (const auto event = outbox->next()) progress(*event);
  return outbox->output();
}

}  // namespace ktel::workflow
