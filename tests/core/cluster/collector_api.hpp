// What the tests of whole runs of reads share: a source on a fake API server, and answers it gives.
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/http.hpp"
#include "cluster/api_client.hpp"
#include "cluster/api_source.hpp"
#include "core/cluster/reads.hpp"
#include "support/fake_api_server.hpp"

namespace ktel::test {

using HttpReply = HttpServer::Reply;

// An HTTP client and a source on it, for as long as the test runs.
struct Api {
  explicit Api(const std::string& url, std::shared_ptr<cluster::DiscoveryCache> known = nullptr) {
    cluster::Access access;
    access.server = url;
    access.description = url;
    access.origin = "test";
    access.cluster = "c";
    source = std::make_shared<cluster::ApiSource>(
        std::make_shared<cluster::ApiClient>(http, std::move(access), std::make_shared<Secrets>(),
                                             system_clock()),
        std::move(known));
  }
  HttpClient http;
  std::shared_ptr<cluster::Source> source;
};

inline std::string pod(int n, std::string_view ns = "a") {
  return fmt::format(
      R"({{"kind":"Pod","apiVersion":"v1","metadata":{{"namespace":"{}",)"
      R"("name":"p{}","labels":{{"n":"{}"}}}},"spec":{{"containers":[{{"name":"c"}}]}}}})",
      ns, n, n % 2);
}

inline void add_pods(FakeApiServer& server, int count, std::string_view ns = "a") {
  for (int i = 0; i < count; ++i) server.add(pod(i, ns));
}

inline plugin::Read pods(std::string_view paths = "metadata.name") {
  return read(KTEL_READ_LIST, "", "pods", paths);
}

inline std::string page_of(int items, std::string_view metadata) {
  std::string body =
      fmt::format(R"({{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[)", metadata);
  for (int i = 0; i < items; ++i) body += (i > 0 ? "," : "") + pod(i);
  return body + "]}";
}

inline HttpReply bare_404() {
  return {.status = 404,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = "404 page not found\n"};
}

inline constexpr std::string_view some_metrics =
    "# HELP kubernetes_feature_enabled [BETA] This metric records the state of k8s features.\n"
    "# TYPE kubernetes_feature_enabled gauge\n"
    "kubernetes_feature_enabled{name=\"WatchList\",stage=\"BETA\"} 0\n"
    "kubernetes_feature_enabled{name=\"SidecarContainers\",stage=\"\"} 1\n"
    "process_cpu_seconds_total 12.5\n"
    "process_open_fds 1.2e+03\n";

inline HttpReply text(std::string_view body) {
  return {.headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
          .body = std::string(body)};
}

inline HttpReply ok(std::string body) {
  return {.headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

inline const std::string protobuf_type = "application/vnd.kubernetes.protobuf";

// Two pods, as a server sends them that is asked for it.
inline std::string list_in_protobuf() {
  FakeApiServer server;
  add_pods(server, 2);
  HttpClient client;
  HttpRequest request;
  request.url = server.url() + "/api/v1/pods";
  request.headers = {{"Accept", protobuf_type}};
  HttpResponse answer = client.send_and_wait(std::move(request));
  REQUIRE(answer.header("content-type") == protobuf_type);
  return std::move(answer.body);
}

}  // namespace ktel::test
