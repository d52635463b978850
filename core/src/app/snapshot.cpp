// Snapshot: see the header.
#include "app/snapshot.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "app/selection.hpp"
#include "app/source.hpp"
#include "app/verdicts.hpp"
#include "cluster/collector.hpp"
#include "cluster/recording_source.hpp"
#include "standard/consent.hpp"

namespace ktel::app {
namespace {

namespace fs = std::filesystem;

// Nobody's vote is enough: nothing leaves.
Result<void> check_consent(const Env& env) {
  const standard::Consent consent = standard::decide(
      {.do_not_track = env("DO_NOT_TRACK"), .ktel_telemetry = env("KTEL_TELEMETRY")});
  if (consent.state != standard::ConsentState::off) return {};
  return Error{Errc::not_allowed, consent.sentence};
}

// A directory beside `dir` that takes its place when all is in it, and is gone otherwise.
class Draft {
 public:
  static Result<Draft> make(const fs::path& dir) {
    std::error_code error;
    if (fs::exists(fs::symlink_status(dir, error))) {
      return Error{Errc::bad_input,
                   fmt::format("{} is there already: name a directory that is not", dir.string())};
    }
    fs::path beside = dir.has_filename() ? dir : dir.parent_path();
    beside += fmt::format(".{}.partial", ::getpid());
    fs::remove_all(beside, error);
    if (!fs::create_directory(beside, error)) {
      return Error{Errc::bad_input, fmt::format("{} cannot be made: {}; name a directory in one "
                                                "that is there and may be written to",
                                                dir.string(), error.message())};
    }
    fs::permissions(beside, fs::perms::owner_all, error);
    return Draft(std::move(beside));
  }

  Draft(Draft&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Draft& operator=(Draft&&) = delete;
  ~Draft() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }

  const fs::path& path() const noexcept { return path_; }

  Result<void> publish(const fs::path& dir) {
    std::error_code error;
    fs::rename(path_, dir.has_filename() ? dir : dir.parent_path(), error);
    if (error) {
      return Error{Errc::undelivered, fmt::format("{} cannot be put in place: {}; name another one",
                                                  dir.string(), error.message())};
    }
    path_.clear();
    return {};
  }

 private:
  explicit Draft(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

struct Collected {
  cluster::CollectStats stats;
  std::vector<Finding> findings;
  std::optional<Errc> refused;  // the API server forbids something
};

// Blocks until all reads have ended.
Collected collect(const workflow::Prepared& prepared, const WorkflowOptions& options,
                  std::shared_ptr<cluster::Source> source, const std::stop_token& stop) {
  std::vector<cluster::JobReads> reads;
  for (const workflow::PreparedJob& job : prepared.jobs) {
    reads.push_back({job.job().name, job.reads, job.wanted});
  }
  Collected collected;
  std::promise<cluster::CollectStats> ended;
  std::future<cluster::CollectStats> stats = ended.get_future();
  std::stop_source reads_stop;
  const std::stop_callback stopped(stop, [&reads_stop] { reads_stop.request_stop(); });
  cluster::CollectEvents events;
  events.read_ended = [&](std::size_t, std::size_t, cluster::ReadResult result) {
    if (!result.finding) return;
    if (result.cause == Errc::forbidden) collected.refused = result.cause;
    collected.findings.push_back(*std::move(result.finding));
  };
  events.finished = [&](cluster::CollectStats s) { ended.set_value(s); };
  cluster::collect(std::move(source), std::move(reads),
                   {.namespaces = options.cluster.namespaces,
                    .narrow = false,
                    .why_stopped =
                        [&options] {
                          return fmt::format(
                              "the {} s for collecting were over; --timeout gives more",
                              options.timeout.count() / 1000);
                        }},
                   reads_stop.get_token(), std::move(events));
  if (stats.wait_for(options.timeout) == std::future_status::timeout) reads_stop.request_stop();
  collected.stats = stats.get();
  return collected;
}

// Parameters that the environment gave.
std::vector<std::string> stood_in(const workflow::Prepared& prepared,
                                  const WorkflowOptions& options) {
  std::vector<std::string> all;
  for (const workflow::PreparedJob& job : prepared.jobs) {
    for (std::size_t i = 0; i < job.params.size(); ++i) {
      const plugin::Param& param = job.job().params[i];
      const std::string name = job.job().name + "." + param.name;
      const bool by_default = param.has_default && job.params[i].text == param.default_text;
      const bool given = options.params.contains(name) || param.env.empty();
      if (job.params[i].set && !given && !by_default)
        all.push_back(name + "=" + job.params[i].text);
    }
  }
  return all;
}

bool is_note(const Finding& finding) { return finding.level == FindingLevel::note; }

}  // namespace

Result<SavedSnapshot> save_snapshot(const Host& host, const WorkflowOptions& options,
                                    const fs::path& dir, const std::stop_token& stop) {
  const Env env = process_env();
  const Clock clock = system_clock();
  Host::Impl& impl = implementation(host);
  if (auto allowed = check_consent(env); !allowed) return allowed.error();
  const auto prepared = select_jobs(impl.catalog, options, rfc3339(clock()).substr(0, 10));
  if (!prepared) return prepared.error();
  auto source = open_source(impl, options.cluster, env, clock, stop);
  if (!source) return source.error();
  Result<Draft> draft = Draft::make(dir);
  if (!draft) return draft.error();

  // A snapshot of a snapshot is as old as that one.
  const std::int64_t of_source = (*source)->time_us();
  const auto now =
      of_source == 0 ? clock()
                     : std::chrono::system_clock::time_point(std::chrono::microseconds(of_source));
  const auto recording =
      std::make_shared<cluster::RecordingSource>(std::move(source).value(), draft->path());
  Collected collected = collect(*prepared, options, recording, stop);
  if (stop.stop_requested()) return Error{Errc::stopped, "stopped; nothing was saved"};

  const Result<std::size_t> kept = recording->finish(rfc3339(now));
  if (!kept) return kept.error();
  const auto worst =
      std::find_if_not(collected.findings.begin(), collected.findings.end(), is_note);
  if (*kept == 0 && worst != collected.findings.end()) {
    return Error{collected.refused.value_or(Errc::no_result),
                 "nothing could be read, and nothing was saved: " + said(*worst)};
  }
  if (options.strict && worst != collected.findings.end()) {
    return Error{Errc::no_result, "strict: nothing is saved because of a finding: " + said(*worst)};
  }
  if (auto published = draft->publish(dir); !published) return published.error();
  return SavedSnapshot{.reads = *kept,
                       .requests = collected.stats.requests,
                       .findings = std::move(collected.findings),
                       .stood_in = stood_in(*prepared, options)};
}

}  // namespace ktel::app
