// What the tests of reads share: declarations in one line, rows as text, a run of collect().
#pragma once

#include <fmt/format.h>
#include <ktel/abi/job.h>

#include <future>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cluster/collector.hpp"
#include "cluster/table.hpp"
#include "json/path.hpp"

namespace ktel::test {

inline plugin::Read read(std::uint32_t verb, std::string group, std::string resource,
                         std::string_view paths = {}) {
  plugin::Read read;
  read.id = resource;
  read.verb = verb;
  read.group = std::move(group);
  read.versions = {"v1"};
  read.resource = std::move(resource);
  read.paths = json::parse_paths(paths).value();
  return read;
}

inline plugin::Read raw(std::string url, std::string_view paths) {
  plugin::Read read;
  read.id = "raw";
  read.verb = KTEL_READ_RAW;
  read.url = std::move(url);
  read.paths = json::parse_paths(paths).value();
  return read;
}

inline plugin::Read metrics(std::vector<std::string> names, std::string_view paths) {
  plugin::Read read = raw("/metrics", paths);
  read.id = "metrics";
  read.verb = KTEL_READ_METRICS;
  read.metrics = std::move(names);
  return read;
}

inline cluster::JobReads job(std::string name, std::vector<plugin::Read> reads) {
  cluster::JobReads job;
  job.job = std::move(name);
  job.wanted.assign(reads.size(), true);
  job.reads = std::move(reads);
  return job;
}

inline std::string show(const ktel_value& value) {
  switch (value.type) {
    case KTEL_V_BOOL:
      return value.i64 != 0 ? "true" : "false";
    case KTEL_V_I64:
      return fmt::format("{}", value.i64);
    case KTEL_V_F64:
      return fmt::format("{}f", value.f64);
    case KTEL_V_STRING:
      return std::string(value.str.ptr, value.str.len);
    case KTEL_V_JSON:
      return "#" + std::string(value.str.ptr, value.str.len);
    case KTEL_V_LIST: {
      std::string text = "[";
      for (std::uint32_t i = 0; i < value.count; ++i) {
        text += (i > 0 ? " " : "") + show(value.items[i]);
      }
      return text + "]";
    }
    default:
      return "-";
  }
}

// Each row as "version: cell cell", in the table's order.
inline std::vector<std::string> rows_of(const cluster::Table& table) {
  std::vector<std::string> rows;
  table.each([&rows](const ktel_row& row) {
    std::string text(row.version.ptr, row.version.len);
    text += ":";
    for (std::uint32_t i = 0; i < row.count; ++i) text += " " + show(row.cells[i]);
    rows.push_back(text);
    return ktel_status{KTEL_OK};
  });
  return rows;
}

struct Collected {
  std::vector<std::vector<cluster::ReadResult>> results;  // by job and read
  cluster::CollectStats stats;

  const cluster::ReadResult& at(std::size_t job, std::size_t read) const {
    return results[job][read];
  }
  std::vector<std::string> rows(std::size_t job, std::size_t read) const {
    const auto& table = at(job, read).table;
    return table ? rows_of(*table) : std::vector<std::string>{"no table"};
  }
  std::string text(std::size_t job, std::size_t read) const {
    const auto& finding = at(job, read).finding;
    return finding ? finding->text : "no finding";
  }
};

// Waits until collect() has finished.
inline Collected collect_all(std::shared_ptr<cluster::Source> source,
                             std::vector<cluster::JobReads> jobs,
                             cluster::CollectOptions options = {}, std::stop_token stop = {}) {
  Collected all;
  std::promise<void> finished;
  for (const cluster::JobReads& job : jobs) all.results.emplace_back(job.reads.size());
  cluster::CollectEvents events;
  events.read_ended = [&all](std::size_t job, std::size_t read, cluster::ReadResult result) {
    all.results[job][read] = std::move(result);
  };
  events.finished = [&](cluster::CollectStats stats) {
    all.stats = stats;
    finished.set_value();
  };
  cluster::collect(std::move(source), std::move(jobs), std::move(options), std::move(stop),
                   std::move(events));
  finished.get_future().wait();
  return all;
}

}  // namespace ktel::test
