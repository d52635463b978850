// Prometheus text in pieces of any size: what is kept of it, and what is no such text.
#include "cluster/metrics_parser.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace ktel;
using cluster::MetricsParser;
using cluster::Sample;

namespace {

std::string show(const Sample& sample) {
  std::string text = sample.name + "{";
  for (const Sample::Label& label : sample.labels) text += label.name + "=" + label.value + ";";
  return text + fmt::format("}} {}", sample.value);
}

struct Parsed {
  std::vector<std::string> samples;
  std::string error;  // empty: none
  bool operator==(const Parsed&) const = default;
};

Parsed parse(const std::vector<std::string_view>& chunks,
             const std::vector<std::string>& names = {"up", "a:b"}) {
  Parsed parsed;
  MetricsParser parser(names, [&parsed](const Sample& sample) {
    parsed.samples.push_back(show(sample));
    return Result<void>();
  });
  Result<void> done;
  for (const std::string_view chunk : chunks) {
    if (done) done = parser.feed(chunk);
  }
  if (done) done = parser.finish();
  if (!done) parsed.error = done.error().message;
  return parsed;
}

// Of a text of one line.
std::string sample_of(std::string_view line) {
  const Parsed parsed = parse({line, "\n"});
  CHECK(parsed.error == "");
  return parsed.samples.size() == 1 ? parsed.samples[0] : fmt::format("{}", parsed.samples.size());
}

std::string error_of(std::string_view line) {
  constexpr std::string_view front = "it is no Prometheus text at line 2: ";
  const Parsed parsed = parse({"up 1\n", line, "\n"});
  CHECK(parsed.samples == std::vector<std::string>{"up{} 1"});
  CHECK(parsed.error.starts_with(front));
  return parsed.error.substr(std::min(front.size(), parsed.error.size()));
}

constexpr std::string_view all =
    "# HELP up Whether it is there: \\n and {all} \"that\".\n"
    "# TYPE up gauge\n"
    "up{name=\"a\\\\b\\\"c\\nd\",stage=\"\"} 1\n"
    "\n"
    "down{name=\"a\"} 1\n"
    "upper 1\n"
    "up_total 2\n"
    "  up { name = \"\xc3\xbc,}= \" , } +0.5 1700000000000 \n"
    "up\t-3e2\t# {trace_id=\"x\"} 0.5 1700000000.5\n"
    "# EOF\n";
const Parsed all_parsed = {
    {"up{name=a\\b\"c\nd;stage=;} 1", "up{name=\xc3\xbc,}= ;} 0.5", "up{} -300"}, ""};

}  // namespace

TEST_SUITE("core/cluster/metrics_parser") {
  TEST_CASE("samples of the named metrics are handed on, wherever the text is cut") {
    CHECK(parse({all}) == all_parsed);
    for (std::size_t cut = 0; cut <= all.size(); ++cut) {
      CAPTURE(cut);
      CHECK(parse({all.substr(0, cut), all.substr(cut)}) == all_parsed);
    }
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i < all.size(); ++i) bytes.push_back(all.substr(i, 1));
    CHECK(parse(bytes) == all_parsed);
    CHECK(parse({all}, {"down"}).samples == std::vector<std::string>{"down{name=a;} 1"});
    CHECK(parse({all}, {"name"}).samples.empty());
    CHECK(parse({all}, {}).error == "");
  }

  TEST_CASE("a line is a name, perhaps labels, a number, and what nobody asks for") {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"up 1", "up{} 1"},
        {"up{} 1", "up{} 1"},
        {"up{a=\"\"} 1", "up{a=;} 1"},
        {"up{a=\"1\",b_2=\"2\",} 1", "up{a=1;b_2=2;} 1"},
        {"up{a=\"1\"}1", "up{a=1;} 1"},
        {"a:b 7", "a:b{} 7"},
        {"up 1e+06", "up{} 1000000"},
        {"up 0.25", "up{} 0.25"},
        {"up NaN", "up{} nan"},
        {"up +Inf", "up{} inf"},
        {"up -Inf", "up{} -inf"},
        {"up 1 -1", "up{} 1"},
        {"up 1 1.5", "up{} 1"},
        {"up 1 # {} 1", "up{} 1"},
        {"# up 1", "0"},
        {" \t", "0"},
        {"", "0"},
    };
    for (const auto& [line, wanted] : cases) {
      CAPTURE(line);
      CHECK(sample_of(line) == wanted);
    }
  }

  TEST_CASE("what is no such line ends the parse, and nothing of it is quoted") {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"{\"kind\":\"Status\"}", "a metric has no name"},
        {"1up 1", "a metric has no name"},
        {"<html>", "a metric has no name"},
        {"secret", "the value of a metric is no number"},
        {"secret one", "the value of a metric is no number"},
        {"secret +-1", "the value of a metric is no number"},
        {"secret 1x", "the value of a metric is no number"},
        {"secret 0x1", "the value of a metric is no number"},
        {"secret 1\r", "the value of a metric is no number"},
        {"se-cret 1", "the value of a metric is no number"},
        {"secret{a=\"1\"}", "the value of a metric is no number"},
        {"secret{a=\"1\"", "labels do not end"},
        {"secret{a=\"1\" b=\"2\"} 1", "labels do not end"},
        {"secret{", "a label has no name"},
        {"secret{,} 1", "a label has no name"},
        {"secret{\"a\"=\"1\"} 1", "a label has no name"},
        {"secret{a:b=\"1\"} 1", "a label has no value"},
        {"secret{a} 1", "a label has no value"},
        {"secret{a=1} 1", "a label has no value in quotes"},
        {"secret{a=\"1} 1", "the value of a label does not end"},
        {"secret{a=\"1\\", "the value of a label has an escape that is none of \\\\, \\\" and \\n"},
        {"secret{a=\"\\t\"} 1",
         "the value of a label has an escape that is none of \\\\, \\\" and \\n"},
        {"secret{a=\"\xff\"} 1", "the value of a label is not UTF-8"},
        {"secret 1 soon", "what follows a value is no timestamp"},
        {"secret 1 2 3", "something follows a timestamp"},
    };
    for (const auto& [line, why] : cases) {
      CAPTURE(line);
      CHECK(error_of(line) == why);
    }
  }

  TEST_CASE("a text that is cut off is no answer, nor is one that is empty") {
    CHECK(parse({"up 1\nup 12"}).error == "it ends within line 2, so something is missing");
    CHECK(parse({"# HELP up"}).error == "it ends within line 1, so something is missing");
    CHECK(parse({}).error == "it is empty");
    CHECK(parse({"", ""}).error == "it is empty");
    CHECK(parse({"# HELP up\n"}).error == "");
  }

  TEST_CASE("no line is longer than can be held, whatever it is of") {
    const std::string longest(MetricsParser::longest_line - std::string_view("up{a=\"\"} 1").size(),
                              'x');
    const std::string fits = "up{a=\"" + longest + "\"} 1\n";
    const std::string comment = "#" + std::string(MetricsParser::longest_line, ' ') + "\n";

    CHECK(parse({"up 1\n", fits}).samples.size() == 2);
    CHECK(parse({"up 1\n", fits.substr(0, 9), fits.substr(9)}).samples.size() == 2);
    for (const std::string& line : {"u" + fits, comment}) {
      const std::string_view text = line;
      CHECK(parse({"up 1\n", text}).error == "line 2 is longer than 64 KiB");
      CHECK(parse({"up 1\n", text.substr(0, 9), text.substr(9)}).error ==
            "line 2 is longer than 64 KiB");
      // before it has come to its end
      CHECK(parse({text.substr(0, text.size() - 1), "x"}).error == "line 1 is longer than 64 KiB");
    }
  }

  TEST_CASE("an error stays") {
    int samples = 0;
    MetricsParser parser({"up"}, [&samples](const Sample&) -> Result<void> {
      if (++samples == 2) return Error{Errc::no_result, "two are enough"};
      return {};
    });
    CHECK(parser.feed("up 1\nup 2\nup 3\n").error().message == "two are enough");
    CHECK(parser.feed("up 4\n").error().message == "two are enough");
    CHECK(parser.finish().error().message == "two are enough");
    CHECK(samples == 2);
  }
}
