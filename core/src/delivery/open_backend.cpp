// OpenBackend: see the header.
#include "delivery/open_backend.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/one_line.hpp"
#include "delivery/entries.hpp"
#include "delivery/retry_after.hpp"
#include "plugin/host_call.hpp"

namespace ktel::delivery {
namespace {

using Function = BackendCall::Function;
using Turn = std::unique_lock<Exclusion>;

constexpr std::size_t max_answer = 4u << 20;
constexpr std::size_t max_text = 1024;
constexpr std::chrono::seconds longest_turn{10};  // of another function of the plugin

Cause cause_of(std::uint32_t cause) {
  switch (cause) {
    case KTEL_CAUSE_NONE:
      return Cause::none;
    case KTEL_CAUSE_DNS:
      return Cause::dns;
    case KTEL_CAUSE_CONNECT:
      return Cause::connect;
    case KTEL_CAUSE_TLS:
      return Cause::tls;
    case KTEL_CAUSE_TIMEOUT:
      return Cause::timeout;
    case KTEL_CAUSE_HTTP:
      return Cause::http;
    case KTEL_CAUSE_AUTH:
      return Cause::auth;
    case KTEL_CAUSE_CONFIG:
      return Cause::config;
    case KTEL_CAUSE_DATA:
      return Cause::data;
    default:
      return Cause::io;
  }
}

Outcome outcome_of(std::uint32_t result) {
  switch (result) {
    case KTEL_DELIVERED:
      return Outcome::delivered;
    case KTEL_PENDING:
      return Outcome::pending;
    case KTEL_REJECTED:
      return Outcome::rejected;
    default:
      return Outcome::retry;
  }
}

Verdict verdict_of(std::uint32_t result) {
  switch (result) {
    case KTEL_UP:
      return Verdict::up;
    case KTEL_THROTTLED:
      return Verdict::throttled;
    case KTEL_BLOCKED:
      return Verdict::blocked;
    default:
      return Verdict::down;
  }
}

// What decode gets of an answer.
class ResponseView {
 public:
  explicit ResponseView(const HttpResponse& response) {
    for (const auto& [name, value] : response.headers) {
      headers_.push_back({plugin::abi(name), plugin::abi(value)});
    }
    const auto wait =
        parse_retry_after(response.header("retry-after"), std::chrono::system_clock::now());
    KTEL_SIZED(view_);
    view_.status = static_cast<std::uint32_t>(response.status);
    view_.retry_after_ms = static_cast<std::uint32_t>(wait.count());
    view_.header_count = static_cast<std::uint32_t>(headers_.size());
    view_.headers = headers_.data();
    view_.body = plugin::abi(std::string_view(response.body).substr(0, max_answer));
  }
  const ktel_response& get() const noexcept { return view_; }

 private:
  std::vector<ktel_header> headers_;
  ktel_response view_{};
};

}  // namespace

OpenBackend::OpenBackend(LoadedBackend backend, Destination destination, SinkParams params,
                         SinkServices services)
    : backend_(std::move(backend)),
      destination_(std::move(destination)),
      params_(std::move(params)),
      services_(std::move(services)),
      log_(services_.log.named("backend " + backend_.declaration->name)) {
  if (!backend_.exclusion) backend_.exclusion = std::make_shared<Exclusion>();
}

BackendCall::Context OpenBackend::context() const {
  return {.destination = destination_, .declaration = *backend_.declaration, .params = params_};
}

Result<std::shared_ptr<OpenBackend>> OpenBackend::open(LoadedBackend backend,
                                                       Destination destination, SinkParams params,
                                                       SinkServices services) {
  std::shared_ptr<OpenBackend> opened(new OpenBackend(std::move(backend), std::move(destination),
                                                      std::move(params), std::move(services)));
  if (auto started = opened->start(); !started) return started.error();
  return opened;
}

Result<void> OpenBackend::start() {
  ktel_target target;
  KTEL_SIZED(target);
  target.scheme = plugin::abi(destination_.scheme);
  target.authority = plugin::abi(destination_.authority);
  target.path = plugin::abi(destination_.path);

  const Turn turn(*backend_.exclusion, longest_turn);
  if (!turn) return busy();
  BackendCall call(Function::open, context(), log_);
  const ktel_status status =
      backend_.backend->open(&call, backend_.self, backend_.backend, &target, &sink_);
  call.close();
  check(call);
  if (status < 0) return Error{Errc::bad_input, sentence(call, "open this destination", status)};
  opened_ = true;
  return {};
}

OpenBackend::~OpenBackend() { close(); }

void OpenBackend::close() {
  if (!opened_ || backend_.backend->close == nullptr) return;
  const Turn turn(*backend_.exclusion, longest_turn);
  if (!turn) return;  // it hangs, and so its sink is left as it is
  BackendCall call(Function::close, context(), log_);
  backend_.backend->close(&call, sink_);
  call.close();
  opened_ = false;
}

Result<void> OpenBackend::reopen() {
  close();
  if (opened_) return busy();
  return start();
}

// One line, whatever the plugin or the server behind it wrote.
std::string OpenBackend::clean(std::string_view text) const {
  return one_line(services_.secrets->scrub(text), max_text);
}

std::string OpenBackend::sentence(const BackendCall& call, std::string_view what,
                                  ktel_status status) const {
  const std::string reason = clean(call.reason());
  if (!reason.empty()) return fmt::format("{}: {}", backend_.declaration->name, reason);
  return fmt::format(
      "backend {} could not {} and gave no reason (status {}): please tell its maker",
      backend_.declaration->name, what, status);
}

Error OpenBackend::busy() const {
  return {Errc::timed_out,
          fmt::format("backend {}: another function of its plugin has not returned for {} s: try "
                      "again, and tell its maker if that does not help",
                      backend_.declaration->name, longest_turn.count())};
}

void OpenBackend::check(const BackendCall& call) const {
  if (call.misused()) {
    log_.warn("keeps a call after it has returned: please tell its maker, this will crash one day");
  }
}

// A sink that could not be opened again is tried once more: without one there is nothing to ask.
// That is the destination's trouble, so it must not read as the report's.
Result<void> OpenBackend::be_open() {
  if (opened_) return {};
  Result<void> again = start();
  return again ? again : Error{Errc::not_found, again.error().message};
}

Result<Pushed> OpenBackend::encode(const Outgoing& report) {
  if (auto open = be_open(); !open) return open.error();
  const auto view = ReportView::open(report, services_.ktel_version);
  if (!view) return view.error();
  Turn turn(*backend_.exclusion, longest_turn);
  if (!turn) return busy();
  BackendCall call(Function::encode, context(), log_);
  const ktel_status status = backend_.backend->encode(&call, sink_, (*view)->get());
  call.close();
  turn.unlock();
  return request_of(call, "encode the report", status);
}

Result<Pushed> OpenBackend::encode_poll(const std::vector<std::uint64_t>& tokens) {
  if (auto open = be_open(); !open) return open.error();
  Turn turn(*backend_.exclusion, longest_turn);
  if (!turn) return busy();
  BackendCall call(Function::encode_poll, context(), log_);
  const ktel_status status = backend_.backend->encode_poll(
      &call, sink_, tokens.data(), static_cast<std::uint32_t>(tokens.size()));
  call.close();
  turn.unlock();
  return request_of(call, "ask for acknowledgements", status);
}

Result<Pushed> OpenBackend::request_of(BackendCall& call, std::string_view what,
                                       ktel_status status) const {
  check(call);
  if (call.unset_secret) return std::move(*call.unset_secret);
  if (status < 0) {
    const bool refused = status == KTEL_E_INVALID || status == KTEL_E_LIMIT;
    return Error{refused ? Errc::bad_input : Errc::no_result, sentence(call, what, status)};
  }
  if (!call.pushed) {
    return Error{Errc::no_result,
                 fmt::format("backend {} could not {}, for it made no request: please tell its "
                             "maker",
                             backend_.declaration->name, what)};
  }
  return std::move(*call.pushed);
}

Result<std::vector<std::pair<std::string, std::string>>> OpenBackend::headers(
    const Pushed& pushed) const {
  std::vector<std::pair<std::string, std::string>> filled;
  for (const auto& [name, value] : pushed.request.headers) {
    auto with_secrets = put_secrets_in(value, *backend_.declaration, params_);
    if (!with_secrets) return with_secrets.error();
    filled.emplace_back(name, std::move(*with_secrets));
  }
  return filled;
}

Attempt OpenBackend::judged(const BackendCall& call, std::string_view what,
                            ktel_status status) const {
  Attempt attempt;
  if (status < 0) {
    attempt.cause = Cause::io;
    attempt.text = sentence(call, what, status);
    return attempt;
  }
  const Said outcome = call.outcomes[0].value_or(Said{.result = KTEL_RETRY, .text = {}});
  attempt.outcome = outcome_of(outcome.result);
  attempt.token = outcome.token;
  const bool good = attempt.outcome == Outcome::delivered || attempt.outcome == Outcome::pending;
  const std::uint32_t unsaid = good ? KTEL_UP : KTEL_DOWN;
  const Said verdict = call.verdict.value_or(Said{.result = unsaid, .text = {}});
  attempt.verdict = verdict_of(verdict.result);
  attempt.cause = cause_of(verdict.cause != KTEL_CAUSE_NONE ? verdict.cause : outcome.cause);
  attempt.code = outcome.code != 0 ? outcome.code : verdict.code;
  attempt.after = std::max(outcome.after, verdict.after);
  attempt.text = clean(outcome.text.empty() ? verdict.text : outcome.text);
  if (attempt.text.empty() && !good) {
    attempt.text =
        fmt::format("backend {} did not say what became of the report: please tell its maker",
                    backend_.declaration->name);
  }
  return attempt;
}

// A backend shortens what it quotes, so secrets go before it sees the answer.
void OpenBackend::scrub(HttpResponse& response) const {
  response.body = services_.secrets->scrub(response.body);
  for (auto& [name, value] : response.headers) value = services_.secrets->scrub(value);
}

Attempt OpenBackend::decode(const Outgoing& report, HttpResponse response) {
  const auto view = ReportView::open(report, services_.ktel_version);
  if (!view) return not_encoded(view.error());
  scrub(response);
  const ResponseView answer(response);
  Turn turn(*backend_.exclusion, longest_turn);
  if (!turn) return not_encoded(busy());
  BackendCall call(Function::decode, context(), log_);
  const ktel_status status = backend_.backend->decode(&call, sink_, (*view)->get(), &answer.get());
  call.close();
  turn.unlock();
  check(call);
  Attempt attempt = judged(call, "read the answer", status);
  // A server that names a time is heard even where the backend forgets it.
  const std::chrono::milliseconds wait(answer.get().retry_after_ms);
  if (attempt.outcome == Outcome::retry) attempt.after = std::max(attempt.after, wait);
  return attempt;
}

Polled OpenBackend::decode_poll(const std::vector<std::uint64_t>& tokens, HttpResponse response) {
  Attempt nothing_new;
  nothing_new.outcome = Outcome::pending;
  Polled polled{.reports = std::vector<Attempt>(tokens.size(), nothing_new), .destination = {}};
  scrub(response);
  const ResponseView answer(response);
  Turn turn(*backend_.exclusion, longest_turn);
  if (!turn) {
    polled.destination = not_encoded(busy());
    return polled;
  }
  BackendCall::Context judging = context();
  judging.reports = tokens.size();
  BackendCall call(Function::decode_poll, judging, log_);
  const ktel_status status = backend_.backend->decode_poll(
      &call, sink_, tokens.data(), static_cast<std::uint32_t>(tokens.size()), &answer.get());
  call.close();
  turn.unlock();
  check(call);
  if (status < 0) {
    polled.destination.cause = Cause::io;
    polled.destination.text = sentence(call, "read the acknowledgements", status);
    return polled;
  }
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::optional<Said>& said = call.outcomes[i];
    if (!said) continue;
    Attempt& attempt = polled.reports[i];
    attempt.outcome = outcome_of(said->result);
    attempt.verdict = Verdict::up;
    attempt.cause = cause_of(said->cause);
    attempt.code = said->code;
    attempt.after = said->after;
    attempt.text = clean(said->text);
  }
  const Said verdict = call.verdict.value_or(Said{.result = KTEL_UP, .text = {}});
  polled.destination.verdict = verdict_of(verdict.result);
  polled.destination.cause = cause_of(verdict.cause);
  polled.destination.code = verdict.code;
  polled.destination.after =
      std::max(verdict.after, std::chrono::milliseconds(answer.get().retry_after_ms));
  polled.destination.text = clean(verdict.text);
  return polled;
}

Attempt OpenBackend::deliver(const Outgoing& report, std::stop_token stop,
                             std::chrono::steady_clock::time_point deadline) {
  const auto view = ReportView::open(report, services_.ktel_version);
  if (!view) return not_encoded(view.error());
  BackendCall call(Function::deliver, context(), log_, std::move(stop), deadline);
  const ktel_status status = backend_.backend->deliver(&call, sink_, (*view)->get());
  call.close();
  check(call);
  return judged(call, "deliver the report", status);
}

Attempt not_encoded(const Error& error) {
  Attempt attempt;
  attempt.verdict = Verdict::up;
  attempt.text = error.message;
  if (error.code == Errc::bad_input) {
    attempt.outcome = Outcome::rejected;
    attempt.cause = Cause::data;
    attempt.text = "encode: " + error.message;
  } else if (error.code == Errc::not_found) {
    attempt.verdict = Verdict::blocked;
    attempt.cause = Cause::config;
  } else {
    attempt.cause = Cause::io;
  }
  return attempt;
}

}  // namespace ktel::delivery
