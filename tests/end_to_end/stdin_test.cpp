// The caller's JSON on stdin: what is merged, and what is refused before anything is collected.
#include <doctest/doctest.h>

#include "end_to_end/user.hpp"
#include "ktel/terminal.hpp"

using namespace ktel;

namespace {

test::RunResult merge(const test::User& user, const std::string& json) {
  return user.report("tests-count", {"-"}, {.stdin_text = json});
}

}  // namespace

TEST_SUITE_BEGIN("end_to_end/stdin");

TEST_CASE("the caller's object stands beside the jobs' parts") {
  const test::User user;
  const auto r = merge(user, "{\"foo\": {\"one\": 1, \"two\": [true, null, \"x\"]}}\n");
  CHECK(r.exit_code == 0);
  CHECK(
      r.out ==
      R"({"foo":{"one":1,"two":[true,null,"x"]},"tests-count":{"is_ready":true,"items_count":3}})");
}

TEST_CASE("without - stdin is not touched") {
  const test::User user;
  const auto r = user.report("tests-count", {}, {.stdin_text = "{\"foo\": 1}"});
  CHECK(r.exit_code == 0);
  CHECK(r.out == R"({"tests-count":{"is_ready":true,"items_count":3}})");
}

TEST_CASE("what cannot be merged is refused, and nothing is collected") {
  const test::User user;
  std::string deep = "1";
  for (int i = 0; i < 20; ++i) deep = "[" + deep + "]";
  const std::string large = "{\"a\": \"" + std::string(600 * 1024, 'x') + "\"}";
  struct Row {
    std::string json;
    std::string says;
  };
  for (const auto& [json, says] : std::vector<Row>{
           {"", "it is empty, one JSON value is expected"},
           {"not json", "not JSON at byte 1: "},
           {"[1, 2]", R"(it is an array, an object is expected: {"foo": {"one": 1}})"},
           {"{\"a\": 1, \"b\": {\"c\": 1, \"c\": 2}}", "b.c is there twice: keep one of them"},
           {"{\"tests-count\": 1}", "key tests-count is the name of a selected job: rename it"},
           {"{\"ktel_id\": 1}", "key ktel_id is reserved, as all of ktel* and _* are: rename it"},
           {"{\"a\": " + deep + "}", "nested deeper than 16 levels: flatten it"},
           {large, "it is larger than the 524288 bytes allowed: send less"},
           {"{\"a\": 1} {\"b\": 2}", "something follows the value"},
           {"{\"a\": 18446744073709551616}",
            "a is an integer beyond 64 bits: write it as a string"}}) {
    CAPTURE(says);
    const auto r = merge(user, json);
    CHECK(r.exit_code == 2);
    CHECK(r.out == "");
    CHECK_MESSAGE(r.err.starts_with("ktel: the JSON to merge: "), r.err);
    CHECK_MESSAGE(r.err.find(says) != r.err.npos, r.err);
    CHECK(r.err.size() < 400);
  }
  CHECK(user.recorded() == 0);
}

TEST_CASE("a credential in the caller's JSON is refused and not repeated") {
  const test::User user;
  const std::string secret = "-----BEGIN RSA PRIVATE KEY-----\\nMIIEow";
  const auto r = merge(user, "{\"a\": {\"b\": \"" + secret + "\"}}");
  CHECK(r.exit_code == 2);
  CHECK(r.out == "");
  CHECK_MESSAGE(r.err.starts_with("ktel: the JSON to merge: a.b holds "), r.err);
  CHECK(r.err.find("MIIEow") == r.err.npos);
}

TEST_CASE("a terminal is not read: the hint shows how to pipe") {
  const test::User user;
  const test::Terminal terminal;
  const auto r =
      user.shell("\"$@\" < " + terminal.name(), {"workflows", "run", "--jobs", "all", "-"});
  CHECK(r.exit_code == 2);
  CHECK(r.err ==
        "ktel: - reads a JSON object from stdin, which is a terminal: pipe one in, as in echo "
        "'{\"key\": 1}' | ktel workflows run ... -\n");
}

TEST_CASE("a stdin that cannot be read is named") {
  const test::User user;
  const auto r = user.shell("\"$@\" < /", {"workflows", "run", "--jobs", "all", "-"});
  CHECK(r.exit_code == 2);
  CHECK(r.err ==
        "ktel: cannot read stdin (Is a directory): pipe a JSON object into it, or leave out -\n");
  const auto closed = user.shell("\"$@\" <&-", {"workflows", "run", "--jobs", "all", "-"});
  CHECK(closed.exit_code == 2);
  CHECK(closed.err.starts_with("ktel: cannot read stdin (Bad file descriptor): "));
}

TEST_SUITE_END();
