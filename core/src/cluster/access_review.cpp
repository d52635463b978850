// Access reviews: see the header.
#include "cluster/access_review.hpp"

#include <boost/json.hpp>

#include "base/one_line.hpp"

namespace ktel::cluster {
namespace {

constexpr std::size_t longest_reason = 500;

std::string text_of(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

std::string review_of(const Permission& permission) {
  boost::json::object spec;
  if (!permission.url.empty()) {
    spec["nonResourceAttributes"] = {{"path", permission.url}, {"verb", permission.verb}};
  } else {
    spec["resourceAttributes"] = {{"group", permission.group},
                                  {"resource", permission.resource},
                                  {"name", permission.name},
                                  {"namespace", permission.ns},
                                  {"verb", permission.verb}};
  }
  return boost::json::serialize(boost::json::object{{"apiVersion", "authorization.k8s.io/v1"},
                                                    {"kind", "SelfSubjectAccessReview"},
                                                    {"spec", std::move(spec)}});
}

Result<ReviewAnswer> parse_review(std::string_view body, const Secrets& secrets) {
  boost::json::error_code failed;
  const boost::json::value value = boost::json::parse(body, failed);
  if (failed) return Error{Errc::no_result, "it is no JSON (" + failed.message() + ")"};
  const boost::json::object* review = value.if_object();
  const boost::json::value* status = review ? review->if_contains("status") : nullptr;
  const boost::json::object* answer = status ? status->if_object() : nullptr;
  const boost::json::value* allowed = answer ? answer->if_contains("allowed") : nullptr;
  if (!allowed || !allowed->is_bool()) {
    return Error{Errc::no_result, "it has no status.allowed"};
  }
  std::string said = text_of(*answer, "reason");
  if (said.empty()) said = text_of(*answer, "evaluationError");
  return ReviewAnswer{.allowed = allowed->get_bool(),
                      .said = one_line(secrets.scrub(said), longest_reason)};
}

}  // namespace ktel::cluster
