// `spin_until`: waiting in a test where nothing tells, as a plugin's function does that asks
// whether it is cancelled.
//
// Yields until `true_now` says so, for a minute at most: then it ends the program with a word,
// since it may be called where nothing can be thrown.
#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace ktel::test {

template <class Predicate>
void spin_until(Predicate&& true_now) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!true_now()) {
    if (std::chrono::steady_clock::now() > end) {
      std::fputs("spin_until: nothing has happened for a minute\n", stderr);
      std::abort();
    }
    std::this_thread::yield();
  }
}

}  // namespace ktel::test
