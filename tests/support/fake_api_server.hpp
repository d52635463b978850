// A Kubernetes API server for tests: holds objects, answers as the real one does, remembers what it
// was asked.
//
//   test::FakeApiServer server;
//   server.add(R"({"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "a", "name":
//   "p"}})"); server.url();  // "http://127.0.0.1:PORT"
//
// Lists in JSON or protobuf, with limit, continue, remainingItemCount (not with a selector), label
// and field selectors, namespaces, the traps of resourceVersion; as objects, as metadata, as Table;
// discovery; access reviews; 404 as text for a version that is not served, as a Status for a kind;
// ETags of discovery, and 304; gzip where asked for; indented for browsers and curl. What else it
// shall say is told by always() and next(). Set it up before the first request; requests() may be
// asked at any time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/http_server.hpp"

namespace ktel::test {

struct FakeApiBehaviour {
  bool aggregated = true;        // false: the discovery of servers before 1.26
  bool tables = true;            // false: an aggregated server that ignores as=Table
  bool remaining = true;         // false: no remainingItemCount
  bool protobuf = true;          // false: an aggregated server that knows JSON alone
  std::string stale_group = {};  // its server does not answer discovery
};

// A metav1.Status, as errors come; `fresh_token`: of a 410, where to go on, inconsistently.
HttpServer::Reply status_reply(int code, std::string_view reason, std::string_view message,
                               std::string_view fresh_token = {});

class FakeApiServer {
 public:
  explicit FakeApiServer(FakeApiBehaviour behaviour = {});
  FakeApiServer(FakeApiBehaviour behaviour, HttpServer::Tls tls);
  ~FakeApiServer();

  std::string url() const;

  // An object, or a List of them. Its kind is served from now on.
  void add(std::string_view json);
  void serve(std::string_view api_version, std::string_view resource, std::string_view kind);
  // What a path that is no resource answers: /version.
  void document(std::string_view path, std::string body);
  // Access reviews say so: "list pods", "list pods in namespace a", "get /version". It is answered
  // all the same. `reason`: what the review says.
  void forbid(std::string permission, std::string reason = {});
  // Every request whose target contains `part` gets `reply`; or the next one only.
  void always(std::string part, HttpServer::Reply reply);
  void next(std::string part, HttpServer::Reply reply);

  std::vector<std::string> requests() const;  // targets, escapes resolved
  std::vector<HttpServer::Call> calls() const;
  unsigned connections() const;  // so far

 private:
  class Cluster;
  std::unique_ptr<Cluster> cluster_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace ktel::test
