// ApiClient: see the header. Retries and the renewal of credentials after a 401 belong here.
#include "cluster/api_client.hpp"

#include <fmt/format.h>

#include <atomic>
#include <utility>

#include "cluster/api_error.hpp"
#include "cluster/credentials.hpp"

namespace ktel::cluster {
namespace {

// Of an answer that was not asked for: enough for any Status.
constexpr std::size_t max_error_body = 64u << 10;

std::string_view header(const std::vector<std::pair<std::string, std::string>>& headers,
                        std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

std::string without_query(const std::string& path_and_query) {
  return path_and_query.substr(0, path_and_query.find('?'));
}

}  // namespace

struct ApiClient::State {
  State(HttpClient& client, Access found, std::shared_ptr<Secrets> to_keep, Clock clock)
      : http(client),
        access(std::move(found)),
        secrets(std::move(to_keep)),
        credentials(access.login, secrets, std::move(clock)) {
    if (access.tls) secrets->add(access.tls->client_key_pem);
  }

  // One request: filled on the HTTP client's thread, and gone after `done`.
  struct Call {
    ApiRequest request;
    std::function<void(ApiAnswer)> done;
    ApiAnswer answer;
    std::string body;
    bool wanted = false;  // 2xx, and not HTML
    bool too_large = false;

    void take_head(int status, std::string_view content_type);
    bool take_body(std::string_view chunk);
  };

  void finish(Call& call, const HttpResponse& response);

  HttpClient& http;
  const Access access;
  const std::shared_ptr<Secrets> secrets;
  Credentials credentials;
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> bytes{0};
};

void ApiClient::State::Call::take_head(int status, std::string_view content_type) {
  answer.status = status;
  answer.content_type = content_type;
  wanted = status >= 200 && status < 300 && !is_html(content_type);
  if (wanted && request.on_head) request.on_head(answer.content_type);
}

bool ApiClient::State::Call::take_body(std::string_view chunk) {
  if (wanted && request.on_body) return request.on_body(chunk);
  const std::size_t limit = wanted ? request.max_body : max_error_body;
  too_large = body.size() + chunk.size() > limit;
  if (too_large) return false;
  body += chunk;
  return true;
}

void ApiClient::State::finish(Call& call, const HttpResponse& response) {
  bytes += response.bytes;
  ApiAnswer& answer = call.answer;
  answer.bytes = response.bytes;
  answer.cause = response.cause;
  const std::string path = without_query(call.request.path_and_query);
  const bool refused = answer.status != 0 && !call.wanted && response.cause != HttpCause::stopped;
  if (refused) {
    // The status alone says what there is to say, even if its explanation broke off.
    // Scrubbed whole: a message that is cut may end in the middle of a secret.
    const ApiStatus told = parse_status(secrets->scrub(call.body));
    answer.reason = told.reason;
    answer.message = told.message;
    answer.cause = HttpCause::none;
    answer.error = answer_error(access, path, answer.status, answer.content_type,
                                {answer.reason, answer.message});
  } else if (call.wanted && call.too_large) {
    answer.cause = HttpCause::too_large;
    answer.error =
        Error{Errc::no_result, fmt::format("the answer to {} is larger than {} bytes and "
                                           "was not read",
                                           path, call.request.max_body)};
  } else if (response.cause != HttpCause::none) {
    answer.error = transport_error(access, response);
  } else {
    answer.body = std::move(call.body);
  }
  const auto done = std::move(call.done);
  done(std::move(answer));
}

ApiClient::ApiClient(HttpClient& http, Access access, std::shared_ptr<Secrets> secrets, Clock clock)
    : state_(
          std::make_shared<State>(http, std::move(access), std::move(secrets), std::move(clock))) {}

void ApiClient::get(ApiRequest request, std::stop_token stop, std::function<void(ApiAnswer)> done) {
  Result<std::string> authorization = state_->credentials.authorization();
  if (!authorization) {
    ApiAnswer answer;
    answer.cause = HttpCause::io;
    answer.error = authorization.error();
    return done(std::move(answer));
  }

  HttpRequest http;
  http.url = state_->access.server + request.path_and_query;
  http.headers = state_->access.headers;
  http.headers.emplace_back("Accept", request.accept);
  if (!authorization->empty()) http.headers.emplace_back("Authorization", *authorization);
  http.tls = state_->access.tls;
  http.proxy = state_->access.proxy;
  http.http2 = request.http2;

  auto call = std::make_shared<State::Call>();
  call->request = std::move(request);
  call->done = std::move(done);
  http.on_head = [call](int status, const auto& headers) {
    call->take_head(status, header(headers, "content-type"));
  };
  http.on_body = [call](std::string_view chunk) { return call->take_body(chunk); };
  ++state_->requests;
  state_->http.send(
      std::move(http), std::move(stop),
      [state = state_, call](HttpResponse response) { state->finish(*call, response); });
}

const Access& ApiClient::access() const noexcept { return state_->access; }
std::uint64_t ApiClient::requests() const noexcept { return state_->requests; }
std::uint64_t ApiClient::bytes() const noexcept { return state_->bytes; }

}  // namespace ktel::cluster
