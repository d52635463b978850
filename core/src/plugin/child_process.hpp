// `ChildProcess`: a ktel-child with an answer on fd 3 and everything it prints captured.
//
// Starts with an empty environment, default signal dispositions, nothing open but 0 to 3. Killed
// and reaped at the latest by the destructor. One thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
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
  // Reads on until something new came on fd 3, it was closed, or `until` passed.
  Wait wait(std::chrono::steady_clock::time_point until);

  const std::string& answer() const noexcept { return answer_; }
  const std::string& printed() const noexcept { return printed_; }  // the first 4 KiB

  // Kills what still runs. "was ended by signal 6 (Aborted)", "exited with code 3"; "" for 0, or
  // where an embedder ignores SIGCHLD and nobody knows.
  std::string end();

 private:
  ChildProcess(pid_t pid, Descriptor answer, Descriptor printed);

  pid_t pid_;
  Descriptor pidfd_;  // a pid may be another process's by the time it is killed
  Descriptor answer_fd_;
  Descriptor printed_fd_;
  std::string answer_;
  std::string printed_;
};

}  // namespace ktel::plugin
