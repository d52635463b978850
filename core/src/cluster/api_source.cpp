// The kinds of reads, each performed by its own (api_read.hpp).
#include "cluster/api_source.hpp"

#include <utility>

#include "cluster/api_read.hpp"
#include "cluster/finding.hpp"

namespace ktel::cluster {

ApiSource::ApiSource(std::shared_ptr<ApiClient> client, std::shared_ptr<DiscoveryCache> cache)
    : context_(std::make_shared<ApiContext>()) {
  context_->client = std::move(client);
  context_->discoveries = cache ? std::move(cache) : std::make_shared<DiscoveryCache>();
}

std::string ApiSource::description() const { return context_->client->access().description; }

void ApiSource::discover(DiscoveryNeed need, std::stop_token stop,
                         std::function<void(DiscoveryEnd)> done) {
  read_discovery(context_, std::move(need), std::move(stop), std::move(done));
}

void ApiSource::fetch(FetchRequest request, std::stop_token stop,
                      std::function<void(FetchEnd)> done) {
  switch (request.fetch->kind) {
    case Fetch::Kind::list:
    case Fetch::Kind::count:
      return read_list(context_, std::move(request), std::move(stop), std::move(done));
    case Fetch::Kind::raw:
    case Fetch::Kind::metrics:
      return read_raw(context_, std::move(request), std::move(stop), std::move(done));
    case Fetch::Kind::served:
      break;  // `collect` answers it from discovery
  }
  done(end_of(failed(Errc::internal, request.fetch->what() + ": what is served is not fetched"),
              {}));
}

}  // namespace ktel::cluster
