// Signals: a thread of its own waits for them.
#include "signals.hpp"

#include <pthread.h>
#include <unistd.h>
#include <csignal>

namespace ktel::cli {

Signals::Signals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::thread([this, set] {
    for (;;) {
      const int signal = sigwaitinfo(&set, nullptr);
      if (ended_) return;
      if (signal != SIGINT && signal != SIGTERM) continue;
      const int code = signal == SIGINT ? 130 : 143;
      if (exit_code_ != 0) ::_exit(code);
      exit_code_ = code;
      stop_.request_stop();
    }
  });
}

Signals::~Signals() {
  ended_ = true;
  ::pthread_kill(thread_.native_handle(), SIGTERM);  // it waits for nothing else
  thread_.join();
}

}  // namespace ktel::cli
