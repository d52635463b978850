// ApiClient: see the header. Retries and the renewal of credentials after a 401 belong here.
#include "cluster/api_client.hpp"

#include <utility>

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
    secrets->add_password_of(access.proxy);
  }

  // One request: filled on the HTTP client's thread, and gone after `done`.
  struct Call {
    ApiRequest request;
    std::function<void(ApiAnswer)> done;
    ApiAnswer answer;
    std::string body;     // of an answer that is not wanted
    bool wanted = false;  // 2xx, and not HTML

    void take_head(int status, std::string_view content_type);
    bool take_body(std::string_view chunk);
  };

  void finish(Call& call, const HttpResponse& response);

  HttpClient& http;
  const Access access;
  const std::shared_ptr<Secrets> secrets;
  Credentials credentials;
};

void ApiClient::State::Call::take_head(int status, std::string_view content_type) {
  answer.status = status;
  answer.content_type = content_type;
  wanted = status >= 200 && status < 300 && !is_html(content_type);
}

bool ApiClient::State::Call::take_body(std::string_view chunk) {
  if (wanted) return request.on_body(chunk);
  if (body.size() + chunk.size() > max_error_body) return false;
  body += chunk;
  return true;
}

void ApiClient::State::finish(Call& call, const HttpResponse& response) {
  ApiAnswer& answer = call.answer;
  answer.bytes = response.bytes;
  answer.sent = response.sent;
  answer.cause = response.cause;
  const bool refused = answer.status != 0 && !call.wanted && response.cause != HttpCause::stopped;
  if (refused) {
    // The status alone says what there is to say, even if its explanation broke off.
    answer.cause = HttpCause::none;
    answer.told = parse_status(call.body, *secrets);
    answer.error = answer_error(access, without_query(call.request.path_and_query), answer.status,
                                answer.content_type, answer.told);
  } else if (response.cause != HttpCause::none) {
    answer.error = transport_error(access, response);
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
  state_->http.send(
      std::move(http), std::move(stop),
      [state = state_, call](HttpResponse response) { state->finish(*call, response); });
}

const Access& ApiClient::access() const noexcept { return state_->access; }

}  // namespace ktel::cluster
