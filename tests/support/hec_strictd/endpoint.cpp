// Routes, in the order in which Splunk finds fault.
#include "support/hec_strictd/endpoint.hpp"

#include <zlib.h>

#include <boost/json.hpp>

#include <algorithm>
#include <cctype>

#include "support/hec_strictd/codes.hpp"

namespace ktel::test::hec {
namespace {

namespace json = boost::json;

Answer coded(int code, std::string reason = {}, std::optional<std::size_t> event_number = {}) {
  const Code& known = code_of(code);
  json::object body = {{"text", json::string_view(known.text.data(), known.text.size())},
                       {"code", code}};
  if (event_number) body["invalid-event-number"] = *event_number;
  Answer answer;
  answer.status = known.status;
  answer.code = code;
  answer.body = json::serialize(body);
  answer.reason = std::move(reason);
  return answer;
}

Answer web_page(unsigned status, const std::string& title) {
  Answer answer;
  answer.status = status;
  answer.content_type = "text/html; charset=UTF-8";
  answer.body = "<!doctype html><html><head><title>" + std::to_string(status) + " " + title +
                "</title></head><body><h1>" + title + "</h1></body></html>\r\n";
  answer.reason = title;
  return answer;
}

// Nothing if it is no gzip; cut off right behind `limit`, so that bombs stay small.
std::optional<std::string> gunzip(std::string_view data, std::size_t limit) {
  z_stream stream = {};
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  std::string out;
  int status = Z_OK;
  while (status == Z_OK && out.size() <= limit) {
    char chunk[65536];
    stream.next_out = reinterpret_cast<Bytef*>(chunk);
    stream.avail_out = sizeof chunk;
    status = inflate(&stream, Z_NO_FLUSH);
    out.append(chunk, sizeof chunk - stream.avail_out);
    if (status == Z_BUF_ERROR) break;
  }
  const bool whole = status == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  if (!whole && out.size() <= limit) return std::nullopt;
  return out;
}

bool is_guid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !std::isxdigit(static_cast<unsigned char>(text[i]))) return false;
  }
  return true;
}

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Answer scripted(const Fault& fault) {
  if (fault.what == Do::html) return web_page(200, "Sign in to this network");
  if (fault.what == Do::redirect) {
    Answer answer = web_page(fault.status.value_or(307), "Moved");
    answer.headers.emplace_back("Location", fault.location);
    return answer;
  }
  const int code =
      fault.code.value_or(fault.status && !fault.body ? *fault.status == 503 ? 9 : 8 : 9);
  Answer answer = coded(code, {}, fault.event_number);
  if (fault.status) answer.status = *fault.status;
  if (fault.body) {
    answer.body = *fault.body;
    answer.content_type = fault.content_type;
    answer.code = fault.code.value_or(-1);
  }
  if (!fault.retry_after.empty()) answer.headers.emplace_back("Retry-After", fault.retry_after);
  return answer;
}

std::string decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() &&
        std::isxdigit(static_cast<unsigned char>(text[i + 1])) &&
        std::isxdigit(static_cast<unsigned char>(text[i + 2]))) {
      result += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      result += text[i] == '+' ? ' ' : text[i];
    }
  }
  return result;
}

const std::string& or_default(const std::string& own, const std::string& of_token) {
  return own.empty() ? of_token : own;
}

}  // namespace

Route route_of(std::string_view path) {
  constexpr std::string_view version = "/1.0";
  constexpr std::string_view base = "/services/collector";
  if (path.ends_with(version)) path.remove_suffix(version.size());
  if (!path.starts_with(base)) return Route::none;
  path.remove_prefix(base.size());
  if (path.empty() || path == "/event") return Route::event;
  if (path == "/raw") return Route::raw;
  if (path == "/ack") return Route::ack;
  if (path == "/health") return Route::health;
  return Route::none;
}

On kind_of(Route route) {
  switch (route) {
    case Route::ack:
      return On::ack;
    case Route::health:
      return On::health;
    case Route::none:
      return On::any;
    default:
      return On::event;
  }
}

void set_target(Request& request, std::string_view target) {
  const std::size_t mark = std::min(target.find('?'), target.size());
  request.path = target.substr(0, mark);
  target.remove_prefix(std::min(mark + 1, target.size()));
  while (!target.empty()) {
    const std::size_t end = std::min(target.find('&'), target.size());
    const std::string_view pair = target.substr(0, end);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    request.query[decoded(pair.substr(0, equals))] =
        decoded(pair.substr(std::min(equals + 1, pair.size())));
    target.remove_prefix(std::min(end + 1, target.size()));
  }
}

Endpoint::Endpoint(EndpointOptions options) : options_(std::move(options)) {
  nodes_.resize(std::max<std::size_t>(options_.nodes, 1));
  for (AckTable& node : nodes_) {
    node.delay = options_.ack_delay;
    node.idle = options_.ack_idle;
    node.max_pending = options_.max_pending_acks;
  }
}

void Endpoint::forget_acks() {
  for (AckTable& node : nodes_) node.clear();
}

std::optional<Answer> Endpoint::too_large(std::optional<std::uint64_t> length,
                                          const Effects& effects) const {
  const std::size_t limit = effects.max_size.value_or(options_.max_content_length);
  if (!length || *length <= limit) return std::nullopt;
  return web_page(413, "Content-Length of " + std::to_string(*length) + " too large (maximum is " +
                           std::to_string(limit) + ")");
}

Answer Endpoint::answer(const Request& request, const Effects& effects) {
  if (!effects.answer) return honest_answer(request, effects);
  Answer forced = scripted(*effects.answer);
  if (effects.answer->commit) forced.commit = honest_answer(request, effects).commit;
  return forced;
}

Answer Endpoint::honest_answer(const Request& request, const Effects& effects) {
  const Route route = route_of(request.path);
  if (route == Route::none) return coded(404);
  if (request.method == "OPTIONS") {
    Answer answer;
    answer.headers.emplace_back("Allow",
                                route == Route::health ? "GET,HEAD,OPTIONS" : "POST,OPTIONS");
    return answer;
  }
  if (route == Route::health) {
    return request.method == "GET" || request.method == "HEAD" ? coded(17) : coded(405);
  }
  if (request.method != "POST") return coded(405);

  if (effects.revoked) return coded(4, "the script revoked all tokens");
  const auto query_token = request.query.find("token");
  const bool has_query_token = query_token != request.query.end();
  const Authorized authorized = authorize(options_.tokens, request.authorization, has_query_token,
                                          has_query_token ? query_token->second : std::string());
  if (!authorized.token) return coded(authorized.code);
  const Token& token = *authorized.token;

  if (route == Route::ack && !token.use_ack) return coded(14);
  if (request.channel.empty()) {
    if (token.use_ack) return coded(10);
  } else if (!is_guid(request.channel)) {
    return coded(11);
  }
  if (route == Route::ack) return acks(request, effects);

  const std::size_t limit = effects.max_size.value_or(options_.max_content_length);
  std::string_view body = request.body;
  std::string plain;
  if (request.encoding == "gzip") {
    std::optional<std::string> inflated = gunzip(request.body, limit);
    if (!inflated) return web_page(400, "Error reading gzip content");
    plain = std::move(*inflated);
    body = plain;
  } else if (!request.encoding.empty() && request.encoding != "identity") {
    return web_page(415, "Unsupported Content-Encoding " + request.encoding);
  }
  if (auto refused = too_large(body.size(), effects)) return *refused;
  return route == Route::raw ? raw(request, body, token) : events(request, body, token);
}

Answer Endpoint::events(const Request& request, std::string_view body, const Token& token) {
  EnvelopeRules rules = options_.rules;
  rules.indexes = token.indexes;
  const Verdict verdict = read_events(body, rules);

  Answer answer = coded(verdict.code, verdict.reason, verdict.event_number);
  for (const Object& object : verdict.accepted) {
    answer.commit.push_back({.conn = request.conn,
                             .request = request.number,
                             .ordinal = object.ordinal,
                             .at_us = now_us(),
                             .time = object.time,
                             .host = or_default(object.host, token.host),
                             .source = or_default(object.source, token.source),
                             .sourcetype = or_default(object.sourcetype, token.sourcetype),
                             .index = or_default(object.index, token.index),
                             .id = object.id,
                             .fields = std::string(object.fields),
                             .sha256 = sha256_hex(object.event),
                             .event = std::string(object.event)});
  }
  if (verdict.code == 0) issue_ack(request, token, answer);
  return answer;
}

Answer Endpoint::raw(const Request& request, std::string_view body, const Token& token) {
  if (body.find_first_not_of(" \t\r\n") == body.npos) return coded(5);
  const auto metadata = [&request](const char* key) {
    const auto found = request.query.find(key);
    return found == request.query.end() ? std::string() : found->second;
  };
  const std::string index = metadata("index");
  if (!index.empty() && !token.indexes.empty() &&
      std::find(token.indexes.begin(), token.indexes.end(), index) == token.indexes.end()) {
    return coded(7, "index " + index + " is not allowed", 1);
  }
  // Lines without dates merge into one event under Splunk's defaults.
  Answer answer = coded(0);
  answer.commit.push_back({.conn = request.conn,
                           .request = request.number,
                           .at_us = now_us(),
                           .host = or_default(metadata("host"), token.host),
                           .source = or_default(metadata("source"), token.source),
                           .sourcetype = or_default(metadata("sourcetype"), token.sourcetype),
                           .index = or_default(index, token.index),
                           .sha256 = sha256_hex(body),
                           .event = std::string(body)});
  issue_ack(request, token, answer);
  return answer;
}

void Endpoint::issue_ack(const Request& request, const Token& token, Answer& answer) {
  if (!token.use_ack) return;
  AckTable& node = nodes_[request.conn % nodes_.size()];
  const auto id = node.issue(request.channel, std::chrono::steady_clock::now());
  if (!id) {
    answer = coded(27);
    return;
  }
  answer.body = R"({"text":"Success","code":0,"ackId":)" + std::to_string(*id) + "}";
}

Answer Endpoint::acks(const Request& request, const Effects& effects) {
  boost::system::error_code error;
  const json::value document = json::parse(request.body, error);
  const json::object* object = error ? nullptr : document.if_object();
  const json::value* asked = object ? object->if_contains("acks") : nullptr;
  if (!asked || !asked->is_array()) return coded(6, "no {\"acks\":[...]}");

  AckTable& node = nodes_[request.conn % nodes_.size()];
  json::object told;
  for (const json::value& id : asked->get_array()) {
    if (!id.is_int64() || id.get_int64() < 0) return coded(6, "an ack id is no number");
    const auto number = static_cast<std::uint64_t>(id.get_int64());
    told[std::to_string(number)] = node.query(
        request.channel, number, std::chrono::steady_clock::now(), effects.acks, effects.ack_polls);
  }
  Answer answer;
  answer.code = 0;
  answer.body = json::serialize(json::object{{"acks", told}});
  return answer;
}

}  // namespace ktel::test::hec
