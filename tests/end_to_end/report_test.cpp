// The proposal's report, on the snapshot that comes with ktel: values, forms, bytes.
#include <doctest/doctest.h>

#include "end_to_end/user.hpp"

using namespace ktel;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

test::Words run(const test::Words& more = {}) {
  return test::Words{"workflows",  "run",    "--jobs", "identify-deployment,identify-platform",
                     "--snapshot", KTEL_DEMO} +
         more;
}

}  // namespace

TEST_SUITE_BEGIN("end_to_end/report");

TEST_CASE("the demo cluster gives the proposal's values") {
  const test::User user;
  const auto r = user.ktel(run({"-o", "yaml"}));
  CHECK(r.exit_code == 0);
  for (const char* line :
       {"  lifecycle: helm\n", "  version: \"2.8.0\"\n", "  last-update: \"2022-05-03 08:46:22\"\n",
        "  arch: amd64\n", "  os: linux\n", "  provider: GKE\n",
        "  kubernetes_version: v1.23.4\n"}) {
    CHECK_MESSAGE(contains(r.out, line), r.out);
  }
}

TEST_CASE("the proposal's second command merges stdin") {
  const test::User user;
  const auto alone = user.ktel(run());
  const auto r = user.ktel(run({"-"}), {.stdin_text = R"({"foo": {"one": 1}})"});
  CHECK(r.exit_code == 0);
  CHECK(r.out == R"({"foo":{"one":1},)" + alone.out.substr(1));
}

TEST_CASE("the report goes to a Splunk over TLS as its canonical bytes") {
  const test::User user;
  test::Receiver receiver(user);
  const auto r = user.ktel(run(receiver.options()));
  REQUIRE_MESSAGE(r.exit_code == 0, r.err);
  const auto accepted = receiver.server().journal().accepted();
  REQUIRE(accepted.size() == 1);
  CHECK(accepted[0].event == r.out);
  CHECK(user.ktel({"reports", "show"}).out == r.out);
  CHECK(user.state() == "delivered");
}

TEST_CASE("the same cluster gives the same bytes") {
  const test::User user;
  CHECK(user.ktel(run()).out == user.ktel(run()).out);
}

TEST_CASE("json, yaml, table and pretty are four views of one report") {
  const test::User user;
  const auto json = user.ktel(run());
  CHECK(user.ktel(run({"-o", "json"})).out == json.out);
  CHECK_FALSE(contains(json.out, "\n"));
  CHECK_FALSE(contains(json.out, ": "));

  const auto pretty = user.ktel(run({"--pretty"}));
  CHECK(pretty.out.starts_with("{\n  \"identify-deployment\": {\n    \""));
  CHECK(pretty.out.ends_with("}\n"));

  const auto table = user.ktel(run({"-o", "table"}));
  CHECK(table.out.starts_with("JOB                  FIELD"));
  CHECK_MESSAGE(contains(table.out, "\nidentify-platform    arch "), table.out);
}

TEST_CASE("a ceiling takes the times out, a denied field goes alone") {
  const test::User user;
  const auto r = user.ktel(run({"--max-sensitivity", "environment"}));
  CHECK(r.exit_code == 0);
  CHECK_FALSE(contains(r.out, "last-update"));
  CHECK(contains(r.out, R"("version":"2.8.0")"));
  CHECK_FALSE(contains(user.ktel(run({"--deny", "*.arch"})).out, "\"arch\""));
}

TEST_CASE("file:// appends the report to a file, and stdout: prints it") {
  const test::User user;
  const std::string file = user.home() / "reports.ndjson";
  const auto r = user.ktel(run({"--report-server", "file://" + file}));
  CHECK_MESSAGE(r.exit_code == 0, r.err);
  CHECK_MESSAGE(contains(test::read_file(file), r.out), test::read_file(file));

  const auto twice = user.ktel(run({"--report-server", "stdout:", "--no-ledger"}));
  CHECK_MESSAGE(twice.exit_code == 0, twice.err);
}

TEST_SUITE_END();
