// `FanOut`: gives the rows of one fetch to the tables of all reads that wanted them.
//
// Reads with the same columns share a table. Of metrics each gets those it named, whatever the
// others of the fetch do. A row with a cell that is too large is left out of the reads that
// asked for that cell, with a finding. Fed by a source, on one thread at a time; read by `collect`
// once the fetch has ended.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cluster/read_plan.hpp"
#include "cluster/source.hpp"
#include "cluster/table_writer.hpp"

namespace ktel::cluster {

class FanOut final : public RowReceiver {
 public:
  FanOut(std::shared_ptr<const Fetch> fetch, std::shared_ptr<TextPool> texts);

  Result<void> row(std::string_view version, std::span<const json::Cell> cells) override;
  void restart() override;

  // Once, when the source has ended: how consumer i's read ended. Consumers may ask in any order.
  ReadResult result(std::size_t consumer, const FetchEnd& end);

 private:
  struct Sink {
    std::vector<std::uint32_t> columns;
    std::vector<std::string> metrics;
    std::unique_ptr<TableWriter> writer;  // null: failed, or finished
    std::shared_ptr<const Table> table;
    std::optional<Error> failed;
    std::optional<Finding> left_out;  // rows, and why

    bool wants(std::span<const json::Cell> cells) const;
  };
  std::unique_ptr<TableWriter> writer(const std::vector<std::uint32_t>& columns) const;

  std::shared_ptr<const Fetch> fetch_;
  std::shared_ptr<TextPool> texts_;
  std::vector<Sink> sinks_;
  std::vector<std::size_t> sink_of_;  // by consumer
  bool counting_ = false;             // a consumer needs no table
};

}  // namespace ktel::cluster
