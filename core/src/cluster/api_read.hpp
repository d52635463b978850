// What `ApiSource` is made of: a class for each kind of read, behind a function that starts one.
//
// Each is alive until its last answer. The callbacks are those of source.hpp.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include <ktel/result.hpp>

#include "cluster/api_client.hpp"
#include "cluster/discovery_cache.hpp"
#include "cluster/source.hpp"
#include "json/projection.hpp"

namespace ktel::cluster {

// What all reads of one source share.
struct ApiContext {
  std::shared_ptr<ApiClient> client;
  std::shared_ptr<DiscoveryCache> discoveries;
  std::atomic<bool> version_asked{false};  // /version, by whichever read needed it first
  std::atomic<int> minor{0};               // of the server's version, as soon as it is known

  // Does the server write lists as it reads them? Before 1.33 a page is built whole in its memory.
  bool streams_lists() const noexcept { return minor >= 33; }

  // Learns the minor from the document at /version.
  static json::Projection version_reader(std::shared_ptr<ApiContext> context);

  // Why an answer that came whole is of no use.
  std::string unreadable(std::string_view path, const Error& why) const;
};

// All pages of all namespaces of one list or count, one after the other.
void read_list(std::shared_ptr<ApiContext> context, FetchRequest request, std::stop_token stop,
               std::function<void(FetchEnd)> done);

// What a URL that is no resource answers: one document, or metrics.
void read_raw(std::shared_ptr<ApiContext> context, FetchRequest request, std::stop_token stop,
              std::function<void(FetchEnd)> done);

// /apis, then /api, as far as they are needed; from servers before 1.26 also the resources of the
// versions that reads ask after. The first that cannot be had is the last.
void read_discovery(std::shared_ptr<ApiContext> context, DiscoveryNeed need, std::stop_token stop,
                    std::function<void(DiscoveryEnd)> done);

// How a read ended that has no rows.
FetchEnd end_of(ReadResult result, CollectStats cost);

// Answers that cannot be used. Their sentences name the server, or the path where it matters, and
// so are the same for all reads that one server fails.
ReadResult failure_of(const ApiAnswer& answer);

// How an answer that is no list ends the read. `ns` was asked for.
ReadResult refusal(const ApiAnswer& answer, const Fetch& fetch, std::string_view ns);

}  // namespace ktel::cluster
