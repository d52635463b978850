// Each way a transfer ends badly, and its sentence.
#include <curl/curl.h>
#include <doctest/doctest.h>
#include <openssl/x509_vfy.h>

#include <cerrno>
#include <string>
#include <vector>

#include "base/http_error.hpp"

using namespace ktel;
using namespace std::chrono_literals;

namespace {

HttpFailure failure(int code) {
  HttpFailure f;
  f.code = code;
  f.peer = "api.example:6443";
  f.name = "api.example";
  f.connect_timeout = 30s;
  f.idle_timeout = 60s;
  return f;
}

HttpFailure unverified(long verify_result) {
  HttpFailure f = failure(CURLE_PEER_FAILED_VERIFICATION);
  f.verify_result = verify_result;
  return f;
}

template <class Change>
HttpFailure with(HttpFailure f, Change change) {
  change(f);
  return f;
}

struct Row {
  HttpFailure failure;
  HttpCause cause;
  std::string text;
};

}  // namespace

TEST_SUITE("core/base/http_error") {
  TEST_CASE("a failure is told in one sentence with host, port and the next step") {
    const std::vector<Row> rows = {
        {failure(CURLE_COULDNT_RESOLVE_HOST), HttpCause::dns,
         "the host name of api.example:6443 cannot be resolved; check its spelling, and the DNS of "
         "this machine"},
        {with(failure(CURLE_COULDNT_RESOLVE_PROXY), [](auto& f) { f.proxy = "proxy:3128"; }),
         HttpCause::dns,
         "the host name of the proxy proxy:3128 cannot be resolved; check the proxy's address"},
        {with(failure(CURLE_COULDNT_CONNECT), [](auto& f) { f.os_error = ECONNREFUSED; }),
         HttpCause::connect,
         "api.example:6443 refuses connections; check the port, and that a server runs there"},
        {with(failure(CURLE_COULDNT_CONNECT),
              [](auto& f) {
                f.os_error = ECONNREFUSED;
                f.proxy = "proxy:3128";
              }),
         HttpCause::connect,
         "the proxy proxy:3128 refuses connections; check the port, and that a server runs there"},
        {with(failure(CURLE_COULDNT_CONNECT), [](auto& f) { f.os_error = EHOSTUNREACH; }),
         HttpCause::connect,
         "cannot connect to api.example:6443: No route to host; check the address and the network"},
        {with(failure(CURLE_RECV_ERROR),
              [](auto& f) {
                f.proxy = "proxy:3128";
                f.proxy_status = 407;
              }),
         HttpCause::connect,
         "the proxy proxy:3128 refuses to connect to api.example:6443 (HTTP 407); check its rules "
         "and its credentials"},
        {failure(CURLE_OPERATION_TIMEDOUT), HttpCause::timeout,
         "no connection to api.example:6443 within 30 s; check the address, and the firewalls "
         "between"},
        {with(failure(CURLE_OPERATION_TIMEDOUT), [](auto& f) { f.connected = true; }),
         HttpCause::timeout,
         "api.example:6443 has sent nothing for 60 s; check its load, and the proxies between"},
        {with(failure(CURLE_OPERATION_TIMEDOUT),
              [](auto& f) {
                f.connected = true;
                f.total_timeout = 1500ms;
                f.took = 1501ms;
              }),
         HttpCause::timeout,
         "no complete answer from api.example:6443 within 1.5 s; check its load, or allow more "
         "time"},
        {unverified(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY), HttpCause::tls,
         "the certificate of api.example:6443 is signed by an unknown authority; give the CA "
         "certificate that signed it"},
        {unverified(X509_V_ERR_UNSPECIFIED), HttpCause::tls,
         "the certificate of api.example:6443 is not for the name \"api.example\"; check the "
         "address, or set the server name to verify"},
        {unverified(X509_V_ERR_CERT_HAS_EXPIRED), HttpCause::tls,
         "the certificate of api.example:6443 has expired; renew it, or set this machine's clock "
         "right"},
        {unverified(X509_V_ERR_CERT_NOT_YET_VALID), HttpCause::tls,
         "the certificate of api.example:6443 is not valid yet; check this machine's clock"},
        {failure(CURLE_SSL_PINNEDPUBKEYNOTMATCH), HttpCause::tls,
         "the public key of api.example:6443 is not the pinned one; if it was replaced on purpose, "
         "pin the new one"},
        {failure(CURLE_SSL_CERTPROBLEM), HttpCause::tls,
         "the client certificate or key for api.example:6443 cannot be used; they must be PEM and "
         "belong together"},
        {with(failure(CURLE_SSL_CONNECT_ERROR),
              [](auto& f) { f.detail = "error:0A00010B:SSL routines::wrong version number"; }),
         HttpCause::tls, "api.example:6443 does not speak TLS; check the scheme and the port"},
        {with(failure(CURLE_RECV_ERROR),
              [](auto& f) { f.detail = "tlsv13 alert certificate required, errno 0"; }),
         HttpCause::tls, "api.example:6443 asks for a client certificate; give one and its key"},
        {with(failure(CURLE_RECV_ERROR), [](auto& f) { f.answering = true; }), HttpCause::io,
         "api.example:6443 closed the connection in the middle of its answer; try again, and check "
         "the proxies between"},
        {failure(CURLE_GOT_NOTHING), HttpCause::io,
         "api.example:6443 closed the connection without an answer; check the scheme and the port"},
        {failure(CURLE_URL_MALFORMAT), HttpCause::io,
         "the address is not an http or https URL; check it"},
        {failure(CURLE_OUT_OF_MEMORY), HttpCause::io,
         "the request to api.example:6443 failed: Out of memory; try again"},
    };
    for (const Row& row : rows) {
      const HttpDiagnosis diagnosis = diagnose(row.failure);
      CHECK(diagnosis.text == row.text);
      CHECK(diagnosis.cause == row.cause);
    }
  }
}
