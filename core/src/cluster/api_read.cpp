// What the reads of an API server have in common: how answers that are of no use end them.
#include "cluster/api_read.hpp"

#include <charconv>
#include <utility>

#include "cluster/api_error.hpp"
#include "cluster/finding.hpp"

namespace ktel::cluster {
namespace {

// Does every API server that is one serve it? Other versions of built-in groups come and go.
bool always_served(const Fetch& fetch) {
  if (!fetch.url.empty()) return fetch.url == "/version";
  return fetch.version == "v1" && built_in_group(fetch.group) &&
         fetch.group != "flowcontrol.apiserver.k8s.io";  // v1 since 1.29
}

}  // namespace

json::Projection ApiContext::version_reader(std::shared_ptr<ApiContext> context) {
  static const auto paths =
      std::make_shared<const json::PathTrie>(json::parse_paths("minor").value());
  return {paths, json::Shape::document, [context](std::span<const json::Cell> cells) {
            const std::string& text = cells[0].text;  // some distributions write "33+"
            int minor = 0;
            std::from_chars(text.data(), text.data() + text.size(), minor);
            context->minor = minor;
            return Result<void>();
          }};
}

std::string ApiContext::unreadable(std::string_view path, const Error& why) const {
  return unreadable_answer(client->access(), path, why.message).message;
}

FetchEnd end_of(ReadResult result, CollectStats cost) {
  FetchEnd end;
  end.state = result.state;
  end.cause = result.cause;
  end.finding = std::move(result.finding);
  end.cost = cost;
  return end;
}

ReadResult failure_of(const ApiAnswer& answer) {
  const bool unknown_here = answer.status == 401 && answer.error->code == Errc::forbidden;
  return unknown_here ? unauthorized(answer.error->message)
                      : failed(answer.error->code, answer.error->message);
}

ReadResult refusal(const ApiAnswer& answer, const Fetch& fetch, std::string_view ns) {
  // A page of a proxy or web server says nothing about the cluster, whatever its status; nor does a
  // bare 404 where every API server has something.
  if (answer.cause == HttpCause::none && !is_html(answer.content_type)) {
    if (answer.status == 404 && (answer.told || !always_served(fetch))) {
      return not_served(fetch.what());
    }
    if (answer.status == 403) return denied(fetch, ns, answer.told ? answer.told->message : "");
  }
  return failure_of(answer);
}

}  // namespace ktel::cluster
