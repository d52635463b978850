// Guessing what was meant.
#include "plugin/nearest.hpp"

#include <doctest/doctest.h>

using ktel::plugin::nearest;

TEST_SUITE("core/plugin/nearest") {
  TEST_CASE("the nearest word is found, and a far one is not") {
    const std::vector<std::string> known = {"cluster-state", "identify-deployment",
                                            "identify-platform"};

    CHECK(nearest("cluster-sate", known) == "cluster-state");
    CHECK(nearest("identify_platform", known) == "identify-platform");
    CHECK(nearest("clus", known) == "cluster-state");
    CHECK(nearest("pods", known) == "");
    CHECK(nearest("", known) == "");
    CHECK(nearest("cluster", {}) == "");
  }
}
