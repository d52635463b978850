// Answers to sentences: see the header.
#include "cluster/api_error.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include <algorithm>

namespace ktel::cluster {
namespace {

// Enough for every sentence of the API server's; a proxy may say much more.
constexpr std::size_t longest_message = 500;

std::string text_of(const boost::json::object& object, const char* key) {
  const boost::json::value* value = object.if_contains(key);
  if (!value || !value->is_string()) return {};
  std::string text(value->get_string());
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c >= 0 && c < ' '; }, ' ');
  if (text.size() > longest_message) text = text.substr(0, longest_message) + "...";
  return text;
}

std::string where(const Access& access) {
  return fmt::format("the API server at {} ({})", access.server, access.origin);
}

std::string who(const Access& access) {
  if (access.cluster.empty()) return "this pod's service account";
  return access.user.empty() ? "the context, which names no user,"
                             : fmt::format("user \"{}\"", access.user);
}

bool anonymous(const Access& access) {
  const Login& login = access.login;
  return login.token.empty() && login.token_file.empty() && login.username.empty() &&
         login.password.empty() && (!access.tls || access.tls->client_cert_pem.empty());
}

Error not_kubernetes(const Access& access, std::string_view what) {
  const std::string check =
      access.cluster.empty()
          ? "check KUBERNETES_SERVICE_HOST and proxies between"
          : fmt::format("check `server:` of cluster \"{}\" and proxies between", access.cluster);
  return {Errc::no_result, fmt::format("{} {}: is this really a Kubernetes API server? {}",
                                       where(access), what, check)};
}

Error unauthorized(const Access& access) {
  if (anonymous(access)) {
    return {Errc::forbidden,
            fmt::format("{} answers 401 Unauthorized: {} has no credentials; give it a token or a "
                        "client certificate",
                        where(access), who(access))};
  }
  return {Errc::forbidden,
          fmt::format("{} answers 401 Unauthorized: the credentials of {} are wrong "
                      "or have expired; renew them",
                      where(access), who(access))};
}

Error forbidden(const Access& access, std::string_view path, const std::string& message) {
  return {
      Errc::forbidden,
      fmt::format("{} answers 403 Forbidden: {}; grant it with an RBAC role, or leave out what "
                  "needs it",
                  where(access),
                  message.empty() ? fmt::format("{} may not get {}", who(access), path) : message)};
}

}  // namespace

ApiStatus parse_status(std::string_view body) {
  boost::json::error_code failed;
  const boost::json::value value = boost::json::parse(body, failed);
  if (failed || !value.is_object()) return {};
  const boost::json::object& object = value.get_object();
  if (text_of(object, "kind") != "Status") return {};
  return {text_of(object, "reason"), text_of(object, "message")};
}

bool is_html(std::string_view content_type) {
  constexpr std::string_view html = "text/html";
  return content_type.size() >= html.size() &&
         std::equal(html.begin(), html.end(), content_type.begin(),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); });
}

Error transport_error(const Access& access, const HttpResponse& response) {
  Errc code = Errc::no_result;
  switch (response.cause) {
    case HttpCause::stopped:
      return {Errc::stopped, response.error};
    case HttpCause::timeout:
      code = Errc::timed_out;
      break;
    case HttpCause::dns:
    case HttpCause::connect:
    case HttpCause::tls:
      code = Errc::unreachable;
      break;
    default:
      break;
  }
  return {code, fmt::format("no answer from {}: {}", where(access), response.error)};
}

Error answer_error(const Access& access, std::string_view path, int status,
                   std::string_view content_type, const ApiStatus& told) {
  if (is_html(content_type)) return not_kubernetes(access, "answers HTML");
  if (status >= 300 && status < 400) {
    return not_kubernetes(access, fmt::format("redirects ({})", status));
  }
  if (status == 401) return unauthorized(access);
  if (status == 403) return forbidden(access, path, told.message);
  if (status == 404) {
    return {Errc::no_result, fmt::format("{} has no {} (404){}", where(access), path,
                                         told.message.empty() ? "" : ": " + told.message)};
  }
  return {Errc::no_result, fmt::format("{} answers {} for {}{}{}", where(access), status, path,
                                       told.message.empty() ? "" : ": " + told.message,
                                       status == 429 || status >= 500 ? "; try again later" : "")};
}

}  // namespace ktel::cluster
