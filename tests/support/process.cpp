// Children by fork and exec, watched through a pidfd; their output in files.
#include "support/process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {  // glibc 2.36 forgot it in this header
#include <sys/pidfd.h>
}

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>
#include <utility>

namespace ktel::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what, int error = errno) {
  throw std::runtime_error(what + ": " + std::strerror(error));
}

// A descriptor that closes itself.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

Fd open_file(const fs::path& path, int flags, mode_t mode = 0600) {
  Fd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (fd.get() < 0) fail("open " + path.string());
  return fd;
}

void write_all(int fd, std::string_view text, const std::string& to) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("write " + to);
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

// The end of stdin that a child reads: a filled pipe where it fits, so that nobody has to feed it.
Fd stdin_with(const std::string& text, const fs::path& spill) {
  constexpr std::size_t largest_pipe = 1 << 20;
  if (text.size() > largest_pipe) {
    write_file(spill, text);
    return open_file(spill, O_RDONLY);
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
  Fd reading(ends[0]);
  Fd writing(ends[1]);
  if (text.size() > 4096) {
    const int size = ::fcntl(ends[1], F_SETPIPE_SZ, static_cast<int>(text.size()));
    if (size < static_cast<int>(text.size())) {
      write_file(spill, text);
      return open_file(spill, O_RDONLY);
    }
  }
  write_all(writing.get(), text, "stdin");
  return reading;
}

std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  std::string_view rest = path ? path : "/usr/bin:/bin";
  while (!rest.empty()) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    const std::string file = std::string(rest.substr(0, colon)) + "/" + name;
    if (::access(file.c_str(), X_OK) == 0) return file;
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return name;
}

std::vector<std::string> environment(const RunOptions& options) {
  std::map<std::string, std::string> all;
  if (options.inherit_env) {
    for (char** entry = environ; *entry; ++entry) {
      const std::string_view text = *entry;
      const std::size_t equals = text.find('=');
      if (equals != text.npos) all.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  for (const std::string& name : options.unset) all.erase(name);
  for (const auto& [name, value] : options.env) all[name] = value;

  std::vector<std::string> entries;
  for (const auto& [name, value] : all) entries.push_back(name + "=" + value);
  return entries;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> all;
  for (std::string& text : strings) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// Between fork and exec: async-signal-safe calls only. Reports the failed call's errno and ends.
[[noreturn]] void become(const char* program, char** argv, char** env, const char* cwd,
                         const int (&stdio)[3], pid_t parent, int report) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);

  struct sigaction default_action = {};
  default_action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &default_action, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);

  for (int fd = 0; fd < 3; ++fd) ::dup2(stdio[fd], fd);
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  if (!*cwd || ::chdir(cwd) == 0) ::execve(program, argv, env);
  const int error = errno;
  [[maybe_unused]] const ssize_t n = ::write(report, &error, sizeof error);
  ::_exit(127);
}

bool group_lives(pid_t group) { return ::kill(-group, 0) == 0; }

}  // namespace

TempDir::TempDir(std::string_view prefix) {
  std::string name = (fs::temp_directory_path() / prefix).string() + ".XXXXXX";
  if (!::mkdtemp(name.data())) fail("mkdtemp " + name);
  path_ = name;
}

TempDir::TempDir(TempDir&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }

TempDir::~TempDir() {
  if (path_.empty()) return;
  if (const char* keep = std::getenv("KTEL_KEEP_TMP"); keep && *keep == '1') return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path TempDir::write(std::string_view name, std::string_view text, mode_t mode) const {
  const fs::path path = path_ / name;
  fs::create_directories(path.parent_path());
  write_file(path, text, mode);
  return path;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail("read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const fs::path& path, std::string_view text, mode_t mode) {
  const Fd fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
  if (::fchmod(fd.get(), mode) != 0) fail("chmod " + path.string());
  write_all(fd.get(), text, path.string());
}

std::uint16_t free_port() {
  const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd.get(), generic, size) != 0 || ::getsockname(fd.get(), generic, &size) != 0) {
    fail("find a free port");
  }
  return ntohs(address.sin_port);
}

bool listening(std::uint16_t port) {
  const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

bool eventually(const std::function<bool()>& true_now, milliseconds within, milliseconds every) {
  const auto end = Clock::now() + within;
  while (!true_now()) {
    if (Clock::now() >= end) return false;
    std::this_thread::sleep_for(every);
  }
  return true;
}

Process::Process(const std::vector<std::string>& argv, const RunOptions& options)
    : files_("ktel-process") {
  std::vector<std::string> arguments = argv;
  std::vector<std::string> entries = environment(options);
  const std::vector<char*> argument_pointers = pointers(arguments);
  const std::vector<char*> entry_pointers = pointers(entries);
  const std::string program = find_program(argv.at(0));
  const std::string cwd = options.cwd.string();

  const Fd in = stdin_with(options.stdin_text, files_ / "in");
  const Fd out = open_file(files_ / "out", O_WRONLY | O_CREAT | O_APPEND);
  const Fd err = open_file(files_ / "err", O_WRONLY | O_CREAT | O_APPEND);
  // Above 2, so that no dup2 in the child overwrites one of them.
  const Fd high[3] = {Fd(::fcntl(in.get(), F_DUPFD_CLOEXEC, 3)),
                      Fd(::fcntl(out.get(), F_DUPFD_CLOEXEC, 3)),
                      Fd(::fcntl(err.get(), F_DUPFD_CLOEXEC, 3))};
  const int stdio[3] = {high[0].get(), high[1].get(), high[2].get()};
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
  const Fd report_in(ends[0]);
  Fd report_out(ends[1]);

  // Orphans come to us instead of an init which may not be there, as in a container.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) {
    become(program.c_str(), const_cast<char**>(argument_pointers.data()),
           const_cast<char**>(entry_pointers.data()), cwd.c_str(), stdio, parent, report_out.get());
  }
  ::setpgid(pid_, pid_);  // both sides do it: whoever comes first

  report_out = Fd();
  int error = 0;
  ssize_t n = 0;
  do {
    n = ::read(report_in.get(), &error, sizeof error);
  } while (n < 0 && errno == EINTR);
  if (n > 0) {
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
    fail("start " + program, error);
  }
  pidfd_ = ::pidfd_open(pid_, 0);
  if (pidfd_ < 0) {
    const int why = errno;
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    fail("pidfd_open", why);
  }
}

Process::Process(Process&& other) noexcept
    : files_(std::move(other.files_)),
      pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::exchange(other.pidfd_, -1)),
      result_(std::move(other.result_)) {}

Process::~Process() {
  if (pid_ < 0) return;
  stop();
  ::close(pidfd_);
}

bool Process::running() { return !wait(milliseconds(0)); }

void Process::send_signal(int signal) {
  if (!result_) ::kill(pid_, signal);
}

std::optional<RunResult> Process::wait(milliseconds within) {
  if (result_) return result_;

  const auto end = Clock::now() + within;
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(end - Clock::now());
    pollfd ended = {pidfd_, POLLIN, 0};
    const int n = ::poll(&ended, 1, static_cast<int>(std::max<milliseconds::rep>(left.count(), 0)));
    if (n == 1) break;
    if (n == 0 && Clock::now() >= end) return std::nullopt;
    if (n < 0 && errno != EINTR) fail("poll");
  }

  int status = 0;
  if (::waitpid(pid_, &status, 0) != pid_) fail("waitpid");
  result_.emplace();
  if (WIFEXITED(status)) result_->exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result_->signal = WTERMSIG(status);
  end_group();
  result_->out = out();
  result_->err = err();
  return result_;
}

// Children of the program which ended with it may take a moment. They are ours to reap then.
void Process::end_group() {
  const auto gone = [this] {
    while (::waitpid(-pid_, nullptr, WNOHANG) > 0) {
    }
    return !group_lives(pid_);
  };
  if (eventually(gone, milliseconds(300), milliseconds(5))) return;
  result_->left_children = true;
  ::kill(-pid_, SIGKILL);
  eventually(gone, std::chrono::seconds(2), milliseconds(5));
}

RunResult Process::stop(milliseconds grace) {
  if (!result_) {
    if (grace > milliseconds(0)) {
      send_signal(SIGTERM);
      send_signal(SIGCONT);
    }
    if (grace <= milliseconds(0) || !wait(grace)) {
      ::kill(-pid_, SIGKILL);
      wait(std::chrono::hours(1));
    }
  }
  return *result_;
}

std::string Process::out() const { return read_file(files_ / "out"); }
std::string Process::err() const { return read_file(files_ / "err"); }

RunResult run(const std::vector<std::string>& argv, const RunOptions& options) {
  Process process(argv, options);
  if (auto result = process.wait(options.deadline)) return *result;
  RunResult killed = process.stop(milliseconds(0));
  killed.timed_out = true;
  return killed;
}

}  // namespace ktel::test
