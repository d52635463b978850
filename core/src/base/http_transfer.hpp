// `HttpTransfer`: one request as a libcurl easy handle, and what has come of its answer.
//
// Made by HttpClient (http.hpp) on its thread, which alone touches it. Everything libcurl was given
// a pointer to lives here, so a transfer stays where it is until its handle left the multi handle.
#pragma once

#include <curl/curl.h>

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/http.hpp"

namespace ktel {

class HttpTransfer {
 public:
  HttpTransfer(HttpRequest request, std::function<void(HttpResponse)> done);
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  // Sets all options; on failure the transfer cannot be sent, and end() has the sentence.
  bool prepare();

  CURL* handle() const noexcept { return easy_.get(); }

  // Answers the caller, once.
  void end(CURLcode code);
  void end_stopped();

  std::unique_ptr<std::stop_callback<std::function<void()>>> on_stop;

 private:
  struct FreeEasy {
    void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
  };
  struct FreeUrl {
    void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
  };
  using List = std::unique_ptr<curl_slist, FreeList>;

  static std::size_t write_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t write_body(char* data, std::size_t size, std::size_t count, void* self);

  bool set_address();
  bool set_headers();
  void set_tls();
  void set_body();
  bool add(List& list, const std::string& line);
  bool refuse(std::string why);
  bool take_header(std::string_view line);
  bool take_body(std::string_view chunk);
  void diagnose_failure(CURLcode code);

  HttpRequest request_;
  std::function<void(HttpResponse)> done_;
  HttpResponse response_;
  std::unique_ptr<CURL, FreeEasy> easy_;
  List headers_;
  List connect_to_;
  std::string peer_;        // "host:port"
  std::string proxy_;       // likewise, without user info
  std::string name_;        // to be in the certificate
  bool answering_ = false;  // its first line has come
  bool head_seen_ = false;
  bool over_ = false;  // done_ was called
  char detail_[CURL_ERROR_SIZE] = {};
};

}  // namespace ktel
