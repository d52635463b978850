// The decision table over codes.hpp and HTTP's own status codes.
#include "judge.hpp"

#include <algorithm>

#include "answer.hpp"
#include "codes.hpp"

namespace splunk {
namespace {

constexpr std::uint32_t slow_down_ms = 1000;
constexpr std::size_t max_words = 200;

constexpr const char* keeps_url = " for later reports (this one keeps the URL it was made for)";

Judged judged(Class kind, std::uint32_t cause, std::uint32_t code, std::uint32_t after_ms,
              std::string text) {
  Judged result;
  result.outcome = {KTEL_RETRY, cause, code, after_ms, std::move(text)};
  result.verdict = {KTEL_DOWN, cause, code, after_ms, {}};
  switch (kind) {
    case Class::accepted:
      result.outcome.result = KTEL_DELIVERED;
      result.verdict.result = KTEL_UP;
      break;
    case Class::slow:
      result.outcome.result = KTEL_DELIVERED;
      result.verdict.result = KTEL_THROTTLED;
      result.verdict.after_ms = std::max(after_ms, slow_down_ms);
      break;
    case Class::throttle:
      result.verdict.result = KTEL_THROTTLED;
      break;
    case Class::retry:
      break;
    case Class::block:
      result.verdict.result = KTEL_BLOCKED;
      break;
    case Class::poison:
      result.outcome.result = KTEL_REJECTED;
      result.verdict.result = KTEL_UP;
      break;
  }
  return result;
}

class Judge {
 public:
  Judge(const Asked& asked, const Reply& reply)
      : asked_(asked), reply_(reply), answer_(read_answer(reply.body)) {}

  Judged operator()() const {
    if (const Code* code = known_code()) return by_code(*code);
    return by_status();
  }

 private:
  const Code* known_code() const {
    const auto matches = [&](const Code& code) {
      return answer_.code == code.code && reply_.status == code.status;
    };
    const auto found = std::find_if(std::begin(codes), std::end(codes), matches);
    return found == std::end(codes) ? nullptr : found;
  }

  Judged by_code(const Code& code) const {
    if (code.kind == Class::accepted) return taken(judged(code.kind, code.cause, 0, 0, says()));
    if (code.kind == Class::slow) {
      return taken(judged(code.kind, code.cause, code.code, reply_.retry_after_ms, says()));
    }
    if (code.code == incorrect_index && !asked_.index.empty()) {
      return judged(Class::block, KTEL_CAUSE_CONFIG, code.code, 0,
                    says() + ": the token may not write to the index " + asked_.index +
                        ": allow that index for the token, or correct index= in the URL" +
                        keeps_url);
    }
    return judged(code.kind, code.cause, code.code, reply_.retry_after_ms,
                  says() + ": " + code.next);
  }

  Judged by_status() const {
    const std::uint32_t status = reply_.status;
    switch (status) {
      case 200:
      case 202:
        if (answer_.bare_string && answer_.text == "OK") {
          return block(KTEL_CAUSE_CONFIG,
                       "an old OpenTelemetry Collector answers so, and it cannot be told from one "
                       "that drops the report: update it to v0.71 or later");
        }
        return not_hec();
      case 401:
      case 403:
        return block(KTEL_CAUSE_AUTH, use_token);
      case 404:
      case 405:
      case 501:
        return block(KTEL_CAUSE_CONFIG, "no HTTP Event Collector is there: " + correct_url());
      case 413:
        return judged(Class::poison, KTEL_CAUSE_DATA, status, 0,
                      says() + ": the report is too large for it: raise max_content_length there");
      case 415:
        return unsupported_encoding();
      case 301:
      case 302:
      case 303:
      case 307:
      case 308:
        return redirect();
      case 408:
      case 425:
      case 429:
        return retry();
      default:
        break;
    }
    if (status >= 500) return retry();
    if (status >= 400) {
      return block(KTEL_CAUSE_CONFIG, "this is no answer of an HTTP Event Collector: " +
                                          correct_url() + ", or look at the proxy between");
    }
    return not_hec();
  }

  // By a token that acknowledges it is delivered only when the indexers have it.
  Judged taken(Judged now) const {
    if (asked_.ack == Ack::off) return now;
    if (answer_.ack_id) {
      now.outcome.result = KTEL_PENDING;
      now.outcome.token = *answer_.ack_id;
      return now;
    }
    if (asked_.ack == Ack::automatic) return now;
    return block(KTEL_CAUSE_CONFIG,
                 "ack=require, and it acknowledges nothing: enable indexer acknowledgement for the "
                 "token there, or write ack=auto in the URL of later reports; this report counts "
                 "as not delivered");
  }

  Judged block(std::uint32_t cause, const std::string& next) const {
    return judged(Class::block, cause, reply_.status, reply_.retry_after_ms, says() + ": " + next);
  }

  Judged retry() const {
    return judged(Class::retry, KTEL_CAUSE_HTTP, reply_.status, reply_.retry_after_ms,
                  says() + ": " + tried_again);
  }

  // A portal, another service, a proxy's own page: nothing says that the event has arrived.
  Judged not_hec() const {
    return judged(Class::retry, KTEL_CAUSE_HTTP, reply_.status, reply_.retry_after_ms,
                  says() + ": the endpoint is not HEC, so the report counts as not delivered: " +
                      correct_url() + ", or look at the proxy between");
  }

  Judged redirect() const {
    std::string to = reply_.location.empty() ? "" : " to " + std::string(words(reply_.location));
    return judged(Class::block, KTEL_CAUSE_CONFIG, reply_.status, 0,
                  at() + " redirects" + to + " (HTTP " + std::to_string(reply_.status) +
                      "), and a token is never forwarded to another address: give the address of "
                      "the HTTP Event Collector itself" +
                      keeps_url);
  }

  Judged unsupported_encoding() const {
    if (!asked_.gzip) {
      return block(KTEL_CAUSE_CONFIG, "it does not take JSON: " + correct_url());
    }
    Judged result = judged(Class::retry, KTEL_CAUSE_HTTP, reply_.status, 0,
                           says() +
                               ": it is tried again without gzip; gzip=0 in the URL saves "
                               "the first try");
    result.without_gzip = true;
    return result;
  }

  std::string at() const { return "Splunk at " + asked_.at; }

  static std::string correct_url() {
    return std::string("correct host, port and path in the URL") + keeps_url;
  }

  // At most so much of what a stranger wrote, and no half character at its end.
  static std::string words(std::string_view text) {
    std::size_t end = std::min(text.size(), max_words);
    while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
      --end;
    }
    return std::string(text.substr(0, end));
  }

  // Splunk at HOST answers "Invalid token" (HTTP 403, code 4)
  std::string says() const {
    const std::string http = "HTTP " + std::to_string(reply_.status);
    std::string code;
    if (answer_.code) code = ", code " + std::to_string(*answer_.code);
    if (answer_.text.empty()) {
      return at() + " answers " + http + code + (html() ? " and a web page" : "");
    }
    return at() + " answers \"" + words(answer_.text) + "\" (" + http + code + ")";
  }

  bool html() const {
    const std::size_t start =
        std::min(reply_.body.find_first_not_of(" \t\r\n"), reply_.body.size());
    return reply_.body.substr(start).starts_with('<');
  }

  const Asked& asked_;
  const Reply& reply_;
  const Answer answer_;
};

}  // namespace

Judged judge(const Asked& asked, const Reply& reply) { return Judge(asked, reply)(); }

JudgedPoll judge_poll(const Asked& asked, const Reply& reply) {
  const Answer answer = read_answer(reply.body);
  JudgedPoll judged;
  if (reply.status == 200 && answer.acks) {
    for (const auto& [id, acknowledged] : *answer.acks) {
      if (acknowledged) judged.acknowledged.push_back(id);
    }
    judged.verdict.result = KTEL_UP;
    return judged;
  }
  if (asked.ack == Ack::automatic && reply.status == 400 && answer.code == ack_is_disabled) {
    judged.all = true;
    judged.verdict.result = KTEL_UP;
    return judged;
  }
  const Judged as_sent = judge(asked, reply);
  judged.verdict = as_sent.verdict;
  judged.verdict.text = as_sent.outcome.text;
  if (judged.verdict.result == KTEL_UP) {  // "Success", but to what?
    judged.verdict.result = KTEL_DOWN;
    judged.verdict.cause = KTEL_CAUSE_HTTP;
    judged.verdict.text += ": it was asked for acknowledgements: look at the proxy between";
  }
  return judged;
}

}  // namespace splunk
