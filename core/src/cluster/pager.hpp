// `Pager`: which page of a list to ask for next, and when a list or a count is complete. Pure.
//
// One for each list, or count, of one namespace. The API source (api_source.cpp) performs next()
// and tells how it ended; then the pager says what to do. It never takes a list as complete because
// `remainingItemCount` says so: only a page without a continue token ends a list. A count believes
// that number, which is exact, but not where a selector makes the server leave it out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <ktel/result.hpp>

#include "cluster/read_plan.hpp"
#include "json/projection.hpp"

namespace ktel::cluster {

struct PagerOptions {
  Representation representation = Representation::json;  // table: count
  bool selective = false;     // a selector is set: the server will not say how many remain
  bool exact_counts = false;  // count by paging
  std::uint32_t page_limit = 1000;
};

class Pager {
 public:
  struct Request {
    Representation representation = Representation::json;
    std::uint32_t limit = 0;
    std::string continue_token;  // empty: the first page
  };

  enum class Step {
    ask,      // perform next()
    restart,  // drop what came so far, then perform next()
    done,     // count() is the answer
    failed    // error() is
  };

  explicit Pager(const PagerOptions& options);

  const Request& next() const noexcept { return next_; }

  // A page came, complete.
  Step page(const json::Envelope& page);

  // The server answered next() with an error status. Not for 401, 403 and 404, where no other page
  // size helps.
  Step refused(int status, std::string_view why);

  std::uint64_t count() const noexcept { return count_; }
  const Error& error() const noexcept { return error_; }

 private:
  Step fail(std::string text);
  void start(std::uint32_t limit);

  PagerOptions options_;
  Request next_;
  std::uint64_t count_ = 0;
  std::uint32_t page_limit_;
  bool restarted_ = false;
  Error error_;
};

}  // namespace ktel::cluster
