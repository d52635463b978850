// Both sides of a scan: the parent with its deadlines, the child with its phases.
#include "plugin/scan.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "plugin/child_process.hpp"
#include "plugin/library.hpp"
#include "plugin/scan_messages.hpp"

namespace ktel::plugin {
namespace {

using Clock = std::chrono::steady_clock;

// Of starting the program itself; a machine under load takes its time.
constexpr std::chrono::seconds hello_deadline{20};

Error refuse(std::string why) { return {Errc::bad_input, std::move(why)}; }

// ktel-child is not what it should be; the file had no say in it.
Error no_child(std::string_view what, std::string_view printed = {}) {
  return {Errc::not_found,
          fmt::format("{}: install ktel's own, or set the child program's path{}", what, printed)};
}

std::string_view phase_of(const Received& received) {
  return received.loaded ? "ktel_plugin_v1 ran" : "its constructors ran";
}

// The last line the child printed, as a reason behind the sentence.
std::string last_words(std::string_view printed) {
  while (printed.ends_with('\n')) printed.remove_suffix(1);
  if (const auto at = printed.rfind('\n'); at != printed.npos) printed.remove_prefix(at + 1);
  if (printed.empty()) return {};
  std::string line(printed.substr(0, 200));
  for (char& c : line) {
    if (c < ' ' || c > '~') c = '?';
  }
  return fmt::format("; it printed \"{}\"", line);
}

Error late(const Received& received, const ScanOptions& options) {
  if (!received.hello) {
    return no_child(fmt::format("{} did not answer within {} s", options.child_program.string(),
                                hello_deadline.count()));
  }
  return refuse(
      fmt::format("was killed after {} ms while {}: it must do nothing but return its "
                  "descriptor",
                  options.entry_deadline.count(), phase_of(received)));
}

Error ended(const Received& received, ChildProcess& child, const ScanOptions& options) {
  std::string how = child.end();
  if (how.empty()) how = "ended the process";
  if (!received.hello) {
    return no_child(
        fmt::format("{} {} before it said anything", options.child_program.string(), how),
        last_words(child.printed()));
  }
  return refuse(fmt::format("{} while {}{}", how, phase_of(received), last_words(child.printed())));
}

void write_line(int fd, std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = ::write(fd, line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // the parent has gone; nobody is left to tell
    line.remove_prefix(static_cast<std::size_t>(written));
  }
}

// From the file's constructors to its checked declarations; `loaded` is called between the two.
template <class Told>
Result<Scanned> scan_with(const std::filesystem::path& file, const std::string& host_version,
                          Told&& loaded) {
  const auto begun = Clock::now();
  const Result<Library> library = open_library(file);
  if (!library) return library.error();
  loaded();
  const Result<const ktel_plugin*> descriptor = call_entry(library.value(), host_version);
  if (!descriptor) return descriptor.error();
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
  Result<Description> description = describe(descriptor.value());
  if (!description) return description.error();
  return Scanned{std::move(description).value(), took};
}

}  // namespace

Result<Scanned> scan_file(const std::filesystem::path& file, const ScanOptions& options) {
  Result<ChildProcess> child =
      ChildProcess::start(options.child_program, {"scan", file.string(), options.host_version});
  if (!child) {
    return Error{Errc::not_found,
                 fmt::format("cannot start the program that looks at plugins: {}; run again, or "
                             "install ktel anew",
                             child.error().message)};
  }

  Received received;
  auto until = Clock::now() + hello_deadline;
  for (;;) {
    const ChildProcess::Wait state = child.value().wait(until);
    if (state == ChildProcess::Wait::late) return late(received, options);
    Result<Received> now = read_messages(child.value().answer());
    if (!now) {
      return refuse(fmt::format("sent what no plugin sends while {}: {}", phase_of(received),
                                now.error().message));
    }
    if (now.value().hello && now.value().version != options.host_version) {
      return Error{
          Errc::not_found,
          fmt::format("{} is of ktel {}, this is ktel {}: install both from one build",
                      options.child_program.string(), now.value().version, options.host_version)};
    }
    const bool advanced =
        now.value().hello != received.hello || now.value().loaded != received.loaded;
    if (advanced) until = Clock::now() + options.entry_deadline;
    received = std::move(now).value();
    if (received.answered) return std::move(received.answer);
    if (state == ChildProcess::Wait::closed) return ended(received, child.value(), options);
  }
}

Result<Scanned> scan_here(const std::filesystem::path& file, const std::string& host_version) {
  return scan_with(file, host_version, [] {});
}

void scan_for_parent(const std::filesystem::path& file, const std::string& wanted,
                     const std::string& own_version, int fd) {
  write_line(fd, hello_line(own_version));
  if (wanted != own_version) return;
  const Result<Scanned> scanned =
      scan_with(file, own_version, [&] { write_line(fd, loaded_line()); });
  write_line(fd, answer_line(scanned));
}

}  // namespace ktel::plugin
