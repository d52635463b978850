// `workflows check`: what a run would need, asked of the API server and of report servers.
#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>

#include "core/base/http_server.hpp"
#include "end_to_end/user.hpp"
#include "support/fake_api_server.hpp"

using namespace ktel;
using test::Words;

namespace {

constexpr const char* reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
constexpr const char* opened = "  its parameters, token and files are good; ";
constexpr const char* unproven =
    "  asked without a token, so whether it takes reports is known when the first one is sent\n";

// A user who checks two jobs, with a cluster.
struct Site {
  test::User user{};
  test::TestCa ca{};
  test::CertKey cert = ca.server();
  test::FakeApiServer api{{}, {cert.cert_pem, cert.key_pem}};
  std::filesystem::path ca_file = user.home().write("cluster-ca.pem", ca.pem());
  std::filesystem::path config =
      user.home().write("kubeconfig", test::kubeconfig(api.url(), ca_file));

  test::RunResult check(const Words& more = {}, const test::Given& given = {}) const {
    return user.ktel(
        Words{"workflows", "check", "--jobs", "tests-count,tests-pods", "--kubeconfig", config} +
            test::test_plugins() + more,
        given);
  }
  std::string where() const {
    return "the API server at " + api.url() + " (context \"here\" of " + config.string() + ")";
  }
};

// The same without a cluster.
test::RunResult check_servers(const test::User& user, const Words& more,
                              const test::Given& given = {}) {
  return user.ktel(
      Words{"workflows", "check", "--jobs", "tests-count", "--snapshot", user.snapshot()} +
          test::test_plugins() + more,
      given);
}

// What is printed of a snapshot, which needs nothing.
std::string no_cluster(const test::User& user) {
  return "cluster snapshot " + user.snapshot().string() + "\n  no permission is needed\n";
}

}  // namespace

TEST_SUITE_BEGIN("end_to_end/check");

TEST_CASE("all is allowed: a line each, nothing read, nothing recorded") {
  Site site;

  const auto r = site.check();

  CHECK(r.exit_code == 0);
  CHECK(r.err == "");
  CHECK(r.out == "cluster " + site.api.url() + "\n  allowed  list nodes\n  allowed  list pods\n");
  CHECK(site.api.requests() == std::vector<std::string>{reviews, reviews});
  CHECK(site.user.recorded() == 0);
}

TEST_CASE("what is forbidden is shown with what it costs and the rule to add") {
  Site site;
  site.api.forbid("list nodes", "a policy says no");

  const auto r = site.check();

  CHECK(r.exit_code == 4);
  CHECK(r.out == "cluster " + site.api.url() +
                     "\n"
                     "  denied   list nodes\n"
                     "    without it, absent: tests-count: is_ready, items_count\n"
                     "    the server says: a policy says no\n"
                     "    add to a ClusterRole:\n"
                     "    - {apiGroups: [\"\"], resources: [\"nodes\"], verbs: [\"list\"]}\n"
                     "  allowed  list pods\n");
  CHECK(r.err ==
        "ktel: the API server forbids 1 of 2 permissions that the jobs need: list nodes; add the "
        "rules shown, or the roles that `ktel jobs rbac` prints\n");
}

TEST_CASE("in some namespaces each is asked after for itself") {
  Site site;
  site.api.forbid("list pods in namespace b");

  const auto r = site.check({"--namespace", "a,b"});

  CHECK(r.exit_code == 4);
  CHECK(r.out == "cluster " + site.api.url() +
                     "\n"
                     "  allowed  list nodes\n"
                     "  allowed  list pods in namespace a\n"
                     "  denied   list pods in namespace b\n"
                     "    without it, absent: tests-pods: pods_count\n"
                     "    add to a Role in namespace b:\n"
                     "    - {apiGroups: [\"\"], resources: [\"pods\"], verbs: [\"list\"]}\n");
}

TEST_CASE("a field that is withheld needs no permission") {
  Site site;
  site.api.forbid("list nodes");
  const auto r = site.check({"--deny", "tests-count.*"});
  CHECK(r.exit_code == 0);
  CHECK(r.out == "cluster " + site.api.url() + "\n  allowed  list pods\n");
}

TEST_CASE("what the jobs can do without is no problem; what every user may is asked after too") {
  Site site;
  site.api.forbid("get /apis");
  site.api.forbid("list gateways.gateway.networking.k8s.io");

  const auto r = site.user.ktel(
      {"workflows", "check", "--jobs", "configuration", "--kubeconfig", site.config});

  CHECK(r.exit_code == 0);
  CHECK(r.err == "");
  const std::string costs =
      " (optional)\n    without it, absent: configuration: last_change, last_object_change";
  for (const char* what : {"get /apis", "list gateways.gateway.networking.k8s.io"}) {
    CAPTURE(what);
    CHECK_MESSAGE(r.out.find("  denied   " + std::string(what) + costs) != r.out.npos, r.out);
  }
}

TEST_CASE("as JSON") {
  Site site;
  site.api.forbid("list pods");

  const auto r = site.check({"-o", "json"});

  CHECK(r.exit_code == 4);
  CHECK(r.out ==
        R"({"off":"","notice":"","cluster":")" + site.api.url() +
            R"(","rules":[{"permission":"list nodes","verdict":"allowed","optional":false,)"
            R"("fields":["tests-count.is_ready","tests-count.items_count"],)"
            R"("rule":"{apiGroups: [\"\"], resources: [\"nodes\"], verbs: [\"list\"]}",)"
            R"("role":"ClusterRole","said":""},)"
            R"({"permission":"list pods","verdict":"denied","optional":false,)"
            R"("fields":["tests-pods.pods_count"],)"
            R"("rule":"{apiGroups: [\"\"], resources: [\"pods\"], verbs: [\"list\"]}",)"
            R"("role":"ClusterRole","said":""}],"report_servers":[],)"
            R"("problems":["the API server forbids 1 of 2 permissions that the jobs need: list )"
            R"(pods; add the rules shown, or the roles that `ktel jobs rbac` prints"]})");
}

TEST_CASE("a cluster that does not know who asks is asked once") {
  Site site;
  site.api.always("/", test::status_reply(401, "Unauthorized", "Unauthorized"));

  const auto r = site.check();

  CHECK(r.exit_code == 4);
  CHECK(r.out == "cluster " + site.api.url() + "\n  unknown  list nodes\n  unknown  list pods\n");
  CHECK(r.err == "ktel: " + site.where() +
                     " answers 401 Unauthorized: the credentials of user \"me\" are wrong or "
                     "have expired; renew them\n");
  const auto asked = site.api.requests();
  CHECK(std::count(asked.begin(), asked.end(), reviews) == 1);
}

TEST_CASE("a cluster that nobody answers for") {
  Site site;
  const test::ClosedPort closed;
  const std::string authority = "127.0.0.1:" + std::to_string(closed.port());
  site.user.home().write("kubeconfig", test::kubeconfig("https://" + authority));

  const auto r = site.check();

  CHECK(r.exit_code == 5);
  CHECK(r.err == "ktel: no answer from the API server at https://" + authority +
                     " (context \"here\" of " + site.config.string() + "): " + authority +
                     " refuses connections; check the port, and that a server runs there\n");
}

TEST_CASE("a cluster that does not answer in time") {
  Site site;
  const test::MutePort mute;
  const std::string server = "https://127.0.0.1:" + std::to_string(mute.port());
  site.user.home().write("kubeconfig", test::kubeconfig(server));
  const auto r = site.check({"--timeout", "300ms"});
  CHECK(r.exit_code == 5);
  CHECK(r.err == "ktel: the API server at " + server +
                     " has not said within 0.3 s what is allowed; check the network, or give it "
                     "longer with --timeout\n");
}

TEST_CASE("a server that answers something else") {
  Site site;
  site.api.always(reviews, {.status = 200, .body = "{}"});
  const auto r = site.check();
  CHECK(r.exit_code == 3);
  CHECK(r.err == "ktel: the answer of the API server at " + site.api.url() +
                     " to an access review cannot be read, for it has no status.allowed: check the "
                     "proxies between\n");
}

TEST_CASE("a kubeconfig, jobs and report servers are wrong as they are in a run") {
  const test::User user;
  const std::string nowhere = user.home() / "nowhere";
  struct Row {
    Words options;
    std::string says;
  };
  for (const Row& row : std::vector<Row>{
           {{"--jobs", "tests-count", "--kubeconfig", nowhere},
            "stat " + nowhere +
                ": no such file or directory; give --kubeconfig a file that "
                "exists"},
           {{"--jobs", "tests-cuont", "--kubeconfig", nowhere},
            "there is no job tests-cuont; did you mean tests-count?"},
           {{"--jobs", "tests-count", "--report-server", "splunk://127.0.0.1:1"},
            "splunk needs a token: give it with --token-file FILE or KTEL_TOKEN_FILE (or "
            "KTEL_TOKEN)"},
           {{"--jobs", "tests-count", "--probe"},
            "--probe connects to the report server, and there is none: name it with "
            "--report-server"}}) {
    CAPTURE(row.says);
    const auto r = user.ktel(Words{"workflows", "check"} + test::test_plugins() + row.options);
    CHECK(r.exit_code == 2);
    CHECK(r.out == "");
    CHECK(r.err.starts_with("ktel: " + row.says));
  }
}

TEST_CASE("without --probe a report server is opened and nobody is connected to") {
  const test::User user;
  const test::MutePort mute;
  const auto token = user.home().write("token", "t0ken\n", 0600);
  const std::string url = "splunk://127.0.0.1:" + std::to_string(mute.port());

  const auto r = check_servers(user, {"--report-server", url, "--token-file", token});

  CHECK(r.exit_code == 0);
  CHECK(r.out == no_cluster(user) + "report server " + url + "\n" + opened +
                     "nobody was connected to, which --probe does\n");
  CHECK_FALSE(mute.called());
  CHECK(user.recorded() == 0);
}

TEST_CASE("a probe reaches the report server and shows it no token") {
  const test::User user;
  test::Receiver receiver(user);

  const auto r = check_servers(user, receiver.options() + Words{"--probe"});

  CHECK_MESSAGE(r.exit_code == 0, r.err);
  CHECK(r.err == "");
  CHECK(r.out == no_cluster(user) + "report server " + receiver.url() + "\n  reached  " +
                     receiver.server().authority() + ": answers OPTIONS with HTTP 200\n" +
                     unproven);
  const auto requests = receiver.server().journal().requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].method == "OPTIONS");
  CHECK(requests[0].path == "/services/collector/event");
  CHECK(requests[0].body_bytes == 0);
  CHECK(receiver.server().journal().accepted().empty());
}

TEST_CASE("the request of a probe holds nothing of the operator's") {
  const test::User user;
  const test::HttpServer server([](const auto&) { return test::HttpServer::Reply{.status = 405}; });
  const auto token = user.home().write("token", "a-secret-token\n", 0600);
  const std::string url = "splunk+http://127.0.0.1:" + std::to_string(server.port());

  const auto r = check_servers(user, {"--report-server", url, "--token-file", token, "--probe"});

  CHECK_MESSAGE(r.exit_code == 0, r.err);
  const auto calls = server.calls();
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].method == "OPTIONS");
  CHECK(calls[0].body == "");
  for (const auto& [name, value] : calls[0].headers) {
    CAPTURE(name);
    CHECK(value.find("a-secret-token") == value.npos);
    CHECK(name != "Authorization");
  }
  CHECK((r.out + r.err).find("a-secret-token") == std::string::npos);
}

TEST_CASE("several hosts have a line each, and one that is down fails the check") {
  const test::User user;
  test::Receiver receiver(user);
  const test::ClosedPort closed;
  const std::string down = "127.0.0.1:" + std::to_string(closed.port());
  const std::string url = receiver.url() + "," + down;

  const auto r = check_servers(user, {"--report-server", url, "--token-file", receiver.token_file(),
                                      "--ca-file", receiver.ca_file(), "--probe"});

  const std::string refuses =
      down + " refuses connections; check the port, and that a server runs there";
  CHECK(r.exit_code == 5);
  CHECK(r.out == no_cluster(user) + "report server " + url + "\n  reached  " +
                     receiver.server().authority() + ": answers OPTIONS with HTTP 200\n" +
                     "  failed   " + down + ": " + refuses + "\n" + unproven);
  CHECK(r.err == "ktel: " + url + ": " + refuses + "\n");
}

TEST_CASE("a certificate that nobody vouches for") {
  const test::User user;
  test::Receiver receiver(user);
  const auto other = user.home().write("other.pem", test::TestCa("another").pem());

  const auto r = check_servers(user, {"--report-server", receiver.url(), "--token-file",
                                      receiver.token_file(), "--ca-file", other, "--probe"});

  CHECK(r.exit_code == 5);
  CHECK(r.err == "ktel: " + receiver.url() + ": the certificate of " +
                     receiver.server().authority() +
                     " is signed by an unknown authority; give the CA certificate that signed it "
                     "(whom to trust: --ca-file FILE, or ca=, server_name=, pin= in the URL)\n");
  CHECK(receiver.server().journal().requests().empty());
}

TEST_CASE("a report server that never answers") {
  const test::User user;
  const test::MutePort mute;
  const auto token = user.home().write("token", "t0ken\n", 0600);
  const std::string url = "splunk+http://127.0.0.1:" + std::to_string(mute.port());
  const auto r = check_servers(
      user, {"--report-server", url, "--token-file", token, "--probe", "--timeout", "300ms"});
  CHECK(r.exit_code == 5);
  CHECK(mute.called());
  const std::string host = "127.0.0.1:" + std::to_string(mute.port());
  const std::string says =
      "no complete answer from " + host + " within 0.3 s; check its load, or allow more time\n";
  CHECK(r.out == no_cluster(user) + "report server " + url + "\n  failed   " + host + ": " + says);
  CHECK(r.err == "ktel: " + url + ": " + says);
}

TEST_CASE("interrupted while it waits for an answer") {
  Site site;
  const test::MutePort mute;
  const std::string server = "https://127.0.0.1:" + std::to_string(mute.port());
  site.user.home().write("kubeconfig", test::kubeconfig(server));
  auto ktel = site.user.start(
      Words{"workflows", "check", "--jobs", "tests-pods", "--kubeconfig", site.config} +
      test::test_plugins());
  REQUIRE(test::eventually([&] { return mute.called(); }, std::chrono::seconds(30)));

  ktel.send_signal(SIGINT);
  const auto r = ktel.wait(std::chrono::seconds(10));

  REQUIRE(r);
  CHECK(r->exit_code == 130);
  CHECK(r->out == "");
  CHECK(r->err == "ktel: stopped while checking; nothing was read or sent\n");
}

TEST_CASE("backends with their own I/O have nothing to probe") {
  const test::User user;
  const std::string file = "file://" + (user.home() / "reports.ndjson").string();
  const std::string nothing =
      "  its backend does its own I/O, so there is nothing to probe: the first report shows "
      "whether it can be written\n";

  const auto r =
      check_servers(user, {"--report-server", file, "--report-server", "stdout:", "--probe"});

  CHECK(r.exit_code == 0);
  CHECK(r.out == no_cluster(user) + "report server " + file + "\n" + nothing +
                     "report server stdout:\n" + nothing);
  CHECK_FALSE(std::filesystem::exists(user.home() / "reports.ndjson"));
}

TEST_CASE("off: nothing is looked at, and no connection is made") {
  Site site;
  test::Receiver receiver(site.user);
  for (const std::string variable : {"DO_NOT_TRACK", "KTEL_TELEMETRY"}) {
    CAPTURE(variable);
    const std::string value = variable == "DO_NOT_TRACK" ? "1" : "off";
    const std::string says = "Off: " + variable + (value == "1" ? " is set" : " is off") +
                             "; nothing was collected and no connection was made.";
    const test::Given given = {.env = {{variable, value}}};

    const auto r = site.check(receiver.options() + Words{"--probe"}, given);
    CHECK(r.exit_code == 0);
    CHECK(r.out == "");
    CHECK(r.err == "ktel: " + says + "\n");

    const auto json = site.check({"-o", "json"}, given);
    CHECK(json.out == "{\"off\":\"" + says +
                          "\",\"notice\":\"\",\"cluster\":\"\",\"rules\":[],"
                          "\"report_servers\":[],\"problems\":[]}");
  }
  CHECK(site.api.connections() == 0);
  CHECK(receiver.server().journal().requests().empty());
}

TEST_CASE("local: the cluster is asked, the report server is not connected to") {
  Site site;
  const test::MutePort mute;
  const std::string url = "splunk://127.0.0.1:" + std::to_string(mute.port());
  const std::string rules =
      "cluster " + site.api.url() + "\n  allowed  list nodes\n  allowed  list pods\n";
  const std::string server = "report server " + url + "\n" + opened +
                             "nobody was connected to, for reports would stay here\n";
  const auto token = site.user.home().write("token", "t0ken\n", 0600);

  const auto r = site.check({"--report-server", url, "--token-file", token, "--probe"},
                            {.env = {{"KTEL_TELEMETRY", "local"}}});
  CHECK(r.exit_code == 0);
  CHECK(r.out == rules + server);
  CHECK(r.err == "ktel: Local: KTEL_TELEMETRY is local; the report is shown and not sent.\n");

  const auto from_variable =
      site.check({"--probe"}, {.env = {{"KTEL_REPORT_SERVER", url}, {"KTEL_TOKEN_FILE", token}}});
  CHECK(from_variable.exit_code == 0);
  CHECK(from_variable.out == rules + server);
  CHECK(from_variable.err ==
        "ktel: Local: KTEL_REPORT_SERVER alone is no consent; the report is shown and not sent. "
        "Name the report server with --report-server, or set KTEL_TELEMETRY=on, to send it.\n");
  CHECK_FALSE(mute.called());
}

TEST_SUITE_END();
