// PluginChild: see the header.
#include "workflow/plugin_child.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/one_line.hpp"
#include "isolation/bytes.hpp"
#include "workflow/child_hello.hpp"
#include "workflow/recorded_run.hpp"
#include "workflow/run_message.hpp"

namespace ktel::workflow {
namespace {

using namespace std::chrono_literals;
using isolation::Kind;
using isolation::Message;

// What a run puts, and room for the rest of it.
constexpr std::size_t largest_answer = RecordedRun::most_bytes + (64u << 10);
constexpr int most_deaths = 3;
constexpr auto patience = 500ms;  // with a child that is to end what it does
constexpr auto look_up = 20ms;    // for a cancelled run
constexpr std::size_t longest_sentence = 1024;

Error no_result(std::string text) { return {Errc::no_result, std::move(text)}; }

}  // namespace

PluginChild::PluginChild(const plugin::CatalogPlugin& plugin, std::filesystem::path program,
                         std::string host_version)
    : plugin_(plugin),
      program_(std::move(program)),
      host_version_(std::move(host_version)),
      messages_(largest_answer) {}

Result<ktel_status> PluginChild::run(const std::string& request, RunContext& context,
                                     Clock::time_point deadline) {
  if (auto started = be_started(context, deadline); !started) return started.error();
  constexpr std::string_view doing = "it ran";
  if (auto told = tell(isolation::frames_of(Kind::run, request), context, deadline, doing); !told) {
    return told.error();
  }
  Result<Message> answer = next(context, deadline, doing);
  if (!answer) return answer.error();
  if (answer->kind == Kind::refused) return no_result(one_line(answer->bytes, longest_sentence));
  if (answer->kind != Kind::result) return broke("an answer to nothing", doing);
  Result<ktel_status> status = replay_run_result(answer->bytes, context);
  if (!status) return broke(status.error().message, doing);
  deaths_ = 0;  // they are counted in a row
  return status;
}

void PluginChild::end() {
  process_.reset();
  messages_ = isolation::Messages(largest_answer);
}

Result<void> PluginChild::be_started(RunContext& context, Clock::time_point deadline) {
  if (process_) return {};
  if (deaths_ >= most_deaths) {
    return no_result(fmt::format(
        "its plugin's process ended {} times in a row and is not started again: ask its maker "
        "for a corrected build, or leave it out",
        most_deaths));
  }
  auto process = plugin::ChildProcess::start(program_, {"run", host_version_});
  if (!process) {
    return no_result(
        fmt::format("the program that runs plugins apart cannot be started: {}; "
                    "install ktel anew, or let them run in ktel with --isolate never",
                    process.error().message));
  }
  process_.emplace(std::move(process).value());
  constexpr std::string_view doing = "it was loaded and started";
  const std::string hello = isolation::frames_of(Kind::hello, child_hello(host_version_, plugin_)) +
                            isolation::frames_of(Kind::start, {});
  if (auto told = tell(hello, context, deadline, doing); !told) return told.error();
  Result<Message> greeting = next(context, deadline, doing);
  if (!greeting) return greeting.error();
  if (greeting->kind != Kind::hello || greeting->bytes != host_version_) {
    end();
    return no_result(fmt::format("{} is of another ktel than {}: install both from one build",
                                 program_.string(), host_version_));
  }
  Result<Message> answer = next(context, deadline, doing);
  if (!answer) return answer.error();
  if (answer->kind == Kind::ready) return {};
  if (answer->kind != Kind::refused) return broke("an answer to nothing", doing);
  end();
  return no_result(one_line(answer->bytes, longest_sentence));
}

// A child that takes nothing more, or not in time, is as one that does not answer.
Result<void> PluginChild::tell(std::string_view frames, RunContext& context,
                               Clock::time_point deadline, std::string_view doing) {
  using Wait = plugin::ChildProcess::Wait;
  for (;;) {
    const Wait state = process_->send(frames, std::min(deadline, Clock::now() + look_up));
    if (state == Wait::more) return {};
    if (state == Wait::closed) return died(doing);
    if (context.cancelled() != KTEL_OK) return killed(context, doing);
  }
}

Result<Message> PluginChild::next(RunContext& context, Clock::time_point deadline,
                                  std::string_view doing) {
  std::optional<Clock::time_point> killed_at;
  for (;;) {
    auto message = messages_.next();
    if (!message) return broke(message.error().message, doing);
    if (*message && (*message)->kind != Kind::log) return std::move(**message);
    if (*message) {
      isolation::BytesIn in((*message)->bytes);
      const std::uint8_t level = in.byte();
      const std::string_view line = in.text();
      if (in.good()) context.log(level, line);
      continue;
    }
    const auto now = Clock::now();
    if (killed_at && now >= *killed_at) return killed(context, doing);
    if (!killed_at && context.cancelled() != KTEL_OK) {
      killed_at = now + patience;
      const std::string cancel = isolation::frames_of(Kind::cancel, {});
      std::string_view rest = cancel;
      process_->send(rest, now);  // one that takes nothing is killed all the same
    }
    const auto state = process_->wait(std::min(killed_at.value_or(deadline), now + look_up));
    messages_.feed(process_->take_answer());
    log_printed(context);
    if (state != plugin::ChildProcess::Wait::closed) continue;
    auto last = messages_.next();
    if (last && *last && (*last)->kind != Kind::log) return std::move(**last);
    return died(doing);
  }
}

Error PluginChild::killed(RunContext& context, std::string_view doing) {
  const bool cancelled = context.cancelled() == KTEL_E_CANCELLED;
  end();
  ++deaths_;
  return no_result(fmt::format(
      "{} its process was killed while {}",
      cancelled ? "it did not end when it was asked to, and" : "it overran its deadline, and",
      doing));
}

Error PluginChild::died(std::string_view doing) {
  std::string how = process_->end();
  if (how.empty()) how = "ended";
  end();
  ++deaths_;
  return no_result(fmt::format("its process {} while {}", how, doing));
}

// A plugin has no business on the stream: whatever it wrote there, nothing behind it can be
// trusted.
Error PluginChild::broke(std::string_view what, std::string_view doing) {
  end();
  ++deaths_;
  return no_result(
      fmt::format("its process was killed while {}, for what it sent ({})", doing, what));
}

void PluginChild::log_printed(RunContext& context) {
  const std::string printed = process_->take_printed();
  std::string_view rest = printed;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    if (end > 0) context.log(KTEL_LOG_INFO, rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

}  // namespace ktel::workflow
