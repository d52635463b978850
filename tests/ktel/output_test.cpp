// Listings and reports in each of their forms.
#include "output.hpp"

#include <doctest/doctest.h>

using namespace ktel;

namespace {

cli::Listing listing() {
  cli::Listing listing{.columns = {"NAME", "FIELDS", "NOTE"}, .rows = {}, .objects = {}};
  listing.rows = {{"cluster-state", "3", ""}, {"a", "12", "true"}};
  listing.objects = {{{"name", "cluster-state"}, {"fields", 3}, {"notes", boost::json::array()}},
                     {{"name", "a"}, {"fields", 12}, {"notes", {"true"}}}};
  return listing;
}

}  // namespace

TEST_SUITE_BEGIN("ktel/output");

TEST_CASE("a listing has four forms") {
  CHECK(cli::render(listing(), "table").value() ==
        "NAME           FIELDS  NOTE\n"
        "cluster-state  3\n"
        "a              12      true\n");
  CHECK(cli::render(listing(), "name").value() == "cluster-state\na\n");
  CHECK(cli::render(listing(), "json").value() ==
        "[{\"name\":\"cluster-state\",\"fields\":3,\"notes\":[]},"
        "{\"name\":\"a\",\"fields\":12,\"notes\":[\"true\"]}]\n");
  CHECK(cli::render(listing(), "yaml").value() ==
        "- name: cluster-state\n"
        "  fields: 3\n"
        "  notes: []\n"
        "- name: a\n"
        "  fields: 12\n"
        "  notes:\n"
        "    - \"true\"\n");
}

TEST_CASE("a listing without rows still has its columns") {
  const cli::Listing none{.columns = {"NAME", "FIELDS"}, .rows = {}, .objects = {}};
  CHECK(cli::render(none, "table").value() == "NAME  FIELDS\n");
  CHECK(cli::render(none, "name").value() == "");
  CHECK(cli::render(none, "json").value() == "[]\n");
  CHECK(cli::render(none, "yaml").value() == "[]\n");
}

TEST_CASE("a report's forms hold the same values") {
  const std::string report = R"({"foo":{"true":0.5},"job":{"max":1e+300,"mode":"off"}})";
  CHECK(cli::render(report, "json").value() == report);
  CHECK(
      cli::render(report, "pretty").value() ==
      "{\n  \"foo\": {\n    \"true\": 0.5\n  },\n  \"job\": {\n    \"max\": 1e+300,\n    \"mode\": "
      "\"off\"\n  }\n}\n");
  CHECK(cli::render(report, "yaml").value() ==
        "foo:\n  \"true\": 0.5\njob:\n  max: 1.0e+300\n  mode: \"off\"\n");
  CHECK(cli::render(report, "table").value() ==
        "JOB  FIELD  VALUE\n"
        "foo  true   0.5\n"
        "job  max    1e+300\n"
        "job  mode   off\n");
}

TEST_CASE("a report that is damaged is an error, but its bytes can be had") {
  CHECK(cli::render("{\"foo\":", "json").value() == "{\"foo\":");
  for (const char* format : {"pretty", "yaml", "table"}) {
    CAPTURE(format);
    CHECK(cli::render("{\"foo\":", format).error().code == Errc::bad_input);
  }
}

TEST_SUITE_END();
