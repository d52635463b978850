// `HttpClient`: requests from a test to its servers, by libcurl and by nothing of ktel's.
//
// One client is one connection, kept between requests. It goes to the URL itself: no proxy from the
// environment, no redirects followed, no Expect header. Not thread-safe.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <string>
#include <vector>

#include "support/certs.hpp"

namespace ktel::test {

struct HttpRequest {
  std::string method = "POST";
  std::string path = "/";
  std::vector<std::string> headers = {};  // "Name: value"
  std::string body = {};
  std::string ca = {};  // PEM; empty: the system's authorities
  CertKey client_cert = {};
  std::chrono::milliseconds timeout = std::chrono::seconds(30);
};

struct HttpReply {
  CURLcode result = CURLE_OK;  // anything else: no answer, or half of one
  long status = 0;
  std::string headers = {};  // as they came
  std::string body = {};
};

class HttpClient {
 public:
  explicit HttpClient(std::string url);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  HttpReply send(const HttpRequest& request);

 private:
  std::string url_;
  CURL* curl_;
};

}  // namespace ktel::test
