// What a scan child may say, and what it may not.
#include "plugin/scan_messages.hpp"

#include <doctest/doctest.h>

#include "plugin/declaration_json.hpp"
#include "plugin/descriptor.hpp"
#include "sample_plugin.hpp"

using namespace ktel;
using plugin::Scanned;

TEST_SUITE("core/plugin/scan_messages") {
  TEST_CASE("phases are told apart as they come") {
    const test::SamplePlugin sample;
    const Scanned scanned{plugin::describe(sample.get()).value(), std::chrono::milliseconds(7)};
    std::string text = plugin::hello_line("0.1.0");
    CHECK(plugin::read_messages(text).value().version == "0.1.0");
    CHECK_FALSE(plugin::read_messages(text).value().loaded);
    text += plugin::loaded_line();
    CHECK(plugin::read_messages(text).value().loaded);
    CHECK_FALSE(plugin::read_messages(text).value().answered);
    text += plugin::answer_line(scanned);
    CHECK_FALSE(plugin::read_messages(text.substr(0, text.size() - 1)).value().answered);

    const auto received = plugin::read_messages(text);

    REQUIRE(received.has_value());
    REQUIRE(received.value().answered);
    REQUIRE(received.value().answer.has_value());
    CHECK(received.value().answer.value().entry_time == std::chrono::milliseconds(7));
    CHECK(plugin::declaration_digest(received.value().answer.value().description.plugin) ==
          plugin::declaration_digest(scanned.description.plugin));
  }

  TEST_CASE("refused items and refused files come across") {
    plugin::Description description;
    description.refused.push_back({"job x", "run is missing"});
    const std::string hello = plugin::hello_line("1");

    const auto items = plugin::read_messages(hello + plugin::answer_line(Scanned{description, {}}));
    REQUIRE(items.has_value());
    CHECK(items.value().answer.value().description.refused == description.refused);

    const auto file = plugin::read_messages(
        hello + plugin::answer_line(Error{Errc::bad_input, "declined to load here"}));
    REQUIRE(file.has_value());
    CHECK(file.value().answered);
    CHECK(file.value().answer.error().message == "declined to load here");
  }

  TEST_CASE("anything else is garbage") {
    const std::string hello = plugin::hello_line("1");
    for (const std::string& text :
         {std::string("hello\n"), std::string("{}\n"), std::string("[]\n"), hello + "{}\n",
          hello + "{\"plugin\":{},\"refused\":[]}\n", hello + "{\"refused\":3,\"plugin\":{}}\n",
          hello + "\xff\n", hello + "{\"why\":3}\n"}) {
      CAPTURE(text);
      CHECK_FALSE(plugin::read_messages(text).has_value());
    }
  }
}
