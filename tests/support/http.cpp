// libcurl's easy interface.
#include "support/http.hpp"

#include <utility>

namespace ktel::test {
namespace {

std::size_t append(char* data, std::size_t, std::size_t size, void* to) {
  static_cast<std::string*>(to)->append(data, size);
  return size;
}

curl_blob blob(const std::string& text) {
  return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_COPY};
}

}  // namespace

HttpClient::HttpClient(std::string url) : url_(std::move(url)) {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_ALL);
  static_cast<void>(once);
  curl_ = curl_easy_init();
}

HttpClient::~HttpClient() { curl_easy_cleanup(curl_); }

HttpReply HttpClient::send(const HttpRequest& request) {
  HttpReply reply;
  curl_easy_reset(curl_);
  curl_slist* headers = curl_slist_append(nullptr, "Expect:");
  for (const std::string& header : request.headers) {
    headers = curl_slist_append(headers, header.c_str());
  }
  curl_easy_setopt(curl_, CURLOPT_URL, (url_ + request.path).c_str());
  curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl_, CURLOPT_USERAGENT, "ktel-test");  // "curl" gets pretty-printed answers
  curl_easy_setopt(curl_, CURLOPT_PROXY, "");
  curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl_, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &reply.body);
  curl_easy_setopt(curl_, CURLOPT_HEADERFUNCTION, append);
  curl_easy_setopt(curl_, CURLOPT_HEADERDATA, &reply.headers);
  if (request.method == "HEAD") {
    curl_easy_setopt(curl_, CURLOPT_NOBODY, 1L);
  } else {
    if (request.method != "GET" || !request.body.empty()) {
      curl_easy_setopt(curl_, CURLOPT_POSTFIELDS, request.body.data());
      curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(request.body.size()));
    }
    curl_easy_setopt(curl_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  if (!request.ca.empty()) {
    const curl_blob ca = blob(request.ca);
    curl_easy_setopt(curl_, CURLOPT_CAINFO_BLOB, &ca);
  }
  if (!request.client_cert.cert_pem.empty()) {
    const curl_blob cert = blob(request.client_cert.cert_pem);
    const curl_blob key = blob(request.client_cert.key_pem);
    curl_easy_setopt(curl_, CURLOPT_SSLCERT_BLOB, &cert);
    curl_easy_setopt(curl_, CURLOPT_SSLKEY_BLOB, &key);
  }
  reply.result = curl_easy_perform(curl_);
  curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &reply.status);
  curl_slist_free_all(headers);
  return reply;
}

}  // namespace ktel::test
