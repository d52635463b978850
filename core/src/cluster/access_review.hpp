// Access reviews: may whoever asks do this one thing? What is asked, and what is answered. Pure.
//
// Asked by app/check.cpp through `ApiClient`. The API server answers any authenticated user (the
// role system:basic-user) and keeps nothing of it.
#pragma once

#include <string>
#include <string_view>

#include <ktel/result.hpp>

#include "base/secrets.hpp"

namespace ktel::cluster {

inline constexpr std::string_view review_path =
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

// Either `url` is set, or `resource`.
struct Permission {
  std::string verb;
  std::string group;
  std::string resource;
  std::string name;  // of the one object; empty: of all
  std::string ns;    // empty: in all namespaces, or there are none
  std::string url;
};

// A SelfSubjectAccessReview, as JSON.
std::string review_of(const Permission& permission);

struct ReviewAnswer {
  bool allowed = false;
  std::string said;  // why, on one line and without secrets; often empty
};

// no_result: the body is no answer to a review; the message says what is wrong with it.
Result<ReviewAnswer> parse_review(std::string_view body, const Secrets& secrets);

}  // namespace ktel::cluster
