// What a credential plugin is told and what it may answer.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "cluster/exec_credential.hpp"
#include "core/base/encrypted_key.hpp"
#include "support/certs.hpp"

using namespace ktel;
using namespace ktel::cluster;
using namespace std::chrono_literals;

namespace {

const std::string v1 = "client.authentication.k8s.io/v1";
const std::string v1beta1 = "client.authentication.k8s.io/v1beta1";

std::string credential(const std::string& status, const std::string& version = v1) {
  return R"({"kind": "ExecCredential", "apiVersion": ")" + version + "\"" +
         (status.empty() ? "" : ", \"status\": " + status) + "}";
}

std::string error_of(const std::string& out, const std::string& version = v1) {
  const Result<ExecStatus> status = parse_exec_credential(out, version);
  return status ? "no error" : status.error().message;
}

std::string quoted(const std::string& pem) {
  std::string text = "\"";
  for (const char c : pem) text += c == '\n' ? "\\n" : std::string(1, c);
  return text + "\"";
}

}  // namespace

TEST_SUITE("core/cluster/exec_credential") {
  TEST_CASE("a plugin is told the version, and whether it may ask") {
    ExecLogin login;
    login.config.api_version = v1;
    login.cluster = "not told";
    CHECK(exec_info(login, false) ==
          R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1",)"
          R"("spec":{"interactive":false}})");
    login.config.api_version = v1beta1;
    login.config.provide_cluster_info = true;
    login.cluster = R"({"server":"s"})";
    CHECK(exec_info(login, true) ==
          R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1",)"
          R"("spec":{"cluster":{"server":"s"},"interactive":true}})");
  }

  TEST_CASE("a plugin is told of the cluster what the kubeconfig says") {
    KubeCluster cluster;
    cluster.server = "https://a";
    CHECK(exec_cluster(cluster, "") == R"({"server":"https://a","config":null})");
    cluster.server = "https://a/p/?q=1#f";
    CHECK(exec_cluster(cluster, "") == R"({"server":"https://a/p/","config":null})");
    cluster.server = "https://a";
    cluster.tls_server_name = "sn";
    cluster.insecure = true;
    cluster.proxy_url = "http://p";
    cluster.disable_compression = true;
    cluster.exec_extension = R"({"audience":"x"})";
    CHECK(exec_cluster(cluster, "PEM") ==
          R"({"server":"https://a","tls-server-name":"sn","insecure-skip-tls-verify":true,)"
          R"("certificate-authority-data":"UEVN","proxy-url":"http://p",)"
          R"("disable-compression":true,"config":{"audience":"x"}})");
  }

  TEST_CASE("stdin is for a plugin that wants it, where it is a terminal") {
    CHECK_FALSE(exec_is_interactive("Never", true).value());
    CHECK_FALSE(exec_is_interactive("IfAvailable", false).value());
    CHECK(exec_is_interactive("IfAvailable", true).value());
    CHECK(exec_is_interactive("Always", true).value());
    CHECK(exec_is_interactive("Always", false).error().message ==
          "exec plugin cannot support interactive mode: standard input is not a terminal");
  }

  TEST_CASE("a token, a certificate and key, or all of them are credentials") {
    const test::CertKey mine = test::TestCa().client("someone");
    const std::string pair = "\"clientCertificateData\": " + quoted(mine.cert_pem) +
                             ", \"clientKeyData\": " + quoted(mine.key_pem);

    const Result<ExecStatus> token = parse_exec_credential(credential(R"({"token": "t"})"), v1);
    REQUIRE_MESSAGE(token.has_value(), (token ? "" : token.error().message));
    CHECK(token->token == "t");
    CHECK(token->cert_pem.empty());
    CHECK_FALSE(token->expires.has_value());

    const Result<ExecStatus> both = parse_exec_credential(
        credential("{\"token\": \"t\", " + pair +
                       ", \"expirationTimestamp\": \"2026-11-25T00:41:00Z\", \"unknown\": 1}",
                   v1beta1),
        v1beta1);
    REQUIRE_MESSAGE(both.has_value(), (both ? "" : both.error().message));
    CHECK(both->token == "t");
    CHECK(both->cert_pem == mine.cert_pem);
    CHECK(both->key_pem == mine.key_pem);
    CHECK(both->expires == parse_time("2026-11-25T00:41:00Z"));

    CHECK(error_of(credential("{" + pair + "}")) == "no error");

    // Go's zero time is none to client-go, and some plugins write it where they have none.
    const Result<ExecStatus> for_ever = parse_exec_credential(
        credential(R"({"token": "t", "expirationTimestamp": "0001-01-01T00:00:00Z"})"), v1);
    REQUIRE_MESSAGE(for_ever.has_value(), (for_ever ? "" : for_ever.error().message));
    CHECK_FALSE(for_ever->expires.has_value());
    CHECK(error_of("{\n\t\"apiVersion\": \"" + v1 +
                   "\",\n\t\"kind\": \"ExecCredential\",\n\t\"status\": {\n\t\t\"token\": "
                   "\"a\\/b\\u003d\"\n\t}\n}\n") == "no error");
    CHECK(error_of("apiVersion: " + v1 + "\nkind: ExecCredential\nstatus:\n  token: t\n") ==
          "no error");
  }

  TEST_CASE("what is no credential is told in client-go's words, without its secrets") {
    const test::TestCa ca;
    const test::CertKey mine = ca.client("someone");
    const auto pair = [](const std::string& cert, const std::string& key) {
      return credential("{\"clientCertificateData\": " + quoted(cert) +
                        ", \"clientKeyData\": " + quoted(key) + "}");
    };
    const std::string tls = "failed parsing client key/certificate: tls: ";
    const std::vector<std::pair<std::string, std::string>> rows = {
        {"", "decoding stdout: couldn't get version/kind; json parse error: json: it is no object"},
        {"s3cr3t",
         "decoding stdout: couldn't get version/kind; json parse error: json: it is no object"},
        {R"({"token": "s3cr3t")",
         "decoding stdout: couldn't get version/kind; json parse error: line 1: end of map flow "
         "not "
         "found"},
        {R"({"token": "s3cr3t\q"})",
         "decoding stdout: couldn't get version/kind; json parse error: line 1: unknown escape "
         "character"},
        {R"({"apiVersion": "v1"})", "decoding stdout: Object 'Kind' is missing"},
        {R"({"kind": "ExecCredential"})", "decoding stdout: Object 'apiVersion' is missing"},
        {R"({"kind": "Pod", "apiVersion": "v1"})",
         "decoding stdout: no kind \"Pod\" is registered for version \"v1\""},
        {credential("{}", "client.authentication.k8s.io/v1alpha1"),
         "decoding stdout: no kind \"ExecCredential\" is registered for version "
         "\"client.authentication.k8s.io/v1alpha1\""},
        {credential(R"({"token": "t"})", v1beta1),
         "exec plugin is configured to use API version client.authentication.k8s.io/v1, plugin "
         "returned version client.authentication.k8s.io/v1beta1"},
        {credential(""), "exec plugin didn't return a status field"},
        {credential("null"), "exec plugin didn't return a status field"},
        {credential("{}"), "exec plugin didn't return a token or cert/key pair"},
        {credential(R"({"token": ""})"), "exec plugin didn't return a token or cert/key pair"},
        {credential(R"({"clientCertificateData": "x"})"),
         "exec plugin returned only certificate or key, not both"},
        {credential(R"({"token": "t", "clientKeyData": "x"})"),
         "exec plugin returned only certificate or key, not both"},
        {pair("x", mine.key_pem), tls + "failed to find any PEM data in certificate input"},
        {pair(mine.cert_pem, "x"), tls + "failed to find any PEM data in key input"},
        {pair(mine.cert_pem, test::encrypted(mine.key_pem)), tls + "failed to parse private key"},
        {pair(mine.cert_pem, ca.client("another").key_pem),
         tls + "private key does not match public key"},
        {credential(R"({"token": 12345})"),
         "decoding stdout: json: cannot unmarshal number into Go struct field "
         "ExecCredentialStatus.status.token of type string; put the value in quotes"},
        {credential("[]"),
         "decoding stdout: json: cannot unmarshal array into Go struct field ExecCredential.status "
         "of type v1.ExecCredentialStatus"},
        {credential(R"({"token": "t", "expirationTimestamp": "tomorrow"})"),
         "decoding stdout: parsing time of expirationTimestamp as \"2006-01-02T15:04:05Z07:00\": "
         "cannot parse"}};
    for (const auto& [out, why] : rows) CHECK(error_of(out) == why);
  }

  TEST_CASE("versions that are known") {
    for (const auto& [version, known] :
         std::vector<std::pair<std::string, bool>>{{v1, true},
                                                   {v1beta1, true},
                                                   {"client.authentication.k8s.io/v1alpha1", false},
                                                   {"v1", false},
                                                   {"", false}}) {
      ExecConfig config;
      config.api_version = version;
      CHECK(check_exec_version(config).has_value() == known);
    }
  }

  TEST_CASE("times are those of RFC 3339") {
    const auto noon = parse_time("2026-11-25T12:00:00Z");
    REQUIRE(noon.has_value());
    CHECK(noon->time_since_epoch() == 1'795'608'000s);
    for (const char* same : {"2026-11-25T12:00:00.999999999Z", "2026-11-25T14:00:00+02:00",
                             "2026-11-25T06:30:00-05:30"}) {
      CHECK(parse_time(same) == noon);
    }
    // What the clock does not reach is its end, not a time somewhere in between.
    for (const char* late : {"9999-12-31T23:59:59Z", "2262-04-12T00:00:00Z"}) {
      REQUIRE(parse_time(late).has_value());
      CHECK(*parse_time(late) > *parse_time("2262-04-11T00:00:00Z"));
    }
    for (const char* early : {"0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z"}) {
      REQUIRE(parse_time(early).has_value());
      CHECK(*parse_time(early) < *parse_time("1677-09-22T00:00:00Z"));
    }
    for (const char* bad :
         {"", "2026-11-25", "2026-11-25T12:00:00", "2026-11-25 12:00:00Z", "2026-13-25T12:00:00Z",
          "2026-02-30T12:00:00Z", "2026-11-25T24:00:00Z", "2026-11-25T12:60:00Z",
          "2026-11-25T12:00:00.Z", "2026-11-25T12:00:00+2:00", "2026-11-25T12:00:00+aa:bb",
          "2026-11-25T12:00:00Zx", "1795608000"}) {
      CHECK_FALSE(parse_time(bad).has_value());
    }
  }

  TEST_CASE("a hint cannot move a terminal") {
    const std::vector<std::pair<std::string, std::string>> rows = {
        {"plain", "plain"},
        {"\x1b[1mbold\x1b[0m", "U+001B[1mboldU+001B[0m"},
        {"tab\tline\nreturn\rvertical\vpage\f", "tab\tline\nreturn\rvertical\vpage\f"},
        {std::string("nul\0", 4), "nulU+0000"},
        {"\x07\x7f", "U+0007U+007F"},
        {"\u009b31m", "U+009B31m"},
        {"\u202eevil", "U+202Eevil"},
        {"\u200b\ufeff", "U+200BU+FEFF"},
        {"\ue000", "U+E000"},
        {"\U000e0001", "U+E0001"},
        {"e\u0301 \u4e2d 42 \u2026 \u20ac \u3000", "e\u0301 \u4e2d 42 \u2026 \u20ac \u3000"},
        {"\U0001f600", "\U0001f600"},
        {"\xff", "\uFFFD"}};
    for (const auto& [hint, clean] : rows) CHECK(clean_hint(hint) == clean);
  }
}
