// The fixtures of this folder do what they promise: only then can a test that uses them mean much.
#include <doctest/doctest.h>

#include "real/cluster.hpp"
#include "real/collector.hpp"

using namespace ktel;

TEST_SUITE_BEGIN("real/servers");

TEST_CASE("a cluster stores objects, and its version is the pinned one") {
  test::Cluster cluster;

  cluster.create("/api/v1/namespaces", R"({"metadata":{"name":"shop"}})");
  cluster.create("/api/v1/namespaces/shop/pods",
                 R"({"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]}})");

  CHECK(cluster.request("GET", "/api/v1/namespaces/shop/pods/p").status == 200);
  CHECK(cluster.request("GET", "/version").body.find(R"("gitVersion": "v1.36.0")") !=
        std::string::npos);
  CHECK_THROWS_AS(cluster.create("/api/v1/namespaces", R"({"metadata":{"name":"shop"}})"),
                  std::runtime_error);
}

TEST_CASE("a service account may do what its role says, and the server counts what it asked") {
  test::Cluster cluster;
  const auto reader = cluster.service_account(
      "reader", R"([{"apiGroups":[""],"resources":["pods"],"verbs":["list"]}])");
  const auto nobody = cluster.service_account("nobody", "[]");

  CHECK(cluster.request("GET", "/api/v1/pods?limit=1", {}, reader.token).status == 200);
  CHECK(cluster.request("GET", "/api/v1/secrets", {}, reader.token).status == 403);
  CHECK(cluster.request("GET", "/api/v1/pods", {}, nobody.token).status == 403);
  CHECK(cluster.request("GET", "/api/v1/pods", {}, "no-such-token").status == 401);

  const auto requests = cluster.requests_of(reader.user);
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].verb == "list");
  CHECK(requests[0].uri == "/api/v1/pods?limit=1");
  CHECK(requests[0].status == 200);
  CHECK(requests[0].user_agent == "ktel-test");
  CHECK(requests[1].status == 403);
  CHECK(cluster.requests_of(nobody.user).size() == 1);
}

TEST_CASE("client certificates log in, and kubeconfigs say how") {
  test::Cluster cluster;
  const test::CertKey cert = cluster.client_cert("jane", {"system:masters"});
  test::HttpClient http(cluster.url());

  CHECK(http.send({.method = "GET",
                   .path = "/api/v1/secrets",
                   .ca = cluster.ca_pem(),
                   .client_cert = cert})
            .status == 200);
  CHECK(cluster.requests_of("jane").size() == 1);
  const std::string config = test::read_file(cluster.kubeconfig("a-token"));
  CHECK(config.find("server: " + cluster.url()) != std::string::npos);
  CHECK(config.find(R"(user: {"token":"a-token"})") != std::string::npos);
  CHECK(test::read_file(cluster.kubeconfig(cert)).find("client-key-data") != std::string::npos);
}

TEST_CASE("the collector takes an event over TLS, and its journal has the bytes and the meaning") {
  const test::TestCa ca;
  test::Collector collector({.cert = ca.server(), .token = "t"});
  test::HttpClient http(collector.url());
  const std::string event = R"({"b":{"y":1.0,"x":"<ä>"},"a":[1,2.5]})";
  const std::string body =
      R"({"time":1700000000,"host":"ktel","source":"s","sourcetype":"st","index":"i","event":)" +
      event + R"(,"fields":{"ktel_id":"1"}})";
  const auto send = [&](const std::string& token) {
    return http.send({.path = "/services/collector/event",
                      .headers = {"Authorization: Splunk " + token},
                      .body = body,
                      .ca = ca.pem()});
  };

  CHECK(send("wrong").status == 401);
  const auto reply = send("t");

  CHECK(reply.status == 200);
  CHECK(reply.body == R"({"text": "Success", "code": 0})");
  REQUIRE(collector.records().size() == 1);
  const auto record = collector.records()[0];
  CHECK(record.event == R"({"a":[1,2.5],"b":{"x":"<ä>","y":1}})");
  CHECK(record.event == test::as_collected(event));
  CHECK(record.time_unix_nano == "1700000000000000000");
  CHECK(record.host == "ktel");
  CHECK(record.source == "s");
  CHECK(record.sourcetype == "st");
  CHECK(record.index == "i");
  CHECK(record.fields == R"({"ktel_id":"1"})");
  REQUIRE(collector.requests().size() == 1);
  CHECK(collector.requests()[0].body == body);
  CHECK(collector.requests()[0].status == 200);
}

TEST_CASE("the collector acknowledges on a channel, counting from 1 where Splunk begins at 0") {
  const test::TestCa ca;
  test::Collector collector({.cert = ca.server(), .acks = true});
  test::HttpClient http(collector.url());
  const std::string channel = "X-Splunk-Request-Channel: 01890a5d-ac96-774b-bcce-b302099a8057";
  const auto send = [&](const std::string& path, const std::string& body) {
    return http.send({.path = path, .headers = {channel}, .body = body, .ca = ca.pem()}).body;
  };

  CHECK(send("/services/collector/event", R"({"event":"x"})") ==
        R"({"text": "Success", "code": 0, "ackId": 1})");
  CHECK(send("/services/collector/ack", R"({"acks":[0,1]})") ==
        R"({"acks": {"0":false,"1":true}})");
  CHECK(collector.records().at(0).event == R"("x")");
}

TEST_SUITE_END();
