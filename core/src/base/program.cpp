// A pipe and poll: see the header.
#include "base/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "base/spawn.hpp"

namespace ktel {
namespace {

using namespace std::chrono_literals;
using Time = std::chrono::steady_clock;

constexpr auto tick = 50ms;
constexpr auto time_to_clean_up = 300ms;
constexpr auto time_to_die = 500ms;  // one that hangs in the kernel is left to it

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

  // Reaped last: until then its number, and its session's, is nobody else's.
  void kill() {
    send(SIGTERM);
    const bool obeyed = ends_within(time_to_clean_up);
    if (!obeyed || leads_session_) send(SIGKILL);
    if (!obeyed) ends_within(time_to_die);
    ProgramEnd ignored;
    ended(ignored);
  }

 private:
  void send(int signal) const { ::kill(leads_session_ ? -pid_ : pid_, signal); }

  bool ends_within(std::chrono::milliseconds time) const {
    for (const auto limit = Time::now() + time;;) {
      siginfo_t known{};
      const int asked =
          ::waitid(P_PID, static_cast<id_t>(pid_), &known, WEXITED | WNOHANG | WNOWAIT);
      if (asked != 0 || known.si_pid != 0) return true;
      if (Time::now() >= limit) return false;
      pollfd ends{pidfd_.get(), POLLIN, 0};
      ::poll(&ends, 1, 10);
    }
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
  Pipe pipe;
  end.number = make_pipe(pipe);
  if (end.number != 0) return end;
  Descriptor& out = pipe.read;
  ::fcntl(out.get(), F_SETFL, O_NONBLOCK);
  const auto limit = Time::now() + program.time_limit;
  pid_t pid = -1;
  Spawn spawn;
  program.stdin_is_ours ? spawn.give(0) : spawn.give_null();
  spawn.give(pipe.write.get());
  spawn.give(2);
  if (!program.stdin_is_ours) spawn.in_a_session_of_its_own();
  end.number = spawn.run(program.file, program.arguments, program.environment, pid);
  if (end.number != 0) return end;
  pipe.write.close();

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
