// What is shown before anything is collected: the plan of a run, roles, dictionary, schema.
#include <doctest/doctest.h>

#include "end_to_end/user.hpp"

using namespace ktel;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

test::Words with_tests(const test::Words& words) { return words + test::test_plugins(); }

}  // namespace

TEST_SUITE_BEGIN("end_to_end/documents");

TEST_CASE("the plan says what a run asks, for which fields, and what is withheld by whom") {
  const test::User user;
  const auto r = user.ktel(with_tests(
      {"workflows", "plan", "--jobs", "tests-count,tests-private,cluster-state", "--deny",
       "cluster-state.pods_count,*.ingresses_count,*.namespaces_count", "--namespace", "shop"}));
  CHECK(r.exit_code == 0);
  CHECK(r.err == "");
  CHECK(r.out == R"(GET /api/v1/nodes?limit=1&includeObject=None
  cost        a few KB, whatever there is: the server says how many remain
  permission  list nodes
  for         cluster-state: nodes_count
              tests-count: is_ready, items_count
              tests-private: is_here
  why         A field is made of a read.
  why         How many there are; free when another job lists them.

GET /api/v1/namespaces/shop/services?limit=1&includeObject=None
  cost        a few KB, whatever there is: the server says how many remain
  permission  list services in namespace shop
  for         cluster-state: services_count
  why         How many there are.

2 requests, each list being one page; 5 fields may leave.
Withheld:
  tests-private.cluster_id: its class identifier is above the ceiling activity
  tests-private.drafts_count: it is in development; --allow-unstable lets it leave
  cluster-state.pods_count: the policy denies cluster-state.pods_count
  cluster-state.namespaces_count: the policy denies *.namespaces_count
  cluster-state.ingresses_count: the policy denies *.ingresses_count
)");
  CHECK_FALSE(std::filesystem::exists(user.ledger()));

  const auto json =
      user.ktel(with_tests({"workflows", "plan", "--jobs", "tests-count", "-o", "json"}));
  CHECK(
      json.out ==
      R"({"fewest_requests":1,"most_requests":1,"requests":[{"request":"GET /api/v1/nodes?limit=1&includeObject=None",)"
      R"("cost":"a few KB, whatever there is: the server says how many remain","when":[],)"
      R"("permission":"list nodes","fields":["tests-count.is_ready","tests-count.items_count"],)"
      R"("why":["A field is made of a read."]}],"fields":[)"
      R"({"job":"tests-count","field":"items_count","class":"scale","withheld":""},)"
      R"({"job":"tests-count","field":"is_ready","class":"product","withheld":""}]})");
}

TEST_CASE("the plan of jobs that ask what is served begins with that, and says when reads wait") {
  const test::User user;
  const auto r = user.ktel({"workflows", "plan", "--jobs", "gateway-api"});
  CHECK(r.exit_code == 0);
  CHECK(r.out.starts_with("GET /apis\n  cost        one document of some 20 KB"));
  CHECK(contains(r.out, "\n  permission  any authenticated user may\n"));
  CHECK(
      contains(r.out, "\nGET /apis/apiextensions.k8s.io/v1/customresourcedefinitions?limit=1000"));
  CHECK(contains(r.out, "\n  when        gateway-api: only if served finds something\n"));
}

TEST_CASE("the plan says that a count of what may be listed is made where it is not") {
  const test::User user;
  const auto r = user.ktel({"workflows", "plan", "--jobs", "cluster-state,service-mesh"});
  const std::string count = "\nGET /api/v1/pods?limit=1&includeObject=None\n";
  REQUIRE(contains(r.out, count));
  const std::string of_count = r.out.substr(r.out.find(count) + 1);
  CHECK(contains(of_count.substr(0, of_count.find("\nGET ")),
                 "\n  when        only if they are not listed\n"));
}

TEST_CASE("the plan's total tells what every cluster has from what this one may have") {
  const test::User user;
  const auto r = user.ktel({"workflows", "plan", "--jobs", "gateway-api"});
  CHECK_MESSAGE(
      contains(r.out,
               "\n1 request at least, 14 where all of this is served and wanted, each list "
               "being one page; 19 fields may leave.\n"),
      r.out);
}

TEST_CASE("the roles leave out what the plan withholds, however it was said") {
  const test::User user;
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"KTEL_DENY", "cluster-state.pods_count"}, {"KTEL_MAX_SENSITIVITY", "environment"}}) {
    CAPTURE(name);
    const test::Given given = {.env = {{name, value}}};
    const auto plan = user.ktel({"workflows", "plan", "--jobs", "cluster-state"}, given);
    const auto roles = user.ktel({"jobs", "rbac", "--jobs", "cluster-state"}, given);
    CHECK(contains(plan.out, "\n  cluster-state.pods_count: "));
    CHECK_FALSE(contains(plan.out, "list pods"));
    CHECK_FALSE(contains(roles.out, "pods"));
  }
}

TEST_CASE("a role for an environment nobody knows is wide enough for any") {
  const test::User user;
  const test::Given given = {.env = {{"POD_NAME", "web-1"}, {"POD_NAMESPACE", "shop"}}};
  const test::Words rbac = {"jobs",         "rbac",   "--jobs",
                            "service-mesh", "--deny", "service-mesh.mesh*"};
  CHECK(user.ktel(rbac, given).out == user.ktel(rbac).out);
  CHECK(contains(user.ktel(rbac).out, "    resources: [pods]\n"));
}

TEST_CASE("a job that is named twice is documented once") {
  const test::User user;
  CHECK(user.ktel({"jobs", "docs", "--jobs", "knative,knative"}).out ==
        user.ktel({"jobs", "docs", "--jobs", "knative"}).out);
}

TEST_CASE("a plan of fields that are all withheld asks nobody") {
  const test::User user;
  const auto r = user.ktel(
      {"workflows", "plan", "--jobs", "cluster-state", "--max-sensitivity", "environment"});
  CHECK(r.exit_code == 0);
  CHECK(
      r.out.starts_with("0 requests, each list being one page; 0 fields may leave.\nWithheld:\n"));
  CHECK(contains(r.out,
                 "  cluster-state.pods_count: its class scale is above the ceiling environment\n"));
}

TEST_CASE("roles follow what may leave") {
  const test::User user;
  const auto all = user.ktel({"jobs", "rbac", "--jobs", "cluster-state"});
  CHECK(all.exit_code == 0);
  CHECK(contains(all.out,
                 "  # cluster-state: pods_count\n  - apiGroups: [\"\"]\n    resources: "
                 "[pods]\n    verbs: [list]\n"));
  const auto some =
      user.ktel({"jobs", "rbac", "--jobs", "cluster-state", "--deny", "*.pods_count"});
  CHECK_FALSE(contains(some.out, "pods"));
  CHECK(contains(some.out, "  # cluster-state: services_count\n"));
  const auto here = user.ktel({"jobs", "rbac", "--jobs", "cluster-state", "--namespaced", "shop"});
  CHECK(contains(here.out, "# Run it with --namespace shop.\n"));
  CHECK(contains(here.out, "kind: Role\nmetadata:\n  name: ktel\n  namespace: shop\n"));
  CHECK_FALSE(contains(here.out, "kind: ClusterRole\n"));
  CHECK(contains(here.out, "# list nodes\n#   # cluster-state: nodes_count\n"));
}

TEST_CASE("dictionary and schema hold the chosen jobs") {
  const test::User user;
  const auto book = user.ktel(with_tests({"jobs", "docs", "--jobs", "tests-private"}));
  CHECK(book.exit_code == 0);
  CHECK(book.out.starts_with("# What ktel can collect\n"));
  CHECK(contains(book.out, "#### tests-private.cluster_id\n"));
  CHECK_FALSE(contains(book.out, "tests-count"));

  const auto schema =
      user.ktel(with_tests({"jobs", "docs", "--jobs", "tests-count", "--format", "jsonschema"}));
  CHECK(schema.exit_code == 0);
  CHECK(contains(schema.out, "\"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"));
  CHECK(contains(schema.out, "\"items_count\": {\n"));
}

TEST_CASE("what cannot be planned is said as a run says it") {
  const test::User user;
  struct Row {
    test::Words words;
    std::string says;
  };
  for (
      const auto& [words, says] : std::vector<Row>{
          {{"workflows", "plan"},
           "ktel: no jobs were named: give --jobs NAME,NAME or --jobs all; `ktel jobs list` shows "
           "what there is\n"},
          {{"workflows", "plan", "--jobs", "cluster-stat"},
           "ktel: there is no job cluster-stat; did you mean cluster-state? `ktel jobs list` shows "
           "all\n"},
          {{"jobs", "rbac", "--jobs", "cluster-stat"},
           "ktel: there is no job cluster-stat; did you mean cluster-state? `ktel jobs list` shows "
           "all\n"},
          {{"jobs", "docs", "--jobs", "cluster-stat"},
           "ktel: there is no job cluster-stat; did you mean cluster-state? `ktel jobs list` shows "
           "all\n"},
          {{"jobs", "docs", "--format", "html"},
           "ktel: --format takes md or jsonschema, not 'html'\n"},
          {{"jobs", "rbac", "--namespaced", "Shop"},
           "ktel: 'Shop' is no name of a namespace (a-z, 0-9, '-'); without --namespace all are "
           "read\n"},
          {{"jobs", "rbac", "--max-sensitivity", "high"},
           "ktel: 'high' is no class of data: product, environment, scale, activity and identifier "
           "are\n"},
          {{"workflows", "plan", "--jobs", "all", "--deny", "cluster-state.pod_count"},
           "ktel: --deny names cluster-state.pod_count, which no job declares; did you mean "
           "cluster-state.pods_count?\n"}}) {
    CAPTURE(words);
    const auto r = user.ktel(words);
    CHECK(r.exit_code == 2);
    CHECK(r.out == "");
    CHECK(r.err == says);
  }
}

TEST_SUITE_END();
