// `run_program`: starts a program, waits for its end, and has what it wrote to stdout.
//
// For programs the user chose (credential plugins), which are trusted as the user is: they get the
// environment given, and their stderr is ours. They get none of our other descriptors, no signal
// mask and no ignored signals. Blocks, so call it on a thread of its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ktel {

struct Program {
  std::string file = {};                      // a path
  std::vector<std::string> arguments = {};    // without the program's own name
  std::vector<std::string> environment = {};  // "NAME=value"
  // True: it has our stdin, and stays in our process group, else the terminal would stop it. False:
  // /dev/null, and a session of its own, so that it cannot wait for the terminal either.
  bool stdin_is_ours = false;
  std::chrono::milliseconds time_limit{120'000};
  std::size_t output_limit = 1u << 20;
};

struct ProgramEnd {
  enum class How {
    exited,
    signalled,
    unknown,  // it has ended, but an embedder that ignores or collects SIGCHLD knows how, not we
    not_started,
    too_slow,  // this and the next ones: it was ended
    too_much,  // more output than the limit
    given_up,  // go_on said so
  };
  How how = How::not_started;
  int number = 0;  // the exit code, the signal, or errno of not_started
  std::string out = {};
};

// Asks `go_on` at least 20 times a second, and ends the program once it says false: first by
// SIGTERM, 300 ms later by SIGKILL, with the programs that it started if it has its own session.
// Does not wait for programs that outlive it on purpose, such as a browser.
ProgramEnd run_program(const Program& program, const std::function<bool()>& go_on);

// The executable file of that name in the absolute directories of `path`, PATH's value; a name that
// holds '/' is a file itself. Nothing: there is none.
std::optional<std::string> find_program(const std::string& name, const std::string& path);

}  // namespace ktel
