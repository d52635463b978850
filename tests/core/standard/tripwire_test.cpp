// A corpus of what must trip and of what must not.
#include "standard/tripwire.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using ktel::standard::describe;
using ktel::standard::find_shape;
using ktel::standard::is_secret;
using ktel::standard::Shape;

namespace {

void check_all(Shape shape, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    CAPTURE(text);
    const auto found = find_shape(text);
    REQUIRE(found.has_value());
    CHECK(std::string(describe(*found)) == std::string(describe(shape)));
  }
}

}  // namespace

TEST_SUITE_BEGIN("core/standard/tripwire");

TEST_CASE("credentials trip, wherever they stand in a text") {
  check_all(Shape::pem, {"-----BEGIN CERTIFICATE-----", "x\n-----BEGIN RSA PRIVATE KEY-----\nMII"});
  check_all(Shape::jwt, {"eyJhbGciOiJSUzI1NiIsImtpZCI6IiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2ln",
                         "token=eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJkaXIifQ..aXY.Y3Q.dGFn"});
  check_all(Shape::bearer, {"Bearer 0123abcd", "Authorization: bearer sha256~Zm9vYmFyYmF6",
                            "BEARER abcdefghijklmnopqrst", "bearer\tabc.def/0=="});
  CHECK(is_secret(Shape::pem));
  CHECK(is_secret(Shape::bearer));
  CHECK(is_secret(Shape::jwt));
  CHECK_FALSE(is_secret(Shape::url));
}

TEST_CASE("addresses trip") {
  check_all(Shape::address,
            {"10.0.0.1", "10.0.0.1:8080", "10.0.0.0/8", "pod-10.0.0.1", "at 192.168.1.1.",
             "255.255.255.255", "::1", "[fe80::1]:443", "fe80::1%eth0", "2001:db8::8a2e:370:7334",
             "1:2:3:4:5:6:7:8", "::ffff:10.0.0.1", "00:1a:2B:3c:4d:5e", "00-1a-2b-3c-4d-5e",
             "ip-10-0-0-1", "ip-10-0-0-1.ec2.internal"});
}

TEST_CASE("names and paths trip") {
  check_all(Shape::email, {"jane@example.org", "Jane <jane.doe@example.org>", "root@node1"});
  check_all(Shape::host_name, {"example.org", "kong.default.svc.cluster.local", "api.example.org.",
                               "a.b.xn--p1ai", "m\xc3\xbcnchen.de", "metrics.k8s.io", "db_1.corp"});
  check_all(Shape::uuid,
            {"123e4567-e89b-12d3-a456-426614174000", "id:123E4567-E89B-12D3-A456-426614174000"});
  check_all(Shape::path, {"/var/lib/kubelet", "in /etc", "C:\\Users", "key=/.ssh/id"});
  check_all(Shape::url, {"https://example.org/x", "splunk://10.0.0.1:8443", "redis://cache"});
}

TEST_CASE("what jobs rightly report does not trip") {
  for (const char* text : {"",
                           "helm",
                           "GKE",
                           "v1.23.4",
                           "1.2.3",
                           "1.2",
                           "v1.24.1-gke.1400",
                           "v1.27.8+rke2r1",
                           "v1.2.3.4",
                           "linux/amd64",
                           "arm64",
                           "2022-05-03 08:46:22",
                           "2022-05-03T08:46:22Z",
                           "08:46:22",
                           "812",
                           "0.25",
                           "1.3.6.1.4.1",
                           "#ff0000",
                           "a-b_c",
                           "kong-2.8",
                           "24/7",
                           "and/or",
                           "std::vector",
                           "::",
                           "a:b:c",
                           "50%",
                           "k8s",
                           "256.1.1.1",
                           "1.2.3.4.5",
                           "1-2-3-4",
                           "@",
                           "a @ b",
                           "user@",
                           "...",
                           "eyJ",
                           "eyJhbGciOiJub25lIn0",
                           "bearer",
                           "the bearer of news",
                           "bearer of 12",
                           "deadbeef",
                           "123e4567-e89b-12d3-a456",
                           "/",
                           "/ 2",
                           "://",
                           "BEGIN",
                           "v1beta1",
                           "node-1",
                           "feature=on"}) {
    CAPTURE(text);
    const auto shape = find_shape(text);
    CHECK_MESSAGE(!shape.has_value(), (shape ? describe(*shape) : std::string_view()));
  }
}

TEST_SUITE_END();
