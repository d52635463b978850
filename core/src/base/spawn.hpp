// `Spawn`: starts a program that has nothing of ours but what it is given: no other descriptor, no
// signal mask, no ignored signal.
//
// For programs that are waited for: credential plugins (program.cpp) and ktel-child
// (plugin/child_process.cpp). Made, told what to give, run once.
#pragma once

#include <spawn.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "base/descriptor.hpp"

namespace ktel {

struct Pipe {
  Descriptor read;
  Descriptor write;
};

// Both ends close-on-exec, and above the numbers a program gets, so that none is overwritten before
// it is given: ours may run with its own 0 to 3 closed. Returns errno, or 0.
int make_pipe(Pipe& pipe);

// The same of a stream both ends of which read and write.
struct Stream {
  Descriptor ours;
  Descriptor theirs;
};
int make_stream(Stream& stream);

class Spawn {
 public:
  Spawn();
  ~Spawn();
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;

  // The program finds what it is given as 0, 1, and so on, in the order of these calls. One that is
  // not open is /dev/null.
  void give(int fd);
  void give_null();

  void in_a_session_of_its_own() noexcept { session_ = true; }

  // `arguments` without the program's own name. Returns errno, or 0 and its number.
  int run(const std::string& file, std::vector<std::string> arguments,
          std::vector<std::string> environment, pid_t& pid);

 private:
  posix_spawnattr_t attributes_{};
  posix_spawn_file_actions_t actions_{};
  int given_ = 0;
  bool session_ = false;
};

}  // namespace ktel
