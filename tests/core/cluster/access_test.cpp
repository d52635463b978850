// Where an API server is looked for, with files on disk and an environment of the test's own.
#include <doctest/doctest.h>

#include <unistd.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/base64.hpp"
#include "cluster/access.hpp"
#include "core/base/encrypted_key.hpp"
#include "support/certs.hpp"
#include "support/process.hpp"

using namespace ktel;
using namespace ktel::cluster;

namespace {

Env env_of(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

std::string config_of(const std::string& server, const std::string& user = "token: t",
                      const std::string& more = "") {
  return "current-context: dev\nclusters: [{name: c, cluster: {server: \"" + server + "\"" + more +
         "}}]\nusers: [{name: u, user: {" + user +
         "}}]\ncontexts: [{name: dev, context: {cluster: c, user: u, namespace: kong}}]\n";
}

Result<Access> find_in(const std::string& kubeconfig) {
  AccessOptions options;
  options.kubeconfig = kubeconfig;
  return find_access(options, env_of({}));
}

std::string error_of(const Result<Access>& access) {
  return access ? "no error" : access.error().message;
}

// A pod's service account folder.
AccessOptions pod_options(const test::TempDir& dir) {
  AccessOptions options;
  options.service_account = dir.path();
  return options;
}

const std::map<std::string, std::string> pod_env = {{"KUBERNETES_SERVICE_HOST", "10.96.0.1"},
                                                    {"KUBERNETES_SERVICE_PORT", "443"}};

}  // namespace

TEST_SUITE("core/cluster/access") {
  TEST_CASE("a kubeconfig says where and who, and the flag that chooses a context wins") {
    const test::TempDir dir;
    const test::TestCa ca;
    dir.write("ca.pem", ca.pem());
    const std::string file =
        dir.write("config", config_of("https://me:pw@10.0.0.1:6443/x/",
                                      "token: t, as: boss, as-user-extra: {\"a/b\": [v]}",
                                      ", certificate-authority: ca.pem, tls-server-name: sn"))
            .string();

    const Result<Access> access = find_in(file);

    REQUIRE_MESSAGE(access.has_value(), error_of(access));
    CHECK(access->server == "https://10.0.0.1:6443/x");
    CHECK(access->description == "https://10.0.0.1:6443/x");
    CHECK(access->origin == "context \"dev\" of " + file);
    CHECK(access->tls->ca_pem == ca.pem());
    CHECK(access->tls->server_name == "sn");
    CHECK_FALSE(access->tls->insecure);
    CHECK(access->login.token == "t");
    CHECK(access->headers == std::vector<std::pair<std::string, std::string>>{
                                 {"Impersonate-User", "boss"}, {"Impersonate-Extra-a%2Fb", "v"}});
    CHECK(access->cluster == "c");
    CHECK(access->user == "u");
    CHECK(access->proxy.empty());
    CHECK(access->warnings.empty());

    AccessOptions options;
    options.kubeconfig = file;
    options.context = "gone";
    CHECK(error_of(find_access(options, env_of({}))) ==
          "context \"gone\" does not exist; " + file + " has these contexts: dev");
    options.context = "dev";
    CHECK(find_access(options, env_of({})).has_value());
  }

  TEST_CASE("the kubeconfig's proxy comes before the environment's") {
    const test::TempDir dir;
    const auto proxy_of = [&](const std::string& more) {
      AccessOptions options;
      options.kubeconfig = dir.write("config", config_of("https://a.example", "token: t", more));
      return find_access(options, env_of({{"HTTPS_PROXY", "env:1"}}))->proxy;
    };
    CHECK(proxy_of("") == "http://env:1");
    CHECK(proxy_of(", proxy-url: \"socks5://p:1\"") == "socks5://p:1");
  }

  TEST_CASE("a certificate and a key that cannot be used are told with their user") {
    const test::TempDir dir;
    const test::TestCa ca;
    const test::CertKey mine = ca.client("someone");
    dir.write("cert.pem", mine.cert_pem);
    dir.write("key.pem", mine.key_pem);
    dir.write("encrypted.pem", test::encrypted(mine.key_pem));
    dir.write("other.pem", ca.client("another").key_pem);
    dir.write("rubbish.pem", "rubbish");
    const std::string file = dir.path() / "config";
    const auto find = [&](const std::string& cert, const std::string& key) {
      dir.write("config", config_of("https://a.example",
                                    "client-certificate: " + cert + ", client-key: " + key));
      return error_of(find_in(file));
    };
    CHECK(find("cert.pem", "key.pem") == "no error");
    CHECK(find("cert.pem", "encrypted.pem") ==
          "client-key of user \"u\" is encrypted: nobody can be asked its password here; name a "
          "decrypted copy (openssl pkey -in KEY -out COPY) in " +
              file);
    CHECK(find("cert.pem", "rubbish.pem") ==
          "client-key of user \"u\" is no PEM private key; correct it in " + file);
    CHECK(find("rubbish.pem", "key.pem") ==
          "client-certificate of user \"u\" is no PEM certificate; correct it in " + file);
    CHECK(
        find("cert.pem", "other.pem") ==
        "client-key of user \"u\" does not belong to client-certificate; correct one of them in " +
            file);
  }

  TEST_CASE("a home directory that may not be entered is not taken for an empty one") {
    if (::geteuid() == 0) return;  // may enter all
    const test::TempDir home;
    home.write(".kube/config", config_of("https://home"));
    std::filesystem::permissions(home / ".kube", std::filesystem::perms::none);
    std::map<std::string, std::string> env = {{"HOME", home.path().string()}};
    const std::string file = home / ".kube/config";
    CHECK(error_of(find_access({}, env_of(env))) ==
          "error loading config file \"" + file + "\": open " + file +
              ": permission denied; check --kubeconfig and KUBECONFIG");
    env.insert(pod_env.begin(), pod_env.end());
    const test::TempDir pod;
    CHECK(error_of(find_access(pod_options(pod), env_of(env))).find("in-cluster") !=
          std::string::npos);
    std::filesystem::permissions(home / ".kube", std::filesystem::perms::owner_all);
  }

  TEST_CASE("a relative path is told also where the current directory is gone") {
    const auto before = std::filesystem::current_path();
    {
      const test::TempDir gone;
      std::filesystem::current_path(gone.path());
    }
    const std::string error = error_of(find_in("config"));
    std::filesystem::current_path(before);
    CHECK(error == "stat config: no such file or directory; give --kubeconfig a file that exists");
  }

  TEST_CASE("--kubeconfig comes first, then KUBECONFIG, the pod, and the home directory") {
    const test::TempDir dir;
    const test::TempDir pod;
    pod.write("token", "pod-token\n");
    const std::string flag = dir.write("flag", config_of("https://flag")).string();
    const std::string listed = dir.write("listed", config_of("https://listed")).string();
    dir.write(".kube/config", config_of("https://home"));
    std::map<std::string, std::string> env = pod_env;
    env["KUBECONFIG"] = listed;
    env["HOME"] = dir.path().string();
    AccessOptions options = pod_options(pod);
    options.kubeconfig = flag;

    CHECK(find_access(options, env_of(env))->server == "https://flag");
    options.kubeconfig.clear();
    CHECK(find_access(options, env_of(env))->server == "https://listed");
    env.erase("KUBECONFIG");
    CHECK(find_access(options, env_of(env))->server == "https://10.96.0.1:443");
    options.context = "dev";
    CHECK(find_access(options, env_of(env))->server == "https://home");
    options.context.clear();
    for (const char* one : {"KUBERNETES_SERVICE_PORT", "KUBERNETES_SERVICE_HOST"}) {
      std::map<std::string, std::string> half = env;
      half.erase(one);
      CHECK(find_access(options, env_of(half))->server == "https://home");
    }
    env.erase("KUBERNETES_SERVICE_PORT");
    env.erase("HOME");
    CHECK(
        error_of(find_access(options, env_of(env))) ==
        "invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER "
        "environment variable; this is no pod, KUBECONFIG is not set and ~/.kube/config does not "
        "exist: give --kubeconfig");
  }

  TEST_CASE("a kubeconfig that is missing, empty, no YAML or a directory is said") {
    const test::TempDir dir;
    const std::string path = dir.path().string();

    const Result<Access> missing = find_in(path + "/no");
    CHECK(error_of(missing) == "stat " + path +
                                   "/no: no such file or directory; give --kubeconfig a file that "
                                   "exists");
    CHECK(missing.error().code == Errc::not_found);
    CHECK(
        error_of(find_in(dir.write("empty", "").string())) ==
        "invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER "
        "environment variable; " +
            path + "/empty is empty: give another file with --kubeconfig or KUBECONFIG");
    CHECK(
        error_of(find_in(dir.write("bad", "{{{").string())) ==
        "error loading config file \"" + path +
            "/bad\": yaml: line 1: end of map flow not found; correct it, or give another one with "
            "--kubeconfig");
    CHECK(error_of(find_in(path)) == "error loading config file \"" + path + "\": read " + path +
                                         ": is a directory; check --kubeconfig and KUBECONFIG");
  }

  TEST_CASE("certificates that cannot be read or are none are said") {
    const test::TempDir dir;
    const std::string path = dir.path().string();
    const std::string in = " of " + path + "/config, or choose another one with --context";

    CHECK(error_of(find_in(
              dir.write("config", config_of("https://a", "", ", certificate-authority: gone.pem"))
                  .string())) ==
          "invalid configuration: unable to read certificate-authority " + path +
              "/gone.pem for c due to open " + path +
              "/gone.pem: no such file or directory; correct context \"dev\"" + in);
    for (const char* none : {"rubbish", "", "-----BEGIN CERTIFICATE-----\n"}) {
      dir.write("ca.pem", none);
      CHECK(error_of(find_in(
                dir.write("config", config_of("https://a", "", ", certificate-authority: ca.pem"))
                    .string())) ==
            "unable to load root certificates: unable to parse bytes as PEM block; correct "
            "certificate-authority of cluster \"c\" in " +
                path + "/config");
    }
  }

  TEST_CASE("several files of KUBECONFIG are merged, missing ones left out and told") {
    const test::TempDir dir;
    const std::string path = dir.path().string();
    const std::string one = dir.write("one", "current-context: dev\n").string();
    const std::string two = dir.write("two", config_of("https://two")).string();
    const auto find = [&](const std::string& list) {
      return find_access({}, env_of({{"KUBECONFIG", list}}));
    };

    const Result<Access> access = find(":" + one + ":" + path + "/no:" + two + ":" + one);
    REQUIRE(access.has_value());
    CHECK(access->server == "https://two");
    CHECK(access->origin == "context \"dev\" of " + two);
    CHECK(access->warnings == std::vector<std::string>{"Config not found: " + path + "/no"});

    CHECK(
        error_of(find(path + "/no")) ==
        "invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER "
        "environment variable; Config not found: " +
            path + "/no: correct KUBECONFIG, or give a file with --kubeconfig");
    const std::string bad = dir.write("bad", "[").string();
    const std::string worse = dir.write("worse", "words").string();
    const std::string both = error_of(find(bad + ":" + two + ":" + worse));
    CHECK(both.substr(0, 27 + bad.size()) ==
          "[error loading config file \"" + bad.substr(0, bad.size() - 1));
    CHECK(both.find(", error loading config file \"" + worse + "\"") != std::string::npos);
  }

  TEST_CASE("credentials go to an https server only, impersonation to any") {
    const test::TempDir dir;

    const Result<Access> access =
        find_in(dir.write("config", config_of("a:6443",
                                              "token: t, as: boss, as-uid: \"7\", as-groups: [a, "
                                              "b], as-user-extra: {\"a/b\": [p, q], c%: [r]}"))
                    .string());

    REQUIRE(access.has_value());
    CHECK(access->server == "http://a:6443");
    CHECK(access->login.token.empty());
    CHECK(access->headers ==
          std::vector<std::pair<std::string, std::string>>{{"Impersonate-User", "boss"},
                                                           {"Impersonate-Uid", "7"},
                                                           {"Impersonate-Group", "a"},
                                                           {"Impersonate-Group", "b"},
                                                           {"Impersonate-Extra-a%2Fb", "p"},
                                                           {"Impersonate-Extra-a%2Fb", "q"},
                                                           {"Impersonate-Extra-c%25", "r"}});
    CHECK(access->warnings ==
          std::vector<std::string>{"the server of " + access->origin +
                                   " is not https, so no credentials are sent to it"});
  }

  TEST_CASE("auth providers that are no more are told with what takes their place") {
    const test::TempDir dir;
    const std::string file = dir.path() / "config";
    const auto find = [&](const std::string& server, const std::string& user) {
      return error_of(find_in(dir.write("config", config_of(server, user)).string()));
    };
    const std::string next = "; replace auth-provider of user \"u\" in " + file +
                             " by exec, with a command that prints credentials, or by a token";

    CHECK(find("https://a", "auth-provider: {name: gcp}") ==
          "The gcp auth plugin has been removed. Please use the \"gke-gcloud-auth-plugin\" "
          "kubectl/client-go credential plugin instead. See "
          "https://cloud.google.com/blog/products/containers-kubernetes/"
          "kubectl-auth-changes-in-gke for further details" +
              next);
    CHECK(find("https://a", "auth-provider: {name: azure}") ==
          "The azure auth plugin has been removed. Please use the "
          "https://github.com/Azure/kubelogin kubectl/client-go credential plugin instead. See "
          "https://kubernetes.io/docs/reference/access-authn-authz/authentication/"
          "#client-go-credential-plugins for further details" +
              next);
    CHECK(find("https://a", "auth-provider: {name: oidc}, token: t") ==
          "no Auth Provider found for name \"oidc\"" + next);
    CHECK(find("http://a", "auth-provider: {name: gcp}") == "no error");
  }

  TEST_CASE("a credential plugin is asked only where the user has nothing else") {
    const test::TempDir dir;
    const test::TestCa ca;
    const test::CertKey mine = ca.client("someone");
    dir.write("cert.pem", mine.cert_pem);
    dir.write("key.pem", mine.key_pem);
    dir.write("token", "t");
    const std::string exec =
        "exec: {command: bin/login, apiVersion: client.authentication.k8s.io/v1, "
        "interactiveMode: Never}";
    const auto find = [&](const std::string& user, const std::string& server = "https://a") {
      const Result<Access> access = find_in(dir.write("config", config_of(server, user)).string());
      REQUIRE_MESSAGE(access.has_value(), error_of(access));
      return *access;
    };

    const Access access = find(exec);
    REQUIRE(access.login.exec.has_value());
    CHECK(access.login.exec->config.command == (dir / "bin/login").string());
    CHECK(access.login.exec->cluster.empty());
    CHECK(access.login.exec->where == "exec of user \"u\" in " + (dir / "config").string());
    CHECK(find(exec + ", password: alone").login.exec.has_value());

    for (const std::string other : {"token: t", "tokenFile: token", "username: me",
                                    "client-certificate: cert.pem, client-key: key.pem"}) {
      CHECK_FALSE(find(exec + ", " + other).login.exec.has_value());
    }
    CHECK_FALSE(find(exec, "http://a").login.exec.has_value());
  }

  TEST_CASE("a credential plugin of another version is refused, whatever else the user has") {
    const test::TempDir dir;
    const auto find = [&](const std::string& version, const std::string& more = "") {
      return error_of(
          find_in(dir.write("config", config_of("https://a",
                                                "exec: {command: x, interactiveMode: Never, "
                                                "apiVersion: " +
                                                    version + "}" + more))
                      .string()));
    };
    const std::string next =
        "; client.authentication.k8s.io/v1 and /v1beta1 are known, correct exec of user \"u\" in " +
        (dir / "config").string();

    CHECK(find("client.authentication.k8s.io/v1alpha1") ==
          "exec plugin: invalid apiVersion \"client.authentication.k8s.io/v1alpha1\"" + next);
    CHECK(find("v1", ", token: t") == "exec plugin: invalid apiVersion \"v1\"" + next);
    CHECK(find("client.authentication.k8s.io/v1beta1") == "no error");
    CHECK(find("\"v\\n1\"") == "exec plugin: invalid apiVersion \"v 1\"" + next);
  }

  TEST_CASE("the plugin is told of the cluster, with the CA that stands in a file") {
    const test::TempDir dir;
    const test::TestCa ca;
    dir.write("ca.pem", ca.pem());
    const Result<Access> access = find_in(
        dir.write("config",
                  config_of("https://a",
                            "exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1, "
                            "provideClusterInfo: true}",
                            ", certificate-authority: ca.pem"))
            .string());
    REQUIRE_MESSAGE(access.has_value(), error_of(access));
    REQUIRE(access->login.exec.has_value());
    CHECK(access->login.exec->cluster == R"({"server":"https://a","certificate-authority-data":")" +
                                             base64_encode(ca.pem()) + R"(","config":null})");
  }

  TEST_CASE("what stands in files is known to, data is not") {
    const test::TempDir dir;
    const test::TestCa ca;
    const test::CertKey mine = ca.client("someone");
    dir.write("ca.pem", ca.pem());
    dir.write("cert.pem", mine.cert_pem);
    dir.write("key.pem", mine.key_pem);
    const auto files = [&](const std::string& user, const std::string& more) {
      const Result<Access> access =
          find_in(dir.write("config", config_of("https://a", user, more)).string());
      REQUIRE_MESSAGE(access.has_value(), error_of(access));
      return access->tls_files;
    };
    const std::string data = "client-certificate-data: " + base64_encode(mine.cert_pem);

    const TlsFiles all = files("client-certificate: cert.pem, client-key: key.pem",
                               ", certificate-authority: ca.pem");
    CHECK(all.ca == (dir / "ca.pem").string());
    CHECK(all.cert == (dir / "cert.pem").string());
    CHECK(all.key == (dir / "key.pem").string());

    const TlsFiles none = files(data + ", client-key: key.pem",
                                ", certificate-authority-data: " + base64_encode(ca.pem()));
    CHECK(none.ca.empty());
    CHECK(none.cert.empty());
    CHECK(none.key.empty());
  }

  TEST_CASE("what only an https server makes a contradiction is told with it only") {
    const test::TempDir dir;
    const test::TestCa ca;
    dir.write("ca.pem", ca.pem());
    const auto find = [&](const std::string& server, const std::string& user,
                          const std::string& more) {
      return error_of(find_in(dir.write("config", config_of(server, user, more)).string()));
    };
    const std::string file = dir.path() / "config";
    const std::string insecure = ", insecure-skip-tls-verify: true, certificate-authority: ca.pem";

    CHECK(find("https://a", "", insecure) ==
          "specifying a root certificates file with the insecure flag is not allowed; leave one of "
          "them out of cluster \"c\" in " +
              file);
    CHECK(find("http://a", "", insecure) == "no error");
    CHECK(find("https://a", "tokenFile: t, username: me", "") ==
          "username/password or bearer token may be set, but not both; leave one of them out of "
          "user \"u\" in " +
              file);
    CHECK(find("http://a", "tokenFile: t, username: me", "") == "no error");
  }

  TEST_CASE("a user that is not defined is anonymous, and told") {
    const test::TempDir dir;
    const Result<Access> access = find_in(
        dir.write("config",
                  "current-context: dev\nclusters: [{name: c, cluster: {server: https://a}}]\n"
                  "contexts: [{name: dev, context: {cluster: c, user: gone}}]\n")
            .string());
    REQUIRE(access.has_value());
    CHECK(access->warnings ==
          std::vector<std::string>{"user \"gone\" was not found for " + access->origin +
                                   ": requests are anonymous"});
  }

  TEST_CASE("a token file alone must be readable and hold a token") {
    const test::TempDir dir;
    const std::string path = dir.path().string();
    const std::string config =
        dir.write("config", config_of("https://a", "tokenFile: token")).string();

    CHECK(error_of(find_in(config)) == "failed to read token file \"" + path + "/token\": open " +
                                           path +
                                           "/token: no such file or directory; check tokenFile and "
                                           "its permissions");
    dir.write("token", " \n");
    CHECK(error_of(find_in(config)) ==
          "read empty token from file \"" + path + "/token\"; put a token into it");
    dir.write("token", "abc\n");
    const Result<Access> access = find_in(config);
    REQUIRE_MESSAGE(access.has_value(), error_of(access));
    // Good until the file can be read again, which may be written anew at this moment.
    CHECK(access->login.token == "abc");
    CHECK(access->login.token_file == path + "/token");
  }

  TEST_CASE("a pod is its service account") {
    const test::TempDir pod;
    const test::TestCa ca;
    pod.write("token", "pod-token\n");
    pod.write("ca.crt", ca.pem());
    std::map<std::string, std::string> env = pod_env;

    const Result<Access> access = find_access(pod_options(pod), env_of(env));

    REQUIRE(access.has_value());
    CHECK(access->server == "https://10.96.0.1:443");
    CHECK(access->origin == "the service account of this pod");
    CHECK(access->tls->ca_pem == ca.pem());
    CHECK(access->login.token_file == (pod / "token").string());
    CHECK(access->login.token == "pod-token");
    CHECK(access->warnings.empty());

    env["KUBERNETES_SERVICE_HOST"] = "fd00::1";
    CHECK(find_access(pod_options(pod), env_of(env))->server == "https://[fd00::1]:443");
  }

  TEST_CASE("a pod without a token fails, without a CA trusts the system and says so") {
    const test::TempDir pod;
    const std::string path = pod.path().string();
    CHECK(error_of(find_access(pod_options(pod), env_of(pod_env))) ==
          "unable to load in-cluster configuration: failed to read token file \"" + path +
              "/token\": open " + path +
              "/token: no such file or directory; check tokenFile and its permissions; set "
              "automountServiceAccountToken on the pod, or give --kubeconfig");
    pod.write("token", "t");
    pod.write("ca.crt", "rubbish");

    const Result<Access> access = find_access(pod_options(pod), env_of(pod_env));

    REQUIRE(access.has_value());
    CHECK(access->tls->ca_pem.empty());
    CHECK(access->warnings ==
          std::vector<std::string>{"Expected to load root CA config from " + path +
                                   "/ca.crt, but got err: unable to parse bytes as PEM block: the "
                                   "system's authorities are trusted instead"});
  }
}
