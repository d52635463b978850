// One row in, one row into each table.
#include "cluster/fan_out.hpp"

#include <algorithm>

#include "cluster/finding.hpp"

namespace ktel::cluster {
namespace {

constexpr std::size_t counts_only = static_cast<std::size_t>(-1);

}  // namespace

FanOut::FanOut(std::shared_ptr<const Fetch> fetch, std::shared_ptr<TextPool> texts)
    : fetch_(std::move(fetch)), texts_(std::move(texts)) {
  for (const Consumer& consumer : fetch_->consumers) {
    if (consumer.count_only) {
      sink_of_.push_back(counts_only);
      counting_ = true;
      continue;
    }
    const auto known = std::find_if(sinks_.begin(), sinks_.end(), [&](const Sink& sink) {
      return sink.columns == consumer.columns && sink.metrics == consumer.metrics;
    });
    sink_of_.push_back(static_cast<std::size_t>(known - sinks_.begin()));
    if (known == sinks_.end()) {
      sinks_.push_back({consumer.columns, consumer.metrics, writer(consumer.columns), {}, {}, {}});
    }
  }
}

std::unique_ptr<TableWriter> FanOut::writer(const std::vector<std::uint32_t>& columns) const {
  std::vector<json::Path> paths;
  for (const std::uint32_t column : columns) paths.push_back(fetch_->paths[column]);
  return std::make_unique<TableWriter>(std::move(paths), columns, texts_);
}

// The first cell of a metric is its name.
bool FanOut::Sink::wants(std::span<const json::Cell> cells) const {
  return metrics.empty() ||
         std::find(metrics.begin(), metrics.end(), cells[0].text) != metrics.end();
}

Result<void> FanOut::row(std::string_view version, std::span<const json::Cell> cells) {
  bool alive = counting_;
  for (Sink& sink : sinks_) {
    if (!sink.writer) continue;
    Result<void> kept;
    if (sink.wants(cells)) kept = sink.writer->row(version, cells);
    if (!kept) {
      sink.failed = kept.error();
      sink.writer.reset();
    }
    alive = alive || sink.writer;
  }
  if (!alive && !sinks_.empty()) return *sinks_.front().failed;
  return {};
}

void FanOut::restart() {
  for (Sink& sink : sinks_) {
    sink.writer.reset();  // gives its bytes back first
    sink.failed.reset();
    sink.writer = writer(sink.columns);
  }
}

ReadResult FanOut::result(std::size_t consumer, const FetchEnd& end) {
  ReadResult result;
  result.state = end.state;
  result.cause = end.cause;
  result.finding = end.finding;
  const std::size_t index = sink_of_[consumer];
  const bool failed_here = index != counts_only && sinks_[index].failed;
  if (failed_here) {
    const Error& error = *sinks_[index].failed;
    return failed(error.code, fetch_->what() + ": " + error.message);
  }
  if (end.state != ReadState::ok) return result;
  result.count = end.count;
  if (fetch_->consumers[consumer].get && end.count == 0) return no_such_object(*fetch_);
  if (index == counts_only) return result;
  Sink& sink = sinks_[index];
  if (sink.writer) {
    if (const std::uint64_t rows = sink.writer->left_out(); rows > 0) {
      sink.left_out = too_large(fetch_->what(), rows, sink.writer->too_large());
    }
    sink.table = sink.writer->finish();
    sink.writer.reset();
  }
  // Nothing but what could not be read is not nothing.
  if (sink.left_out && sink.table->rows() == 0) {
    return failed(Errc::no_result, sink.left_out->text);
  }
  result.table = sink.table;
  result.count = sink.table->rows();
  result.finding = sink.left_out;
  return result;
}

}  // namespace ktel::cluster
