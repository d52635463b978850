// The backend "file": reports appended to a local file, one line of JSON each:
//   {"id":"0193...","time":1764000000,"signal":"daily","report":{...}}
//
// The report's bytes stand in it verbatim; lines with one id are one report, sent again. It is
// delivered when its line has reached the disk. Several processes may write to one file: a lock on
// it makes each line whole.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ktel/sdk/backend.hpp>
#include <ktel/sdk/json.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace file {
namespace {

using ktel::sdk::Delivery;
using ktel::sdk::quoted;
using ktel::sdk::Refusal;
using ktel::sdk::str;
using ktel::sdk::view;

// What a system call said no to. `doing`: "write to".
struct Failure {
  std::string doing;
  int error = 0;
};

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

int checked(int result, const char* doing) {
  if (result < 0) throw Failure{doing, errno};
  return result;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decoded(std::string_view path) {
  std::string text;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const int high = path[i] == '%' && i + 2 < path.size() ? hex_value(path[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(path[i + 2]) : -1;
    if (low < 0) {
      text += path[i];
      continue;
    }
    text += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return text;
}

class Sink {
 public:
  Sink(Delivery, const ktel_target& target) : path_(decoded(view(target.path))) {
    const std::string_view host = view(target.authority);
    if (!host.empty() && host != "localhost") {
      throw Refusal(KTEL_E_INVALID, "file:// is for files of this machine, and " +
                                        std::string(host) +
                                        " stands where a host would: write "
                                        "file:///" +
                                        std::string(host) + path_.string());
    }
    if (!path_.is_absolute() || !path_.has_filename() ||
        path_.native().find('\0') != std::string::npos) {
      throw Refusal(
          KTEL_E_INVALID,
          "file:// needs the path of a file: write it like file:///var/lib/ktel/reports.ndjson");
    }
  }

  // What deliver would write.
  void encode(Delivery host, const ktel_report& report) {
    const std::string url = "file://" + path_.string();
    const std::string text = line(report);
    ktel_request request;
    KTEL_SIZED(request);
    request.url = str(url);
    request.body = str(text);
    host.request(request);
  }

  void deliver(Delivery host, const ktel_report& report) {
    try {
      const Descriptor file = open_locked(host);
      append(host, file, line(report));
      host.outcome({.result = KTEL_DELIVERED, .text = "written to " + path_.string()});
      host.verdict({.result = KTEL_UP, .text = {}});
    } catch (const Failure& failure) {
      judge(host, failure);
    }
  }

 private:
  static std::string line(const ktel_report& report) {
    std::string json = R"({"id":)" + quoted(view(report.id_text)) + R"(,"time":)" +
                       std::to_string(report.time_s) + R"(,"signal":)" +
                       quoted(view(report.signal)) + R"(,"report":)";
    json += view(report.body);
    return json += "}\n";
  }

  Descriptor open_locked(Delivery host) const {
    constexpr int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NONBLOCK;
    // Created and opened in two steps: only a file made here needs its directory synced.
    int fd = ::open(path_.c_str(), flags);
    bool created = false;
    if (fd < 0 && errno == ENOENT) {
      fd = ::open(path_.c_str(), flags | O_CREAT | O_EXCL, 0600);
      created = fd >= 0;
      if (fd < 0 && errno == EEXIST) fd = ::open(path_.c_str(), flags);
    }
    Descriptor file(checked(fd, "open"));
    struct stat status {};
    checked(::fstat(file.get(), &status), "look at");
    if (!S_ISREG(status.st_mode)) throw Failure{"append to", EINVAL};
    lock(host, file);
    if (created) sync_directory();
    return file;
  }

  void lock(Delivery host, const Descriptor& file) const {
    constexpr std::chrono::nanoseconds pause = std::chrono::milliseconds(20);
    while (::flock(file.get(), LOCK_EX | LOCK_NB) < 0) {
      if (errno == EINTR) continue;
      if (errno != EWOULDBLOCK || host.cancelled()) throw Failure{"lock", errno};
      std::this_thread::sleep_for(std::min(pause, host.remaining()));
    }
  }

  void sync_directory() const {
    const Descriptor directory(
        checked(::open(path_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                "sync the directory of"));
    checked(::fsync(directory.get()), "sync the directory of");
  }

  // Whole and on the disk, or not there at all. A line that an earlier crash left without its end
  // gets one, so that it spoils no other; what it held has not been reported as delivered.
  void append(Delivery host, const Descriptor& file, std::string text) const {
    const off_t size = ::lseek(file.get(), 0, SEEK_END);
    if (size < 0) throw Failure{"look at", errno};
    char last = '\n';
    if (size > 0 && ::pread(file.get(), &last, 1, size - 1) < 0) throw Failure{"read", errno};
    if (last != '\n') {
      host.log(KTEL_LOG_WARN, "the last line of " + path_.string() + " had no end; it got one");
      text.insert(text.begin(), '\n');
    }
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written != static_cast<ssize_t>(text.size())) {
      const int error = written < 0 ? errno : ENOSPC;  // a short write means a full disk
      if (written > 0) take_back(host, file, size);
      throw Failure{"write to", error};
    }
    if (::fdatasync(file.get()) < 0) {
      const int error = errno;
      take_back(host, file, size);
      throw Failure{"sync", error};
    }
  }

  // The line is written again at the next attempt.
  void take_back(Delivery host, const Descriptor& file, off_t size) const {
    if (::ftruncate(file.get(), size) == 0) return;
    host.log(KTEL_LOG_WARN, "the last line of " + path_.string() + " could not be taken back");
  }

  void judge(Delivery host, const Failure& failure) const {
    const bool full = failure.error == ENOSPC || failure.error == EDQUOT;
    const bool held = failure.error == EWOULDBLOCK;
    const bool disk = full || held || failure.error == EIO;
    std::string text =
        "could not " + failure.doing + " " + path_.string() + ": " +
        (held ? "another program holds its lock" : std::generic_category().message(failure.error)) +
        "; " + next_step(failure.error);
    const std::uint32_t cause = disk ? KTEL_CAUSE_IO : KTEL_CAUSE_CONFIG;
    const auto code = static_cast<std::uint32_t>(failure.error);
    host.outcome({.result = KTEL_RETRY, .cause = cause, .code = code, .text = std::move(text)});
    const std::uint32_t verdict = full ? KTEL_THROTTLED : held ? KTEL_DOWN : KTEL_BLOCKED;
    host.verdict({.result = verdict, .cause = cause, .code = code, .text = {}});
  }

  std::string next_step(int error) const {
    switch (error) {
      case ENOSPC:
      case EDQUOT:
        return "it is tried again when there is room";
      case EWOULDBLOCK:
        return "it is tried again; `fuser " + path_.string() + "` names it";
      case ENOENT:
        return "make the directory " + path_.parent_path().string();
      case EACCES:
      case EPERM:
      case EROFS:
        return "give a file that this user may write";
      case EISDIR:
      case EINVAL:
        return "give the path of a plain file";
      default:
        return "look at the disk it is on";
    }
  }

  std::filesystem::path path_;
};

constexpr ktel_backend backends[] = {{
    .name = "file",
    .summary = "Appends reports to a local file, one line of JSON each.",
    .schemes = "file",
    .flags = KTEL_BACKEND_OWN_IO,
    .open = ktel::sdk::open_sink<Sink>,
    .encode = ktel::sdk::encode<Sink>,
    .deliver = ktel::sdk::deliver<Sink>,
    .close = ktel::sdk::close_sink<Sink>,
}};

}  // namespace
}  // namespace file

KTEL_PLUGIN(.id = "io.ktel.file", .version = "0.1.0", .vendor = "ktel",
            .summary = "Delivers reports to a local file.", KTEL_BACKENDS(file::backends));
