// posix_spawn, a pipe, poll: see the header.
#include "base/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <utility>

namespace ktel {
namespace {

using namespace std::chrono_literals;
using Time = std::chrono::steady_clock;

constexpr auto tick = 50ms;
constexpr auto time_to_clean_up = 300ms;
constexpr auto time_to_die = 500ms;  // one that hangs in the kernel is left to it

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const noexcept { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

class Spawning {
 public:
  Spawning() {
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawn_file_actions_init(&actions_);
  }
  ~Spawning() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  Spawning(const Spawning&) = delete;
  Spawning& operator=(const Spawning&) = delete;

  int run(const Program& program, int out, pid_t& pid) {
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    if (!program.stdin_is_ours) flags |= POSIX_SPAWN_SETSID;
    ::posix_spawnattr_setflags(&attributes_, static_cast<short>(flags));

    program.stdin_is_ours ? keep(0) : open_null(0, O_RDONLY);
    ::posix_spawn_file_actions_adddup2(&actions_, out, 1);
    keep(2);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, 3);

    std::vector<std::string> arguments = program.arguments;
    arguments.insert(arguments.begin(), program.file);
    std::vector<std::string> environment = program.environment;
    return ::posix_spawn(&pid, program.file.c_str(), &actions_, &attributes_,
                         pointers_to(arguments).data(), pointers_to(environment).data());
  }

 private:
  void open_null(int fd, int flags) {
    ::posix_spawn_file_actions_addopen(&actions_, fd, "/dev/null", flags, 0);
  }

  // Also where the embedder marked it close-on-exec, and where it is closed.
  void keep(int fd) {
    if (::fcntl(fd, F_GETFD) < 0) return open_null(fd, O_RDWR);
    ::posix_spawn_file_actions_adddup2(&actions_, fd, fd);
  }

  posix_spawnattr_t attributes_{};
  posix_spawn_file_actions_t actions_{};
};

// A child of ours until it is reaped.
class Child {
 public:
  Child(pid_t pid, bool leads_session)
      : pid_(pid),
        leads_session_(leads_session),
        pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}

  // Readable when it has ended; -1 where the kernel has none.
  int pidfd() const noexcept { return pidfd_.get(); }

  // Reaps it if it has ended.
  bool ended(ProgramEnd& end) {
    int status = 0;
    const pid_t reaped = ::waitpid(pid_, &status, WNOHANG);
    if (reaped == 0 || (reaped < 0 && errno == EINTR)) return false;
    if (reaped < 0) {
      end.how = ProgramEnd::How::unknown;
    } else if (WIFSIGNALED(status)) {
      end.how = ProgramEnd::How::signalled;
      end.number = WTERMSIG(status);
    } else {
      end.how = ProgramEnd::How::exited;
      end.number = WEXITSTATUS(status);
    }
    return true;
  }

  void kill() {
    ProgramEnd ignored;
    send(SIGTERM);
    const bool obeyed = wait(ignored, time_to_clean_up);
    // Its session's number is nobody else's while any of its programs runs.
    if (!obeyed || leads_session_) send(SIGKILL);
    if (!obeyed) wait(ignored, time_to_die);
  }

 private:
  void send(int signal) const { ::kill(leads_session_ ? -pid_ : pid_, signal); }

  bool wait(ProgramEnd& end, std::chrono::milliseconds time) {
    for (const auto limit = Time::now() + time; Time::now() < limit;) {
      if (ended(end)) return true;
      pollfd ends{pidfd_.get(), POLLIN, 0};
      ::poll(&ends, 1, 10);
    }
    return ended(end);
  }

  pid_t pid_;
  bool leads_session_;
  Descriptor pidfd_;
};

// Takes what is there, up to the first byte over the limit; false: no more will come.
bool take(int fd, std::string& into, std::size_t limit) {
  char buffer[16 * 1024];
  while (into.size() <= limit) {
    const ssize_t got = ::read(fd, buffer, std::min(sizeof buffer, limit + 1 - into.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    into.append(buffer, static_cast<std::size_t>(got));
  }
  return true;
}

bool is_executable(const std::string& file) {
  struct stat known {};
  return ::stat(file.c_str(), &known) == 0 && S_ISREG(known.st_mode) &&
         ::access(file.c_str(), X_OK) == 0;
}

}  // namespace

ProgramEnd run_program(const Program& program, const std::function<bool()>& go_on) {
  ProgramEnd end;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    end.number = errno;
    return end;
  }
  // Above the numbers the program gets: ours may be closed.
  Descriptor out(::fcntl(ends[0], F_DUPFD_CLOEXEC, 10));
  Descriptor in(::fcntl(ends[1], F_DUPFD_CLOEXEC, 10));
  ::close(ends[0]);
  ::close(ends[1]);
  if (out.get() < 0 || in.get() < 0) {
    end.number = EMFILE;
    return end;
  }
  ::fcntl(out.get(), F_SETFL, O_NONBLOCK);
  const auto limit = Time::now() + program.time_limit;
  pid_t pid = -1;
  end.number = Spawning().run(program, in.get(), pid);
  if (end.number != 0) return end;
  in.close();

  Child child(pid, !program.stdin_is_ours);
  const auto give_up = [&](ProgramEnd::How how) {
    child.kill();
    end = {.how = how};
    return end;
  };
  for (;;) {
    pollfd events[] = {{out.get(), POLLIN, 0}, {child.pidfd(), POLLIN, 0}};
    ::poll(events, 2, static_cast<int>(tick.count()));
    const bool over = child.ended(end);  // before the last look at what it wrote
    if (out.get() >= 0 && !take(out.get(), end.out, program.output_limit)) out.close();
    if (end.out.size() > program.output_limit) {
      if (!over) return give_up(ProgramEnd::How::too_much);
      return {.how = ProgramEnd::How::too_much};
    }
    if (over) return end;
    if (!go_on()) return give_up(ProgramEnd::How::given_up);
    if (Time::now() >= limit) return give_up(ProgramEnd::How::too_slow);
  }
}

std::optional<std::string> find_program(const std::string& name, const std::string& path) {
  if (name.find('/') != name.npos) {
    return is_executable(name) ? std::optional(name) : std::nullopt;
  }
  std::string_view rest = path;
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    const std::string_view directory = rest.substr(0, colon);
    if (directory.starts_with('/')) {
      const std::string file = std::string(directory) + "/" + name;
      if (is_executable(file)) return file;
    }
    rest.remove_prefix(colon == rest.npos ? rest.size() : colon + 1);
  }
  return std::nullopt;
}

}  // namespace ktel
