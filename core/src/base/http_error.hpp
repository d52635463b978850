// What a failed transfer means, for the program (a cause) and for the operator (a sentence).
//
// Pure: fed by HttpTransfer with what libcurl knows of a transfer that ended badly. The sentence
// names host and port and ends with the next step; nothing of a URL's path or user info is in it.
#pragma once

#include <chrono>
#include <string>

#include "base/http.hpp"

namespace ktel {

struct HttpFailure {
  int code = 0;              // CURLcode
  std::string peer = {};     // "host:port" asked for
  std::string proxy = {};    // "host:port"; empty: none
  std::string name = {};     // the name the certificate had to hold
  int os_error = 0;          // errno of a failed connect; 0: unknown
  long verify_result = 0;    // X509_V_ERR_*
  long proxy_status = 0;     // of a refused CONNECT
  bool client_cert = false;  // we had one to show
  bool connected = false;    // the connection stood, TLS included
  bool answering = false;    // some of the answer had come
  std::chrono::milliseconds took{0};
  std::chrono::milliseconds connect_timeout{0};
  std::chrono::milliseconds total_timeout{0};
  std::chrono::milliseconds idle_timeout{0};
  std::string detail = {};  // libcurl's own words
};

struct HttpDiagnosis {
  HttpCause cause = HttpCause::io;
  std::string text;
  bool lost = false;  // a connection that stood was closed or reset
};

HttpDiagnosis diagnose(const HttpFailure& failure);

}  // namespace ktel
