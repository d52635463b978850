// A directory for one test's ledger, and rows to put into it.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "delivery/ledger.hpp"

namespace ktel::test {

class LedgerDir {
 public:
  LedgerDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ktel-ledger-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~LedgerDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  LedgerDir(const LedgerDir&) = delete;
  LedgerDir& operator=(const LedgerDir&) = delete;

  std::filesystem::path path() const { return path_; }
  delivery::Ledger::Options options() const {
    delivery::Ledger::Options options;
    options.file = path_ / "ledger.db";
    options.busy_timeout = std::chrono::milliseconds(20);
    return options;
  }
  std::unique_ptr<delivery::Ledger> open() const {
    return delivery::Ledger::open(options()).value();
  }

 private:
  std::filesystem::path path_;
};

inline constexpr const char* there = "splunk://splunk.test:8088";

// The n-th report, queued for `there`.
inline delivery::Row row(int n, std::size_t body_size = 0) {
  delivery::Row row;
  row.id = fmt::format("01900000-0000-7000-8000-{:012x}", n);
  row.created_us = 1'700'000'000'000'000 + n;
  row.time_s = 1'700'000'000;
  row.signal = "daily";
  row.body = body_size == 0 ? fmt::format("{{\"n\":{}}}", n) : std::string(body_size, 'x');
  row.record = "{}";
  row.decl = "[]";
  row.destination = there;
  return row;
}

}  // namespace ktel::test
