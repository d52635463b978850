// `DiscoveryCache`: what API servers served when a run last asked, and the ETags to ask by.
//
// One per Host, shared by the sources of its runs, so that where nothing has changed discovery is
// answered by 304 and no bytes. Holds what a document says, never who asked: to each user an API
// server tells the same. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "cluster/discovery.hpp"

namespace ktel::cluster {

class DiscoveryCache {
 public:
  struct Known {
    std::string etag;
    std::shared_ptr<const Discovery> said;
  };

  // `url`: the whole one.
  std::optional<Known> find(const std::string& url) const;

  // Nothing is kept without an ETag.
  void keep(const std::string& url, Known known);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Known> known_;
};

}  // namespace ktel::cluster
