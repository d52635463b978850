// `Pager`: which page of a list to ask for next, and when a list or a count is complete. Pure.
//
// One for each list, or count, of some namespaces, one after the other. The API source
// (api_list.cpp) performs next() and tells how it ended; then the pager says what to do. What it
// has learned of the server on the way holds to the end. It never takes a list as complete because
// `remainingItemCount` says so: only a page without a continue token ends a list. A count believes
// that number, which is exact, but not where a selector makes the server leave it out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include <ktel/result.hpp>

#include "cluster/read_plan.hpp"
#include "json/projection.hpp"

namespace ktel::cluster {

struct PagerOptions {
  Representation representation = Representation::objects;  // table: count
  bool selective = false;     // a selector is set: the server will not say how many remain
  bool exact_counts = false;  // count by paging
  std::uint32_t page_limit = 1000;
};

class Pager {
 public:
  struct Request {
    Representation representation = Representation::objects;
    std::uint32_t limit = 0;     // 0: all at once
    std::string continue_token;  // empty: the first page
  };

  enum class Step {
    ask,      // perform next()
    restart,  // drop what came so far, of all namespaces, then perform next() of the first
    done,     // that was all of this namespace
    failed,   // error() is
    refused   // what the server answered is: no other page helps
  };

  explicit Pager(const PagerOptions& options);

  // The server is known to write lists as it reads them (1.33 and later): large pages cost it
  // nothing, and all at once may be asked for where pages expire. Holds from the next page on.
  void server_streams();

  // Would it save requests to know whether the server streams?
  bool worth_larger_pages() const noexcept;

  const Request& next() const noexcept { return next_; }

  // A page came, complete.
  Step page(const json::Envelope& page);

  // The server answered next() with an error status.
  Step refused(int status, std::string_view why);

  // The answer to next() ended before it was whole, or took too long.
  Step broke_off();

  // After `done`: begins with the next namespace.
  void next_namespace();

  // Of all namespaces so far.
  std::uint64_t count() const noexcept { return complete_ + count_; }
  // How many there are in this one, where its first page says so; before the last has come.
  std::optional<std::uint64_t> total() const noexcept { return total_; }
  const Error& error() const noexcept { return error_; }

 private:
  Step fail(std::string text);
  Step expired(std::string_view why);
  void start();
  void halve();

  PagerOptions options_;
  Request next_;
  std::uint64_t complete_ = 0;  // in the namespaces before
  std::uint64_t count_ = 0;
  std::optional<std::uint64_t> total_;
  std::uint32_t page_limit_;
  unsigned expired_ = 0;  // how often
  bool streams_ = false;
  bool halved_ = false;
  std::unordered_set<std::size_t> tokens_;  // hashes of those that were followed
  Error error_;
};

}  // namespace ktel::cluster
