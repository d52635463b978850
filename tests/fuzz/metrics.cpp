// Prometheus text in any pieces: the same samples and the same sentence, which quotes nothing; and
// samples that are written out again are read as they were.
#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

#include "cells.hpp"
#include "cluster/metrics_parser.hpp"
#include "cluster/metrics_rows.hpp"
#include "property.hpp"

using namespace ktel;
using namespace ktel::fuzz;
using cluster::MetricsParser;
using cluster::Sample;

namespace {

const std::vector<std::string> names = {"up", "apiserver_storage_objects", "a:b"};

struct Seen {
  std::vector<Sample> samples;
  std::vector<std::string> rows;
  std::string error;  // empty: none
};

Seen parse(std::string_view text, Cut cut) {
  Seen seen;
  static const auto paths = std::make_shared<const json::PathTrie>(
      json::parse_paths("name labels.resource labels['le*'] value").value());
  const cluster::SampleSink rows =
      cluster::rows_of_samples(paths, [&](std::span<const json::Cell> cells) {
        seen.rows.push_back(show(cells));
        return Result<void>();
      });
  MetricsParser parser(names, [&](const Sample& sample) {
    seen.samples.push_back(sample);
    return rows(sample);
  });
  feed(parser, text, cut);
  const Result<void> done = parser.finish();
  if (!done) seen.error = done.error().message;
  return seen;
}

bool same(const Sample& a, const Sample& b) {
  return a.name == b.name && a.labels == b.labels &&
         (a.value == b.value || (std::isnan(a.value) && std::isnan(b.value)));
}

bool same(const Seen& a, const Seen& b) {
  return a.rows == b.rows &&
         std::equal(a.samples.begin(), a.samples.end(), b.samples.begin(), b.samples.end(),
                    [](const Sample& x, const Sample& y) { return same(x, y); });
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    c == '\n' ? out += "\\n" : out += c;
  }
  return out;
}

std::string written(const std::vector<Sample>& samples) {
  std::string text;
  for (const Sample& sample : samples) {
    text += sample.name + "{";
    for (const auto& [name, value] : sample.labels) {
      text += fmt::format("{}=\"{}\",", name, escaped(value));
    }
    text += fmt::format("}} {}\n", sample.value);
  }
  return text;
}

// One short line, of words of ours and numbers.
bool quotes_nothing(std::string_view error) {
  return error.size() < 128 &&
         std::all_of(error.begin(), error.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(data, size);
  const Seen whole = parse(text, Cut::whole);
  for (const Cut cut : {Cut::bytes, Cut::pieces}) {
    const Seen cut_up = parse(text, cut);
    require(same(cut_up, whole), "samples do not depend on where chunks end");
    require(cut_up.error == whole.error, "the error does not depend on where chunks end");
  }
  require(quotes_nothing(whole.error), "the error holds nothing of the text");
  require(whole.rows.size() == whole.samples.size(), "a sample is a row");
  if (whole.samples.empty()) return 0;
  const Seen again = parse(written(whole.samples), Cut::whole);
  require(again.error.empty() && same(again, whole), "samples written out are read again");
  return 0;
}
