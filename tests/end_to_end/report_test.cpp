// The proposal's report, on the snapshot that comes with ktel: values, forms, bytes.
#include <doctest/doctest.h>

#include "core/base/http_server.hpp"
#include "end_to_end/user.hpp"
#include "support/fake_api_server.hpp"

using namespace ktel;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

test::Words run(const test::Words& more = {}) {
  return test::Words{"workflows",  "run",    "--jobs", "identify-deployment,identify-platform",
                     "--snapshot", KTEL_DEMO} +
         more;
}

// What the proposal's jobs report of the demo cluster.
const std::string proposal =
    R"({"identify-deployment":{"chart_version":"2.8.0","controller_version":"2.3.1",)"
    R"("database":"off","gateway_version":"2.8.0","installations_count":1,)"
    R"("last-update":"2022-05-03 08:46:22",)"
    R"("lifecycle":"helm","topology":"classic","version":"2.8.0"},)"
    R"("identify-platform":{"arch":"amd64","cloud":"gcp","distribution":"gke",)"
    R"("kubernetes_release":"v1.23.4","kubernetes_version":"v1.23.4","management":"none",)"
    R"("nodes_by_arch":{"amd64":5},)"
    R"("nodes_by_os":{"linux":5},"os":"linux","provider":"GKE"}})";

const std::string state = R"({"ingresses_count":4,"namespaces_count":8,"nodes_count":5,)"
                          R"("pods_count":49,"services_count":17})";

std::string pod(const std::string& ns, const std::string& name) {
  return R"({"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": ")" + ns +
         R"(", "name": ")" + name + "\"}}";
}

}  // namespace

TEST_SUITE_BEGIN("end_to_end/report");

TEST_CASE("the demo cluster gives the proposal's report, byte for byte") {
  const test::User user;
  const auto r = user.ktel(run());
  CHECK(r.exit_code == 0);
  CHECK(r.out == proposal);

  const auto all = user.ktel({"workflows", "run", "--jobs", "all", "--snapshot", KTEL_DEMO});
  CHECK(all.exit_code == 0);
  CHECK_FALSE(contains(all.err, "finding"));
  CHECK(all.out == R"({"cluster-state":)" + state +
                       R"(,"configuration":{"last_change":"2022-04-19 09:40:12",)"
                       R"("last_object_change":"2022-04-19 09:40:12"},)"
                       R"("feature-flags":{"controller":{"Gateway":false,"Knative":false},)"
                       R"("controller_set_by":["default"],"gateway_service_discovery":false,)"
                       R"("konnect_sync":false},"gateway-api":{"installed":false},)" +
                       proposal.substr(1, proposal.size() - 2) +
                       R"(,"ingress":{"ingresses_by_written_version":{"networking.k8s.io/v1":4},)"
                       R"("ingresses_count":4,)"
                       R"("kong_ingresses_by_mark":{"annotation":1,"class_name":2},)"
                       R"("kong_ingresses_count":3,"served_versions":["networking.k8s.io/v1"]},)"
                       R"("knative":{"installed":false},)"
                       R"("kong-plugins":{"cluster_plugins_count":1,"plugins_count":2},)"
                       R"("routes":{"routes_count":{"Ingress":4,"TCPIngress":0,"UDPIngress":0}},)"
                       R"("service-mesh":{"deployed":[],"deployed_by_configuration":[],)"
                       R"("deployed_by_namespace":[],"deployed_by_resource":[],)"
                       R"("deployed_by_service":[],"meshed_services_count":0,"node_agents":[],)"
                       R"("services_count":17}})");
}

TEST_CASE("the proposal's second command merges stdin") {
  const test::User user;
  const auto r = user.ktel(run({"-"}), {.stdin_text = R"({"foo": {"one": 1}})"});
  CHECK(r.exit_code == 0);
  CHECK(r.out == R"({"foo":{"one":1},)" + proposal.substr(1));
}

TEST_CASE("the report goes to a Splunk over TLS as its canonical bytes") {
  const test::User user;
  test::Receiver receiver(user);
  const auto r = user.ktel(run(receiver.options()));
  REQUIRE_MESSAGE(r.exit_code == 0, r.err);
  const auto accepted = receiver.server().journal().accepted();
  REQUIRE(accepted.size() == 1);
  CHECK(accepted[0].event == proposal);
  CHECK(r.out == proposal);
  CHECK(user.ktel({"reports", "show"}).out == proposal);
  CHECK(user.state() == "delivered");
}

TEST_CASE("json, yaml, table and pretty are four views of one report") {
  const test::User user;
  struct Row {
    test::Words form;
    std::string out;
  };
  for (const auto& [form, out] : std::vector<Row>{
           {{"-o", "json"}, "{\"cluster-state\":" + state + "}"},
           {{"-o", "yaml"},
            "cluster-state:\n  ingresses_count: 4\n  namespaces_count: 8\n  nodes_count: 5\n"
            "  pods_count: 49\n  services_count: 17\n"},
           {{"-o", "table"},
            "JOB            FIELD             VALUE\n"
            "cluster-state  ingresses_count   4\n"
            "cluster-state  namespaces_count  8\n"
            "cluster-state  nodes_count       5\n"
            "cluster-state  pods_count        49\n"
            "cluster-state  services_count    17\n"},
           {{"--pretty"},
            "{\n"
            "  \"cluster-state\": {\n"
            "    \"ingresses_count\": 4,\n"
            "    \"namespaces_count\": 8,\n"
            "    \"nodes_count\": 5,\n"
            "    \"pods_count\": 49,\n"
            "    \"services_count\": 17\n"
            "  }\n"
            "}\n"}}) {
    CAPTURE(form);
    const auto r = user.ktel(
        test::Words{"workflows", "run", "--jobs", "cluster-state", "--snapshot", KTEL_DEMO} + form);
    CHECK(r.exit_code == 0);
    CHECK(r.out == out);
  }
}

TEST_CASE("values look the same in every view") {
  const test::User user;
  const test::Given given = {.stdin_text = R"({"true": {"no": 0.5, "x": "0xff", "y": 1e300}})"};
  struct Row {
    test::Words form;
    std::string out;
  };
  for (const auto& [form, out] : std::vector<Row>{
           {{"-o", "json"},
            R"({"tests-count":{"is_ready":true,"items_count":3},)"
            R"("true":{"no":0.5,"x":"0xff","y":1e+300}})"},
           {{"-o", "yaml"},
            "tests-count:\n  is_ready: true\n  items_count: 3\n\"true\":\n  \"no\": 0.5\n  x: "
            "\"0xff\"\n  \"y\": 1.0e+300\n"},
           {{"-o", "table"},
            "JOB          FIELD        VALUE\n"
            "tests-count  is_ready     true\n"
            "tests-count  items_count  3\n"
            "true         no           0.5\n"
            "true         x            0xff\n"
            "true         y            1e+300\n"},
           {{"--pretty"},
            "{\n  \"tests-count\": {\n    \"is_ready\": true,\n    \"items_count\": 3\n  },\n  "
            "\"true\": {\n    \"no\": 0.5,\n    \"x\": \"0xff\",\n    \"y\": 1e+300\n  }\n}\n"}}) {
    CAPTURE(form);
    CHECK(user.report("tests-count", form + test::Words{"-"}, given).out == out);
  }
  CHECK(user.ktel({"reports", "show", "-o", "yaml"}).out.ends_with("  \"y\": 1.0e+300\n"));
}

TEST_CASE("a ceiling takes the times out, a denied field goes alone") {
  const test::User user;
  const auto without = [](std::initializer_list<std::string> fields) {
    std::string rest = proposal;
    for (const std::string& field : fields) {
      REQUIRE(rest.find(field) != rest.npos);
      rest.erase(rest.find(field), field.size());
    }
    return rest;
  };
  const auto ceiling = user.ktel(run({"--max-sensitivity", "environment"}));
  CHECK(ceiling.exit_code == 0);
  CHECK(ceiling.out ==
        without({R"("last-update":"2022-05-03 08:46:22",)", R"("installations_count":1,)",
                 R"("nodes_by_arch":{"amd64":5},)", R"("nodes_by_os":{"linux":5},)"}));

  const auto denied = user.ktel(run({"--deny", "*.arch"}));
  CHECK(denied.exit_code == 0);
  CHECK(denied.out == without({R"("arch":"amd64",)"}));
}

TEST_CASE("file:// appends the report to a file, and stdout: prints it once") {
  const test::User user;
  const std::string file = user.home() / "reports.ndjson";
  const auto r = user.ktel(run({"--report-server", "file://" + file}));
  CHECK_MESSAGE(r.exit_code == 0, r.err);
  CHECK(r.out == proposal);
  CHECK_MESSAGE(contains(test::read_file(file), proposal), test::read_file(file));

  const auto printed = user.ktel(run({"--report-server", "stdout:", "--no-ledger"}));
  CHECK_MESSAGE(printed.exit_code == 0, printed.err);
  CHECK(printed.out == proposal + "\n");
}

TEST_CASE("--signal names what happened, in the ledger and at the receiver") {
  const test::User user;
  test::Receiver receiver(user);
  const auto r =
      user.report("tests-count", receiver.options() + test::Words{"--signal", "acme-upgraded"});
  CHECK_MESSAGE(r.exit_code == 0, r.err);
  CHECK(contains(user.ktel({"reports", "list", "-o", "json"}).out, R"("signal":"acme-upgraded")"));
  const auto accepted = receiver.server().journal().accepted();
  REQUIRE(accepted.size() == 1);
  CHECK_MESSAGE(contains(accepted[0].fields, "acme-upgraded"), accepted[0].fields);
}

TEST_CASE("--timeout reports what is complete by then") {
  const test::User user;
  const auto began = std::chrono::steady_clock::now();
  const auto r = user.report("tests-hangs,tests-count", {"--timeout", "100ms"});
  CHECK(r.exit_code == 0);
  CHECK(r.out == R"({"tests-count":{"is_ready":true,"items_count":3}})");
  CHECK_MESSAGE(contains(r.err, "tests-hangs: "), r.err);
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(30));
}

TEST_CASE("--context and --namespace choose where to look, --exact-counts how") {
  const test::User user;
  test::FakeApiServer api;
  for (const char* name : {"one", "two", "three"}) api.add(pod("a", name));
  api.add(pod("b", "four"));
  const test::ClosedPort closed;
  const std::string nowhere = "http://127.0.0.1:" + std::to_string(closed.port());
  const auto config =
      user.home().write("kubeconfig",
                        "apiVersion: v1\nkind: Config\ncurrent-context: there\n"
                        "contexts: [{name: there, context: {cluster: away, user: me}},\n"
                        "  {name: here, context: {cluster: one, user: me}}]\n"
                        "clusters: [{name: away, cluster: {server: \"" +
                            nowhere + "\"}},\n  {name: one, cluster: {server: \"" + api.url() +
                            "\"}}]\nusers: [{name: me, user: {token: t}}]\n");
  const test::Words here = {"--kubeconfig", config, "--context", "here"};

  CHECK(user.run_jobs("tests-pods", {"--kubeconfig", config}).exit_code == 3);
  CHECK(api.requests().empty());

  struct Row {
    test::Words options;
    std::string out;
    std::string asked;    // what one of the requests holds
    std::string unasked;  // and none of them
  };
  for (const auto& [options, out, asked, unasked] : std::vector<Row>{
           {{}, "4", "/api/v1/pods?limit=1", "/namespaces/"},
           {{"--namespace", "a"}, "3", "/api/v1/namespaces/a/pods?", "/api/v1/pods"},
           {{"--namespace", "a,b"}, "4", "/api/v1/namespaces/b/pods?", "/api/v1/pods"},
           {{"--namespace", "b", "--namespace", "none"}, "1", "/namespaces/none/pods?", "/a/"},
           {{"--exact-counts"}, "4", "/api/v1/pods?limit=", "limit=1&"}}) {
    CAPTURE(options);
    const std::size_t before = api.requests().size();
    const auto r = user.run_jobs("tests-pods", here + options);
    CHECK_MESSAGE(r.exit_code == 0, r.err);
    CHECK(r.out == "{\"tests-pods\":{\"pods_count\":" + out + "}}");
    std::string requests;
    const auto all = api.requests();
    for (std::size_t i = before; i < all.size(); ++i) requests += all[i] + "\n";
    CHECK_MESSAGE(contains(requests, asked), requests);
    CHECK_MESSAGE(!contains(requests, unasked), requests);
  }
}

TEST_SUITE_END();
