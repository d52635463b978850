// TLS: whom the client believes, and what it says when it does not.
#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "base/http.hpp"
#include "core/base/encrypted_key.hpp"
#include "core/base/http_server.hpp"
#include "support/certs.hpp"

using namespace ktel;
using test::CertKey;
using test::HttpServer;
using Call = HttpServer::Call;
using Reply = HttpServer::Reply;

namespace {

HttpServer tls_server(const CertKey& cert, std::string client_ca = {}) {
  return HttpServer([](const Call&) { return Reply{.body = "hi"}; },
                    {cert.cert_pem, cert.key_pem, std::move(client_ca)});
}

HttpResponse ask(const HttpServer& server, TlsSettings tls) {
  HttpClient client;
  HttpRequest request;
  request.url = server.url();
  request.tls = std::make_shared<const TlsSettings>(std::move(tls));
  return client.send_and_wait(std::move(request));
}

TlsSettings trusting(const test::TestCa& ca) {
  TlsSettings tls;
  tls.ca_pem = ca.pem();
  return tls;
}

std::string certificate_of(const HttpServer& server) {
  return "the certificate of 127.0.0.1:" + std::to_string(server.port());
}

}  // namespace

TEST_SUITE("core/base/http_tls") {
  TEST_CASE("a server with a certificate of the CA given is believed") {
    const test::TestCa ca;
    const HttpServer server = tls_server(ca.server());
    CHECK(ask(server, trusting(ca)).body == "hi");
  }

  TEST_CASE("a certificate that proves nothing ends the request before anything is sent") {
    const test::TestCa ca;
    const test::TestCa other("another authority");
    CertKey cert;
    TlsSettings tls = trusting(ca);
    std::string why;
    SUBCASE("another CA's") {
      cert = other.server();
      why = " is signed by an unknown authority; give the CA certificate that signed it";
    }
    SUBCASE("its own") {
      cert = test::self_signed();
      why = " is signed by an unknown authority; give the CA certificate that signed it";
    }
    SUBCASE("no CA was given and the system knows none") {
      cert = ca.server();
      tls.ca_pem.clear();
      why = " is signed by an unknown authority; give the CA certificate that signed it";
    }
    SUBCASE("another name's") {
      cert = ca.wrong_name();
      why =
          " is not for the name \"127.0.0.1\"; check the address, or set the server name to verify";
    }
    SUBCASE("an old one") {
      cert = ca.expired();
      why = " has expired; renew it, or set this machine's clock right";
    }
    const HttpServer server = tls_server(cert);

    const HttpResponse response = ask(server, tls);

    CHECK(response.cause == HttpCause::tls);
    CHECK(response.error == certificate_of(server) + why);
    CHECK(server.calls().empty());

    tls.insecure = true;
    CHECK(ask(server, tls).body == "hi");
  }

  TEST_CASE("a server name is asked for and verified, and the Host header stays the address") {
    const test::TestCa ca;
    const HttpServer server = tls_server(ca.wrong_name());
    TlsSettings tls = trusting(ca);
    tls.server_name = "elsewhere.example";

    CHECK(ask(server, tls).body == "hi");

    CHECK(server.calls().at(0).server_name == "elsewhere.example");
    CHECK(server.calls().at(0).header("Host") == "127.0.0.1:" + std::to_string(server.port()));
    tls.server_name = "third.example";
    CHECK(ask(server, tls).error ==
          certificate_of(server) +
              " is not for the name \"third.example\"; check the address, "
              "or set the server name to verify");
  }

  TEST_CASE("a client certificate is shown from memory") {
    const test::TestCa ca;
    const HttpServer server = tls_server(ca.server(), ca.pem());
    const CertKey mine = ca.client("someone");
    TlsSettings tls = trusting(ca);
    const std::string peer = "127.0.0.1:" + std::to_string(server.port());

    CHECK(ask(server, tls).error == peer + " asks for a client certificate; give one and its key");

    tls.client_cert_pem = mine.cert_pem;
    tls.client_key_pem = mine.key_pem;
    CHECK(ask(server, tls).body == "hi");

    tls.client_key_pem = ca.client("another").key_pem;
    CHECK(ask(server, tls).error == "the client certificate or key for " + peer +
                                        " cannot be used; they must be PEM and belong together");
  }

  TEST_CASE("a client key under a password is refused, and nobody is asked for it") {
    const test::TestCa ca;
    const HttpServer server = tls_server(ca.server(), ca.pem());
    const CertKey mine = ca.client("someone");
    TlsSettings tls = trusting(ca);
    tls.client_cert_pem = mine.cert_pem;
    tls.client_key_pem = test::encrypted(mine.key_pem);
    CHECK(ask(server, tls).error ==
          "the client certificate or key for 127.0.0.1:" + std::to_string(server.port()) +
              " cannot be used; they must be PEM and belong together");
  }

  TEST_CASE("a connection serves requests with equal TLS settings only") {
    const test::TestCa ca;
    const HttpServer server = tls_server(ca.server(), ca.pem());
    const CertKey mine = ca.client("someone");
    TlsSettings tls = trusting(ca);
    tls.client_cert_pem = mine.cert_pem;
    tls.client_key_pem = mine.key_pem;
    HttpClient client;
    const auto ask_with = [&](const TlsSettings& settings) {
      HttpRequest request;
      request.url = server.url();
      request.tls = std::make_shared<const TlsSettings>(settings);
      CHECK(client.send_and_wait(std::move(request)).error == "");
    };

    ask_with(tls);
    ask_with(tls);
    CHECK(server.connections() == 1);
    const CertKey renewed = ca.client("someone");
    tls.client_cert_pem = renewed.cert_pem;
    tls.client_key_pem = renewed.key_pem;
    ask_with(tls);
    CHECK(server.connections() == 2);
    tls.ca_pem += test::TestCa("another").pem();
    ask_with(tls);
    CHECK(server.connections() == 3);
  }

  TEST_CASE("TLS goes through a proxy that hears no word of it") {
    const test::TestCa ca;
    const HttpServer server = tls_server(ca.server());
    const HttpServer proxy([](const Call&) { return Reply{.tunnel = true}; });
    HttpClient client;
    HttpRequest request;
    request.url = server.url();
    request.tls = std::make_shared<const TlsSettings>(trusting(ca));
    request.headers = {{"Authorization", "Bearer secret"}};
    request.proxy = proxy.url();

    CHECK(client.send_and_wait(std::move(request)).body == "hi");

    REQUIRE(proxy.calls().size() == 1);
    CHECK(proxy.calls()[0].method == "CONNECT");
    CHECK(proxy.calls()[0].header("Authorization").empty());
    CHECK(server.calls().at(0).header("Authorization") == "Bearer secret");
  }

  TEST_CASE("a pinned key must be the server's") {
    const test::TestCa ca;
    const CertKey cert = ca.server();
    const HttpServer server = tls_server(cert);
    TlsSettings tls = trusting(ca);
    tls.pin = cert.pin();
    CHECK(ask(server, tls).body == "hi");

    tls.pin = ca.server().pin();

    const HttpResponse response = ask(server, tls);
    CHECK(response.cause == HttpCause::tls);
    CHECK(response.error ==
          "the public key of 127.0.0.1:" + std::to_string(server.port()) +
              " is not the pinned one; if it was replaced on purpose, pin the new "
              "one");
  }

  TEST_CASE("connections are shared by requests with equal settings only") {
    const test::TestCa ca;
    const HttpServer server = tls_server(ca.server());
    HttpClient client;
    HttpRequest request;
    request.url = server.url();
    request.tls = std::make_shared<const TlsSettings>(trusting(ca));
    CHECK(client.send_and_wait(request).body == "hi");
    CHECK(client.send_and_wait(request).body == "hi");
    CHECK(server.connections() == 1);

    request.tls = std::make_shared<const TlsSettings>(trusting(test::TestCa("another")));

    CHECK(client.send_and_wait(request).cause == HttpCause::tls);
  }

  TEST_CASE("a server without TLS, or a CA that is none, is said") {
    HttpServer plain([](const Call&) { return Reply{}; });
    const std::string peer = "127.0.0.1:" + std::to_string(plain.port());
    HttpClient client;
    HttpRequest request;
    request.url = "https://" + peer;
    CHECK(client.send_and_wait(request).error ==
          peer + " does not speak TLS; check the scheme and the port");

    const test::TestCa ca;
    const HttpServer server = tls_server(ca.server());
    TlsSettings tls;
    tls.ca_pem = "rubbish";
    CHECK(ask(server, tls).error ==
          "the CA certificates for 127.0.0.1:" + std::to_string(server.port()) +
              " cannot be used; they must be PEM");
  }
}
