// Words and progress on one terminal: what somebody in front of it sees.
#include "progress.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "ktel/terminal.hpp"

using namespace ktel;
using cli::Progress;
using test::Terminal;
using Phase = JobProgress::Phase;
using std::chrono::milliseconds;

namespace {

JobProgress reading(const std::string& job, std::size_t done, std::size_t all) {
  return {.job = job, .phase = Phase::reading, .reads_done = done, .reads = all};
}
JobProgress running(const std::string& job) { return {.job = job, .phase = Phase::running}; }
JobProgress ended(const std::string& job, JobState state = JobState::ok) {
  return {.job = job, .phase = Phase::ended, .state = state};
}

// A clock the test owns.
struct Time {
  std::chrono::steady_clock::time_point now{};
  Progress::Clock clock() {
    return [this] { return now; };
  }
};

}  // namespace

TEST_SUITE_BEGIN("ktel/progress");

TEST_CASE("a warning stands above the block, and stays") {
  Terminal terminal;
  Progress progress(Progress::Mode::live, terminal.fd());

  progress.say("before");
  progress.update(reading("one", 0, 2));
  progress.update(reading("two", 0, 1));
  progress.say("a warning");
  progress.update(reading("one", 1, 2));
  progress.say("another");
  progress.update(running("two"));

  CHECK(terminal.screen() ==
        "ktel: before\n"
        "ktel: a warning\n"
        "ktel: another\n"
        "ktel: one: reading 1/2\n"
        "ktel: two: running\n");
}

TEST_CASE("a job that ended leaves the block with its time, and nothing is left of the block") {
  Terminal terminal;
  Time time;
  Progress progress(Progress::Mode::live, terminal.fd(), time.clock());

  progress.update(reading("one", 0, 1));
  progress.update(reading("two", 0, 1));
  time.now += milliseconds(40);
  progress.update(running("two"));
  time.now += milliseconds(2);
  progress.update(ended("two"));
  CHECK(terminal.screen() == "ktel: two: done (42 ms)\nktel: one: reading 0/1\n");

  time.now += milliseconds(58);
  progress.update(ended("one", JobState::timed_out));
  progress.say("delivered");
  CHECK(terminal.screen() ==
        "ktel: two: done (42 ms)\n"
        "ktel: one: timed out (100 ms)\n"
        "ktel: delivered\n");
}

TEST_CASE("a job that never began has no time") {
  Terminal terminal;
  Progress progress(Progress::Mode::live, terminal.fd());
  progress.update(ended("one", JobState::withheld));
  CHECK(terminal.screen() == "ktel: one: withheld\n");
}

TEST_CASE("a run that ends before its jobs leaves no block behind") {
  Terminal terminal;
  Progress progress(Progress::Mode::live, terminal.fd());
  progress.update(reading("one", 0, 1));
  progress.update(running("two"));
  progress.finish();
  progress.say("stopped");
  CHECK(terminal.screen() == "ktel: stopped\n");
}

TEST_CASE("a block larger than the terminal shows as much as fits") {
  Terminal terminal(6, 20);
  Progress progress(Progress::Mode::live, terminal.fd());
  for (int i = 0; i < 10; ++i) progress.update(reading(fmt::format("job-{}", i), 0, 1));
  progress.update(running("job-0"));
  CHECK(terminal.screen() ==
        "ktel: job-0: runnin\n"
        "ktel: job-1: readin\n"
        "ktel: job-2: readin\n"
        "ktel: job-3: readin\n"
        "ktel: and 6 more\n");

  std::string all;
  for (int i = 0; i < 10; ++i) {
    progress.update(ended(fmt::format("job-{}", i), JobState::nothing));
    progress.say(fmt::format("word {}", i));
  }
  const std::string screen = terminal.screen();
  CHECK(std::count(screen.begin(), screen.end(), '\n') == 20);
  CHECK(screen.find("runnin") == screen.npos);
  CHECK(screen.find("more") == screen.npos);
}

TEST_CASE("words of several threads are whole lines") {
  Terminal terminal(50);
  Progress progress(Progress::Mode::live, terminal.fd());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&progress, t] {
      const std::string job = fmt::format("job-{}", t);
      for (std::size_t i = 0; i < 8; ++i) {
        progress.update(reading(job, i, 8));
        progress.say("word of " + job);
      }
      progress.update(ended(job, JobState::failed));
    });
  }
  for (std::thread& thread : threads) thread.join();

  const std::string screen = terminal.screen();
  CHECK(std::count(screen.begin(), screen.end(), '\n') == 4 * 9);
  CHECK(screen.find("reading") == screen.npos);
  for (int t = 0; t < 4; ++t) {
    std::size_t said = 0;
    const std::string line = fmt::format("ktel: word of job-{}\n", t);
    for (std::size_t at = 0; (at = screen.find(line, at)) != screen.npos; ++at) ++said;
    CHECK(said == 8);
  }
}

TEST_CASE("where nothing can be erased, jobs have a line when they ended, or none") {
  struct Row {
    Progress::Mode mode;
    std::string says;
  };
  for (const auto& [mode, says] :
       std::vector<Row>{{Progress::Mode::lines, "ktel: a word\nktel: one: failed (7 ms)\n"},
                        {Progress::Mode::silent, "ktel: a word\n"}}) {
    int ends[2] = {};
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    Time time;
    Progress progress(mode, ends[1], time.clock());
    progress.update(reading("one", 0, 1));
    progress.say("a word");
    progress.update(running("one"));
    time.now += milliseconds(7);
    progress.update(ended("one", JobState::failed));
    progress.finish();
    ::close(ends[1]);
    char buffer[256];
    const ssize_t got = ::read(ends[0], buffer, sizeof buffer);
    ::close(ends[0]);
    CHECK(std::string(buffer, static_cast<std::size_t>(std::max<ssize_t>(got, 0))) == says);
  }
}

TEST_CASE("every state has words") {
  for (int state = 0; state <= static_cast<int>(JobState::stopped); ++state) {
    CHECK(std::string(cli::to_string(static_cast<JobState>(state))) != "");
  }
}

TEST_SUITE_END();
