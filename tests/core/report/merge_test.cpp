// The body: the proposal's shape as canonical bytes.
#include "report/merge.hpp"

#include <doctest/doctest.h>
#include <boost/json/parse.hpp>

#include "base/hash.hpp"

using ktel::Errc;
using ktel::report::Body;
using ktel::report::merge;

namespace {

boost::json::object object(const char* text) { return boost::json::parse(text).as_object(); }

}  // namespace

TEST_SUITE_BEGIN("core/report/merge");

TEST_CASE("jobs and callers' keys stand side by side, as the proposal shows") {
  const auto body = merge(
      {{"identify-platform",
        object(R"({"os":"linux","arch":"amd64","kubernetes_version":"v1.23.4","provider":"GKE"})")},
       {"identify-deployment",
        object(R"({"lifecycle":"helm","version":"2.8.0","last-update":"2022-05-03 08:46:22"})")},
       {"cluster-state", {}}},
      object(R"({"foo": {"red": "#ff0000", "blue": "#0000ff"}, "bar": {"one": 1}})"));

  REQUIRE(body.has_value());
  CHECK(
      body->bytes ==
      R"({"bar":{"one":1},"foo":{"blue":"#0000ff","red":"#ff0000"},)"
      R"("identify-deployment":{"last-update":"2022-05-03 08:46:22","lifecycle":"helm","version":"2.8.0"},)"
      R"("identify-platform":{"arch":"amd64","kubernetes_version":"v1.23.4","os":"linux","provider":"GKE"}})");
  CHECK(body->sha256 == ktel::sha256_hex(body->bytes));
  CHECK(body->origins == std::map<std::string, std::string>{{"bar", "operator"},
                                                            {"foo", "operator"},
                                                            {"identify-deployment", "job"},
                                                            {"identify-platform", "job"}});
}

TEST_CASE("a report without a key is none") {
  const auto body = merge({{"cluster-state", {}}}, {});

  REQUIRE_FALSE(body.has_value());
  CHECK(body.error().code == Errc::no_result);
  CHECK(body.error().message == "there is nothing to report: no job found anything it may report");
  CHECK(merge({}, object(R"({"foo":1})")).has_value());
}

TEST_CASE("a report over a million bytes is refused") {
  boost::json::object caller;
  caller["k"] = std::string(1'000'000 - 8, 'x');
  CHECK(merge({}, caller)->bytes.size() == 1'000'000);
  caller["k"] = std::string(1'000'000 - 7, 'x');

  const auto body = merge({}, caller);

  REQUIRE_FALSE(body.has_value());
  CHECK(body.error().code == Errc::no_result);
  CHECK(body.error().message ==
        "the report would have 1000001 bytes, 1000000 are allowed: select fewer jobs or pass less "
        "JSON in");
}

TEST_CASE("a key that a job and the caller both have is refused") {
  const auto body = merge({{"mesh", object(R"({"a":1})")}}, object(R"({"mesh":1})"));

  REQUIRE_FALSE(body.has_value());
  CHECK(body.error().code == Errc::bad_input);
  CHECK(body.error().message == "key mesh is both a job's and the caller's: rename the caller's");
}

TEST_SUITE_END();
