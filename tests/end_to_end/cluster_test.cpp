// Clusters: kubeconfigs that are wrong, API servers that cannot be reached or trusted, or say no.
#include <doctest/doctest.h>

#include "core/base/http_server.hpp"
#include "end_to_end/user.hpp"
#include "support/fake_api_server.hpp"

using namespace ktel;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

constexpr const char* pod =
    R"({"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "a", "name": "p"},
        "spec": {"containers": [{"imagePullPolicy": "Always"}]}})";

// The jobs of the proposal, which make some twenty reads.
constexpr const char* proposal = "identify-deployment,identify-platform";

// They run with a report server to send to, and with something to send of the caller's own.
test::RunResult run_proposal(const test::User& user, const std::string& config,
                             const test::Receiver& receiver, bool with_stdin) {
  test::Words words = {"workflows", "run", "--jobs", proposal, "--kubeconfig", config};
  words = words + receiver.options();
  if (!with_stdin) return user.ktel(words);
  return user.ktel(words + test::Words{"-"}, {.stdin_text = R"({"foo": {"one": 1}})"});
}

// A user with a cluster that is reached over TLS.
struct Site {
  test::User user{};
  test::TestCa ca{};
  test::CertKey cert = ca.server();
  test::FakeApiServer api{{}, {cert.cert_pem, cert.key_pem}};
  std::filesystem::path ca_file = user.home().write("cluster-ca.pem", ca.pem());
  std::filesystem::path config =
      user.home().write("kubeconfig", test::kubeconfig(api.url(), ca_file));

  test::RunResult run() const { return user.run_jobs("tests-pods", {"--kubeconfig", config}); }
  test::RunResult run_proposal() const {
    return user.ktel({"workflows", "run", "--jobs", proposal, "--kubeconfig", config});
  }
  // A kubeconfig whose user has a shell script for credentials.
  void use_plugin(const std::string& script) const {
    user.home().write("plugin", "#!/bin/sh\n" + script, 0755);
    user.home().write(
        "kubeconfig",
        "current-context: here\ncontexts: [{name: here, context: {cluster: one, user: me}}]\n"
        "clusters: [{name: one, cluster: {server: \"" +
            api.url() + "\", certificate-authority: \"" + ca_file.string() +
            "\"}}]\nusers: [{name: me, user: {exec: {command: ./plugin, apiVersion: "
            "client.authentication.k8s.io/v1, interactiveMode: Never, installHint: get it at "
            "example.com}}}]\n");
  }
  std::string authority() const { return api.url().substr(std::string("https://").size()); }
  std::string where() const {
    return "the API server at " + api.url() + " (context \"here\" of " + config.string() + ")";
  }
};

}  // namespace

TEST_SUITE_BEGIN("end_to_end/cluster");

TEST_CASE("pods of a cluster are counted with the user's token") {
  Site site;
  site.api.add(pod);

  const auto r = site.run();
  CHECK_MESSAGE(r.exit_code == 0, r.err);
  CHECK(r.out == R"({"tests-pods":{"pods_count":1}})");
  REQUIRE_FALSE(site.api.calls().empty());
  for (const auto& call : site.api.calls()) {
    CHECK(call.header("authorization") == "Bearer a-cluster-token");
  }
  CHECK_FALSE(contains(r.err, "a-cluster-token"));
}

TEST_CASE("KUBECONFIG names the cluster where no option does") {
  Site site;
  site.api.add(pod);
  const auto r = site.user.run_jobs("tests-pods", {}, {.env = {{"KUBECONFIG", site.config}}});
  CHECK_MESSAGE(r.exit_code == 0, r.err);
  CHECK(r.out == R"({"tests-pods":{"pods_count":1}})");
}

TEST_CASE("a kubeconfig that cannot be used is named, and no report is made") {
  const test::User user;
  const std::string path = user.home() / "config.yaml";
  const auto missing = [&](const char* file) { return (user.home() / file).string(); };
  const std::string good = test::kubeconfig("https://127.0.0.1:1");
  const std::string no_context =
      good.substr(0, good.find("current-context")) + good.substr(good.find("contexts:"));
  const std::string login =
      "{client-certificate: " + missing("no.crt") + ", client-key: " + missing("no.key") + "}";
  const std::string step =
      "; correct context \"here\" of " + path + ", or choose another one with --context\n";
  const auto unreadable = [&](const std::string& what, const std::string& whose, const char* file) {
    return "unable to read " + what + " " + missing(file) + " for " + whose + " due to open " +
           missing(file) + ": no such file or directory";
  };
  struct Row {
    const char* name;
    std::string text;
    std::string says;
  };
  for (const Row& row : std::vector<Row>{
           {"empty", "",
            "invalid configuration: no configuration has been provided, try setting "
            "KUBERNETES_MASTER environment variable; " +
                path + " is empty: give another file with --kubeconfig or KUBECONFIG\n"},
           {"not YAML", "a: [",
            "error loading config file \"" + path +
                "\": yaml: line 1: end of sequence flow not found; correct it, or give another one "
                "with --kubeconfig\n"},
           {"no context", no_context,
            "invalid configuration: no context chosen; give one of here with --context, or set "
            "current-context in " +
                path + "\n"},
           {"wrong context", "current-context: there\n" + no_context,
            "context was not found for specified context: there; " + path +
                " has these contexts: here\n"},
           {"no authority", test::kubeconfig("https://127.0.0.1:1", missing("no-ca.pem")),
            "invalid configuration: " + unreadable("certificate-authority", "one", "no-ca.pem") +
                step},
           {"no client certificate, no key", good.substr(0, good.find("{token: ")) + login + "}]\n",
            "invalid configuration: [" + unreadable("client-cert", "me", "no.crt") + ", " +
                unreadable("client-key", "me", "no.key") + "]" + step}}) {
    CAPTURE(row.name);
    const auto file = user.home().write("config.yaml", row.text);
    const auto r = user.run_jobs("tests-pods", {"--kubeconfig", file});
    CHECK(r.exit_code == 2);
    CHECK(r.out == "");
    CHECK(r.err == "ktel: " + row.says);
  }

  const std::string nowhere = user.home() / "nowhere";
  const auto r = user.run_jobs("tests-pods", {"--kubeconfig", nowhere});
  CHECK(r.exit_code == 2);
  CHECK(r.err == "ktel: stat " + nowhere +
                     ": no such file or directory; give --kubeconfig a file that exists\n");

  const auto none = user.run_jobs("tests-pods");
  CHECK(none.exit_code == 2);
  CHECK_MESSAGE(contains(none.err, "this is no pod, KUBECONFIG is not set and " +
                                       (user.home() / ".kube/config").string() +
                                       " does not exist: give --kubeconfig"),
                none.err);
  CHECK(user.recorded() == 0);
}

TEST_CASE("an API server nobody listens at is said once, however many reads it stops") {
  const test::User user;
  test::Receiver receiver(user);
  const test::ClosedPort closed;
  const std::string authority = "127.0.0.1:" + std::to_string(closed.port());
  const auto config = user.home().write("kubeconfig", test::kubeconfig("https://" + authority));
  const std::string sentence =
      "ktel: there is nothing to report: no answer from the API server at https://" + authority +
      " (context \"here\" of " + config.string() + "): " + authority +
      " refuses connections; check the port, and that a server runs there\n";

  for (const bool with_stdin : {false, true}) {
    CAPTURE(with_stdin);
    const auto r = run_proposal(user, config, receiver, with_stdin);
    CHECK(r.exit_code == 3);
    CHECK(r.out == "");
    CHECK(r.err == sentence);
  }
  CHECK(user.recorded() == 0);
  CHECK(receiver.server().journal().requests().empty());
}

TEST_CASE("an API server whose certificate nobody vouches for gets no token") {
  Site site;
  const auto other = site.user.home().write("other-ca.pem", test::TestCa("another").pem());
  site.user.home().write("kubeconfig", test::kubeconfig(site.api.url(), other));

  const auto r = site.run_proposal();

  CHECK(r.exit_code == 3);
  CHECK(r.out == "");
  CHECK(r.err == "ktel: there is nothing to report: no answer from " + site.where() +
                     ": the certificate of " + site.authority() +
                     " is signed by an unknown authority; give the CA certificate that signed "
                     "it\n");
  CHECK(site.api.requests().empty());
}

TEST_CASE("a web server that is no API server") {
  Site site;
  site.api.always(
      "/",
      {.status = 200, .headers = {{"Content-Type", "text/html"}}, .body = "<html>Sign in</html>"});

  const auto r = site.run_proposal();

  CHECK(r.exit_code == 3);
  CHECK(r.out == "");
  CHECK(r.err == "ktel: there is nothing to report: " + site.where() +
                     " answers HTML: is this really a Kubernetes API server? check `server:` of "
                     "cluster \"one\" and proxies between\n");
}

TEST_CASE("401: the credentials are wrong, and the user is named once") {
  Site site;
  test::Receiver receiver(site.user);
  site.api.always("/", test::status_reply(401, "Unauthorized", "Unauthorized"));

  // What the caller gives is no report of a cluster that was not read.
  for (const bool with_stdin : {false, true}) {
    CAPTURE(with_stdin);
    const auto r = run_proposal(site.user, site.config, receiver, with_stdin);
    CHECK(r.exit_code == 4);
    CHECK(r.out == "");
    CHECK(r.err == "ktel: " + site.where() +
                       " answers 401 Unauthorized: the credentials of user \"me\" are wrong or "
                       "have expired; renew them\n");
  }
  CHECK(site.user.recorded() == 0);
  CHECK(receiver.server().journal().requests().empty());
}

TEST_CASE("a credential plugin is asked once for all reads, and its token is a secret") {
  Site site;
  site.api.add(pod);
  site.use_plugin(
      "echo ran >> \"$(dirname \"$0\")/runs\"\necho 'a word for the user' >&2\n"
      "echo '{\"kind\": \"ExecCredential\", \"apiVersion\": "
      "\"client.authentication.k8s.io/v1\", \"status\": {\"token\": "
      "\"a-plugin-token\"}}'\n");

  const auto r = site.run();

  CHECK_MESSAGE(r.exit_code == 0, r.err);
  CHECK(r.out == R"({"tests-pods":{"pods_count":1}})");
  for (const auto& call : site.api.calls()) {
    CHECK(call.header("authorization") == "Bearer a-plugin-token");
  }
  CHECK(test::read_file(site.user.home() / "runs") == "ran\n");
  CHECK(contains(r.err, "a word for the user\n"));
  CHECK_FALSE(contains(r.err, "a-plugin-token"));
}

TEST_CASE("a credential plugin that is not installed is told once, with its hint") {
  Site site;
  site.use_plugin("");
  std::filesystem::remove(site.user.home() / "plugin");

  const auto r = site.run_proposal();

  CHECK(r.exit_code == 4);
  CHECK(r.out == "");
  CHECK(
      r.err ==
      "ktel: getting credentials: exec: executable " + (site.user.home() / "plugin").string() +
          " not found. It looks like you are trying to use a client-go credential plugin that is "
          "not installed. To learn more about this feature, consult the documentation available "
          "at: https://kubernetes.io/docs/reference/access-authn-authz/authentication/"
          "#client-go-credential-plugins. get it at example.com; install it here, or correct exec "
          "of user \"me\" in " +
          site.config.string() + "\n");
  CHECK(site.api.requests().empty());
}

TEST_CASE("403 for a read: its job goes without, and the missing rule is named") {
  Site site;
  site.api.serve("v1", "pods", "Pod");
  site.api.always("/api/v1/pods",
                  test::status_reply(403, "Forbidden",
                                     "pods is forbidden: User \"me\" cannot list resource "
                                     "\"pods\" in API group \"\" at the cluster scope"));
  const std::string rule =
      "the API server forbids to list pods in all namespaces: the rule {apiGroups: [\"\"], "
      "resources: [\"pods\"], verbs: [\"list\"]} is missing; add it to a ClusterRole that is "
      "bound to \"me\"\n";
  const auto r = site.user.run_jobs("tests-pods,tests-count", {"--kubeconfig", site.config});
  CHECK(r.exit_code == 0);
  CHECK(r.out == R"({"tests-count":{"is_ready":true,"items_count":3}})");
  CHECK_MESSAGE(contains(r.err, "ktel: warning: tests-pods: " + rule), r.err);

  // Where nothing else came back, there is no report.
  const auto alone = site.run();
  CHECK(alone.exit_code == 4);
  CHECK(alone.out == "");
  CHECK(alone.err == "ktel: " + rule);
}

TEST_CASE("a snapshot that is not there is named") {
  const test::User user;
  const std::string path = user.home() / "bundle";
  const auto r = user.run_jobs("tests-pods", {"--snapshot", path});
  CHECK(r.exit_code == 2);
  CHECK(r.out == "");
  CHECK_MESSAGE(contains(r.err, path), r.err);
}

TEST_SUITE_END();
