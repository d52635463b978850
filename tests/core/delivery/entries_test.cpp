// Entries: the body once more, flat and typed.
#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "delivery/entries.hpp"
#include "plugin/host_call.hpp"

TEST_SUITE_BEGIN("core/delivery/entries");

using namespace ktel;
using plugin::view;

TEST_CASE("fields come with their declarations, maps by key, callers' keys as JSON") {
  const auto field = [](const char* name, std::uint32_t type) {
    SentField sent;
    sent.job = "state";
    sent.field = name;
    sent.type = type;
    return sent;
  };
  std::vector<SentField> fields{field("pods", KTEL_T_COUNT), field("by_arch", KTEL_T_MAP),
                                field("ratio", KTEL_T_RATIO), field("tags", KTEL_T_LIST),
                                field("big", KTEL_T_BYTES)};
  fields[0].metric = KTEL_M_GAUGE;
  fields[0].unit = "{pod}";
  fields[0].alias = "p";

  const auto opened = delivery::Entries::open(
      R"({"bar":{"one":1},"foo":[true,null],"state":{"big":18446744073709551615,)"
      R"("by_arch":{"amd64":2,"arm64":1},"pods":12,"ratio":0.5,"tags":["a","b"]}})",
      fields);

  REQUIRE(opened);
  const auto& all = (*opened)->all();
  REQUIRE(all.size() == 8);
  CHECK(view(all[0].job) == "bar");
  CHECK(all[0].field.len == 0);
  CHECK(all[0].type == 0);
  CHECK(all[0].value.type == KTEL_V_JSON);
  CHECK(view(all[0].value.str) == R"({"one":1})");
  CHECK(view(all[1].value.str) == "[true,null]");
  CHECK(view(all[2].field) == "big");
  CHECK(all[2].value.type == KTEL_V_JSON);
  CHECK(view(all[2].value.str) == "18446744073709551615");
  CHECK(view(all[3].field) == "by_arch");
  CHECK(view(all[3].key) == "amd64");
  CHECK(all[3].value.i64 == 2);
  CHECK(view(all[4].key) == "arm64");
  CHECK(view(all[5].job) == "state");
  CHECK(view(all[5].field) == "pods");
  CHECK(all[5].type == KTEL_T_COUNT);
  CHECK(all[5].metric == KTEL_M_GAUGE);
  CHECK(view(all[5].unit) == "{pod}");
  CHECK(view(all[5].alias) == "p");
  CHECK(all[5].value.type == KTEL_V_I64);
  CHECK(all[6].value.f64 == doctest::Approx(0.5));
  REQUIRE(all[7].value.type == KTEL_V_LIST);
  REQUIRE(all[7].value.count == 2);
  CHECK(view(all[7].value.items[1].str) == "b");
}

TEST_CASE("a damaged body is an error, not a report") {
  CHECK_FALSE(delivery::Entries::open("[1]", {}));
  CHECK_FALSE(delivery::Entries::open(R"({"a":)", {}));
}
