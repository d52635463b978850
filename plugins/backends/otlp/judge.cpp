// The decision table over HTTP's status codes, after OTLP's own rules: what it allows to be sent
// again is 429, 502, 503 and 504, and of what was taken in part nothing is.
#include "judge.hpp"

#include <algorithm>

#include "answer.hpp"

namespace otlp {
namespace {

constexpr std::size_t max_words = 200;

constexpr const char* keeps_url = " for later reports (this one keeps the URL it was made for)";

enum class Class {
  accepted,  // delivered
  throttle,  // tried again, the whole destination waits
  retry,     // tried again, the destination is down
  block,     // an operator has to change something
  reject     // this report will never be taken, or must not be sent again
};

// At most so much of what a stranger wrote, and no half character at its end.
std::string words(std::string_view text) {
  std::size_t end = std::min(text.size(), max_words);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  return std::string(text.substr(0, end));
}

class Judge {
 public:
  Judge(const Asked& asked, const Reply& reply)
      : asked_(asked),
        reply_(reply),
        answer_(read_answer(success(), reply.content_type, reply.body)) {}

  Judged operator()() const {
    if (success()) return taken();
    switch (reply_.status) {
      case 301:
      case 302:
      case 303:
      case 307:
      case 308:
        return redirect();
      case 401:
      case 403:
        return judged(Class::block, KTEL_CAUSE_AUTH,
                      says() + ": give it " + (asked_.authorized ? "another" : "a") +
                          " token with --token-file FILE or KTEL_TOKEN_FILE");
      case 404:
      case 405:
      case 501:
        return judged(Class::block, KTEL_CAUSE_CONFIG,
                      says() + ": it takes no " + things() +
                          " at that path: give it a pipeline for " + things() + ", or " +
                          correct_url());
      case 413:
        return judged(Class::reject, KTEL_CAUSE_DATA,
                      says() +
                          ": the report is too large for it: raise its limit for a request's body "
                          "(max_request_body_size of a collector)");
      case 415:
        return unsupported();
      case 429:
      case 503:
        return judged(Class::throttle, KTEL_CAUSE_HTTP, says() + ": it is tried again");
      case 502:
      case 504:
        return judged(Class::retry, KTEL_CAUSE_HTTP, says() + ": it is tried again");
      default:
        break;
    }
    return refused();
  }

 private:
  bool success() const { return reply_.status >= 200 && reply_.status < 300; }

  Judged judged(Class kind, std::uint32_t cause, std::string text) const {
    const std::uint32_t code = kind == Class::accepted ? 0 : reply_.status;
    const std::uint32_t after_ms = reply_.retry_after_ms;
    Judged result;
    result.outcome = {KTEL_RETRY, cause, code, after_ms, std::move(text)};
    result.verdict = {KTEL_DOWN, cause, code, after_ms, {}};
    switch (kind) {
      case Class::accepted:
        result.outcome.result = KTEL_DELIVERED;
        result.verdict.result = KTEL_UP;
        break;
      case Class::throttle:
        result.verdict.result = KTEL_THROTTLED;
        break;
      case Class::retry:
        break;
      case Class::block:
        result.verdict.result = KTEL_BLOCKED;
        break;
      case Class::reject:
        result.outcome.result = KTEL_REJECTED;
        result.verdict.result = KTEL_UP;
        break;
    }
    return result;
  }

  // Any 2xx with any body but a web page: receivers differ in both.
  Judged taken() const {
    if (html()) {
      return judged(Class::retry, KTEL_CAUSE_HTTP,
                    says() +
                        ": no OTLP receiver answers so, and the report counts as not delivered: " +
                        correct_url() + ", or look at the proxy between");
    }
    if (answer_.rejected > 0) return taken_in_part();
    Judged result = judged(Class::accepted, KTEL_CAUSE_NONE, says());
    if (!answer_.message.empty()) {
      result.warning = at() + " took the report and warns: " + words(answer_.message);
    }
    return result;
  }

  Judged taken_in_part() const {
    if (asked_.kind == Kind::logs) return not_taken();
    return judged(Class::reject, KTEL_CAUSE_DATA,
                  says() + ": it does not take " + std::to_string(answer_.rejected) +
                      " of its numbers, and OTLP forbids to send the others again");
  }

  Judged not_taken() const {
    return judged(Class::reject, KTEL_CAUSE_DATA, says() + ": it does not take this report");
  }

  Judged refused() const {
    if (html()) {
      return judged(Class::block, KTEL_CAUSE_CONFIG,
                    says() + ": this is no answer of an OTLP receiver: " + correct_url() +
                        ", or look at the proxy between");
    }
    if (reply_.status == 400) return not_taken();
    return judged(Class::reject, KTEL_CAUSE_HTTP,
                  says() + ": OTLP forbids to send it again after this answer; its log says why");
  }

  Judged unsupported() const {
    if (asked_.gzip) {
      Judged result = judged(Class::retry, KTEL_CAUSE_HTTP,
                             says() +
                                 ": it is tried again without gzip; gzip=0 in the URL saves the "
                                 "first try");
      result.without_gzip = true;
      return result;
    }
    const bool protobuf = asked_.encoding == Encoding::protobuf;
    return judged(Class::block, KTEL_CAUSE_CONFIG,
                  says() + ": it does not take " + (protobuf ? "protobuf" : "JSON") + ": write " +
                      (protobuf ? "encoding=json" : "encoding=protobuf") + " in the URL" +
                      keeps_url);
  }

  Judged redirect() const {
    const std::string to =
        reply_.location.empty() ? "" : " to " + std::string(words(reply_.location));
    return judged(Class::block, KTEL_CAUSE_CONFIG,
                  at() + " redirects" + to + " (HTTP " + std::to_string(reply_.status) +
                      "), and a report is never forwarded to another address: give the address of "
                      "the receiver itself" +
                      keeps_url);
  }

  std::string things() const { return asked_.kind == Kind::logs ? "logs" : "metrics"; }

  std::string at() const { return "OTLP receiver " + asked_.at; }

  static std::string correct_url() {
    return std::string("correct host, port and path in the URL") + keeps_url;
  }

  // OTLP receiver HOST answers "out of space" (HTTP 503)
  std::string says() const {
    const std::string http = "HTTP " + std::to_string(reply_.status);
    if (answer_.message.empty()) {
      return at() + " answers " + http + (html() ? " and a web page" : "");
    }
    return at() + " answers \"" + words(answer_.message) + "\" (" + http + ")";
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

}  // namespace otlp
