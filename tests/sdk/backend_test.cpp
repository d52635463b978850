// A sink as a class: what its constructor is handed, and what it may ask during a call.
#include <doctest/doctest.h>
#include <ktel/sdk/backend.hpp>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sdk = ktel::sdk;

TEST_SUITE("sdk/backend") {
  namespace {

  // A host with one parameter of each kind and nothing else.
  struct Call : ktel_call {
    static inline std::string reason;

    Call() : ktel_call{&table} {
      table.fail = [](ktel_call*, ktel_status, ktel_str why) noexcept { reason = sdk::view(why); };
      table.cancelled = [](ktel_call*) noexcept -> ktel_status { return KTEL_E_CANCELLED; };
      table.remaining_ns = [](ktel_call*) noexcept { return std::int64_t{5}; };
      table.param = [](ktel_call*, std::uint32_t param, ktel_value* value) noexcept -> ktel_status {
        value->type = param == 0 ? KTEL_V_STRING : param == 1 ? KTEL_V_BOOL : KTEL_V_I64;
        value->i64 = param;
        if (param == 0) value->str = ktel_text("here");
        return param < 3 ? KTEL_OK : KTEL_E_ABSENT;
      };
      table.service = [](ktel_call*, const char* id) noexcept -> const void* {
        if (std::string_view(id) != "ktel.secret/1") return &delivery;
        return grants_secrets ? &secrets : nullptr;
      };
    }

    ktel_host table{};
    static inline const ktel_delivery delivery{};
    // Of the parameters 0 is a secret that is set and 1 one that is not.
    static inline const ktel_secret secrets{
        sizeof(ktel_secret), 0,
        [](ktel_call*, std::uint32_t param, ktel_str, std::uint8_t mac[32]) noexcept {
          if (param == 0) std::fill_n(mac, 32, std::uint8_t{1});
          return ktel_status{param == 0 ? KTEL_OK : param == 1 ? KTEL_E_ABSENT : KTEL_E_INVALID};
        },
        nullptr};
    static inline bool grants_secrets = true;
  };

  struct Plain {
    Plain(sdk::Delivery, const ktel_target& target) {
      if (target.path.len == 0) throw std::runtime_error("give a path");
    }
  };

  struct Informed {
    Informed(sdk::Delivery host, const ktel_target&, void* self, const ktel_backend& backend)
        : state(self), user(backend.user), where(host.text(0)) {
      CHECK(host.flag(1));
      CHECK(host.param<std::int64_t>(2) == 2);
      CHECK_FALSE(host.param(3).has_value());
      CHECK(host.cancelled());
      CHECK(host.remaining().count() == 5);
    }
    void* state;
    const void* user;
    std::string where;
  };

  }  // namespace

  TEST_CASE("what a constructor throws refuses the destination") {
    Call call;
    ktel_target target{};
    void* sink = nullptr;

    CHECK(sdk::open_sink<Plain>(&call, nullptr, nullptr, &target, &sink) == KTEL_E_FAILED);
    CHECK(Call::reason == "give a path");
    target.path = ktel_text("/x");
    REQUIRE(sdk::open_sink<Plain>(&call, nullptr, nullptr, &target, &sink) == KTEL_OK);
    CHECK(sdk::close_sink<Plain>(&call, sink) == KTEL_OK);
  }

  TEST_CASE("a constructor may ask for what start made and for the declaration") {
    Call call;
    int state = 0;
    const int user = 0;
    const ktel_backend backend{.name = "acme-sink", .user = &user};
    const ktel_target target{};
    void* sink = nullptr;

    REQUIRE(sdk::open_sink<Informed>(&call, &state, &backend, &target, &sink) == KTEL_OK);

    const auto* informed = static_cast<Informed*>(sink);
    CHECK(informed->state == &state);
    CHECK(informed->user == &user);
    CHECK(informed->where == "here");
    sdk::close_sink<Informed>(&call, sink);
  }

  TEST_CASE("whether a secret is set can be asked, where the host grants secrets at all") {
    Call call;
    const sdk::Delivery host(&call);

    CHECK(host.has_secret(0));
    CHECK_FALSE(host.has_secret(1));
    CHECK_FALSE(host.has_secret(2));
    Call::grants_secrets = false;
    CHECK_FALSE(host.has_secret(0));
    Call::grants_secrets = true;
  }
}
