// A backend inside the test, for what a well-behaved plugin never does.
#pragma once

#include <ktel/abi/plugin.h>

#include <functional>

#include "delivery/sink.hpp"
#include "plugin/declaration.hpp"

namespace ktel::test {

// The functions of the next calls; unset ones return OK and say nothing. One at a time.
struct FakeBackend {
  std::function<ktel_status(ktel_call*, const ktel_target*)> open;
  std::function<ktel_status(ktel_call*, const ktel_report*)> encode;
  std::function<ktel_status(ktel_call*, const ktel_report*, const ktel_response*)> decode;
  std::function<ktel_status(ktel_call*, const uint64_t*, uint32_t)> encode_poll;
  std::function<ktel_status(ktel_call*, const uint64_t*, uint32_t, const ktel_response*)>
      decode_poll;
  std::function<ktel_status(ktel_call*, const ktel_report*)> deliver;
  int closed = 0;

  plugin::Backend declaration;
  ktel_backend backend{};

  FakeBackend() {
    declaration.name = "fake";
    backend.open = [](ktel_call* call, void* self, const ktel_backend*, const ktel_target* target,
                      void** sink) noexcept -> ktel_status {
      auto& fake = *static_cast<FakeBackend*>(self);
      *sink = self;
      return fake.open ? fake.open(call, target) : KTEL_OK;
    };
    backend.encode = [](ktel_call* call, void* sink,
                        const ktel_report* report) noexcept -> ktel_status {
      auto& fake = *static_cast<FakeBackend*>(sink);
      return fake.encode ? fake.encode(call, report) : KTEL_OK;
    };
    backend.decode = [](ktel_call* call, void* sink, const ktel_report* report,
                        const ktel_response* response) noexcept -> ktel_status {
      auto& fake = *static_cast<FakeBackend*>(sink);
      return fake.decode ? fake.decode(call, report, response) : KTEL_OK;
    };
    backend.encode_poll = [](ktel_call* call, void* sink, const uint64_t* tokens,
                             uint32_t count) noexcept -> ktel_status {
      auto& fake = *static_cast<FakeBackend*>(sink);
      return fake.encode_poll ? fake.encode_poll(call, tokens, count) : KTEL_OK;
    };
    backend.decode_poll = [](ktel_call* call, void* sink, const uint64_t* tokens, uint32_t count,
                             const ktel_response* response) noexcept -> ktel_status {
      auto& fake = *static_cast<FakeBackend*>(sink);
      return fake.decode_poll ? fake.decode_poll(call, tokens, count, response) : KTEL_OK;
    };
    backend.deliver = [](ktel_call* call, void* sink,
                         const ktel_report* report) noexcept -> ktel_status {
      auto& fake = *static_cast<FakeBackend*>(sink);
      return fake.deliver ? fake.deliver(call, report) : KTEL_OK;
    };
    backend.close = [](ktel_call*, void* sink) noexcept -> ktel_status {
      ++static_cast<FakeBackend*>(sink)->closed;
      return KTEL_OK;
    };
  }
  FakeBackend(const FakeBackend&) = delete;
  FakeBackend& operator=(const FakeBackend&) = delete;

  delivery::LoadedBackend loaded() {
    return {.declaration = &declaration, .backend = &backend, .self = this, .exclusion = nullptr};
  }
};

}  // namespace ktel::test
