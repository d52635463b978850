// The decision table over HTTP's status codes: a service of somebody's own says no more than those.
#include "judge.hpp"

namespace webhook {
namespace {

constexpr const char* keeps_url = " for later reports (this one keeps the URL it was made for)";

Judged judged(const Reply& reply, std::uint32_t result, std::uint32_t verdict, std::uint32_t cause,
              std::string text) {
  const std::uint32_t code = result == KTEL_DELIVERED ? 0 : reply.status;
  Judged all;
  all.outcome = {result, cause, code, reply.retry_after_ms, std::move(text)};
  all.verdict = {verdict, cause, code, reply.retry_after_ms, {}};
  return all;
}

Judged blocked(const Reply& reply, std::uint32_t cause, std::string text) {
  return judged(reply, KTEL_RETRY, KTEL_BLOCKED, cause, std::move(text));
}

Judged again(const Reply& reply, std::uint32_t verdict, const std::string& says) {
  return judged(reply, KTEL_RETRY, verdict, KTEL_CAUSE_HTTP, says + ": it is tried again");
}

Judged refused_compression(const Asked& asked, const Reply& reply, const std::string& says) {
  if (!asked.gzip) {
    return blocked(
        reply, KTEL_CAUSE_CONFIG,
        says + ": it does not take JSON; give the URL of a service that does" + keeps_url);
  }
  // Not blocked: it would be asked again after 30 s, and the report is as good as taken.
  Judged without = judged(reply, KTEL_RETRY, KTEL_UP, KTEL_CAUSE_HTTP,
                          says + ": it is tried again uncompressed");
  without.without_gzip = true;
  return without;
}

}  // namespace

Judged judge(const Asked& asked, const Reply& reply) {
  const std::string says = asked.at + " answers HTTP " + std::to_string(reply.status);
  if (reply.status >= 200 && reply.status < 300) {
    return judged(reply, KTEL_DELIVERED, KTEL_UP, KTEL_CAUSE_NONE, says);
  }
  if (reply.status >= 300 && reply.status < 400) {
    const std::string where =
        reply.location.empty() ? "" : " to " + std::string(reply.location.substr(0, 200));
    return blocked(reply, KTEL_CAUSE_CONFIG,
                   asked.at + " redirects" + where + " (HTTP " + std::to_string(reply.status) +
                       "), and a report is never forwarded to another address: give the address "
                       "of the service itself" +
                       keeps_url);
  }
  switch (reply.status) {
    case 401:
    case 403:
      return blocked(reply, KTEL_CAUSE_AUTH,
                     says +
                         ": give a token that it knows with --token-file FILE or "
                         "KTEL_TOKEN_FILE, and auth=bearer or auth=hmac as it wants it");
    case 404:
    case 405:
    case 410:
    case 501:
      return blocked(reply, KTEL_CAUSE_CONFIG,
                     says +
                         ": nothing takes reports there; correct host, port and path in the URL" +
                         keeps_url);
    case 408:
    case 425:
      return again(reply, KTEL_DOWN, says);
    case 415:
      return refused_compression(asked, reply, says);
    case 429:
    case 503:
      return again(reply, KTEL_THROTTLED, says);
    default:
      break;
  }
  if (reply.status >= 500) return again(reply, KTEL_DOWN, says);
  return judged(reply, KTEL_REJECTED, KTEL_UP, KTEL_CAUSE_DATA,
                says + ": it does not take this report");
}

}  // namespace webhook
