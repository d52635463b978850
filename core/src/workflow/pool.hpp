// `Pool`: the threads that run plugin code, and beside them one that decides.
//
// Two io_contexts with threads of ours. A thread lost in a plugin that overran its deadline is
// abandoned: it keeps what it uses alive, another takes its place, and nobody waits for it. Threads
// block all signals, which belong to the program.
#pragma once

#include <functional>
#include <memory>
#include <thread>

#include <boost/asio/io_context.hpp>

namespace ktel::workflow {

class Pool {
 public:
  explicit Pool(unsigned threads);
  ~Pool();  // stops; joins all threads but the abandoned ones
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // For plugin code.
  boost::asio::io_context::executor_type executor() noexcept;

  // For deciding: one thread that never runs plugin code, so that deadlines and stops are kept even
  // while every other thread is lost in a plugin.
  boost::asio::io_context::executor_type control() noexcept;

  // On a thread of its own that nobody waits for; what it uses of the pool stays while it runs.
  void run_apart(std::function<void()> work);

  // The thread is lost: it leaves the pool when its handler returns, if ever. Any thread.
  void abandon(std::thread::id thread);

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace ktel::workflow
