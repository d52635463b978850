// Words go to the sink without secrets.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/logger.hpp"
#include "base/secrets.hpp"

using namespace ktel;

TEST_SUITE("core/base/logger") {
  TEST_CASE("a secret is scrubbed from what is logged") {
    std::vector<std::string> lines;
    const auto secrets = std::make_shared<Secrets>();
    secrets->add("s3cr3t");
    const Logger logger(
        [&](LogLevel level, std::string_view component, std::string_view text) {
          CHECK(level == LogLevel::warn);
          lines.push_back(std::string(component) + ": " + std::string(text));
        },
        secrets);

    logger.named("cluster").warn("token s3cr3t, again s3cr3t.");

    CHECK(lines == std::vector<std::string>{"cluster: token ***, again ***."});
  }

  TEST_CASE("without a sink nothing happens") { Logger().error("into the void"); }

  TEST_CASE("of secrets within each other the longest goes first") {
    Secrets secrets;
    secrets.add("abcd");
    secrets.add("abcdefgh");
    secrets.add("abcd");

    CHECK(secrets.scrub("x abcdefgh y abcd z") == "x *** y *** z");
  }

  TEST_CASE("a secret too short to be one is not scrubbed") {
    Secrets secrets;
    secrets.add("");
    secrets.add("abc");

    CHECK(secrets.scrub("abc") == "abc");
  }
}
