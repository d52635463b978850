// Answers to sentences: see the header.
#include "cluster/api_error.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include <algorithm>

#include "base/one_line.hpp"
#include "json/path_trie.hpp"
#include "protobuf/reader.hpp"

namespace ktel::cluster {
namespace {

// Enough for every sentence of the API server's; a proxy may say much more.
constexpr std::size_t longest_message = 500;

std::string_view text_of(const boost::json::object& object, const char* key) {
  const boost::json::value* value = object.if_contains(key);
  return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

std::optional<ApiStatus> status_in_json(std::string_view body) {
  boost::json::error_code failed;
  const boost::json::value value = boost::json::parse(body, failed);
  if (failed || !value.is_object()) return std::nullopt;
  const boost::json::object& object = value.get_object();
  if (text_of(object, "kind") != "Status") return std::nullopt;
  return ApiStatus{std::string(text_of(object, "reason")), std::string(text_of(object, "message"))};
}

// Errors come as what was asked for.
std::optional<ApiStatus> status_in_protobuf(std::string_view body) {
  static const auto paths =
      std::make_shared<const json::PathTrie>(json::parse_paths("reason message").value());
  std::optional<ApiStatus> told;
  protobuf::Reader reader(*protobuf::wanted_of(protobuf::status(), *paths), paths,
                          protobuf::Shape::document,
                          [&told](std::span<const json::Cell> cells) {
                            told = ApiStatus{cells[0].text, cells[1].text};
                            return Result<void>();
                          },
                          {.text_bytes = body.size()});
  const bool whole = reader.feed(body) && reader.finish();
  return whole && reader.envelope().kind == "Status" ? told : std::nullopt;
}

// Scrubbed whole: where it is cut, half a secret would stay.
std::string shown(std::string_view text, const Secrets& secrets) {
  const std::string clean = secrets.scrub(text);
  std::string line = one_line(clean, longest_message);
  if (clean.size() > longest_message) line += "...";
  return line;
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
  return login.token.empty() && login.token_file.empty() && login.username.empty() && !login.exec &&
         (!access.tls || access.tls->client_cert_pem.empty());
}

std::string check_the_way(const Access& access) {
  return access.cluster.empty()
             ? "check KUBERNETES_SERVICE_HOST and proxies between"
             : fmt::format("check `server:` of cluster \"{}\" and proxies between", access.cluster);
}

Error not_kubernetes(const Access& access, std::string_view what) {
  return {Errc::no_result, fmt::format("{} {}: is this really a Kubernetes API server? {}",
                                       where(access), what, check_the_way(access))};
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

// Of a status that has no sentence of its own.
std::string_view next_step(int status) {
  if (status == 429 || status >= 500) return "; try again later";
  if (status == 410) return "; try again";
  return "; check the proxies between, or update ktel if there are none";
}

}  // namespace

std::optional<ApiStatus> parse_status(std::string_view body, const Secrets& secrets) {
  std::optional<ApiStatus> told = status_in_protobuf(body);
  if (!told) told = status_in_json(body);
  if (!told) return std::nullopt;
  return ApiStatus{shown(told->reason, secrets), shown(told->message, secrets)};
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
                   std::string_view content_type, const std::optional<ApiStatus>& told) {
  if (is_html(content_type)) return not_kubernetes(access, "answers HTML");
  if (status >= 300 && status < 400) {
    return not_kubernetes(access, fmt::format("redirects ({})", status));
  }
  const std::string message = told ? told->message : "";
  if (status == 401) return unauthorized(access);
  if (status == 403) return forbidden(access, path, message);
  if (status == 404 && !told) {
    return not_kubernetes(access, fmt::format("has no {} (404)", path));
  }
  const std::string because = message.empty() ? "" : ": " + message;
  if (status == 404) {
    return {Errc::no_result,
            fmt::format("{} has no {} (404){}; check that its version of Kubernetes serves it",
                        where(access), path, because)};
  }
  return {Errc::no_result, fmt::format("{} answers {} for {}{}{}", where(access), status, path,
                                       because, next_step(status))};
}

void tell_tries(Error& error, unsigned tries, std::string_view flow_schema) {
  std::string told = tries > 1 ? fmt::format("tried {} times", tries) : "";
  if (!flow_schema.empty()) {
    // Of a header, so of anybody.
    told += fmt::format("{}flow schema {}", told.empty() ? "" : ", ", one_line(flow_schema, 64));
  }
  if (!told.empty()) error.message += fmt::format(" ({})", told);
}

Error unreadable_answer(const Access& access, std::string_view path, std::string_view why) {
  return {Errc::no_result, fmt::format("what {} answers for {} cannot be read: {}; {}",
                                       where(access), path, why, check_the_way(access))};
}

}  // namespace ktel::cluster
