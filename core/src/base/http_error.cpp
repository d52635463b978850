// HttpFailure to sentence: see the header.
#include "base/http_error.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/x509_vfy.h>

#include <cerrno>
#include <system_error>

namespace ktel {
namespace {

std::string seconds(std::chrono::milliseconds time) {
  return fmt::format("{:g} s", static_cast<double>(time.count()) / 1000);
}

bool has(const std::string& text, const char* part) { return text.find(part) != text.npos; }

HttpDiagnosis certificate(const HttpFailure& f) {
  const auto says = [&](std::string_view what) {
    return HttpDiagnosis{HttpCause::tls, fmt::format("the certificate of {} {}", f.peer, what)};
  };
  switch (f.verify_result) {
    case X509_V_OK:
    case X509_V_ERR_UNSPECIFIED:  // the chain is good; libcurl compares the name itself, later
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return says(fmt::format(
          "is not for the name \"{}\"; check the address, or set the server name to verify",
          f.name));
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return says("has expired; renew it, or set this machine's clock right");
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return says("is not valid yet; check this machine's clock");
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return says("is signed by an unknown authority; give the CA certificate that signed it");
    default:
      return says(fmt::format("cannot be verified ({}); replace it, or the CA certificate",
                              X509_verify_cert_error_string(f.verify_result)));
  }
}

HttpDiagnosis handshake(const HttpFailure& f) {
  if (has(f.detail, "wrong version number") || has(f.detail, "packet length too long") ||
      has(f.detail, "http request")) {
    return {HttpCause::tls,
            fmt::format("{} does not speak TLS; check the scheme and the port", f.peer)};
  }
  if (has(f.detail, "alert") && has(f.detail, "certif")) {
    return {
        HttpCause::tls,
        fmt::format("{} {}", f.peer,
                    f.client_cert ? "refuses the client certificate; check that its CA issued it"
                                  : "asks for a client certificate; give one and its key")};
  }
  return {HttpCause::tls,
          fmt::format("no TLS connection to {}: {}; TLS 1.2 or later is needed", f.peer,
                      f.detail.empty() ? "the handshake failed" : f.detail)};
}

HttpDiagnosis timeout(const HttpFailure& f) {
  if (!f.connected) {
    const bool total = f.total_timeout.count() > 0 && f.total_timeout < f.connect_timeout;
    return {
        HttpCause::timeout,
        fmt::format("no connection to {} within {}; check the address, and the firewalls between",
                    f.peer, seconds(total ? f.total_timeout : f.connect_timeout))};
  }
  if (f.total_timeout.count() > 0 && f.took >= f.total_timeout) {
    return {HttpCause::timeout,
            fmt::format("no complete answer from {} within {}; check its load, or allow more time",
                        f.peer, seconds(f.total_timeout))};
  }
  return {HttpCause::timeout, fmt::format("{} has sent nothing for {}; check its load, and the "
                                          "proxies between",
                                          f.peer, seconds(f.idle_timeout))};
}

HttpDiagnosis refused(const HttpFailure& f) {
  const std::string& peer = f.proxy.empty() ? f.peer : f.proxy;
  const std::string what = f.proxy.empty() ? peer : "the proxy " + peer;
  if (f.os_error == ECONNREFUSED) {
    return {
        HttpCause::connect,
        fmt::format("{} refuses connections; check the port, and that a server runs there", what)};
  }
  const std::string why =
      f.os_error == 0 ? "" : ": " + std::error_code(f.os_error, std::generic_category()).message();
  return {HttpCause::connect,
          fmt::format("cannot connect to {}{}; check the address and the network", what, why)};
}

HttpDiagnosis cut(const HttpFailure& f) {
  HttpDiagnosis diagnosis{.cause = HttpCause::io, .text = {}, .lost = true};
  if (f.answering) {
    diagnosis.text = fmt::format(
        "{} closed the connection in the middle of its answer; try again, and check the proxies "
        "between",
        f.peer);
  } else {
    diagnosis.text = fmt::format(
        "{} closed the connection without an answer; check the scheme and the port", f.peer);
  }
  return diagnosis;
}

}  // namespace

HttpDiagnosis diagnose(const HttpFailure& f) {
  if (f.proxy_status != 0 && f.proxy_status / 100 != 2) {
    return {HttpCause::connect,
            fmt::format("the proxy {} refuses to connect to {} (HTTP {}); check its rules and its "
                        "credentials",
                        f.proxy, f.peer, f.proxy_status)};
  }
  switch (static_cast<CURLcode>(f.code)) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return {HttpCause::dns,
              fmt::format("the host name of {} cannot be resolved; check its spelling, "
                          "and the DNS of this machine",
                          f.peer)};
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {HttpCause::dns,
              fmt::format("the host name of the proxy {} cannot be resolved; check the "
                          "proxy's address",
                          f.proxy)};
    case CURLE_PROXY:
      return {
          HttpCause::connect,
          fmt::format("the proxy {} cannot connect to {}; check the proxy's address and its rules",
                      f.proxy, f.peer)};
    case CURLE_COULDNT_CONNECT:
      return refused(f);
    case CURLE_OPERATION_TIMEDOUT:
      return timeout(f);
    case CURLE_PEER_FAILED_VERIFICATION:
      return certificate(f);
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return {HttpCause::tls, fmt::format("the public key of {} is not the pinned one; if it was "
                                          "replaced on purpose, pin the new one",
                                          f.peer)};
    case CURLE_SSL_CACERT_BADFILE:
      return {HttpCause::tls,
              fmt::format("the CA certificates for {} cannot be used; they must be PEM", f.peer)};
    case CURLE_SSL_CERTPROBLEM:
      return {HttpCause::tls,
              fmt::format("the client certificate or key for {} cannot be used; they "
                          "must be PEM and belong together",
                          f.peer)};
    case CURLE_SSL_CONNECT_ERROR:
      return handshake(f);
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return cut(f);
    case CURLE_RECV_ERROR:  // with TLS 1.3 the server's verdict on our certificate comes this late
      return has(f.detail, "alert") ? handshake(f) : cut(f);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
      return {HttpCause::io, "the address is not an http or https URL; check it"};
    case CURLE_WEIRD_SERVER_REPLY:
      return {HttpCause::io,
              fmt::format("{} does not speak HTTP; check the scheme and the port", f.peer)};
    default:
      return {HttpCause::io, fmt::format("the request to {} failed: {}; try again", f.peer,
                                         curl_easy_strerror(static_cast<CURLcode>(f.code)))};
  }
}

}  // namespace ktel
