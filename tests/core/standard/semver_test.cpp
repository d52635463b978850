// Versions: what is one, and what is left of it at each granularity.
#include "standard/semver.hpp"

#include <doctest/doctest.h>
#include <ktel/abi/job.h>

#include <string>

using ktel::standard::coarsen_version;

TEST_SUITE_BEGIN("core/standard/semver");

TEST_CASE("a version leaves in the form of its granularity") {
  struct Row {
    const char *text, *major, *minor, *patch;
  };
  for (const Row& row : {Row{"v1.27.8+rke2r1", "v1", "v1.27", "v1.27.8"},
                         Row{"v1.24.1-gke.1400", "v1", "v1.24", "v1.24.1"},
                         Row{"2.8", "2", "2.8", "2.8"}, Row{"3", "3", "3", "3"},
                         Row{"3.4.3.5", "3", "3.4", "3.4.3"}, Row{"v1.2.", "v1", "v1.2", "v1.2"},
                         Row{"1rc1", "1", "1", "1"}, Row{"2.8-alpine", "2", "2.8", "2.8"}}) {
    CAPTURE(row.text);
    CHECK(coarsen_version(row.text, KTEL_G_MAJOR) == row.major);
    CHECK(coarsen_version(row.text, KTEL_G_MINOR) == row.minor);
    CHECK(coarsen_version(row.text, KTEL_G_PATCH) == row.patch);
    CHECK(coarsen_version(row.text, KTEL_G_FULL) == row.text);
    CHECK(coarsen_version(row.text, 0) == row.text);
  }
}

TEST_CASE("what is no version does not leave") {
  for (const char* text : {"", "v", "latest", "V1.2", ".1", "v.1", "-1", "1.2 3", "1.2\"", "1.2'",
                           "1.2;a", "1.2=a", "1.2\n", "1.2-\xc3\xa4"}) {
    CAPTURE(text);
    CHECK_FALSE(coarsen_version(text, KTEL_G_MAJOR).has_value());
  }
  CHECK(coarsen_version("1." + std::string(62, '1'), 0).has_value());
  CHECK_FALSE(coarsen_version("1." + std::string(63, '1'), 0).has_value());
  CHECK_FALSE(coarsen_version(std::string_view("1.2\0", 4), 0).has_value());
}

TEST_SUITE_END();
