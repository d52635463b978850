// Programs: what they get, what comes back, and that they end when they shall.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <string>
#include <thread>

#include "base/program.hpp"
#include "support/process.hpp"

using namespace ktel;
using namespace std::chrono_literals;
using How = ProgramEnd::How;

namespace {

Program shell(const std::string& script) {
  return {.file = "/bin/sh", .arguments = {"-c", script}, .environment = {"PATH=/usr/bin:/bin"}};
}

ProgramEnd run(const Program& program) {
  return run_program(program, [] { return true; });
}

bool alive(const std::string& pid) { return ::kill(std::stoi(pid), 0) == 0; }

}  // namespace

TEST_SUITE("core/base/program") {
  TEST_CASE("a program has its arguments and its environment, and no more") {
    Program program = shell("echo \"$0 $1\"; env | grep -v -e ^PWD -e ^SHLVL -e ^_ | sort");
    program.arguments.insert(program.arguments.end(), {"zero", "one two"});
    program.environment.push_back("A=b c");

    const ProgramEnd end = run(program);

    CHECK(end.how == How::exited);
    CHECK(end.number == 0);
    CHECK(end.out == "zero one two\nA=b c\nPATH=/usr/bin:/bin\n");
  }

  TEST_CASE("how it ended is told") {
    CHECK(run(shell("exit 73")).how == How::exited);
    CHECK(run(shell("exit 73")).number == 73);
    CHECK(run(shell("kill -KILL $$")).how == How::signalled);
    CHECK(run(shell("kill -KILL $$")).number == SIGKILL);
    CHECK(run({.file = "/nowhere/program"}).how == How::not_started);
    CHECK(run({.file = "/nowhere/program"}).number == ENOENT);
  }

  TEST_CASE("a script without a first line is not started by a shell") {
    const test::TempDir dir;
    const ProgramEnd end = run({.file = dir.write("script", "exit 0\n", 0755).string()});
    CHECK(end.how == How::not_started);
    CHECK(end.number == ENOEXEC);
  }

  TEST_CASE("without our stdin it has none, and no terminal to wait for") {
    const ProgramEnd end =
        run(shell("cat; if (: < /dev/tty) 2> /dev/null; then echo terminal; else echo none; fi"));
    CHECK(end.out == "none\n");
  }

  TEST_CASE("with our stdin it has that, and stays in our process group") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    REQUIRE(::write(ends[1], "word", 4) == 4);
    ::close(ends[1]);
    const int before = ::dup(0);
    ::dup2(ends[0], 0);
    Program program = shell("cat; echo; ps -o pgid= -p $$");
    program.stdin_is_ours = true;

    const ProgramEnd end = run(program);

    ::dup2(before, 0);
    ::close(before);
    ::close(ends[0]);
    CHECK(end.out.substr(0, 5) == "word\n");
    CHECK(std::stoi(end.out.substr(5)) == ::getpgrp());
  }

  TEST_CASE("it inherits no descriptor, no signal mask and no ignored signal") {
    const int leaked = ::dup(0);  // not close-on-exec, as an embedder's may be
    sigset_t blocked;
    sigset_t before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
    const auto handler = std::signal(SIGHUP, SIG_IGN);

    const ProgramEnd end = run(
        shell("ls /proc/self/fd | wc -l; grep -e SigBlk -e SigIgn /proc/self/status | cut -f2"));

    std::signal(SIGHUP, handler);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ::close(leaked);
    // 0 to 2, and the one that ls reads the list with. The C library ignores its own 32 and 33.
    CHECK(end.out == "4\n0000000000000000\n0000000180000000\n");
  }

  TEST_CASE("too much output and too much time end it") {
    Program loud = shell("while :; do echo 0123456789; done");
    loud.output_limit = 1000;
    CHECK(run(loud).how == How::too_much);
    Program brief = shell("echo 0123456789");
    brief.output_limit = 10;  // and a line end
    CHECK(run(brief).how == How::too_much);
    brief.output_limit = 11;
    CHECK(run(brief).how == How::exited);

    Program slow = shell("sleep 60");
    slow.time_limit = 100ms;
    CHECK(run(slow).how == How::too_slow);
  }

  TEST_CASE("giving up ends it and what it started, also if it does not want to") {
    const test::TempDir dir;
    Program program = shell("cd " + dir.path().string() +
                            "; trap '' TERM; echo $$ > pids; sleep 60 & echo $! >> pids; "
                            "echo > ready; wait");

    const ProgramEnd end =
        run_program(program, [&] { return !std::filesystem::exists(dir / "ready"); });

    CHECK(end.how == How::given_up);
    const std::string pids = test::read_file(dir / "pids");
    const auto line = pids.find('\n');
    CHECK(test::eventually([&] { return !alive(pids.substr(0, line)); }, 5s));
    CHECK(test::eventually([&] { return !alive(pids.substr(line + 1)); }, 5s));
  }

  TEST_CASE("a program that stays behind with our pipe is not waited for") {
    const ProgramEnd end = run(shell("echo done; sleep 60 2>&- &"));
    CHECK(end.how == How::exited);
    CHECK(end.out == "done\n");
  }

  TEST_CASE("an embedder that ignores SIGCHLD takes the status, not the output") {
    const auto before = std::signal(SIGCHLD, SIG_IGN);
    const ProgramEnd end = run(shell("echo word; exit 3"));
    std::signal(SIGCHLD, before);
    CHECK(end.how == How::unknown);
    CHECK(end.out == "word\n");
  }

  TEST_CASE("a name is looked up in the absolute directories of PATH, a path is itself") {
    const test::TempDir dir;
    dir.write("a/tool", "", 0644);  // not executable
    dir.write("b/tool", "", 0755);
    dir.write("b/folder/x", "");
    const std::string b = (dir / "b").string();
    const std::string path = "::.:" + (dir / "a").string() + ":" + b + ":/bin";

    CHECK(find_program("tool", path) == b + "/tool");
    CHECK(find_program("folder", path) == std::nullopt);
    CHECK(find_program("tool", "") == std::nullopt);
    CHECK(find_program(b + "/tool", "") == b + "/tool");
    CHECK(find_program((dir / "a/tool").string(), path) == std::nullopt);
  }
}
