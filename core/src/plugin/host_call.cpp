// The C table of ktel_host over HostCall's virtual functions.
#include "plugin/host_call.hpp"

#include <utility>

#include "base/one_line.hpp"

namespace ktel::plugin {
namespace {

constexpr std::size_t max_line = 8 * 1024;
constexpr std::size_t max_reason = 1024;
constexpr int max_lines = 1000;

HostCall& host_call(ktel_call* call) noexcept { return *static_cast<HostCall*>(call); }

// Runs `act` for a call that is open; the answer for one that is not, or that throws, is fixed.
template <class Act>
ktel_status guarded(ktel_call* call, Act&& act) noexcept {
  HostCall& host = host_call(call);
  if (!host.open()) {
    host.note_misuse();
    return KTEL_E_STATE;
  }
  try {
    return std::forward<Act>(act)(host);
  } catch (...) {
    return KTEL_E_FAILED;
  }
}

void host_log(ktel_call* call, std::int32_t level, ktel_str line) noexcept {
  guarded(call, [&](HostCall& host) { return host.log(level, view(line)), KTEL_OK; });
}
void host_fail(ktel_call* call, ktel_status code, ktel_str why) noexcept {
  guarded(call, [&](HostCall& host) { return host.fail(code, view(why)), KTEL_OK; });
}
ktel_status host_cancelled(ktel_call* call) noexcept {
  return guarded(call, [](HostCall& host) { return host.cancelled(); });
}
std::int64_t host_remaining_ns(ktel_call* call) noexcept {
  std::int64_t ns = 0;
  guarded(call, [&](HostCall& host) { return ns = host.remaining_ns(), KTEL_OK; });
  return ns;
}
std::int64_t host_now_us(ktel_call* call) noexcept {
  std::int64_t us = 0;
  guarded(call, [&](HostCall& host) { return us = host.now_us(), KTEL_OK; });
  return us;
}
ktel_status host_param(ktel_call* call, std::uint32_t param, ktel_value* value) noexcept {
  if (value == nullptr) return KTEL_E_INVALID;
  return guarded(call, [&](HostCall& host) { return host.param(param, value); });
}
ktel_status host_need(ktel_call* call, std::uint32_t need, const ktel_row** row) noexcept {
  if (row == nullptr) return KTEL_E_INVALID;
  return guarded(call, [&](HostCall& host) { return host.need(need, row); });
}
ktel_status host_put(ktel_call* call, std::uint32_t field, const ktel_value* value) noexcept {
  if (value == nullptr) return KTEL_E_INVALID;
  return guarded(call, [&](HostCall& host) { return host.put(field, value); });
}
ktel_status host_put_entry(ktel_call* call, std::uint32_t field, ktel_str key,
                           const ktel_value* value) noexcept {
  if (value == nullptr) return KTEL_E_INVALID;
  return guarded(call, [&](HostCall& host) { return host.put_entry(field, view(key), value); });
}
ktel_status host_add(ktel_call* call, std::uint32_t field, ktel_str key, std::int64_t n) noexcept {
  return guarded(call, [&](HostCall& host) { return host.add(field, view(key), n); });
}
const void* host_service(ktel_call* call, const char* id) noexcept {
  const void* found = nullptr;
  if (id == nullptr) return found;
  guarded(call, [&](HostCall& host) { return found = host.service(id), KTEL_OK; });
  return found;
}

constexpr ktel_host host_table = {
    sizeof(ktel_host), KTEL_ABI_MAJOR,    KTEL_ABI_MINOR, host_log,    host_fail,
    host_cancelled,    host_remaining_ns, host_now_us,    host_param,  host_need,
    host_put,          host_put_entry,    host_add,       host_service};

}  // namespace

HostCall::HostCall(Logger log) : ktel_call{&host_table}, log_(std::move(log)) {}

std::string HostCall::reason() const {
  const std::lock_guard lock(mutex_);
  return reason_;
}

void HostCall::log(std::int32_t level, std::string_view line) {
  // A plugin that floods the log is cut off, once with a word.
  const int seen = lines_.fetch_add(1);
  if (seen > max_lines) return;
  if (seen == max_lines) {
    log_.warn("more than 1000 lines in one run; the rest is left out");
    return;
  }
  const LogLevel levels[] = {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error};
  const auto known = level < 0 || level > 3 ? 1 : level;
  log_.log(levels[known], one_line(line, max_line));
}

void HostCall::fail(ktel_status, std::string_view why) {
  const std::lock_guard lock(mutex_);
  reason_ = one_line(why, max_reason);
}

std::int64_t HostCall::now_us() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

}  // namespace ktel::plugin
