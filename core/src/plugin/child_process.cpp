// Two pipes and poll: see the header.
#include "plugin/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/spawn.hpp"

namespace ktel::plugin {
namespace {

constexpr std::size_t most_answer = 64u << 20;
constexpr std::size_t most_printed = 4 * 1024;

Error system_error(std::string_view what, int number) {
  return {Errc::bad_input, fmt::format("{}: {}", what, std::generic_category().message(number))};
}

// Takes what is there; false: the other end is closed, or said far too much.
bool take(int fd, std::string& into, std::size_t most, bool drop_rest) {
  char buffer[64 * 1024];
  const ssize_t got = ::read(fd, buffer, sizeof buffer);
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  if (got == 0) return false;
  const auto room = most - std::min(most, into.size());
  const auto size = static_cast<std::size_t>(got);
  into.append(buffer, std::min(room, size));
  return drop_rest || size <= room;
}

}  // namespace

ChildProcess::ChildProcess(pid_t pid, Descriptor stream, Descriptor printed)
    : pid_(pid),
      pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))),
      stream_(std::move(stream)),
      printed_fd_(std::move(printed)) {}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      stream_(std::move(other.stream_)),
      printed_fd_(std::move(other.printed_fd_)),
      answer_(std::move(other.answer_)),
      printed_(std::move(other.printed_)) {}

ChildProcess::~ChildProcess() { end(); }

Result<ChildProcess> ChildProcess::start(const std::filesystem::path& program,
                                         const std::vector<std::string>& arguments) {
  Stream stream;
  Pipe printed;
  if (const int failed = make_stream(stream); failed != 0) return system_error("stream", failed);
  if (const int failed = make_pipe(printed); failed != 0) return system_error("pipe", failed);
  Spawn spawn;
  spawn.give_null();
  spawn.give(printed.write.get());
  spawn.give(printed.write.get());
  spawn.give(stream.theirs.get());
  pid_t pid = -1;
  const int failed = spawn.run(program.string(), arguments, {}, pid);
  if (failed != 0) return system_error(program.string(), failed);
  return ChildProcess(pid, std::move(stream.ours), std::move(printed.read));
}

ChildProcess::Wait ChildProcess::wait(std::chrono::steady_clock::time_point until) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Wait::late;
    pollfd fds[] = {{stream_.get(), POLLIN, 0}, {printed_fd_.get(), POLLIN, 0}};
    const int ready = ::poll(fds, 2, static_cast<int>(std::min<long long>(left.count(), 60'000)));
    if (ready < 0 && errno != EINTR) return Wait::closed;
    if (ready <= 0) continue;
    if (fds[1].revents != 0) take_what_it_prints();
    if (fds[0].revents != 0) {
      return take(fds[0].fd, answer_, most_answer, false) ? Wait::more : Wait::closed;
    }
  }
}

ChildProcess::Wait ChildProcess::send(std::string_view& bytes,
                                      std::chrono::steady_clock::time_point until) {
  while (!bytes.empty()) {
    const ssize_t sent =
        ::send(stream_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    if (sent >= 0 || errno == EINTR) continue;
    if (errno != EAGAIN) return Wait::closed;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Wait::late;
    // One that prints before it reads must not wait for us, nor we for it.
    pollfd fds[] = {{stream_.get(), POLLOUT, 0}, {printed_fd_.get(), POLLIN, 0}};
    const int ready = ::poll(fds, 2, static_cast<int>(std::min<long long>(left.count(), 60'000)));
    if (ready > 0 && fds[1].revents != 0) take_what_it_prints();
  }
  return Wait::more;
}

void ChildProcess::take_what_it_prints() {
  if (!take(printed_fd_.get(), printed_, most_printed, true)) printed_fd_ = Descriptor();
}

std::string ChildProcess::end() {
  if (pid_ <= 0) return {};
  const pid_t pid = std::exchange(pid_, -1);
  // One that is ending already keeps the status it ends with.
  if (pidfd_.get() >= 0) {
    ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
  } else {
    ::kill(pid, SIGKILL);
  }
  int status = 0;
  pid_t reaped = 0;
  do {
    reaped = ::waitpid(pid, &status, 0);
  } while (reaped < 0 && errno == EINTR);
  if (reaped != pid) return {};
  // What it printed last is often the reason.
  while (printed_fd_.get() >= 0) {
    pollfd ready{printed_fd_.get(), POLLIN, 0};
    if (::poll(&ready, 1, 0) <= 0 || !take(ready.fd, printed_, most_printed, true)) break;
  }
  if (WIFSIGNALED(status)) {
    return fmt::format("was ended by signal {} ({})", WTERMSIG(status),
                       ::sigdescr_np(WTERMSIG(status)));
  }
  if (WEXITSTATUS(status) != 0) return fmt::format("exited with code {}", WEXITSTATUS(status));
  return {};
}

}  // namespace ktel::plugin
