// Is what is kept what was written? A row that is, and each way it may not be.
#include "delivery/verify.hpp"

#include <doctest/doctest.h>
#include <ktel/abi/job.h>

#include "base/hash.hpp"
#include "delivery/record_json.hpp"

using namespace ktel;
using delivery::check_kept;

namespace {

delivery::Row kept(const std::string& body) {
  delivery::Row row;
  row.body = body;
  row.sha256 = sha256_hex(body);
  std::vector<SentField> fields(3);
  fields[0] = {.job = "a", .field = "count", .type = KTEL_T_COUNT};
  fields[1] = {.job = "a", .field = "names", .type = KTEL_T_LIST};
  fields[2] = {.job = "b", .field = "kind", .type = KTEL_T_ENUM};
  row.decl = delivery::to_json(fields);
  return row;
}

}  // namespace

TEST_SUITE("core/delivery/verify") {
  TEST_CASE("what was written, what was erased, and a caller's own keys are well") {
    CHECK_FALSE(check_kept(kept(R"({"a":{"count":3,"names":["x"]},"b":{"kind":"k"}})")));
    CHECK_FALSE(check_kept(
        kept(R"({"a":{"count":3,"names":[]},"b":{"kind":"k"},"mine":{"count":"many"}})")));
    CHECK_FALSE(check_kept(kept("")));
  }

  TEST_CASE("what is wrong is named") {
    const struct {
      const char* body;
      const char* problem;
    } rows[] = {
        {"{", "its body is no JSON object"},
        {"[1]", "its body is no JSON object"},
        {R"({"a": 1})", "its body is not in canonical form"},
        {R"({"a":{"count":3,"names":[]}})", "its body lacks b.kind, which was sent"},
        {R"({"a":{"count":-3,"names":[]},"b":{"kind":"k"}})",
         "its body has a.count of another type than declared"},
        {R"({"a":{"count":3,"names":{}},"b":{"kind":"k"}})",
         "its body has a.names of another type than declared"},
        {R"({"a":{"count":3,"host":"h","names":[]},"b":{"kind":"k"}})",
         "its body has a.host, which nobody declared"},
    };
    for (const auto& row : rows) {
      CAPTURE(row.body);
      CHECK(check_kept(kept(row.body)) == row.problem);
    }
    delivery::Row changed = kept(R"({"a":{"count":3,"names":[]},"b":{"kind":"k"}})");
    changed.intact = false;
    CHECK(check_kept(changed) == "its body is not what was written: the SHA-256 differs");
    changed.intact = true;
    changed.decl = "{";
    CHECK(check_kept(changed)->find("its declarations cannot be read: ") == 0);
  }

  TEST_CASE("each type of a field has its values") {
    const struct {
      std::uint32_t type;
      const char* good;
      const char* bad;
    } rows[] = {{KTEL_T_BOOL, "true", "1"},       {KTEL_T_INT, "-1", "0.5"},
                {KTEL_T_BYTES, "0", "-1"},        {KTEL_T_RATIO, "0.5", "1.5"},
                {KTEL_T_DURATION, "1.5", "-1"},   {KTEL_T_SEMVER, R"("1.2")", "1.2"},
                {KTEL_T_MAP, R"({"k":1})", "[]"}, {KTEL_T_TIME, R"("2026-01-01T00:00:00Z")", "0"}};
    for (const auto& row : rows) {
      CAPTURE(row.type);
      const auto check = [&](const std::string& value) {
        delivery::Row one = kept(R"({"j":{"f":)" + value + "}}");
        one.decl =
            delivery::to_json(std::vector<SentField>{{.job = "j", .field = "f", .type = row.type}});
        return check_kept(one);
      };
      CHECK_FALSE(check(row.good));
      CHECK(check(row.bad) == "its body has j.f of another type than declared");
    }
  }
}
