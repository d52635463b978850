// DiscoveryCache: see the header.
#include "cluster/discovery_cache.hpp"

#include <utility>

namespace ktel::cluster {
namespace {

// Far more than the servers one process reads, and still a bound.
constexpr std::size_t most_documents = 64;

}  // namespace

std::optional<DiscoveryCache::Known> DiscoveryCache::find(const std::string& url) const {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(url);
  if (found == known_.end()) return std::nullopt;
  return found->second;
}

void DiscoveryCache::keep(const std::string& url, Known known) {
  const std::lock_guard lock(mutex_);
  if (known.etag.empty()) {
    known_.erase(url);
    return;
  }
  if (known_.size() >= most_documents && known_.find(url) == known_.end()) known_.clear();
  known_.insert_or_assign(url, std::move(known));
}

}  // namespace ktel::cluster
