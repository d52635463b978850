// `ChildProcess`: a ktel-child with a stream to it on fd 3 and everything it prints captured.
//
// Starts with an empty environment, default signal dispositions, nothing open but 0 to 3. Killed
// and reaped at the latest by the destructor. One thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/types.h>

#include <ktel/result.hpp>

#include "base/descriptor.hpp"

namespace ktel::plugin {

class ChildProcess {
 public:
  // bad_input: the program cannot be started, naming it.
  static Result<ChildProcess> start(const std::filesystem::path& program,
                                    const std::vector<std::string>& arguments);
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;

  enum class Wait { more, closed, late };
  // Reads on until something new came on the stream, it was closed, or `until` passed.
  Wait wait(std::chrono::steady_clock::time_point until);

  // Takes from `bytes` what it sends: all of it (more), what went by `until` (late), or it reads no
  // more (closed).
  Wait send(std::string_view& bytes, std::chrono::steady_clock::time_point until);

  const std::string& answer() const noexcept { return answer_; }
  std::string take_answer() { return std::exchange(answer_, {}); }
  const std::string& printed() const noexcept { return printed_; }  // the first 4 KiB
  std::string take_printed() { return std::exchange(printed_, {}); }

  // Kills what still runs. "was ended by signal 6 (Aborted)", "exited with code 3"; "" for 0, or
  // where an embedder ignores SIGCHLD and nobody knows.
  std::string end();

 private:
  ChildProcess(pid_t pid, Descriptor stream, Descriptor printed);
  void take_what_it_prints();

  pid_t pid_;
  Descriptor pidfd_;  // a pid may be another process's by the time it is killed
  Descriptor stream_;
  Descriptor printed_fd_;
  std::string answer_;
  std::string printed_;
};

}  // namespace ktel::plugin
