// ExecPlugin: see the header. The texts are client-go's, the next steps ours.
#include "cluster/exec_plugin.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/env.hpp"
#include "base/one_line.hpp"
#include "base/quiet_thread.hpp"

namespace ktel::cluster {
namespace {

constexpr std::size_t longest_hint = 2'000;

constexpr auto install_help =
    ". It looks like you are trying to use a client-go credential plugin that is not installed. To "
    "learn more about this feature, consult the documentation available at: "
    "https://kubernetes.io/docs/reference/access-authn-authz/authentication/"
    "#client-go-credential-plugins";

std::string_view name_of(std::string_view entry) { return entry.substr(0, entry.find('=')); }

// The last of two with one name counts.
void put(std::vector<std::string>& environment, std::string entry) {
  std::erase_if(environment,
                [&](const std::string& there) { return name_of(there) == name_of(entry); });
  environment.push_back(std::move(entry));
}

std::string value_of(const std::vector<std::string>& environment, std::string_view name) {
  for (const std::string& entry : environment) {
    if (name_of(entry) == name && entry.size() > name.size()) return entry.substr(name.size() + 1);
  }
  return {};
}

Error stopped() { return {Errc::stopped, "the plugin was stopped"}; }

}  // namespace

ExecSurroundings ExecSurroundings::of_process() {
  return {.environment = &whole_environment,
          .stdin_is_terminal = [] { return ::isatty(STDIN_FILENO) != 0; }};
}

bool HintLimit::allows(std::chrono::system_clock::time_point now) {
  if (!start_ || now - *start_ >= std::chrono::hours(1)) {
    start_ = now;
    told_ = 0;
  }
  return told_ < 10 && ++told_ > 0;
}

ExecPlugin::ExecPlugin(ExecLogin login, std::shared_ptr<Secrets> secrets, Clock clock, Post post,
                       ExecSurroundings surroundings)
    : login_(std::move(login)),
      secrets_(std::move(secrets)),
      clock_(std::move(clock)),
      post_(std::move(post)),
      surroundings_(std::move(surroundings)) {}

ExecPlugin::~ExecPlugin() { close(); }

void ExecPlugin::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  if (thread_.joinable()) thread_.join();  // nobody starts another one
}

void ExecPlugin::get(std::uint64_t refused, std::stop_token stop, Done done) {
  std::unique_lock lock(mutex_);
  if (closed_ || stop.stop_requested()) {
    lock.unlock();
    return done(stopped());
  }
  const bool fresh = known_ && known_->run > refused &&
                     (!known_->status.expires || clock_() <= *known_->status.expires);
  if (fresh) {
    Given given = *known_;
    lock.unlock();
    return done(std::move(given));
  }
  waiters_.push_back({std::move(stop), std::move(done)});
  if (std::exchange(running_, true)) return;
  std::optional<Error> failed;
  Waiter alone;
  std::thread before = std::move(thread_);
  try {
    thread_ = quiet_thread([this] { run(); });
  } catch (const std::system_error& e) {
    running_ = false;
    alone = std::move(waiters_.back());
    waiters_.pop_back();
    failed = Error{Errc::internal, fmt::format("exec: no thread for the plugin: {}; try again",
                                               e.code().message())};
  }
  lock.unlock();
  if (before.joinable()) before.join();  // it has done its work, and may be handing it out
  if (failed) alone.done(*std::move(failed));
}

// On the plugin's thread, as all below.
void ExecPlugin::run() {
  for (;;) {
    Result<ExecStatus> status = ask();
    std::vector<Waiter> waiters;
    Result<Given> result;
    {
      const std::lock_guard lock(mutex_);
      // Given up because nobody waited, and now somebody does again.
      const bool given_up = !status && status.error().code == Errc::stopped;
      if (given_up && !closed_ && !waiters_.empty()) continue;
      waiters.swap(waiters_);
      if (status) {
        known_ = Given{std::move(status).value(), known_ ? known_->run + 1 : 1};
        result = *known_;
      } else {
        result = status.error();
      }
      running_ = false;
    }
    return answer(std::move(waiters), result);
  }
}

void ExecPlugin::answer(std::vector<Waiter> waiters, const Result<Given>& result) {
  for (Waiter& waiter : waiters) {
    post_([done = std::move(waiter.done), result] { done(result); });
  }
}

// Lets those go whose stop was asked for.
bool ExecPlugin::wanted() {
  std::vector<Waiter> leaving;
  bool stays = false;
  {
    const std::lock_guard lock(mutex_);
    for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
      if (waiter->stop.stop_requested()) {
        leaving.push_back(std::move(*waiter));
        waiter = waiters_.erase(waiter);
      } else {
        ++waiter;
      }
    }
    stays = !closed_ && !waiters_.empty();
  }
  answer(std::move(leaving), stopped());
  return stays;
}

Result<ExecStatus> ExecPlugin::ask() {
  const auto described = [this](const Error& error, std::string_view next_step) {
    // Names in a kubeconfig may have many lines.
    return Error{error.code,
                 one_line(fmt::format("{}; {} {}", error.message, next_step, login_.where),
                          std::string::npos)};
  };
  const ExecConfig& config = login_.config;
  const Result<bool> interactive =
      exec_is_interactive(config.interactive_mode, surroundings_.stdin_is_terminal());
  if (!interactive) {
    return described(interactive.error(),
                     "run ktel on a terminal, or log in beforehand and set interactiveMode: "
                     "IfAvailable for");
  }
  Program program;
  program.environment = surroundings_.environment();
  const std::string path = value_of(program.environment, "PATH");
  for (const auto& [name, value] : config.environment) put(program.environment, name + "=" + value);
  put(program.environment,
      fmt::format("{}={}", exec_info_variable, exec_info(login_, *interactive)));
  program.arguments = config.arguments;
  program.stdin_is_ours = *interactive;
  program.time_limit = surroundings_.time_limit;

  const std::optional<std::string> file = find_program(config.command, path);
  if (!file) return described(not_found(), "install it here, or correct");
  program.file = *file;
  ProgramEnd end = run_program(program, [this] { return wanted(); });
  using How = ProgramEnd::How;
  if (end.how == How::given_up) return stopped();
  if (end.how != How::unknown && (end.how != How::exited || end.number != 0)) {
    return described(failure(end), "what it wrote to stderr may say why; if not, check");
  }
  Result<ExecStatus> status = parse_exec_credential(end.out, config.api_version);
  if (!status) {
    return described(status.error(),
                     "correct apiVersion, or update the plugin, or check the arguments in");
  }
  secrets_->add(status->token);
  secrets_->add(status->key_pem);
  return status;
}

Error ExecPlugin::not_found() {
  const bool help = [this] {
    const std::lock_guard lock(mutex_);
    return hints_.allows(clock_());
  }();
  std::string text = fmt::format("exec: executable {} not found", login_.config.command);
  if (help) {
    text += install_help;
    const std::string hint = one_line(clean_hint(login_.config.install_hint), longest_hint);
    if (!hint.empty()) text += ". " + hint;
  }
  return {Errc::forbidden, std::move(text)};
}

Error ExecPlugin::failure(const ProgramEnd& end) {
  using How = ProgramEnd::How;
  const std::string& command = login_.config.command;
  switch (end.how) {
    case How::exited:
      return {Errc::forbidden,
              fmt::format("exec: executable {} failed with exit code {}", command, end.number)};
    case How::signalled: {  // to client-go an exit code of -1
      const char* name = ::sigdescr_np(end.number);
      return {Errc::forbidden,
              fmt::format("exec: executable {} failed with exit code -1 (ended by signal {}, {})",
                          command, end.number, name ? name : "unknown")};
    }
    case How::too_slow:
      return {
          Errc::timed_out,
          fmt::format(
              "exec: executable {} gave no answer within {} s and was ended", command,
              std::chrono::duration_cast<std::chrono::seconds>(surroundings_.time_limit).count())};
    case How::too_much:
      return {
          Errc::forbidden,
          fmt::format("exec: executable {} wrote far too much to stdout and was ended", command)};
    default:
      return {Errc::forbidden, fmt::format("exec: fork/exec {}: {}", command,
                                           std::generic_category().message(end.number))};
  }
}

}  // namespace ktel::cluster
