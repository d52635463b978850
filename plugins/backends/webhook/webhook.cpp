// The backend "webhook": reports for a service of the operator's own, a JSON object a request.
//
//   {"id":"...","time":1764000000,"signal":"ktel","version":"0.1.0","standard":1,"findings":0,
//    "report":{...}}
//
// `report` is the report's bytes verbatim. With a token and auth=hmac the service can tell that a
// request is ours, whole, and not an old one sent again.
#include <ktel/sdk/backend.hpp>
#include <ktel/sdk/json.hpp>
#include <ktel/sdk/target.hpp>

#include <array>
#include <string>
#include <string_view>

#include "judge.hpp"

namespace webhook {
namespace {

using ktel::sdk::Delivery;
using ktel::sdk::quoted;
using ktel::sdk::Refusal;
using ktel::sdk::str;
using ktel::sdk::view;

constexpr ktel_label auth_values[] = {
    {"hmac", "a signature made with the token, if there is one: the token stays here"},
    {"bearer", "the token, as Authorization: Bearer"}};

enum Param : std::uint32_t { token, auth, gzip };
constexpr ktel_param params[] = {
    {.name = "token",
     .type = KTEL_T_TEXT,
     .flags = KTEL_PARAM_SECRET,
     .description = "What the service knows the sender by."},
    {.name = "auth",
     .type = KTEL_T_ENUM,
     .description = "How the token is used.",
     .default_text = "hmac",
     KTEL_VALUES(auth_values)},
    {.name = "gzip",
     .type = KTEL_T_BOOL,
     .description = "Whether requests are compressed.",
     .default_text = "0"},
};

std::string hex(const std::array<std::uint8_t, 32>& bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

class Sink {
 public:
  Sink(Delivery host, const ktel_target& target) {
    const std::string_view authority = view(target.authority);
    const std::string scheme(view(target.scheme));
    if (scheme == "http" && !ktel::sdk::is_loopback(authority)) {
      throw Refusal(KTEL_E_INVALID, "http:// is for this machine alone, and " +
                                        std::string(authority) +
                                        " is another: the report would travel in clear; write "
                                        "https://" +
                                        std::string(authority));
    }
    const std::string_view path = view(target.path);
    url_ = scheme + "://" + std::string(authority) + (path.empty() ? "/" : std::string(path));
    bearer_ = host.text(auth) == "bearer";
    if (bearer_ && !host.has_secret(token)) {
      throw Refusal(KTEL_E_INVALID,
                    "auth=bearer sends the token, and there is none: give it with --token-file "
                    "FILE or KTEL_TOKEN_FILE");
    }
    asked_.at = authority;
    asked_.gzip = host.flag(gzip);
  }

  void encode(Delivery host, const ktel_report& report) {
    const std::string body = envelope(report);
    const std::string signature = bearer_ ? "" : signature_of(host, body);
    // The host puts the token in; it never gets here.
    const ktel_header headers[] = {
        {str("Content-Type"), str("application/json")},
        {str("Idempotency-Key"), report.id_text},
        bearer_ ? ktel_header{str("Authorization"), str("Bearer ${token}")}
                : ktel_header{str("X-Ktel-Signature"), str(signature)},
    };
    ktel_request request;
    KTEL_SIZED(request);
    request.flags = asked_.gzip ? KTEL_REQUEST_GZIP : 0;
    request.method = str("POST");
    request.url = str(url_);
    request.body = str(body);
    request.headers = headers;
    request.header_count = !bearer_ && signature.empty() ? 2 : 3;
    host.request(request);
  }

  void decode(Delivery host, const ktel_report&, const ktel_response& response) {
    Reply reply{
        .status = response.status, .retry_after_ms = response.retry_after_ms, .location = {}};
    for (std::uint32_t i = 0; i < response.header_count; ++i) {
      if (view(response.headers[i].name) == "location") {
        reply.location = view(response.headers[i].value);
      }
    }
    const Judged judged = judge(asked_, reply);
    if (judged.without_gzip) asked_.gzip = false;
    host.outcome(judged.outcome);
    host.verdict(judged.verdict);
  }

 private:
  static std::string envelope(const ktel_report& report) {
    std::string json =
        R"({"id":)" + quoted(view(report.id_text)) + R"(,"time":)" + std::to_string(report.time_s) +
        R"(,"signal":)" + quoted(view(report.signal)) + R"(,"version":)" +
        quoted(view(report.version)) + R"(,"standard":)" + std::to_string(report.standard) +
        R"(,"findings":)" + std::to_string(report.findings);
    if (report.attempt > 1) json += R"(,"attempt":)" + std::to_string(report.attempt);
    json += R"(,"report":)";
    json += view(report.body);
    return json += '}';
  }

  // The time is part of what is signed, so that an old request shows its age. "": no token.
  static std::string signature_of(Delivery host, const std::string& body) {
    const std::string now = std::to_string(host.now_us() / 1'000'000);
    const auto mac = host.hmac_sha256(token, now + "." + body);
    return mac ? "t=" + now + ",v1=" + hex(*mac) : "";
  }

  std::string url_;
  bool bearer_ = false;
  Asked asked_;
};

constexpr ktel_backend backends[] = {{
    .name = "webhook",
    .summary = "JSON for a service of your own, signed with its token.",
    .schemes = "https http",
    .flags = KTEL_BACKEND_IDEMPOTENT,
    KTEL_PARAMS(params),
    .open = ktel::sdk::open_sink<Sink>,
    .encode = ktel::sdk::encode<Sink>,
    .decode = ktel::sdk::decode<Sink>,
    .close = ktel::sdk::close_sink<Sink>,
}};

}  // namespace
}  // namespace webhook

KTEL_PLUGIN(.id = "io.ktel.webhook", .version = "0.1.0", .vendor = "ktel",
            .summary = "Delivers reports to webhooks.", KTEL_BACKENDS(webhook::backends));
