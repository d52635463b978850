// A sample walked as the JSON it would be.
#include "cluster/metrics_rows.hpp"

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "json/walker.hpp"

namespace ktel::cluster {
namespace {

void walk_value(json::Walker& walker, double value) {
  constexpr double beyond = 9223372036854775808.0;  // 2^63
  if (!std::isfinite(value)) {
    walker.null();
  } else if (value == std::trunc(value) && value >= -beyond && value < beyond) {
    walker.integer(static_cast<std::int64_t>(value));
  } else {
    walker.real(value);
  }
}

void walk_labels(json::Walker& walker, const std::vector<Sample::Label>& labels) {
  walker.begin_object();
  for (const Sample::Label& label : labels) {
    walker.key(label.name);
    walker.text(label.value);
  }
  walker.end();
}

void walk(json::Walker& walker, const Sample& sample) {
  walker.begin_object();
  walker.key("name");
  walker.text(sample.name);
  if (!sample.labels.empty()) {
    walker.key("labels");
    walk_labels(walker, sample.labels);
  }
  walker.key("value");
  walk_value(walker, sample.value);
  walker.end();
}

}  // namespace

SampleSink rows_of_samples(std::shared_ptr<const json::PathTrie> paths, json::RowSink sink) {
  return [walker = std::make_shared<json::Walker>(std::move(paths), json::CellLimits()),
          sink = std::move(sink)](const Sample& sample) {
    walker->reset();
    walk(*walker, sample);
    return sink(walker->cells());
  };
}

}  // namespace ktel::cluster
