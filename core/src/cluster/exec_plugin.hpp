// `ExecPlugin`: the credentials a plugin gives, kept until they expire or are refused.
//
// One run of the plugin serves all who wait, on a thread of its own that exists while it runs; no
// caller is held up. Made by Credentials (credentials.hpp). What is said and understood is in
// exec_credential.hpp, how programs are run in base/program.hpp. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <ktel/result.hpp>

#include "base/clock.hpp"
#include "base/program.hpp"
#include "base/secrets.hpp"
#include "cluster/exec_credential.hpp"

namespace ktel::cluster {

// Has work done on the thread that answers are awaited on.
using Post = std::function<void(std::function<void()> work)>;

// What a plugin finds around it; tests have their own.
struct ExecSurroundings {
  std::function<std::vector<std::string>()> environment;  // "NAME=value"
  std::function<bool()> stdin_is_terminal;
  std::chrono::milliseconds time_limit = std::chrono::minutes(2);  // a person may have to log in

  static ExecSurroundings of_process();
};

// Of the texts on how to install a plugin: ten an hour are enough.
class HintLimit {
 public:
  bool allows(std::chrono::system_clock::time_point now);

 private:
  std::optional<std::chrono::system_clock::time_point> start_;
  int told_ = 0;
};

class ExecPlugin {
 public:
  struct Given {
    ExecStatus status;
    std::uint64_t run = 0;  // 1, 2, ...: later ones replace it
  };
  using Done = std::function<void(Result<Given>)>;

  ExecPlugin(ExecLogin login, std::shared_ptr<Secrets> secrets, Clock clock, Post post,
             ExecSurroundings surroundings);
  ~ExecPlugin();  // as close()
  ExecPlugin(const ExecPlugin&) = delete;
  ExecPlugin& operator=(const ExecPlugin&) = delete;

  // What is known if it has not expired and is of a later run than `refused` (0: any); else what a
  // run gives. `done` comes exactly once: before get() returns, or through Post. The error is
  // client-go's with the next step, or Errc::stopped soon after the stop. A run that nobody waits
  // for any longer is ended.
  void get(std::uint64_t refused, std::stop_token stop, Done done);

  // Ends a run under way; who waits is answered Errc::stopped, as is who asks later.
  void close();

 private:
  struct Waiter {
    std::stop_token stop;
    Done done;
  };

  void run();
  Result<ExecStatus> ask();
  bool wanted();
  Error failure(const ProgramEnd& end);
  Error not_found();
  void answer(std::vector<Waiter> waiters, const Result<Given>& result);

  const ExecLogin login_;
  const std::shared_ptr<Secrets> secrets_;
  const Clock clock_;
  const Post post_;
  const ExecSurroundings surroundings_;

  std::mutex mutex_;  // guards what follows
  std::vector<Waiter> waiters_;
  std::optional<Given> known_;
  HintLimit hints_;
  bool running_ = false;
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace ktel::cluster
