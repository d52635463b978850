// The helpers themselves, since every end-to-end test believes them.
#include "support/process.hpp"

#include <doctest/doctest.h>
#include <signal.h>

using namespace ktel;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("support/process");

TEST_CASE("run gives back what a program said and how it ended") {
  const auto r = test::run({"sh", "-c", "cat; echo $A >&2; exit 3"},
                           {.stdin_text = "hello", .env = {{"A", "b"}}, .deadline = 30s});

  CHECK(r.exit_code == 3);
  CHECK(r.signal == 0);
  CHECK(r.out == "hello");
  CHECK(r.err == "b\n");
  CHECK_FALSE(r.timed_out);
  CHECK_FALSE(r.left_children);
}

TEST_CASE("the environment is the inherited one, less what is unset, or only what is given") {
  ::setenv("KTEL_TEST_MARK", "inherited", 1);

  CHECK(test::run({"sh", "-c", "echo $KTEL_TEST_MARK"}).out == "inherited\n");
  CHECK(test::run({"sh", "-c", "echo $KTEL_TEST_MARK"}, {.unset = {"KTEL_TEST_MARK"}}).out == "\n");
  CHECK(test::run({"env"}, {.env = {{"ONLY", "this"}}, .inherit_env = false}).out == "ONLY=this\n");
}

TEST_CASE("stdin of any size arrives whole") {
  std::string text;
  SUBCASE("none") {}
  SUBCASE("a pipe full") { text.assign(300'000, 'x'); }
  SUBCASE("more than a pipe holds") { text.assign(3'000'000, 'x'); }

  CHECK(test::run({"wc", "-c"}, {.stdin_text = text}).out == std::to_string(text.size()) + "\n");
}

TEST_CASE("a program that does not end is killed at the deadline") {
  const auto r = test::run({"sh", "-c", "echo begun; sleep 60"}, {.deadline = 200ms});

  CHECK(r.timed_out);
  CHECK(r.signal == SIGKILL);
  CHECK(r.out == "begun\n");
}

TEST_CASE("children left behind are noticed and killed") {
  const auto r = test::run({"sh", "-c", "sleep 60 & echo $!"});

  CHECK(r.exit_code == 0);
  CHECK(r.left_children);
  const auto pid = static_cast<pid_t>(std::stol(r.out));
  CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("a program that is not there is an exception that names it") {
  CHECK_THROWS_WITH(test::run({"/no/such/program"}),
                    "start /no/such/program: No such file or directory");
}

TEST_CASE("the child gets no descriptor of ours and default signals") {
  ::signal(SIGPIPE, SIG_IGN);
  const auto r = test::run(
      {"sh", "-c", "ls /proc/self/fd | wc -w; grep -E 'SigIgn|SigBlk' /proc/self/status"});
  ::signal(SIGPIPE, SIG_DFL);

  CHECK(r.out == "4\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_CASE("a background process can be watched, signalled and stopped") {
  test::Process process(
      {"sh", "-c", "trap 'echo stopping; exit 7' TERM; echo ready; while :; do sleep 0.05; done"});
  REQUIRE(test::eventually([&] { return process.out() == "ready\n"; }, 10s));

  CHECK(process.running());
  CHECK_FALSE(process.wait(20ms));
  const auto r = process.stop();
  CHECK(r.exit_code == 7);
  CHECK(r.out == "ready\nstopping\n");
  CHECK_FALSE(process.running());
}

TEST_CASE("a process that ignores SIGTERM is killed after the grace") {
  test::Process process({"sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"});
  REQUIRE(test::eventually([&] { return process.out() == "ready\n"; }, 10s));

  CHECK(process.stop(100ms).signal == SIGKILL);
}

TEST_CASE("a stopped process is woken to be told") {
  test::Process process({"sleep", "60"});
  process.send_signal(SIGSTOP);

  CHECK(process.stop(5s).signal == SIGTERM);
}

TEST_CASE("a temporary folder goes with its owner, and files keep their mode") {
  std::filesystem::path path;
  {
    const test::TempDir dir;
    path = dir.path();
    const auto file = dir.write("a/b", "text", 0600);
    CHECK(test::read_file(file) == "text");
    CHECK(std::filesystem::status(file).permissions() == std::filesystem::perms(0600));
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("free ports can be bound") { CHECK(test::free_port() > 0); }

TEST_SUITE_END();
