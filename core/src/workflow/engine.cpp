// The engine of one run: see the header.
#include "workflow/engine.hpp"

#include <fmt/format.h>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "workflow/outbox.hpp"
#include "workflow/plan.hpp"
#include "workflow/run_context.hpp"

namespace ktel::workflow {
namespace {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

constexpr std::string_view code_name(ktel_status status) {
  switch (status) {
    case KTEL_E_CANCELLED:
      return "CANCELLED";
    case KTEL_E_DEADLINE:
      return "DEADLINE";
    case KTEL_E_DENIED:
      return "DENIED";
    case KTEL_E_ABSENT:
      return "ABSENT";
    case KTEL_E_SKIPPED:
      return "SKIPPED";
    case KTEL_E_INVALID:
      return "INVALID";
    case KTEL_E_UNSUPPORTED:
      return "UNSUPPORTED";
    case KTEL_E_LIMIT:
      return "LIMIT";
    case KTEL_E_STATE:
      return "STATE";
    default:
      return "FAILED";
  }
}

struct Verdict {
  JobState state;
  std::string why;
};

// What a returned status makes of a run. Pure.
Verdict judge(ktel_status status, bool partial_ok, const std::string& reason) {
  if (status == KTEL_PARTIAL && partial_ok) return {JobState::partial, reason};
  if (status == KTEL_PARTIAL) {
    return {JobState::failed, "returned PARTIAL, which it does not declare that it may"};
  }
  if (status >= 0) return {JobState::ok, {}};
  if (status == KTEL_E_ABSENT || status == KTEL_E_SKIPPED) return {JobState::nothing, reason};
  if (!reason.empty()) return {JobState::failed, fmt::format("{}: {}", code_name(status), reason)};
  if (status == KTEL_E_DENIED) return {JobState::failed, "DENIED: what it reads is forbidden"};
  return {JobState::failed, fmt::format("failed ({}) and gave no reason", status)};
}

// One run. Everything but `ending_` is touched on strand_ only.
class Run : public std::enable_shared_from_this<Run> {
 public:
  Run(Pool& pool, PluginRuntimes& runtimes, RunInput input, Plan plan)
      : pool_(pool),
        runtimes_(runtimes),
        input_(std::move(input)),
        plan_(std::move(plan)),
        strand_(asio::make_strand(pool.control())),
        run_timer_(std::make_unique<asio::steady_timer>(strand_)),
        jobs_(input_.prepared->jobs.size()) {
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

  // What a callback throws is its own affair, and not the run's.
  std::function<void(const JobProgress&)> progress() const {
    return [tell = input_.progress, log = input_.log](const JobProgress& event) {
      try {
        tell(event);
      } catch (const std::exception& error) {
        log.warn(fmt::format("the progress callback threw: {}", error.what()));
      } catch (...) {
        log.warn("the progress callback threw what is no std::exception");
      }
    };
  }

  void stop() {
    asio::post(strand_, [self = shared_from_this()] {
      self->output_.stopped = true;
      self->end_early(KTEL_E_CANCELLED);
    });
  }

 private:
  struct JobRun {
    enum class Phase { waiting, queued, running, settled };
    Phase phase = Phase::waiting;
    // Of a queued job: whoever sets it first has it, a pool thread to run it or the run's strand to
    // settle it without.
    std::atomic<bool> taken{false};
    std::vector<cluster::ReadResult> reads;
    std::size_t reads_done = 0;
    std::shared_ptr<PluginRuntime> runtime;
    std::shared_ptr<RunContext> context;
    std::thread::id thread;
    SteadyClock::time_point began;
    std::unique_ptr<asio::steady_timer> timer;
    JobRecord record;
    boost::json::object part;  // for those who need it
  };

  // What came of calling a job.
  struct Return {
    Result<void> started;  // its plugin
    ktel_status status = KTEL_E_FAILED;
    SteadyClock::duration took{};
  };

  const PreparedJob& prepared(std::size_t job) const { return input_.prepared->jobs[job]; }

  void begin_on_strand() {
    std::vector<cluster::JobReads> reads;
    bool any = false;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      const PreparedJob& job = prepared(i);
      jobs_[i].reads.resize(job.reads.size());
      jobs_[i].record.name = job.job().name;
      std::vector<bool> wanted = job.wanted;
      if (job.withheld()) wanted.assign(wanted.size(), false);
      any = any || !job.reads.empty();
      reads.push_back({job.job().name, job.reads, std::move(wanted)});
    }
    run_timer_->expires_after(input_.run_timeout);
    run_timer_->async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (!error) self->end_early(KTEL_E_DEADLINE);
    });
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (!prepared(i).withheld()) tell(i, JobProgress::Phase::reading);
    }
    perform(plan_.begin());
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (prepared(i).withheld()) {
        jobs_[i].phase = JobRun::Phase::settled;
        jobs_[i].record.state = JobState::withheld;
        jobs_[i].record.why = "every field of it is withheld";
        tell(i, JobProgress::Phase::ended);
      }
    }
    if (!any || input_.source == nullptr) {
      collected_ = true;
      finish_if_done();
      return;
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
    options.why_stopped = [self = shared_from_this()] { return self->ended_early().why; };
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

  void perform(const Steps& steps) {
    for (const Step& step : steps) {
      if (const auto* start = std::get_if<Start>(&step)) {
        start_job(start->job);
      } else {
        const auto& lose = std::get<Lose>(step);
        record_end(lose.job, JobState::lost, lose.why);
      }
    }
    finish_if_done();
  }

  void start_job(std::size_t job) {
    JobRun& run = jobs_[job];
    if (ending_ != KTEL_OK) return settle(job, ended_early());
    run.runtime = runtimes_.get(*prepared(job).ref.plugin);
    if (const std::string hung = run.runtime->stuck_in(); !hung.empty()) {
      return settle(job, {JobState::failed, hangs_in(hung)});
    }
    run.phase = JobRun::Phase::queued;
    auto execute = [self = shared_from_this(), job, runtime = run.runtime,
                    reads = std::move(run.reads), needs = results_for(job)]() mutable {
      self->execute(job, *runtime, std::move(reads), std::move(needs));
    };
    if (prepared(job).job().reentrant) {
      asio::post(pool_.executor(), std::move(execute));
    } else {
      asio::post(run.runtime->strand, std::move(execute));
    }
  }

  // On the plugin's strand, in a pool thread: the one place where the code of jobs runs.
  void execute(std::size_t job, PluginRuntime& runtime, std::vector<cluster::ReadResult> reads,
               std::vector<NeedResult> needs) {
    const auto settle_with = [&](Verdict verdict) {
      asio::post(strand_, [self = shared_from_this(), job, verdict = std::move(verdict)]() mutable {
        self->settle(job, std::move(verdict));
      });
    };
    if (ending_ != KTEL_OK) return settle_with(ended_early());
    const PreparedJob& job_of = prepared(job);
    const auto began = SteadyClock::now();
    const auto deadline = began + job_timeout(job);
    std::unique_lock alone(*runtime.exclusion, std::defer_lock);
    if (!job_of.job().reentrant && !alone.try_lock_until(deadline)) {
      return settle_with({JobState::timed_out, overran(job, " waiting for its plugin")});
    }
    // Queued behind a job that hung and came back after all: nothing of the plugin runs any more.
    if (const std::string hung = runtime.stuck_in(); !hung.empty()) {
      return settle_with({JobState::failed, hangs_in(hung)});
    }
    if (jobs_[job].taken.exchange(true)) return;  // settled while it waited
    auto context = std::make_shared<RunContext>(job_of, std::move(reads), std::move(needs), now_us_,
                                                deadline, input_.log.named(job_of.job().name));
    asio::post(strand_,
               [self = shared_from_this(), job, context, began,
                thread = std::this_thread::get_id()] { self->began(job, context, began, thread); });
    Return returned{.started = runtime.start()};
    if (returned.started && context->open()) {  // closed: start() hung, and it was given up
      const ktel_job* declared = runtime.job(job_of.ref.index);
      returned.status = declared->run(context.get(), runtime.self(), declared);
    }
    context->close();
    // The job's own clock: what it was told of its deadline and what is judged here must agree.
    returned.took = SteadyClock::now() - began;
    asio::post(strand_, [self = shared_from_this(), job, returned = std::move(returned)] {
      self->returned(job, returned);
    });
  }

  std::chrono::milliseconds job_timeout(std::size_t job) const {
    const std::uint32_t declared = prepared(job).job().timeout_ms;
    const auto own = declared == 0 ? input_.job_timeout : std::chrono::milliseconds(declared);
    return std::min(own, input_.max_job_timeout);
  }

  void began(std::size_t job, std::shared_ptr<RunContext> context, SteadyClock::time_point at,
             std::thread::id thread) {
    JobRun& run = jobs_[job];
    run.phase = JobRun::Phase::running;
    run.context = std::move(context);
    run.thread = thread;
    run.began = at;
    tell(job, JobProgress::Phase::running);
    if (ending_ != KTEL_OK) {
      run.context->cancel(ending_);
      return watch(job, SteadyClock::now() + input_.grace);
    }
    watch(job, at + job_timeout(job) + input_.grace);
  }

  // Gives the job up when the time is over.
  void watch(std::size_t job, SteadyClock::time_point end) {
    JobRun& run = jobs_[job];
    run.timer = std::make_unique<asio::steady_timer>(strand_, end);
    run.timer->async_wait([self = shared_from_this(), job](boost::system::error_code error) {
      if (!error) self->give_up(job);
    });
  }

  void returned(std::size_t job, const Return& of) {
    JobRun& run = jobs_[job];
    if (run.phase != JobRun::Phase::running) return;  // it was given up
    run.timer.reset();
    run.record.took = std::chrono::duration_cast<std::chrono::microseconds>(of.took);
    // Taking the part is what ends its checks, so findings are complete only then.
    boost::json::object part = run.context->take_part();
    bool dropped = false;
    for (Finding& finding : run.context->findings()) {
      dropped = dropped || finding.level == FindingLevel::error;
      output_.findings.push_back(std::move(finding));
    }
    if (of.took >= job_timeout(job)) {
      return settle(job, {JobState::timed_out, overran(job)});
    }
    if (ending_ != KTEL_OK && of.status < 0) return settle(job, ended_early());
    if (!of.started) return settle(job, {JobState::failed, of.started.error().message});
    Verdict verdict = judge(of.status, prepared(job).job().partial_ok, run.context->reason());
    if (verdict.state == JobState::ok || verdict.state == JobState::partial) {
      run.part = std::move(part);
      if (run.part.empty() && dropped) {
        verdict = {JobState::failed, "nothing of what it put passed its declarations"};
      } else if (run.part.empty() && verdict.state == JobState::ok) {
        verdict.state = JobState::nothing;
      }
    }
    settle(job, std::move(verdict));
  }

  std::string overran(std::size_t job, std::string_view where = {}) const {
    return fmt::format("overran its deadline of {} ms{}", job_timeout(job).count(), where);
  }

  static std::string hangs_in(const std::string& function) {
    return fmt::format("its plugin still hangs in {}, which overran its deadline", function);
  }

  // The job neither ended nor answered to its cancellation: its thread is lost, and its plugin too.
  void give_up(std::size_t job) {
    JobRun& run = jobs_[job];
    if (run.phase != JobRun::Phase::running) return;
    run.context->close();
    const bool starting = run.runtime->starting();
    Verdict verdict = {JobState::timed_out,
                       overran(job, starting ? " in the start() of its plugin" : "")};
    if (ending_ == KTEL_E_CANCELLED) verdict = ended_early();
    const std::string hung = starting ? "start()" : "job " + run.record.name;
    run.runtime->set_stuck_in(hung);
    pool_.abandon(run.thread);
    settle(job, std::move(verdict));
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (jobs_[i].runtime == run.runtime) settle_unrun(i, {JobState::failed, hangs_in(hung)});
    }
  }

  Verdict ended_early() const {
    if (ending_ == KTEL_E_CANCELLED) return {JobState::stopped, "the run was stopped"};
    return {JobState::timed_out,
            fmt::format("the run's time limit of {} ms passed before it was done",
                        input_.run_timeout.count())};
  }

  void end_early(ktel_status why) {
    if (ending_ != KTEL_OK || output_taken_) return;
    ending_ = why;
    reads_stop_.request_stop();
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      // A queued job may wait behind one of another run that never ends.
      settle_unrun(i, ended_early());
      if (jobs_[i].phase != JobRun::Phase::running) continue;
      jobs_[i].context->cancel(why);
      watch(i, SteadyClock::now() + input_.grace);
    }
  }

  // If it is queued and no pool thread has it.
  void settle_unrun(std::size_t job, Verdict verdict) {
    JobRun& run = jobs_[job];
    if (run.phase != JobRun::Phase::queued || run.taken.exchange(true)) return;
    settle(job, std::move(verdict));
  }

  void settle(std::size_t job, Verdict verdict) {
    if (jobs_[job].phase == JobRun::Phase::settled) return;
    const bool usable = verdict.state == JobState::ok || verdict.state == JobState::partial ||
                        verdict.state == JobState::nothing;
    record_end(job, verdict.state, std::move(verdict.why));
    perform(plan_.job_ended(job, usable));
  }

  void record_end(std::size_t job, JobState state, std::string why) {
    JobRun& run = jobs_[job];
    run.phase = JobRun::Phase::settled;
    run.record.state = state;
    run.record.why = std::move(why);
    add_finding(job);
    if (prepared(job).selected && !run.part.empty()) output_.parts[run.record.name] = run.part;
    tell(job, JobProgress::Phase::ended);
  }

  void add_finding(std::size_t job) {
    const JobRecord& record = jobs_[job].record;
    std::string id;
    switch (record.state) {
      case JobState::failed:
      case JobState::lost:
        id = "job-failed";
        break;
      case JobState::timed_out:
        id = "job-timeout";
        break;
      case JobState::partial:
        id = "job-partial";
        break;
      default:
        return;
    }
    const plugin::CatalogPlugin& of = *prepared(job).ref.plugin;
    const std::string from = of.file.empty() ? of.declared.id : of.file.string();
    std::string what = record.why;
    if (record.state == JobState::partial) {
      what = "reported a part only" + (what.empty() ? "" : ": " + what);
    }
    output_.findings.push_back(
        Finding{.id = id,
                .level = FindingLevel::warn,
                .job = record.name,
                .field = {},
                .text = fmt::format("{} ({})", what, from),
                .next = fmt::format("`ktel jobs describe {}` says whom to tell", record.name)});
  }

  // It came back by itself: what it does with its call from then on is wrong.
  static bool came_back(const JobRun& run) {
    return run.context && run.record.state != JobState::timed_out &&
           run.record.state != JobState::stopped;
  }

  // Its call rests until the run ends, so that this is seen and not a crash.
  void add_misuse(const std::string& job) {
    output_.findings.push_back(
        Finding{.id = "call-kept",
                .level = FindingLevel::warn,
                .job = job,
                .field = {},
                .text = "it uses its call after it has returned, which will crash one day",
                .next = "ask its maker for a corrected build"});
  }

  std::vector<NeedResult> results_for(std::size_t job) const {
    std::vector<NeedResult> results;
    for (const plugin::Need& need : prepared(job).job().needs) {
      NeedResult result;
      for (const JobRun& other : jobs_) {
        if (other.record.name != need.job) continue;
        const JobState state = other.record.state;
        const bool failed = state != JobState::ok && state != JobState::partial &&
                            state != JobState::nothing && state != JobState::withheld;
        result.status = failed ? KTEL_E_FAILED : KTEL_OK;
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

  void finish_if_done() {
    if (output_taken_ || !collected_ || !plan_.finished()) return;
    output_taken_ = true;
    run_timer_.reset();
    for (JobRun& run : jobs_) {
      if (came_back(run) && run.context->misused()) add_misuse(run.record.name);
      output_.jobs.push_back(run.record);
      // An abandoned thread may hold the run longer than the pool lives: nothing of it stays in
      // here.
      run.timer.reset();
      run.runtime.reset();
      run.context.reset();
    }
    outbox_->finish(std::move(output_));
  }

  Pool& pool_;
  PluginRuntimes& runtimes_;
  const RunInput input_;
  Plan plan_;
  asio::strand<asio::io_context::executor_type> strand_;
  std::unique_ptr<asio::steady_timer> run_timer_;
  std::vector<JobRun> jobs_;
  std::stop_source reads_stop_;
  std::atomic<ktel_status> ending_{KTEL_OK};  // why the run ends early; read by pool threads
  std::int64_t now_us_ = 0;
  bool collected_ = false;
  bool output_taken_ = false;
  RunOutput output_;
  const std::shared_ptr<Outbox> outbox_ = std::make_shared<Outbox>();
};

}  // namespace

Result<RunOutput> run_jobs(Pool& pool, PluginRuntimes& runtimes, RunInput input,
                           std::stop_token stop) {
  Result<Plan> plan = plan_of(*input.prepared);
  if (!plan) return plan.error();
  const auto run = std::make_shared<Run>(pool, runtimes, std::move(input), std::move(plan).value());
  const auto progress = run->progress();
  const std::shared_ptr<Outbox> outbox = run->begin();
  const std::stop_callback on_stop(stop, [&run] { run->stop(); });
  while (const auto event = outbox->next()) progress(*event);
  return outbox->output();
}

}  // namespace ktel::workflow
