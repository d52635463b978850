// One run of reads: plan, fetch, hand out, and start what waited for a result.
#include "cluster/collector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <deque>
#include <optional>
#include <string_view>
#include <utility>

#include "cluster/fan_out.hpp"
#include "cluster/finding.hpp"
#include "cluster/read_plan.hpp"
#include "cluster/serial.hpp"
#include "cluster/source.hpp"

namespace ktel::cluster {
namespace {

constexpr int lists_in_flight = 4;

// Everything but the constructor and start() runs in serial_, so nothing here locks. Callbacks hold
// the run; it is gone when the last fetch has ended.
class Run : public std::enable_shared_from_this<Run> {
 public:
  Run(std::shared_ptr<Source> source, std::vector<JobReads> jobs, CollectOptions options,
      std::stop_token stop, CollectEvents events)
      : source_(std::move(source)),
        jobs_(std::move(jobs)),
        options_(std::move(options)),
        stop_(std::move(stop)),
        events_(std::move(events)) {}

  void start() {
    in_turn([](Run& run) { run.begin(); });
  }

 private:
  enum class Outcome { open, has_rows, no_rows, unknown };

  // May a read be made now? Not yet, or never.
  enum class Turn { now, later, never };

  struct Active {
    std::shared_ptr<const Fetch> fetch;
    std::shared_ptr<FanOut> rows;
    std::optional<std::size_t> instead_of = {};  // see Fetch
    bool started = false;
    std::optional<std::uint64_t> counted = {};  // by its first page
    std::optional<FetchEnd> end = {};
  };

  template <class Fn>
  void in_turn(Fn fn) {
    serial_.run([self = shared_from_this(), fn = std::move(fn)]() mutable { fn(*self); });
  }

  void begin() {
    for (const JobReads& job : jobs_) {
      assert(job.wanted.size() == job.reads.size());
      outcomes_.emplace_back(job.reads.size(), Outcome::open);
      open_ += job.reads.size();
    }
    ReadOrder order = order_reads(jobs_);
    if (order.need.any()) {
      auto found = [self = shared_from_this(),
                    reads = std::move(order.after_discovery)](DiscoveryEnd end) mutable {
        self->in_turn([reads = std::move(reads), end = std::move(end)](Run& run) mutable {
          run.add(end.cost);
          run.discovery_ = std::move(end.discovery);
          if (run.discovery_.failed) run.say_why(*run.discovery_.failed, "discovery");
          run.perform(reads);
        });
      };
      source_->discover(std::move(order.need), stop_, std::move(found));
    }
    perform(order.at_once);
  }

  void perform(const std::vector<ReadAt>& reads) {
    ReadPlan plan = plan_reads(jobs_, reads, options_.namespaces, discovery_);
    const std::size_t first = active_.size();
    for (Fetch& fetch : plan.fetches) {
      Active active;
      active.fetch = std::make_shared<const Fetch>(std::move(fetch));
      active.rows = std::make_shared<FanOut>(active.fetch, texts_);
      if (active.fetch->instead_of) active.instead_of = first + *active.fetch->instead_of;
      active_.push_back(std::move(active));
    }
    for (Settled& settled : plan.settled) settled_.push_back(std::move(settled));
    for (std::size_t i = first; i < active_.size(); ++i) {
      if (active_[i].fetch->unconditional() && !active_[i].instead_of) launch(i);
    }
    proceed();
  }

  void launch(std::size_t index) {
    if (active_[index].started) return;
    active_[index].started = true;
    const bool list =
        active_[index].fetch->kind == Fetch::Kind::list && active_[index].fetch->name.empty();
    if (list && lists_ == lists_in_flight) {
      waiting_.push_back(index);
    } else {
      lists_ += list ? 1 : 0;
      ask(index, list);
    }
  }

  void ask(std::size_t index, bool list) {
    Active& active = active_[index];
    if (options_.narrow) leave_out_refused(active);
    if (active.fetch->kind == Fetch::Kind::served) {
      answer_served(index);
      return;
    }
    FetchRequest request{active.fetch, options_.exact_counts, active.rows};
    request.counted = [self = shared_from_this(), index](std::uint64_t count) {
      self->in_turn([index, count](Run& run) {
        if (run.finished_) return;
        run.active_[index].counted = count;
        run.proceed();
      });
    };
    source_->fetch(std::move(request), stop_,
                   [self = shared_from_this(), index, list](FetchEnd end) {
                     self->in_turn([index, list, end = std::move(end)](Run& run) mutable {
                       run.ended(index, list, std::move(end));
                     });
                   });
  }

  // By now some of its consumers may be known to want nothing.
  void leave_out_refused(Active& active) {
    std::vector<bool> refused;
    for (const Consumer& consumer : active.fetch->consumers) {
      refused.push_back(turn_of(consumer.at, consumer.when) == Turn::never);
    }
    if (std::find(refused.begin(), refused.end(), true) == refused.end()) return;
    active.fetch = std::make_shared<const Fetch>(narrowed(*active.fetch, refused));
    active.rows = std::make_shared<FanOut>(active.fetch, texts_);
  }

  // SERVED reads are answered from discovery, through the same projection as everything else.
  void answer_served(std::size_t index) {
    const Fetch& fetch = *active_[index].fetch;
    FetchEnd end;
    const auto documents =
        served_documents(discovery_, fetch.group, fetch.versions, fetch.resource);
    Result<void> done;
    if (!documents) done = documents.error();
    const auto paths = std::make_shared<const json::PathTrie>(fetch.paths);
    for (std::size_t i = 0; done && i < documents->size(); ++i) {
      json::Projection projection(paths, json::Shape::document,
                                  [this, index](std::span<const json::Cell> cells) {
                                    return active_[index].rows->row({}, cells);
                                  });
      done = projection.feed((*documents)[i]);
      if (done) done = projection.finish();
    }
    if (done) {
      end.state = ReadState::ok;
      end.count = documents->size();
    } else {
      end.cause = done.error().code;
      end.finding = failed(end.cause, done.error().message).finding;
    }
    in_turn([index, end = std::move(end)](Run& run) mutable {
      run.ended(index, false, std::move(end));
    });
  }

  void ended(std::size_t index, bool list, FetchEnd end) {
    add(end.cost);
    say_why(end, active_[index].fetch->what());
    active_[index].end = std::move(end);
    if (list) {
      --lists_;
      if (!waiting_.empty()) {
        const std::size_t next = waiting_.front();
        waiting_.pop_front();
        ++lists_;
        ask(next, true);
      }
    }
    proceed();
  }

  // Whoever performs a read knows that it was stopped, not why.
  template <class End>
  void say_why(End& end, std::string_view what) const {
    if (end.state != ReadState::failed || end.cause != Errc::stopped) return;
    const std::string why = options_.why_stopped ? options_.why_stopped() : "the run ended first";
    end.finding =
        failed(Errc::stopped, fmt::format("reading {} was given up: {}", what, why)).finding;
  }

  // Hands out all that is known, until nothing follows from it any more.
  void proceed() {
    for (bool more = true; more;) {
      more = false;
      for (std::size_t i = 0; i < active_.size(); ++i) {
        const std::size_t consumers = active_[i].fetch->consumers.size();
        for (std::size_t c = 0; c < consumers; ++c) more = advance(i, c) || more;
      }
      for (Settled& settled : settled_) more = advance(settled) || more;
    }
    if (open_ > 0 || finished_) return;
    finished_ = true;
    active_.clear();
    settled_.clear();
    if (events_.finished) events_.finished(stats_);
    events_ = {};
  }

  Outcome& outcome(const ReadAt& at) { return outcomes_[at.job][at.read]; }

  Turn turn_of(const ReadAt& at, const Condition& when) {
    if (!when.read) return Turn::now;
    const Outcome condition = outcomes_[at.job][*when.read];
    if (condition == Outcome::open) return Turn::later;
    return condition == (when.absent ? Outcome::no_rows : Outcome::has_rows) ? Turn::now
                                                                             : Turn::never;
  }

  // Did the consumer's read end?
  bool advance(std::size_t index, std::size_t consumer) {
    const ReadAt at = active_[index].fetch->consumers[consumer].at;
    if (outcome(at) != Outcome::open) return false;
    const Turn turn = turn_of(at, active_[index].fetch->consumers[consumer].when);
    if (turn == Turn::later) return false;
    if (turn == Turn::never) {
      settle(at, skipped());
      return true;
    }
    if (!active_[index].end) active_[index].end = count_of_list(index);
    if (!active_[index].end && !waits_for_list(index)) launch(index);
    if (!active_[index].end) return false;
    settle(at, active_[index].rows->result(consumer, *active_[index].end));
    return true;
  }

  // Of a count, what the list says that it is instead of: the number, as soon as there is one.
  std::optional<FetchEnd> count_of_list(std::size_t index) const {
    if (!active_[index].instead_of || active_[index].started) return std::nullopt;
    const Active& list = active_[*active_[index].instead_of];
    if (list.counted) {
      FetchEnd end;
      end.state = ReadState::ok;
      end.count = *list.counted;
      return end;
    }
    const bool failed = list.end && list.end->state == ReadState::failed;
    return failed ? std::nullopt : list.end;
  }

  // May that list still be made, and say it?
  bool waits_for_list(std::size_t index) {
    if (!active_[index].instead_of || active_[index].started) return false;
    const Active& list = active_[*active_[index].instead_of];
    if (list.started) return !list.end;
    const auto& consumers = list.fetch->consumers;
    return std::any_of(consumers.begin(), consumers.end(), [this](const Consumer& consumer) {
      return outcome(consumer.at) == Outcome::open;
    });
  }

  bool advance(Settled& settled) {
    if (outcome(settled.at) != Outcome::open) return false;
    const Turn turn = turn_of(settled.at, settled.when);
    if (turn == Turn::later) return false;
    settle(settled.at, turn == Turn::now ? std::move(settled.result) : skipped());
    return true;
  }

  void settle(const ReadAt& at, ReadResult result) {
    const bool rows = result.state == ReadState::ok && result.count > 0;
    const bool none = result.state == ReadState::ok || result.state == ReadState::absent;
    outcome(at) = rows ? Outcome::has_rows : none ? Outcome::no_rows : Outcome::unknown;
    --open_;
    if (result.finding) result.finding->job = jobs_[at.job].job;
    if (events_.read_ended) events_.read_ended(at.job, at.read, std::move(result));
  }

  void add(const CollectStats& cost) {
    stats_.requests += cost.requests;
    stats_.bytes += cost.bytes;
  }

  const std::shared_ptr<Source> source_;
  const std::vector<JobReads> jobs_;
  const CollectOptions options_;
  const std::stop_token stop_;
  CollectEvents events_;
  const std::shared_ptr<TextPool> texts_ = std::make_shared<TextPool>();

  Serial serial_;
  Discovery discovery_;
  std::vector<Active> active_;
  std::vector<Settled> settled_;                // some until their condition is known
  std::vector<std::vector<Outcome>> outcomes_;  // by job and read
  std::deque<std::size_t> waiting_;             // lists, while four are in flight
  int lists_ = 0;
  std::size_t open_ = 0;  // reads that have not ended
  bool finished_ = false;
  CollectStats stats_;
};

}  // namespace

void collect(std::shared_ptr<Source> source, std::vector<JobReads> jobs, CollectOptions options,
             std::stop_token stop, CollectEvents events) {
  std::make_shared<Run>(std::move(source), std::move(jobs), std::move(options), std::move(stop),
                        std::move(events))
      ->start();
}

}  // namespace ktel::cluster
