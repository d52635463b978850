// Running programs in tests, and the small things around it: temporary folders, files, ports.
//
//   auto r = test::run({ktel, "version"}, {.stdin_text = "", .env = {{"A", "B"}}, .deadline =
//   30s}); CHECK(r.exit_code == 0);
//
//   test::Process etcd({path, "--data-dir", dir.path()});   // stopped and reaped by its destructor
//
// Plain POSIX. A child gets its own process group, no inherited descriptors, default signals, and
// dies with the thread that started it: a test that is killed leaves nothing running. Failures to
// set things up throw std::runtime_error; what the child does is in its RunResult.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ktel::test {

// A folder of its own under $TMPDIR, removed with all it holds. KTEL_KEEP_TMP=1 keeps it.
class TempDir {
 public:
  explicit TempDir(std::string_view prefix = "ktel-test");
  TempDir(TempDir&& other) noexcept;
  TempDir& operator=(TempDir&&) = delete;
  ~TempDir();

  const std::filesystem::path& path() const noexcept { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  // Writes a file in it, with the folders above it, and returns its path.
  std::filesystem::path write(std::string_view name, std::string_view text,
                              mode_t mode = 0644) const;

 private:
  std::filesystem::path path_;
};

// The whole file; throws if it cannot be read.
std::string read_file(const std::filesystem::path& path);
// Replaces the file; mode applies to it even where it existed.
void write_file(const std::filesystem::path& path, std::string_view text, mode_t mode = 0644);

// A loopback TCP port nobody listens on now. Another process may take it before you do: bind to
// port 0 instead wherever the server can say which port it got.
std::uint16_t free_port();

// Somebody accepts connections on that loopback port now.
bool listening(std::uint16_t port);

// Asks until it is true or the time is over; the last answer.
bool eventually(const std::function<bool()>& true_now, std::chrono::milliseconds within,
                std::chrono::milliseconds every = std::chrono::milliseconds(20));

struct RunResult {
  int exit_code = -1;          // -1: ended by a signal
  int signal = 0;              // that signal
  bool timed_out = false;      // the deadline passed and it was killed
  bool left_children = false;  // others of its process group outlived it (they are killed then)
  std::string out = {};
  std::string err = {};
};

struct RunOptions {
  std::string stdin_text = {};                  // a pipe; above 1 MiB a file
  std::map<std::string, std::string> env = {};  // over the inherited environment
  std::vector<std::string> unset = {};          // names to leave out of what is inherited
  bool inherit_env = true;                      // false: env is all there is
  std::filesystem::path cwd = {};               // empty: the test's own
  std::chrono::milliseconds deadline = std::chrono::seconds(30);
};

// Runs argv[0] (looked up in PATH when it has no slash) to its end or the deadline.
RunResult run(const std::vector<std::string>& argv, const RunOptions& options = {});

// A program running beside the test. Its output goes to files, so it never blocks on a full pipe.
class Process {
 public:
  // `deadline` is not used here: a Process ends by stop() or on its own.
  explicit Process(const std::vector<std::string>& argv, const RunOptions& options = {});
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();  // as stop()

  pid_t pid() const noexcept { return pid_; }
  bool running();

  // To the program alone, not to its group. Nothing happens if it has ended.
  void send_signal(int signal);

  // The result if it ends in time; the process goes on otherwise.
  std::optional<RunResult> wait(std::chrono::milliseconds within);

  // SIGTERM, after `grace` SIGKILL for the whole group; then its result. May be called again.
  RunResult stop(std::chrono::milliseconds grace = std::chrono::seconds(5));

  // What it has written so far.
  std::string out() const;
  std::string err() const;

 private:
  void end_group();

  TempDir files_;
  pid_t pid_ = -1;
  int pidfd_ = -1;
  std::optional<RunResult> result_;
};

}  // namespace ktel::test
