// `ApiSource`: objects from a live API server, through `ApiClient` (api_client.hpp).
//
// Lists are streamed through the projection page by page (pager.hpp decides), so neither a page nor
// an object is held. 404 is ABSENT, but not a bare one where every API server has something; 403 is
// DENIED and names the missing rule, anything else that is no answer is FAILED. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "cluster/api_client.hpp"
#include "cluster/discovery_cache.hpp"
#include "cluster/source.hpp"

namespace ktel::cluster {

struct ApiContext;

class ApiSource final : public Source {
 public:
  // The client's HttpClient must outlive what is under way. `cache`: of what other sources found
  // out before; null: none.
  explicit ApiSource(std::shared_ptr<ApiClient> client,
                     std::shared_ptr<DiscoveryCache> cache = nullptr);

  std::string description() const override;
  void discover(DiscoveryNeed need, std::stop_token stop,
                std::function<void(DiscoveryEnd)> done) override;
  void fetch(FetchRequest request, std::stop_token stop,
             std::function<void(FetchEnd)> done) override;

 private:
  std::shared_ptr<ApiContext> context_;
};

}  // namespace ktel::cluster
