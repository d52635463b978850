// Declarations written and read again.
#include "plugin/declaration_json.hpp"

#include <doctest/doctest.h>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include "json/canonical.hpp"
#include "plugin/descriptor.hpp"
#include "sample_plugin.hpp"

using namespace ktel;

TEST_SUITE("core/plugin/declaration_json") {
  TEST_CASE("a declaration comes back as it was") {
    const test::SamplePlugin sample;
    const plugin::Plugin plugin = plugin::describe(sample.get()).value().plugin;
    const std::string text = json::canonical(plugin::declaration_json(plugin));

    const auto parsed = json::parse_strict(text);
    REQUIRE(parsed.has_value());
    const auto back = plugin::plugin_from_json(parsed.value());

    REQUIRE_MESSAGE(back.has_value(), back.error().message);
    CHECK(json::canonical(plugin::declaration_json(back.value())) == text);
    CHECK(plugin::declaration_digest(back.value()) == plugin::declaration_digest(plugin));
    CHECK(back.value().jobs[0].reads[1].paths[0] == plugin.jobs[0].reads[1].paths[0]);
  }

  TEST_CASE("the digest tells two declarations apart") {
    const test::SamplePlugin sample;
    plugin::Plugin plugin = plugin::describe(sample.get()).value().plugin;
    const std::string before = plugin::declaration_digest(plugin);

    plugin.jobs[0].fields[0].sensitivity = KTEL_S_PRODUCT;

    CHECK(plugin::declaration_digest(plugin) != before);
  }

  TEST_CASE("what is no declaration is refused by its member") {
    const test::SamplePlugin sample;
    const auto good = plugin::declaration_json(plugin::describe(sample.get()).value().plugin);

    auto missing = good;
    missing.as_object().erase("id");
    CHECK(plugin::plugin_from_json(missing).error().message == "plugin.id is missing");

    auto wrong = good;
    wrong.as_object()["jobs"].as_array()[0].as_object()["timeout_ms"] = -1;
    CHECK(plugin::plugin_from_json(wrong).error().message ==
          "plugin.jobs.timeout_ms is of the wrong kind");

    auto path = good;
    path.as_object()["jobs"].as_array()[0].as_object()["needs"].as_array()[0].as_object()["paths"] =
        {"a..b"};
    CHECK(plugin::plugin_from_json(path).error().message ==
          "plugin.jobs.needs.paths is of the wrong kind");

    CHECK(plugin::plugin_from_json("text").error().message == "plugin is of the wrong kind");
  }
}
