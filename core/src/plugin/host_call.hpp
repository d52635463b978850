// `HostCall`: the host's side of one call into a plugin; the C table over virtual functions.
//
// `workflow::RunContext` and the delivery area derive from it and override what their kind of call
// offers; everything else answers as the ABI says for "not here". The table is total: an exception
// of ours becomes E_FAILED, a call after close() answers E_STATE. Host functions may come from any
// thread, so what a derived class overrides locks for itself.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>

#include <ktel/abi/plugin.h>

#include "base/logger.hpp"

namespace ktel::plugin {

// What a plugin gives without text, whatever length it says, is empty.
inline std::string_view view(ktel_str text) noexcept {
  return text.len == 0 || text.ptr == nullptr ? std::string_view{}
                                              : std::string_view{text.ptr, text.len};
}
inline ktel_str abi(std::string_view text) noexcept { return {text.data(), text.size()}; }

class HostCall : public ktel_call {
 public:
  explicit HostCall(Logger log);
  virtual ~HostCall() = default;
  HostCall(const HostCall&) = delete;
  HostCall& operator=(const HostCall&) = delete;

  // The plugin function has returned: from now on every host function answers E_STATE.
  void close() noexcept { open_ = false; }
  bool open() const noexcept { return open_; }
  // Host functions were called after close(): the plugin keeps what it must not keep.
  bool misused() const noexcept { return misused_; }
  void note_misuse() noexcept { misused_ = true; }

  // What the plugin gave as the reason of its failure; "" if nothing. 1 KiB at most.
  std::string reason() const;

  virtual void log(std::int32_t level, std::string_view line);
  virtual void fail(ktel_status code, std::string_view why);
  virtual ktel_status cancelled() { return KTEL_OK; }
  virtual std::int64_t remaining_ns() { return std::numeric_limits<std::int64_t>::max(); }
  virtual std::int64_t now_us();
  virtual ktel_status param(std::uint32_t, ktel_value*) { return KTEL_E_INVALID; }
  virtual ktel_status need(std::uint32_t, const ktel_row**) { return KTEL_E_INVALID; }
  virtual ktel_status put(std::uint32_t, const ktel_value*) { return KTEL_E_STATE; }
  virtual ktel_status put_entry(std::uint32_t, std::string_view, const ktel_value*) {
    return KTEL_E_STATE;
  }
  virtual ktel_status add(std::uint32_t, std::string_view, std::int64_t) { return KTEL_E_STATE; }
  virtual const void* service(std::string_view) { return nullptr; }

 protected:
  const Logger& logger() const noexcept { return log_; }

 private:
  Logger log_;
  std::atomic<bool> open_{true};
  std::atomic<bool> misused_{false};
  std::atomic<int> lines_{0};
  mutable std::mutex mutex_;
  std::string reason_;
};

}  // namespace ktel::plugin
