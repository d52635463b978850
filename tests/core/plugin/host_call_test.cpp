// The C table a plugin is given: total, closed after the call, and nothing thrown crosses it.
#include "plugin/host_call.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace ktel;
using plugin::HostCall;

namespace {

using Lines = std::vector<std::pair<LogLevel, std::string>>;

Logger into(Lines& lines) {
  return Logger([&lines](LogLevel level, std::string_view,
                         std::string_view text) { lines.emplace_back(level, text); },
                nullptr);
}

class Throwing : public HostCall {
 public:
  Throwing() : HostCall(Logger()) {}
  ktel_status put(std::uint32_t, const ktel_value*) override { throw std::runtime_error("ours"); }
};

}  // namespace

TEST_SUITE("core/plugin/host_call") {
  TEST_CASE("what a kind of call does not offer is answered, every slot of it") {
    HostCall call{Logger()};
    const ktel_host& host = *call.host;
    ktel_value value{};
    const ktel_row* row = nullptr;

    CHECK(host.struct_size == sizeof(ktel_host));
    CHECK(host.cancelled(&call) == KTEL_OK);
    CHECK(host.remaining_ns(&call) == INT64_MAX);
    CHECK(host.now_us(&call) > 0);
    CHECK(host.param(&call, 0, &value) == KTEL_E_INVALID);
    CHECK(host.param(&call, 0, nullptr) == KTEL_E_INVALID);
    CHECK(host.need(&call, 0, &row) == KTEL_E_INVALID);
    CHECK(host.put(&call, 0, &value) == KTEL_E_STATE);
    CHECK(host.put(&call, 0, nullptr) == KTEL_E_INVALID);
    CHECK(host.put_entry(&call, 0, {nullptr, 0}, &value) == KTEL_E_STATE);
    CHECK(host.add(&call, 0, {nullptr, 0}, 1) == KTEL_E_STATE);
    CHECK(host.service(&call, "ktel.cluster/1") == nullptr);
    CHECK(host.service(&call, nullptr) == nullptr);
    CHECK_FALSE(call.misused());
  }

  TEST_CASE("a call that has returned answers E_STATE, and remembers who asked") {
    Lines lines;
    HostCall call(into(lines));
    call.close();

    CHECK(call.host->cancelled(&call) == KTEL_E_STATE);
    call.host->log(&call, KTEL_LOG_INFO, ktel_text("late"));
    call.host->fail(&call, KTEL_E_FAILED, ktel_text("late"));

    CHECK(call.misused());
    CHECK(lines.empty());
    CHECK(call.reason() == "");
  }

  TEST_CASE("an exception of ours becomes a status") {
    Throwing call;
    const ktel_value value{};

    CHECK(call.host->put(&call, 0, &value) == KTEL_E_FAILED);
  }

  TEST_CASE("the last reason is kept, 1 KiB of it") {
    HostCall call{Logger()};

    call.host->fail(&call, KTEL_E_FAILED, ktel_text("first"));
    const std::string longer(3000, 'x');
    call.host->fail(&call, KTEL_E_FAILED, {longer.data(), longer.size()});

    CHECK(call.reason() == std::string(1024, 'x'));
  }

  TEST_CASE("a flood of lines is cut off, with a word") {
    Lines lines;
    HostCall call(into(lines));

    for (int i = 0; i < 1500; ++i) call.host->log(&call, KTEL_LOG_ERROR, ktel_text("again"));

    REQUIRE(lines.size() == 1001);
    CHECK(lines.front() == std::pair(LogLevel::error, std::string("again")));
    CHECK(lines.back() ==
          std::pair(LogLevel::warn, std::string("more than 1000 lines in one run; the rest is left "
                                                "out")));
  }
}
