// BackendCall and the C tables of the delivery and secret services over it.
#include "delivery/backend_call.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

#include "base/hash.hpp"
#include "delivery/url.hpp"
#include "plugin/first_size.hpp"

namespace ktel::delivery {
namespace {

using plugin::view;

constexpr std::size_t max_headers = 64;
constexpr std::size_t max_header = 16 * 1024;
constexpr std::size_t max_body = 16u << 20;
constexpr std::size_t max_text = 16 * 1024;

// The tables live as long as the process: a plugin may try them on any call it holds.
template <class Act>
ktel_status guarded(ktel_call* call, Act&& act) noexcept {
  auto& host = static_cast<plugin::HostCall&>(*call);
  if (!host.open()) {
    host.note_misuse();
    return KTEL_E_STATE;
  }
  auto* self = dynamic_cast<BackendCall*>(&host);
  if (self == nullptr) return KTEL_E_STATE;
  try {
    return std::forward<Act>(act)(*self);
  } catch (...) {
    return KTEL_E_FAILED;
  }
}

ktel_status delivery_request(ktel_call* call, const ktel_request* request) noexcept {
  if (request == nullptr) return KTEL_E_INVALID;
  return guarded(call, [&](BackendCall& self) { return self.push_request(*request); });
}
ktel_status delivery_outcome(ktel_call* call, std::uint32_t index,
                             const ktel_outcome* outcome) noexcept {
  if (outcome == nullptr) return KTEL_E_INVALID;
  return guarded(call, [&](BackendCall& self) { return self.push_outcome(index, *outcome); });
}
ktel_status delivery_verdict(ktel_call* call, const ktel_outcome* verdict) noexcept {
  if (verdict == nullptr) return KTEL_E_INVALID;
  return guarded(call, [&](BackendCall& self) { return self.push_verdict(*verdict); });
}
constexpr ktel_delivery delivery_table = {sizeof(ktel_delivery), 0, delivery_request,
                                          delivery_outcome, delivery_verdict};

ktel_status secret_hmac(ktel_call* call, std::uint32_t param, ktel_str data,
                        std::uint8_t mac[32]) noexcept {
  if (mac == nullptr) return KTEL_E_INVALID;
  return guarded(call, [&](BackendCall& self) { return self.hmac(param, view(data), mac); });
}
ktel_status secret_reveal(ktel_call* call, std::uint32_t param, ktel_str* value) noexcept {
  if (value == nullptr) return KTEL_E_INVALID;
  return guarded(call, [&](BackendCall& self) { return self.reveal(param, value); });
}
constexpr ktel_secret secret_table = {sizeof(ktel_secret), 0, secret_hmac, secret_reveal};

bool is_token(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

bool is_line(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c >= ' ' && c != 0x7f; });
}

Said copied(const ktel_outcome& outcome) {
  return {.result = outcome.result,
          .cause = outcome.cause,
          .code = outcome.code,
          .after = std::chrono::milliseconds(outcome.after_ms),
          .token = outcome.token,
          .text = std::string(view(outcome.text).substr(0, max_text))};
}

// Why a request must not be made; "" if it may.
std::string objection(const Destination& destination, std::string_view text) {
  const auto url = parse_url(text);
  if (!url) return fmt::format("its URL {}", url.error().message);
  const auto target = parse_url("x://" + destination.authority);
  if (!target || url->has_user_info || url->host != target->host ||
      (target->port && url->port != target->port)) {
    return fmt::format("its URL leads to {} and not to {}", url->authority, destination.authority);
  }
  if (url->scheme == "http" && !is_loopback(url->host)) {
    return fmt::format("plain HTTP is for this machine alone, and {} is another", url->host);
  }
  if (url->scheme != "http" && url->scheme != "https") return "its URL is neither https nor http";
  return {};
}

}  // namespace

BackendCall::BackendCall(Function function, Context context, Logger log, std::stop_token stop,
                         std::chrono::steady_clock::time_point deadline)
    : HostCall(std::move(log)),
      outcomes(context.reports),
      function_(function),
      context_(context),
      stop_(std::move(stop)),
      deadline_(deadline) {}

BackendCall::~BackendCall() {
  for (std::string& secret : revealed_) OPENSSL_cleanse(secret.data(), secret.size());
}

ktel_status BackendCall::cancelled() {
  if (stop_.stop_requested()) return KTEL_E_CANCELLED;
  return std::chrono::steady_clock::now() >= deadline_ ? KTEL_E_DEADLINE : KTEL_OK;
}

std::int64_t BackendCall::remaining_ns() {
  if (deadline_ == std::chrono::steady_clock::time_point::max()) return HostCall::remaining_ns();
  const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(
      deadline_ - std::chrono::steady_clock::now());
  return std::max<std::int64_t>(0, left.count());
}

ktel_status BackendCall::param(std::uint32_t index, ktel_value* value) {
  if (index >= context_.declaration.params.size()) return KTEL_E_INVALID;
  if (context_.declaration.params[index].secret) return KTEL_E_DENIED;
  const plugin::ParamValue& bound = context_.params.values[index];
  if (!bound.set) return KTEL_E_ABSENT;
  *value = bound.view();
  return KTEL_OK;
}

const void* BackendCall::service(std::string_view id) {
  if (id == "ktel.delivery/1") return &delivery_table;
  if (id == "ktel.secret/1") return &secret_table;
  return nullptr;
}

ktel_status BackendCall::refuse(std::string why) {
  fail(KTEL_E_DENIED,
       fmt::format("the host made no request for it, for {}: please tell its maker", why));
  return KTEL_E_DENIED;
}

ktel_status BackendCall::push_request(const ktel_request& given) {
  const std::lock_guard lock(mutex_);
  const bool encodes = function_ == Function::encode || function_ == Function::encode_poll;
  if (!encodes || pushed) return KTEL_E_STATE;
  const auto whole = plugin::handed_over(given);
  if (!whole) return KTEL_E_INVALID;
  const ktel_request& request = *whole;
  if (request.header_count > 0 && request.headers == nullptr) return KTEL_E_INVALID;
  if (request.header_count > max_headers || request.body.len > max_body) return KTEL_E_LIMIT;

  const bool preview_alone = context_.declaration.own_io && request.method.len == 0;
  if (!preview_alone) {
    if (!is_token(view(request.method))) return KTEL_E_INVALID;
    const std::string why = objection(context_.destination, view(request.url));
    if (!why.empty()) return refuse(why);
  }
  Pushed copy;
  copy.request.method = view(request.method);
  copy.request.url = view(request.url);
  copy.request.body = view(request.body);
  copy.gzip = (request.flags & KTEL_REQUEST_GZIP) != 0;
  copy.timeout = std::chrono::milliseconds(request.timeout_ms);
  for (std::uint32_t i = 0; i < request.header_count; ++i) {
    const std::string_view name = view(request.headers[i].name);
    const std::string_view value = view(request.headers[i].value);
    if (value.size() > max_header) return KTEL_E_LIMIT;
    if (!is_token(name) || !is_line(value)) return KTEL_E_INVALID;
    const auto filled = put_secrets_in(value, context_.declaration, context_.params);
    if (!filled) {
      if (filled.error().code == Errc::not_found) unset_secret = filled.error();
      return KTEL_E_INVALID;
    }
    copy.request.headers.emplace_back(name, value);
  }
  pushed = std::move(copy);
  return KTEL_OK;
}

ktel_status BackendCall::push_outcome(std::uint32_t index, const ktel_outcome& given) {
  const std::lock_guard lock(mutex_);
  if (!judges()) return KTEL_E_STATE;
  const auto said = plugin::handed_over(given);
  if (index >= outcomes.size() || !said || said->result < KTEL_DELIVERED ||
      said->result > KTEL_REJECTED) {
    return KTEL_E_INVALID;
  }
  if (said->result == KTEL_PENDING && !context_.declaration.has_ack) return KTEL_E_INVALID;
  outcomes[index] = copied(*said);
  return KTEL_OK;
}

ktel_status BackendCall::push_verdict(const ktel_outcome& given) {
  const std::lock_guard lock(mutex_);
  if (!judges()) return KTEL_E_STATE;
  const auto said = plugin::handed_over(given);
  if (!said || said->result < KTEL_UP || said->result > KTEL_BLOCKED) return KTEL_E_INVALID;
  verdict = copied(*said);
  return KTEL_OK;
}

ktel_status BackendCall::secret_state(std::uint32_t param) const {
  const auto& declared = context_.declaration.params;
  if (param >= declared.size() || !declared[param].secret) return KTEL_E_INVALID;
  return context_.params.secrets[param].empty() ? KTEL_E_ABSENT : KTEL_OK;
}

ktel_status BackendCall::hmac(std::uint32_t param, std::string_view data, std::uint8_t* mac) {
  if (const ktel_status state = secret_state(param); state != KTEL_OK) return state;
  const auto bytes = hmac_sha256(context_.params.secrets[param], data);
  std::copy(bytes.begin(), bytes.end(), mac);
  return KTEL_OK;
}

ktel_status BackendCall::reveal(std::uint32_t param, ktel_str* value) {
  if (!context_.declaration.own_io) return KTEL_E_DENIED;
  if (const ktel_status state = secret_state(param); state != KTEL_OK) return state;
  const std::lock_guard lock(mutex_);
  *value = plugin::abi(revealed_.emplace_back(context_.params.secrets[param]));
  return KTEL_OK;
}

Result<std::string> put_secrets_in(std::string_view value, const plugin::Backend& declaration,
                                   const SinkParams& params) {
  std::string filled;
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t open = std::min(value.find("${", at), value.size());
    filled += value.substr(at, open - at);
    if (open == value.size()) break;
    const std::size_t close = value.find('}', open);
    if (close == std::string_view::npos) return Error{Errc::bad_input, "a ${ without its }"};
    const std::string_view name = value.substr(open + 2, close - open - 2);
    const auto found = std::find_if(
        declaration.params.begin(), declaration.params.end(),
        [&](const plugin::Param& param) { return param.secret && param.name == name; });
    if (found == declaration.params.end()) {
      return Error{Errc::bad_input, fmt::format("${{{}}} is no secret", name)};
    }
    const auto index = static_cast<std::size_t>(found - declaration.params.begin());
    if (params.secrets[index].empty()) {
      return Error{Errc::not_found, missing_secret(declaration, found->name).message};
    }
    filled += params.secrets[index];
    at = close + 1;
  }
  return filled;
}

}  // namespace ktel::delivery
