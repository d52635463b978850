// `MetricsParser`: the Prometheus text format as it arrives, in chunks of any size, becomes
// samples.
//
// Samples of the metrics that were named are handed on, of all others nothing is kept, and no more
// text is held than one line. Comments, HELP and TYPE among them, timestamps and the exemplars of
// OpenMetrics are passed over. A line that is none of all this ends the parse, for then it is not
// known what the others are; the error says which line, and nothing of what it holds.
//
// Fed by the sources of reads; metrics_rows.hpp makes rows of the samples. Pure. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <ktel/result.hpp>

namespace ktel::cluster {

struct Sample {
  struct Label {
    std::string name;
    std::string value;
    bool operator==(const Label&) const = default;
  };
  std::string name;
  std::vector<Label> labels;  // in the order of the text
  double value = 0;           // infinite and NaN as the text has them
};

// Takes a sample; it is for the call. An Error ends the parse with that error.
using SampleSink = std::function<Result<void>(const Sample& sample)>;

class MetricsParser {
 public:
  static constexpr std::size_t longest_line = 64 * 1024;

  MetricsParser(const std::vector<std::string>& names, SampleSink sink);

  // Fails if the text is no metrics (naming the line) or the sink failed; after that always.
  Result<void> feed(std::string_view chunk);

  // The text is over. Fails if it ends within a line, or there was none.
  Result<void> finish();

 private:
  Result<void> take(std::string_view chunk);
  Result<void> line(std::string_view text);

  std::set<std::string, std::less<>> names_;
  SampleSink sink_;
  std::string begun_;        // the line whose end has not come
  std::uint64_t lines_ = 0;  // that were complete
  Sample sample_;            // kept for its memory
  std::optional<Error> broken_;
};

}  // namespace ktel::cluster
