// A thread that no signal reaches: signals belong to the program ktel runs in.
#pragma once

#include <csignal>
#include <thread>
#include <utility>

namespace ktel {

// A std::thread or std::jthread; throws std::system_error as they do.
template <class Thread = std::thread, class Work>
Thread quiet_thread(Work work) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  struct Restore {
    const sigset_t& mask;
    ~Restore() { pthread_sigmask(SIG_SETMASK, &mask, nullptr); }
  } restore{before};
  return Thread(std::move(work));
}

}  // namespace ktel
