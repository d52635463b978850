// cluster/access_review: the question as the API server takes it, and its answers.
#include "cluster/access_review.hpp"

#include <doctest/doctest.h>

using namespace ktel;
using namespace ktel::cluster;

TEST_SUITE("core/cluster/access_review") {
  TEST_CASE("a review asks for one thing") {
    CHECK(review_of({.verb = "list",
                     .group = "apps",
                     .resource = "deployments",
                     .name = "kong",
                     .ns = "shop",
                     .url = {}}) ==
          R"({"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview",)"
          R"("spec":{"resourceAttributes":{"group":"apps","resource":"deployments",)"
          R"("name":"kong","namespace":"shop","verb":"list"}}})");
    CHECK(review_of({.verb = "get",
                     .group = {},
                     .resource = {},
                     .name = {},
                     .ns = {},
                     .url = "/version"}) ==
          R"({"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview",)"
          R"("spec":{"nonResourceAttributes":{"path":"/version","verb":"get"}}})");
  }

  TEST_CASE("an answer allows, or denies and may say why") {
    struct Row {
      const char* body;
      bool allowed;
      const char* said;
    };
    for (const Row& row : std::vector<Row>{
             {R"({"status": {"allowed": true, "reason": "RBAC: allowed by ..."}})", true,
              "RBAC: allowed by ..."},
             {R"({"status": {"allowed": false}})", false, ""},
             {R"({"status": {"allowed": false, "denied": true, "reason": "policy\n7"}})", false,
              "policy 7"},
             {R"({"status": {"allowed": false, "evaluationError": "no role s3cret"}})", false,
              "no role ***"}}) {
      CAPTURE(row.body);
      Secrets secrets;
      secrets.add("s3cret");
      const auto answer = parse_review(row.body, secrets);
      REQUIRE(answer.has_value());
      CHECK(answer->allowed == row.allowed);
      CHECK(answer->said == row.said);
    }
  }

  TEST_CASE("what is no answer to a review is refused") {
    for (const char* body : {"[]", "{}", R"({"status": 1})", R"({"status": {}})",
                             R"({"status": {"allowed": "yes"}})"}) {
      CAPTURE(body);
      const auto answer = parse_review(body, Secrets());
      REQUIRE_FALSE(answer.has_value());
      CHECK(answer.error().code == Errc::no_result);
      CHECK(answer.error().message == "it has no status.allowed");
    }
    const auto cut = parse_review(R"({"status": )", Secrets());
    REQUIRE_FALSE(cut.has_value());
    CHECK(cut.error().message == "it is no JSON (incomplete JSON)");
  }
}
