// ApiClient: see the header.
#include "cluster/api_client.hpp"

#include <random>
#include <utility>
#include <vector>

#include "cluster/api_retry.hpp"
#include "cluster/credentials.hpp"

namespace ktel::cluster {
namespace {

// Of an answer that was not asked for: enough for any Status.
constexpr std::size_t max_error_body = 64u << 10;

using Headers = std::vector<std::pair<std::string, std::string>>;

std::string_view header(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

std::string without_query(const std::string& path_and_query) {
  return path_and_query.substr(0, path_and_query.find('?'));
}

}  // namespace

struct ApiClient::State : std::enable_shared_from_this<State> {
  State(HttpClient& client, Access found, std::shared_ptr<Secrets> to_keep, Clock clock)
      : http(client),
        access(std::move(found)),
        secrets(std::move(to_keep)),
        credentials(access, secrets, std::move(clock), [&client](std::function<void()> work) {
          client.wait({}, {}, [work = std::move(work)](bool) { work(); });
        }) {
    secrets->add_password_of(access.proxy);
  }

  // One request, in one or more tries: filled on the HTTP client's thread, and gone after `done`.
  struct Call {
    ApiRequest request;
    std::stop_token stop;
    std::function<void(ApiAnswer)> done;
    Authorization authorization;
    bool renewed = false;  // after a 401
    ApiAnswer answer;
    unsigned tries = 0;
    std::string retry_after;
    std::string flow_schema;  // by which the server throttles this user
    std::string body;         // of an answer that is not wanted
    bool wanted = false;      // 2xx, and not HTML

    void begin();
    void take_head(int status, const Headers& headers);
    bool take_body(std::string_view chunk);
    void end();
  };

  void attempt(const std::shared_ptr<Call>& call);
  void send(const std::shared_ptr<Call>& call, Result<Authorization> with);
  void ended(const std::shared_ptr<Call>& call, const HttpResponse& response);
  void renew(const std::shared_ptr<Call>& call);
  void judge(Call& call, const HttpResponse& response);
  double jitter();

  HttpClient& http;
  const Access access;
  const std::shared_ptr<Secrets> secrets;
  Credentials credentials;
  std::minstd_rand random{std::random_device()()};  // on the HTTP client's thread
};

// Of the try before, only what it cost is kept.
void ApiClient::State::Call::begin() {
  ++tries;
  ApiAnswer next;
  next.sent = answer.sent;
  next.bytes = answer.bytes;
  answer = std::move(next);
  retry_after.clear();
  body.clear();
  wanted = false;
}

void ApiClient::State::Call::take_head(int status, const Headers& headers) {
  answer.status = status;
  answer.content_type = header(headers, "content-type");
  answer.etag = header(headers, "etag");
  answer.not_modified = status == 304 && !request.etag.empty();
  retry_after = header(headers, "retry-after");
  flow_schema = header(headers, "x-kubernetes-pf-flowschema-uid");
  wanted = status >= 200 && status < 300 && !is_html(answer.content_type);
  if (wanted && request.on_type) request.on_type(answer.content_type);
}

bool ApiClient::State::Call::take_body(std::string_view chunk) {
  if (wanted) return request.on_body(chunk);
  if (body.size() + chunk.size() > max_error_body) return false;
  body += chunk;
  return true;
}

void ApiClient::State::Call::end() {
  const auto last = std::move(done);
  last(std::move(answer));
}

void ApiClient::State::attempt(const std::shared_ptr<Call>& call) {
  credentials.get(call->stop, [self = shared_from_this(), call](Result<Authorization> with) {
    self->send(call, std::move(with));
  });
}

void ApiClient::State::send(const std::shared_ptr<Call>& call, Result<Authorization> with) {
  call->begin();
  if (!with) {
    const bool stopped = with.error().code == Errc::stopped;
    call->answer.cause = stopped ? HttpCause::stopped : HttpCause::io;
    call->answer.error = with.error();
    return call->end();
  }
  call->authorization = std::move(with).value();
  HttpRequest request;
  request.url = access.server + call->request.path_and_query;
  request.headers = access.headers;
  request.headers.emplace_back("Accept", call->request.accept);
  if (!call->request.post.empty()) {
    request.method = "POST";
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = call->request.post;
  }
  if (!call->request.etag.empty()) {
    request.headers.emplace_back("If-None-Match", call->request.etag);
  }
  const std::string& authorization = call->authorization.header;
  if (!authorization.empty()) request.headers.emplace_back("Authorization", authorization);
  request.tls = call->authorization.tls;
  request.proxy = access.proxy;
  request.http2 = call->request.http2;
  request.on_head = [call](int status, const Headers& headers) {
    call->take_head(status, headers);
  };
  request.on_body = [call](std::string_view chunk) { return call->take_body(chunk); };
  http.send(std::move(request), call->stop,
            [self = shared_from_this(), call](const HttpResponse& response) {
              self->ended(call, response);
            });
}

void ApiClient::State::ended(const std::shared_ptr<Call>& call, const HttpResponse& response) {
  judge(*call, response);
  const bool stopped = response.cause == HttpCause::stopped || call->stop.stop_requested();
  const bool unauthorized = call->answer.status == 401;
  if (unauthorized && !stopped && !std::exchange(call->renewed, true)) return renew(call);
  const Tried tried{call->tries, call->answer.status, call->retry_after, response.lost};
  const auto wait = stopped ? std::nullopt : wait_before_retry(tried, jitter());
  if (!wait) return call->end();
  http.wait(*wait, call->stop, [self = shared_from_this(), call](bool cut_short) {
    if (!cut_short) return self->attempt(call);
    call->end();  // why it waited says more than that it did no longer
  });
}

// Nothing of a 401 was handed on, so the request can be made again.
void ApiClient::State::renew(const std::shared_ptr<Call>& call) {
  credentials.renew(call->authorization, call->stop,
                    [self = shared_from_this(), call](Result<Authorization> fresh) {
                      const Authorization& refused = call->authorization;
                      if (fresh && (fresh->header != refused.header || fresh->tls != refused.tls)) {
                        return self->send(call, std::move(fresh));
                      }
                      if (!fresh && fresh.error().code != Errc::stopped) {
                        call->answer.error->message += "; " + fresh.error().message;
                      }
                      call->end();
                    });
}

void ApiClient::State::judge(Call& call, const HttpResponse& response) {
  ApiAnswer& answer = call.answer;
  answer.bytes += response.bytes;
  answer.sent += response.sent ? 1 : 0;
  answer.cause = response.cause;
  if (answer.not_modified && response.cause == HttpCause::none) return;
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
  if (answer.error) {
    const bool throttled = answer.status == 429;
    tell_tries(*answer.error, call.tries, throttled ? call.flow_schema : std::string());
  }
}

double ApiClient::State::jitter() { return std::uniform_real_distribution<>()(random); }

ApiClient::ApiClient(HttpClient& http, Access access, std::shared_ptr<Secrets> secrets, Clock clock)
    : state_(
          std::make_shared<State>(http, std::move(access), std::move(secrets), std::move(clock))) {}

// Who waits for a plugin would be answered on the thread of an HttpClient that may be gone by then.
ApiClient::~ApiClient() { state_->credentials.close(); }

void ApiClient::get(ApiRequest request, std::stop_token stop, std::function<void(ApiAnswer)> done) {
  auto call = std::make_shared<State::Call>();
  call->request = std::move(request);
  call->stop = std::move(stop);
  call->done = std::move(done);
  state_->attempt(call);
}

const Access& ApiClient::access() const noexcept { return state_->access; }

}  // namespace ktel::cluster
