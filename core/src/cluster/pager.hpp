// `Pager`: which page of a list to ask for next, and when a list or a count is complete. Pure.
//
// One for each list, or count, of one namespace. The API source (api_source.cpp) performs next()
// and tells how it ended; then the pager says what to do. It never takes a list as complete because
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
  std::uint32_t begun = 0;  // how often this list was begun before, see Pager::begun()
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
    restart,  // drop what came so far, then perform next()
    done,     // count() is the answer
    failed,   // error() is
    refused   // what the server answered is: no other page helps
  };

  explicit Pager(const PagerOptions& options);

  // The server is known to write lists as it reads them (1.33 and later): large pages cost it
  // nothing, and all at once may be asked for where pages expire. Before any next().
  void server_streams();

  const Request& next() const noexcept { return next_; }

  // A page came, complete.
  Step page(const json::Envelope& page);

  // The server answered next() with an error status.
  Step refused(int status, std::string_view why);

  std::uint64_t count() const noexcept { return count_; }
  // How many there are in all, where the first page of a list says so; before the last has come.
  std::optional<std::uint64_t> total() const noexcept { return total_; }
  // How often it restarted. The first time its pages are twice as large; the second time it asks
  // for all at once, if that is bearable: a table, or of a server that streams.
  std::uint32_t begun() const noexcept { return begun_; }
  const Error& error() const noexcept { return error_; }

 private:
  Step fail(std::string text);
  void start();

  PagerOptions options_;
  Request next_;
  std::uint64_t count_ = 0;
  std::optional<std::uint64_t> total_;
  std::uint32_t page_limit_;
  std::uint32_t begun_;
  bool streams_ = false;
  bool halved_ = false;
  std::unordered_set<std::size_t> tokens_;  // hashes of those that were followed
  Error error_;
};

}  // namespace ktel::cluster
