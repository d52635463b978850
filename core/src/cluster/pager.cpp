// The count ladder, the page sizes, and the restarts after a continue token has expired.
#include "cluster/pager.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace ktel::cluster {
namespace {

// A table's row without its object is some 140 bytes: large pages cost nothing. Nor do they where
// the server does not hold them.
constexpr std::uint32_t large_limit = 5000;
constexpr std::uint32_t least_limit = 500;

}  // namespace

Pager::Pager(const PagerOptions& options)
    : options_(options),
      page_limit_(options.representation == Representation::table ? large_limit
                                                                  : options.page_limit) {
  next_.representation = options.representation;
  start();
}

void Pager::server_streams() {
  if (std::exchange(streams_, true) || halved_ || page_limit_ >= large_limit) return;
  if (next_.limit == page_limit_) next_.limit = large_limit;
  page_limit_ = large_limit;
}

bool Pager::worth_larger_pages() const noexcept {
  if (streams_ || halved_ || page_limit_ >= large_limit || next_.continue_token.empty()) {
    return false;
  }
  return !total_ || *total_ > count_ + 2 * page_limit_;  // asking is a request, too
}

// From the first page. A count needs no object, only the number of those that remain; where the
// server will not give it, the first page is as large as the others.
void Pager::start() {
  const bool asks_remaining = options_.representation == Representation::table &&
                              !options_.selective && !options_.exact_counts && expired_ == 0;
  const bool all_at_once = expired_ >= 2 && !halved_;
  count_ = 0;
  total_.reset();
  next_.limit = all_at_once ? 0 : asks_remaining ? 1 : page_limit_;
  next_.continue_token.clear();
  tokens_.clear();
}

void Pager::next_namespace() {
  complete_ += count_;
  start();
}

Pager::Step Pager::page(const json::Envelope& page) {
  count_ += page.items;
  if (page.continue_token.empty()) return Step::done;
  const bool counting = options_.representation == Representation::table;
  const bool believable = !options_.selective && !options_.exact_counts;
  if (believable && page.remaining && *page.remaining > 0) {
    const std::uint64_t total = count_ + static_cast<std::uint64_t>(*page.remaining);
    if (counting) {
      count_ = total;
      return Step::done;
    }
    if (tokens_.empty()) total_ = total;
  }
  if (!tokens_.insert(std::hash<std::string>()(page.continue_token)).second) {
    return fail(
        "the API server gives the same continue token again, so the list does not end: check the "
        "proxies between, which may answer from a cache");
  }
  // What cannot make tables answers with objects: then their metadata alone is the least.
  if (counting && page.kind != "Table") next_.representation = Representation::metadata;
  next_.continue_token = page.continue_token;
  next_.limit = page_limit_;
  return Step::ask;
}

Pager::Step Pager::refused(int status, std::string_view why) {
  if (status == 410) return expired(why);
  if (status == 406 && next_.representation == Representation::table) {
    next_.representation = Representation::metadata;
    return Step::ask;
  }
  const bool too_much = status == 413 || status == 500 || status == 504;
  if (too_much && next_.limit > least_limit) {
    halve();
    next_.limit = page_limit_;
    return Step::ask;
  }
  return Step::refused;
}

// The first time pages become twice as large; the second time all is asked for at once, if that is
// bearable: a table, or of a server that streams. Neither where smaller ones were too much.
Pager::Step Pager::expired(std::string_view why) {
  const bool at_once = !halved_ && (next_.representation == Representation::table || streams_);
  if (++expired_ > 2 || (expired_ == 2 && !at_once)) {
    return fail(
        fmt::format("its pages expired again and again while they were read ({}): the cluster "
                    "changes faster than it can be listed; try again",
                    why));
  }
  if (expired_ == 1 && !halved_) page_limit_ *= 2;
  // Never the fresh token the server offers: it continues at another state of the cluster.
  complete_ = 0;
  start();
  return Step::restart;
}

// Some of its items came, and cannot be told from what another try brings.
Pager::Step Pager::broke_off() {
  if (next_.limit <= least_limit) return Step::refused;
  halve();
  complete_ = 0;
  start();
  return Step::restart;
}

void Pager::halve() {
  halved_ = true;
  page_limit_ = std::max(least_limit, next_.limit / 2);
}

Pager::Step Pager::fail(std::string text) {
  error_ = {Errc::no_result, std::move(text)};
  return Step::failed;
}

}  // namespace ktel::cluster
