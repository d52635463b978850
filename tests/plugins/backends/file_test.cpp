// The backend file: whole lines on the disk, and the sentences where there are none.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <future>
#include <string>
#include <thread>

#include "delivery/sink.hpp"
#include "plugins/backends/load.hpp"
#include "support/process.hpp"

TEST_SUITE_BEGIN("plugins/backends/file");

namespace {

using namespace ktel;
using delivery::Answer;
using delivery::Attempt;
using delivery::Cause;
using delivery::Outcome;
using delivery::Verdict;

Result<std::shared_ptr<delivery::Sink>> open(const std::string& url) {
  static const auto backend = test::load_backend(KTEL_PLUGIN_FILE);
  auto destination = delivery::parse_destination(url, {});
  if (!destination) return destination.error();
  return delivery::open_sink(backend, *destination, {},
                             {.http = nullptr,
                              .secrets = std::make_shared<Secrets>(),
                              .log = {},
                              .ktel_version = "0.1.0"});
}

delivery::Outgoing report(const std::string& body) {
  return {.id = "01936f00-0000-7000-8000-000000000001",
          .attempt = 1,
          .time_s = 1764000000,
          .signal = "daily",
          .body = body,
          .findings = 0,
          .fields = {}};
}

Attempt send(const std::string& url, const std::string& body) {
  const auto sink = open(url);
  REQUIRE(sink);
  std::promise<Attempt> promise;
  (*sink)->send(report(body), {}, [&](Answer said) { promise.set_value(said.judge()); });
  return promise.get_future().get();
}

// The line of a report with that body.
std::string line(const std::string& body) {
  return R"({"id":"01936f00-0000-7000-8000-000000000001","time":1764000000,"signal":"daily",)"
         R"("report":)" +
         body + "}\n";
}

std::atomic<bool> sync_fails{false};

class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit less{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &less);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_{};
  void (*old_handler_)(int) = nullptr;
};

}  // namespace

// In front of libc's: the plugin calls it.
extern "C" int fdatasync(int fd) {
  if (!sync_fails) return static_cast<int>(::syscall(SYS_fdatasync, fd));
  errno = EIO;
  return -1;
}

TEST_CASE("a report is a line; a new file is the user's alone") {
  const test::TempDir dir;
  const auto file = dir / "out.ndjson";

  const Attempt first = send("file://" + file.string(), R"({"a":1})");
  const Attempt second = send("file://localhost" + file.string(), R"({"b":2})");

  CHECK(first.outcome == Outcome::delivered);
  CHECK(first.verdict == Verdict::up);
  CHECK(first.text == "written to " + file.string());
  CHECK(second.outcome == Outcome::delivered);
  CHECK(test::read_file(file) == line(R"({"a":1})") + line(R"({"b":2})"));
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("a line torn by a crash spoils no other") {
  const test::TempDir dir;
  const auto file = dir.write("out.ndjson", "{\"a\":1}\n{\"b\":");

  CHECK(send("file://" + file.string(), R"({"c":3})").outcome == Outcome::delivered);

  CHECK(test::read_file(file) == "{\"a\":1}\n{\"b\":\n" + line(R"({"c":3})"));
}

TEST_CASE("a signal may hold what JSON has to escape, the report's bytes stay as they are") {
  const test::TempDir dir;
  const auto sink = open("file://" + (dir / "x").string());
  auto odd = report("{\"n\":1.0e2,  \"a\":[]}");
  odd.signal = "a\"b\\c\nd";

  CHECK((*sink)->preview(odd)->body ==
        R"({"id":"01936f00-0000-7000-8000-000000000001","time":1764000000,)"
        "\"signal\":\"a\\\"b\\\\c\\u000ad\",\"report\":{\"n\":1.0e2,  \"a\":[]}}\n");
}

TEST_CASE("a lock that another program holds is waited for, as long as a delivery may take") {
  const test::TempDir dir;
  const auto file = dir.write("out.ndjson", "");
  const int held = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(::flock(held, LOCK_EX) == 0);

  SUBCASE("and no longer") {
    const Attempt attempt = send("file://" + file.string() + "?timeout=0.1", R"({"a":1})");
    CHECK(attempt.outcome == Outcome::retry);
    CHECK(attempt.verdict == Verdict::down);
    CHECK(attempt.cause == Cause::io);
    CHECK(attempt.text == "could not lock " + file.string() +
                              ": another program holds its lock; it is tried again; `fuser " +
                              file.string() + "` names it");
    CHECK(test::read_file(file).empty());
  }
  SUBCASE("until it lets go") {
    std::jthread other([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      ::flock(held, LOCK_UN);
    });
    CHECK(send("file://" + file.string(), R"({"a":1})").outcome == Outcome::delivered);
    CHECK(test::read_file(file) == line(R"({"a":1})"));
  }
  ::close(held);
}

TEST_CASE("a line that did not reach the disk is taken back, for it is written again") {
  const test::TempDir dir;
  const auto file = dir.write("out.ndjson", "before\n");

  sync_fails = true;
  const Attempt attempt = send("file://" + file.string(), R"({"a":1})");
  sync_fails = false;

  CHECK(attempt.outcome == Outcome::retry);
  CHECK(attempt.text ==
        "could not sync " + file.string() + ": Input/output error; look at the disk it is on");
  CHECK(test::read_file(file) == "before\n");
  CHECK(send("file://" + file.string(), R"({"a":1})").outcome == Outcome::delivered);
  CHECK(test::read_file(file) == "before\n" + line(R"({"a":1})"));
}

TEST_CASE("a preview is the line, and touches no file") {
  const test::TempDir dir;
  const auto sink = open("file://" + (dir / "not%20there.ndjson").string());
  REQUIRE(sink);

  const auto preview = (*sink)->preview(report(R"({"a":1})"));

  REQUIRE(preview);
  CHECK(preview->method.empty());
  CHECK(preview->url == "file://" + (dir / "not there.ndjson").string());
  CHECK(preview->body == line(R"({"a":1})"));
  CHECK_FALSE(std::filesystem::exists(dir / "not there.ndjson"));
}

TEST_CASE("what cannot be written says why and what to do") {
  const test::TempDir dir;
  const struct {
    std::string path;
    Verdict verdict;
    Cause cause;
    std::string text;
  } rows[] = {
      {(dir / "no/where.ndjson").string(), Verdict::blocked, Cause::config,
       "could not open " + (dir / "no/where.ndjson").string() +
           ": No such file or directory; make the directory " + (dir / "no").string()},
      {dir.path().string(), Verdict::blocked, Cause::config,
       "could not open " + dir.path().string() + ": Is a directory; give the path of a plain file"},
      {"/dev/null", Verdict::blocked, Cause::config,
       "could not append to /dev/null: Invalid argument; give the path of a plain file"},
  };
  for (const auto& row : rows) {
    const Attempt attempt = send("file://" + row.path, R"({"a":1})");
    CHECK(attempt.outcome == Outcome::retry);
    CHECK(attempt.verdict == row.verdict);
    CHECK(attempt.cause == row.cause);
    CHECK(attempt.text == row.text);
  }
}

TEST_CASE("a full disk is waited for, and leaves no half line") {
  const test::TempDir dir;
  const auto file = dir.write("out.ndjson", "{\"a\":1}\n");

  Attempt attempt;
  {
    const FileSizeLimit limit(12);  // a write that ends early, as on a full disk
    attempt = send("file://" + file.string(), R"({"b":2})");
  }

  CHECK(attempt.outcome == Outcome::retry);
  CHECK(attempt.verdict == Verdict::throttled);
  CHECK(attempt.cause == Cause::io);
  CHECK(attempt.text == "could not write to " + file.string() +
                            ": No space left on device; it is tried again when there is room");
  CHECK(test::read_file(file) == "{\"a\":1}\n");
}

TEST_CASE("a URL that names no file is refused when it is opened") {
  const auto relative = open("file://reports/out.ndjson");
  REQUIRE_FALSE(relative);
  CHECK(relative.error().message ==
        "file: file:// is for files of this machine, and reports stands where a host would: write "
        "file:///reports/out.ndjson");

  const auto directory = open("file:///var/log/");
  REQUIRE_FALSE(directory);
  CHECK(
      directory.error().message ==
      "file: file:// needs the path of a file: write it like file:///var/lib/ktel/reports.ndjson");

  const auto param = open("file:///tmp/x?indx=1");
  REQUIRE_FALSE(param);
  CHECK(param.error().message == "file has no parameter indx; `ktel backends list` shows all");
}
