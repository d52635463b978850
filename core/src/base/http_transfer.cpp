// HttpTransfer: see the header.
#include "base/http_transfer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "base/http_error.hpp"

namespace ktel {
namespace {

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  curl_easy_setopt(easy, option, value);
}

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

std::string host_and_port(CURLU* url) {
  return part_of(url, CURLUPART_HOST) + ":" + part_of(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string lower(std::string_view text) {
  std::string copy(text);
  for (char& c : copy) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return copy;
}

template <class Number>
Number info(CURL* easy, CURLINFO what) {
  Number number{};
  curl_easy_getinfo(easy, what, &number);
  return number;
}

// libcurl would leave its sockets open in programs an embedder starts.
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) {
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

}  // namespace

HttpTransfer::HttpTransfer(HttpRequest request, std::function<void(HttpResponse)> done)
    : request_(std::move(request)), done_(std::move(done)), easy_(curl_easy_init()) {}

bool HttpTransfer::prepare() {
  if (!easy_) return refuse("no memory for a request");
  if (!set_address() || !set_headers()) return false;
  set_tls();
  set_body();

  CURL* const easy = easy_.get();
  set(easy, CURLOPT_ERRORBUFFER, detail_);
  set(easy, CURLOPT_NOSIGNAL, 1L);
  // A name that does not resolve must not hold up the end of its transfer, nor of all others.
  set(easy, CURLOPT_QUICK_EXIT, 1L);
  set(easy, CURLOPT_USERAGENT, "ktel/" KTEL_VERSION);
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  if (request_.http2) {
    set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    set(easy, CURLOPT_PIPEWAIT, 1L);  // for the connection under way rather than a second one
  } else {
    set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  }
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout.count()));
  set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request_.total_timeout.count()));
  if (request_.idle_timeout.count() > 0) {
    set(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(easy, CURLOPT_LOW_SPEED_TIME,
        static_cast<long>(std::chrono::ceil<std::chrono::seconds>(request_.idle_timeout).count()));
  }
  set(easy, CURLOPT_HEADERFUNCTION, &HttpTransfer::write_header);
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(easy, CURLOPT_WRITEFUNCTION, &HttpTransfer::write_body);
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(this));
  return true;
}

// A server name that differs from the host goes into the URL, so that SNI and the check of the
// certificate use it; the connection and the Host header keep to the real one.
bool HttpTransfer::set_address() {
  static const std::string none;
  const std::unique_ptr<CURLU, FreeUrl> url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, request_.url.c_str(), CURLU_NON_SUPPORT_SCHEME) !=
      CURLUE_OK) {
    return refuse(diagnose({.code = CURLE_URL_MALFORMAT}).text);
  }
  peer_ = host_and_port(url.get());
  name_ = part_of(url.get(), CURLUPART_HOST);
  const std::string& server_name = request_.tls ? request_.tls->server_name : none;
  if (!server_name.empty() && server_name != name_) {
    const std::string explicit_port = part_of(url.get(), CURLUPART_PORT);
    if (!add(connect_to_, "::" + peer_) ||
        !add(headers_, "Host: " + (explicit_port.empty() ? name_ : peer_))) {
      return false;
    }
    name_ = server_name;
    if (curl_url_set(url.get(), CURLUPART_HOST, name_.c_str(), 0) != CURLUE_OK) {
      return refuse(fmt::format("the server name \"{}\" for {} is not a host name", name_, peer_));
    }
    set(easy_.get(), CURLOPT_CONNECT_TO, connect_to_.get());
  }
  set(easy_.get(), CURLOPT_URL, part_of(url.get(), CURLUPART_URL).c_str());

  // socks5h looks names up at the proxy, as Go's socks5 does.
  const bool socks5 = lower(request_.proxy.substr(0, 9)) == "socks5://";
  const std::string via = socks5 ? "socks5h" + request_.proxy.substr(6) : request_.proxy;
  // Both set also without a proxy: libcurl would ask the environment.
  set(easy_.get(), CURLOPT_PROXY, via.c_str());
  set(easy_.get(), CURLOPT_NOPROXY, via.empty() ? "*" : "");
  // Also to plain http servers: else the proxy would be handed the request, token and all.
  set(easy_.get(), CURLOPT_HTTPPROXYTUNNEL, 1L);
  set(easy_.get(), CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(easy_.get(), CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
  if (!request_.proxy.empty()) {
    const std::unique_ptr<CURLU, FreeUrl> proxy(curl_url());
    if (curl_url_set(proxy.get(), CURLUPART_URL, request_.proxy.c_str(),
                     CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
      return refuse(fmt::format("the proxy's address for {} is not a URL; check it", peer_));
    }
    const std::string port = part_of(proxy.get(), CURLUPART_PORT);
    proxy_ = part_of(proxy.get(), CURLUPART_HOST) + (port.empty() ? "" : ":" + port);
  }
  return true;
}

bool HttpTransfer::set_headers() {
  bool has_content_type = false;
  for (const auto& [name, value] : request_.headers) {
    if ((name + value).find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return refuse(
          fmt::format("a header for {} holds a line break; check the token or setting it "
                      "is made of",
                      peer_));
    }
    has_content_type |= lower(name) == "content-type";
    if (!add(headers_, value.empty() ? name + ";" : name + ": " + value)) return false;
  }
  if (!has_content_type && !add(headers_, "Content-Type:")) return false;  // not libcurl's guess
  if (!add(headers_, "Expect:")) return false;  // no wait of a second for servers that ignore it
  set(easy_.get(), CURLOPT_HTTPHEADER, headers_.get());
  return true;
}

void HttpTransfer::set_tls() {
  CURL* const easy = easy_.get();
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!request_.tls) return;
  const TlsSettings& tls = *request_.tls;
  // Not copied: request_ keeps the settings as long as the handle.
  const auto blob = [&](CURLoption option, const std::string& pem) {
    if (pem.empty()) return;
    curl_blob view{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_NOCOPY};
    set(easy, option, &view);
  };
  blob(CURLOPT_CAINFO_BLOB, tls.ca_pem);
  if (!tls.ca_pem.empty()) set(easy, CURLOPT_CAPATH, static_cast<char*>(nullptr));  // nor these
  blob(CURLOPT_SSLCERT_BLOB, tls.client_cert_pem);
  blob(CURLOPT_SSLKEY_BLOB, tls.client_key_pem);
  // Without one, libcurl 7.88 takes the length of a null pointer where the key is encrypted.
  set(easy, CURLOPT_KEYPASSWD, "");
  if (!tls.pin.empty()) set(easy, CURLOPT_PINNEDPUBLICKEY, tls.pin.c_str());
  set(easy, CURLOPT_SSL_VERIFYPEER, tls.insecure ? 0L : 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, tls.insecure ? 0L : 2L);
}

void HttpTransfer::set_body() {
  CURL* const easy = easy_.get();
  if (request_.method == "HEAD") {
    set(easy, CURLOPT_NOBODY, 1L);
  } else if (request_.method != "GET" || !request_.body.empty()) {
    set(easy, CURLOPT_POSTFIELDS, request_.body.data());
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
}

bool HttpTransfer::add(List& list, const std::string& line) {
  curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
  if (!longer) return refuse("no memory for a request");
  static_cast<void>(list.release());
  list.reset(longer);
  return true;
}

bool HttpTransfer::refuse(std::string why) {
  response_.cause = HttpCause::io;
  response_.error = std::move(why);
  return false;
}

// libcurl is C: an exception of a caller's callback ends the program here, by noexcept, rather than
// somewhere inside it.
std::size_t HttpTransfer::write_header(char* data, std::size_t size, std::size_t count,
                                       void* self) {
  return [&]() noexcept {
    const bool go_on = static_cast<HttpTransfer*>(self)->take_header({data, size * count});
    return go_on ? size * count : 0;
  }();
}

std::size_t HttpTransfer::write_body(char* data, std::size_t size, std::size_t count, void* self) {
  return [&]() noexcept {
    const bool go_on = static_cast<HttpTransfer*>(self)->take_body({data, size * count});
    return go_on ? size * count : 0;
  }();
}

bool HttpTransfer::take_header(std::string_view line) {
  if (head_seen_) return true;  // a trailer
  if (line.substr(0, 5) == "HTTP/") {
    answering_ = true;
    response_.headers.clear();
    return true;
  }
  if (const std::string_view text = trim(line); !text.empty()) {
    const auto colon = text.find(':');
    if (colon == text.npos) return true;
    response_.headers.emplace_back(lower(text.substr(0, colon)), trim(text.substr(colon + 1)));
    return true;
  }
  const long status = info<long>(easy_.get(), CURLINFO_RESPONSE_CODE);
  if (status < 200) return true;  // the real answer is still to come
  head_seen_ = true;
  response_.status = static_cast<int>(status);
  if (request_.on_head) request_.on_head(response_.status, response_.headers);
  return true;
}

bool HttpTransfer::take_body(std::string_view chunk) {
  response_.bytes += chunk.size();
  if (request_.on_body) {
    if (request_.on_body(chunk)) return true;
    return refuse(fmt::format("reading the answer of {} was given up", peer_));
  }
  if (response_.body.size() + chunk.size() > request_.max_body) {
    refuse(
        fmt::format("the answer of {} is larger than {} bytes; check that it is the right server",
                    peer_, request_.max_body));
    response_.cause = HttpCause::too_large;
    return false;
  }
  response_.body += chunk;
  return true;
}

void HttpTransfer::end(CURLcode code) {
  if (std::exchange(over_, true)) return;
  // A connection that closes within the head is a complete answer to libcurl.
  if (code == CURLE_OK && !head_seen_) code = CURLE_PARTIAL_FILE;
  if (code != CURLE_OK && response_.cause == HttpCause::none) diagnose_failure(code);
  response_.sent = easy_ && info<curl_off_t>(easy_.get(), CURLINFO_PRETRANSFER_TIME_T) > 0;
  done_(std::move(response_));
}

void HttpTransfer::end_stopped() {
  if (response_.cause == HttpCause::none) {
    response_.cause = HttpCause::stopped;
    response_.error = fmt::format("the request to {} was stopped", peer_);
  }
  end(CURLE_ABORTED_BY_CALLBACK);
}

void HttpTransfer::diagnose_failure(CURLcode code) {
  CURL* const easy = easy_.get();
  HttpFailure failure;
  failure.code = code;
  failure.peer = peer_;
  failure.proxy = proxy_;
  failure.name = name_;
  failure.os_error = static_cast<int>(info<long>(easy, CURLINFO_OS_ERRNO));
  failure.verify_result = info<long>(easy, CURLINFO_SSL_VERIFYRESULT);
  failure.proxy_status = info<long>(easy, CURLINFO_HTTP_CONNECTCODE);
  failure.client_cert = request_.tls && !request_.tls->client_cert_pem.empty();
  failure.connected = info<curl_off_t>(easy, CURLINFO_PRETRANSFER_TIME_T) > 0;
  failure.answering = answering_;
  failure.took = std::chrono::milliseconds(info<curl_off_t>(easy, CURLINFO_TOTAL_TIME_T) / 1000);
  failure.connect_timeout = request_.connect_timeout;
  failure.total_timeout = request_.total_timeout;
  failure.idle_timeout = request_.idle_timeout;
  failure.detail = detail_;
  HttpDiagnosis diagnosis = diagnose(failure);
  response_.cause = diagnosis.cause;
  response_.lost = diagnosis.lost && failure.connected && !head_seen_;
  response_.error = std::move(diagnosis.text);
}

}  // namespace ktel
