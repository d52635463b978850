// The same kubeconfig, asked by kubectl and by ktel: the same verdict, the same request, and where
// it fails client-go's words in both.
//
// The kubectl is the one that build_servers.sh built, of the release of the kube-apiserver.
#include <doctest/doctest.h>

#include <boost/json.hpp>

#include <algorithm>
#include <cctype>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/base64.hpp"
#include "cluster/access.hpp"
#include "cluster/api_client.hpp"
#include "core/base/http_server.hpp"
#include "real/cluster.hpp"
#include "support/certs.hpp"
#include "support/process.hpp"
#include "support/socks5_proxy.hpp"

using namespace ktel;
using namespace ktel::cluster;
using test::HttpServer;

namespace {

namespace json = boost::json;

// One line, one blank between words: ktel's sentences have no line ends.
std::string flat(const std::string& text) {
  std::string line;
  for (const char c : text) {
    const bool blank = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!blank || (!line.empty() && line.back() != ' ')) line += blank ? ' ' : c;
  }
  return line;
}

// Who asked, how: what must be equal of two requests.
std::vector<std::string> identity(const HttpServer::Call& call) {
  std::vector<std::string> known = {call.method + " " + call.target, "sni " + call.server_name};
  for (const auto& [name, value] : call.headers) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (lower == "authorization" || lower.starts_with("impersonate-")) {
      known.push_back(lower + ": " + value);
    }
  }
  std::sort(known.begin(), known.end());
  return known;
}

struct Outcome {
  bool good = false;
  std::string error;
  std::vector<std::string> request;  // the last for /version
};

struct Site {
  Site() {
    ca_file = dir.write("ca.pem", ca.pem()).string();
    other_ca_file = dir.write("other-ca.pem", test::TestCa("another").pem()).string();
    dir.write("rubbish.pem", "rubbish");
    dir.write("token.txt", "from-file\n");
    const test::CertKey mine = ca.client("someone");
    mine.write(dir, "client");
    cert_data = base64_encode(mine.cert_pem);
    key_data = base64_encode(mine.key_pem);
    plugin("token", R"("token": "from-plugin")");
    plugin("token-beta", R"("token": "from-plugin")", "v1beta1");
    plugin("nothing", "");
    plugin("only-cert", R"("clientCertificateData": "x")");
    std::string pair = "\"clientCertificateData\": \"" + mine.cert_pem +
                       "\", \"clientKeyData\": \"" + mine.key_pem + "\"";
    for (std::size_t at = 0; (at = pair.find('\n', at)) != std::string::npos;) {
      pair.replace(at, 1, "\\n");
    }
    plugin("pair", pair);
    dir.write("no-status",
              "#!/bin/sh\necho '{\"kind\": \"ExecCredential\", \"apiVersion\": "
              "\"client.authentication.k8s.io/v1\"}'\n",
              0755);
    dir.write("fails", "#!/bin/sh\nexit 73\n", 0755);
    dir.write("no-json", "#!/bin/sh\necho words\n", 0755);
  }

  void plugin(const std::string& name, const std::string& status,
              const std::string& version = "v1") {
    dir.write(name,
              "#!/bin/sh\nprintf %s \"$KUBERNETES_EXEC_INFO\" > \"$(dirname \"$0\")/info\"\n"
              "cat <<'END'\n{\"kind\": \"ExecCredential\", \"apiVersion\": "
              "\"client.authentication.k8s.io/" +
                  version + "\", \"status\": {" + status + "}}\nEND\n",
              0755);
  }

  std::string config(const std::string& cluster, const std::string& user) {
    return dir
        .write("config", "current-context: dev\nclusters: [{name: c, cluster: {" + cluster +
                             "}}]\nusers: [{name: u, user: {" + user +
                             "}}]\ncontexts: [{name: dev, context: {cluster: c, user: u}}]\n")
        .string();
  }

  static HttpServer::Reply answer(const HttpServer::Call&) {
    return {.headers = {{"Content-Type", "application/json"}},
            .body = R"({"major": "1", "minor": "32", "gitVersion": "v1.32.0"})"};
  }

  static HttpServer::Tls tls(const test::CertKey& cert, std::string client_ca = {}) {
    return {cert.cert_pem, cert.key_pem, std::move(client_ca)};
  }

  test::TempDir dir;
  test::TestCa ca;
  HttpServer http{&answer};
  HttpServer https{&answer, tls(ca.server())};
  HttpServer mutual{&answer, tls(ca.server(), ca.pem())};
  HttpServer elsewhere{&answer, tls(ca.wrong_name())};
  HttpServer proxy{[](const HttpServer::Call&) { return HttpServer::Reply{.tunnel = true}; }};
  test::Socks5Proxy socks{"me", "word"};
  std::string ca_file, other_ca_file, cert_data, key_data;

  std::vector<std::string> last_request() const {
    for (const HttpServer* server : {&http, &https, &mutual, &elsewhere}) {
      const auto calls = server->calls();
      if (calls.size() > seen.at(server)) return identity(calls.back());
    }
    return {};
  }

  std::size_t tunnels() const { return proxy.calls().size() + socks.asked().size(); }

  void forget() {
    for (const HttpServer* server : {&http, &https, &mutual, &elsewhere}) {
      seen[server] = server->calls().size();
    }
    std::filesystem::remove(dir / "info");
  }

  std::map<const HttpServer*, std::size_t> seen;
};

Outcome ask_kubectl(Site& site, const std::string& file, const std::string& context) {
  site.forget();
  std::vector<std::string> argv = {
      (test::servers_dir() / "kubectl").string(), "--kubeconfig", file, "get", "--raw", "/version"};
  if (!context.empty()) argv.insert(argv.end(), {"--context", context});
  const test::RunResult ran = test::run(
      argv, {.env = {{"HOME", site.dir.path().string()}},
             .unset = {"KUBECONFIG", "HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"},
             .deadline = std::chrono::seconds(60)});
  return {ran.exit_code == 0, flat(ran.err), site.last_request()};
}

Outcome ask_ktel(Site& site, const std::string& file, const std::string& context) {
  site.forget();
  const Result<Access> access =
      find_access({.kubeconfig = file, .context = context},
                  [](const std::string&) { return std::optional<std::string>(); });
  if (!access) return {false, access.error().message, {}};
  HttpClient http;
  ApiClient client(http, *access, std::make_shared<Secrets>(), system_clock());
  ApiRequest request;
  request.path_and_query = "/version";
  request.on_body = [](std::string_view) { return true; };
  std::promise<ApiAnswer> promise;
  client.get(std::move(request), {},
             [&](ApiAnswer answer) { promise.set_value(std::move(answer)); });
  const ApiAnswer answer = promise.get_future().get();
  return {answer.ok(), answer.error ? answer.error->message : "", site.last_request()};
}

}  // namespace

TEST_SUITE("real/kubectl") {
  TEST_CASE("kubectl and ktel agree on a kubeconfig") {
    Site site;
    const std::string secure = "server: \"" + site.https.url() + "\"";
    const std::string trusted = secure + ", certificate-authority: ca.pem";
    const std::string mutual =
        "server: \"" + site.mutual.url() + "\", certificate-authority: ca.pem";
    const std::string elsewhere =
        "server: \"" + site.elsewhere.url() + "\", certificate-authority: ca.pem";
    const auto exec = [](const std::string& command, const std::string& more = "",
                         const std::string& version = "v1") {
      return "exec: {command: " + command + ", apiVersion: client.authentication.k8s.io/" +
             version + ", interactiveMode: Never" + more + "}";
    };

    struct Row {
      std::string cluster;
      std::string user;
      std::vector<std::string> texts = {};  // client-go's where it fails; "" alone: it just fails
      std::string context = {};
    };
    const std::vector<Row> rows = {
        // who asks
        {trusted, "token: inline"},
        {trusted, "tokenFile: token.txt"},
        {trusted, "token: inline, tokenFile: token.txt"},
        {trusted, "tokenFile: gone", {"open " + (site.dir / "gone").string() + ": no such file"}},
        {trusted, "username: me, password: \"123\""},
        {mutual, "client-certificate: client.crt, client-key: client.key"},
        {mutual,
         "client-certificate-data: " + site.cert_data + ", client-key-data: " + site.key_data},
        {mutual, "token: inline", {""}},
        {trusted,
         "token: t, as: boss, as-uid: \"7\", as-groups: [a, b], as-user-extra: {\"a/b\": [p, q]}"},
        {"server: \"" + site.http.url() + "\"", "token: never-sent, as: boss"},
        {"server: \"127.0.0.1:" + std::to_string(site.http.port()) + "\"", "token: never-sent"},
        {trusted,
         "auth-provider: {name: gcp}",
         {"The gcp auth plugin has been removed. Please use the \"gke-gcloud-auth-plugin\" "
          "kubectl/client-go credential plugin instead"}},
        {trusted, "auth-provider: {name: nobody}", {"no Auth Provider found for name \"nobody\""}},
        // plugins
        {trusted, exec("./token")},
        {trusted, exec("./token-beta", "", "v1beta1")},
        {trusted,
         "exec: {command: ./token-beta, apiVersion: client.authentication.k8s.io/v1beta1}"},
        {mutual, exec("./pair")},
        {trusted, exec("./fails") + ", token: inline"},
        {trusted,
         exec("./fails"),
         {"getting credentials: exec: executable " + (site.dir / "fails").string() +
          " failed with exit code 73"}},
        {trusted,
         exec("no-such-plugin", ", installHint: \"get it at example.com\""),
         {"getting credentials: exec: executable no-such-plugin not found",
          "It looks like you are trying to use a client-go credential plugin that is not "
          "installed.",
          "To learn more about this feature, consult the documentation available at:",
          "https://kubernetes.io/docs/reference/access-authn-authz/authentication/"
          "#client-go-credential-plugins",
          "get it at example.com"}},
        {trusted,
         exec("./token-beta"),
         {"getting credentials: exec plugin is configured to use API version "
          "client.authentication.k8s.io/v1, plugin returned version "
          "client.authentication.k8s.io/v1beta1"}},
        {trusted,
         exec("./no-status"),
         {"getting credentials: exec plugin didn't return a status field"}},
        {trusted,
         exec("./nothing"),
         {"getting credentials: exec plugin didn't return a token or cert/key pair"}},
        {trusted,
         exec("./only-cert"),
         {"getting credentials: exec plugin returned only certificate or key, not both"}},
        {trusted,
         exec("./no-json"),
         {"getting credentials: decoding stdout: couldn't get version/kind; "
          "json parse error: "}},
        {trusted,
         "exec: {command: ./token, apiVersion: client.authentication.k8s.io/v1, interactiveMode: "
         "Always}",
         {"getting credentials: exec plugin cannot support interactive mode: standard input is not "
          "a terminal"}},
        {trusted,
         exec("./token", "", "v1alpha1"),
         {"exec plugin: invalid apiVersion \"client.authentication.k8s.io/v1alpha1\""}},
        {trusted,
         exec("./token", "", "v2") + ", token: t",
         {"exec plugin: invalid apiVersion \"client.authentication.k8s.io/v2\""}},
        {trusted,
         "exec: {command: ./token, apiVersion: client.authentication.k8s.io/v1}",
         {"interactiveMode must be specified for u to use exec "
          "authentication plugin"}},
        {trusted,
         "exec: {args: [x]}",
         {"command must be specified for u to use exec authentication plugin",
          "apiVersion must be specified for u to use exec authentication plugin",
          "interactiveMode must be specified for u to use exec authentication plugin"}},
        {trusted,
         exec("./token", ", env: [{value: x}]"),
         {"env variable name must be specified for u to use exec authentication plugin"}},
        {trusted,
         exec("./token") + ", auth-provider: {name: gcp}",
         {"authProvider cannot be provided in combination with an exec plugin for u"}},
        // whom they trust
        {secure, "token: t", {""}},
        {secure + ", certificate-authority: other-ca.pem", "token: t", {""}},
        {secure + ", insecure-skip-tls-verify: true", "token: t"},
        {trusted + ", insecure-skip-tls-verify: true",
         "token: t",
         {"specifying a root certificates file with the insecure flag is not allowed"}},
        {secure + ", certificate-authority: rubbish.pem",
         "token: t",
         {"unable to load root certificates: unable to parse bytes as PEM block"}},
        {secure + ", certificate-authority: gone.pem",
         "token: t",
         {"unable to read certificate-authority " + (site.dir / "gone.pem").string() +
          " for c due to open " + (site.dir / "gone.pem").string() +
          ": no such file or directory"}},
        {elsewhere, "token: t", {""}},
        {elsewhere + ", tls-server-name: elsewhere.example", "token: t"},
        {trusted + ", proxy-url: \"" + site.proxy.url() + "\"", "token: t"},
        {trusted + ", proxy-url: \"HTTP" + site.proxy.url().substr(4) + "\"", "token: t"},
        {trusted + ", proxy-url: \"" + site.socks.url("me:word@") + "\"", "token: t"},
        {trusted + ", disable-compression: true", "token: t"},
        // what contradicts itself
        {trusted + ", proxy-url: \"socks6://p\"",
         "token: t",
         {"invalid 'proxy-url' \"socks6://p\" for cluster \"c\": "
          "unsupported "
          "scheme \"socks6\", must be http, https, or socks5"}},
        {trusted + ", proxy-url: \"127.0.0.1:3128\"",
         "token: t",
         {"invalid 'proxy-url' \"127.0.0.1:3128\" for cluster \"c\": could not parse: "
          "127.0.0.1:3128"}},
        {trusted + ", proxy-url: \"localhost:3128\"",
         "token: t",
         {"invalid 'proxy-url' \"localhost:3128\" for cluster \"c\": unsupported scheme "
          "\"localhost\", must be http, https, or socks5"}},
        {trusted + ", proxy-url: \"http://[::1\"",
         "token: t",
         {"invalid 'proxy-url' \"http://[::1\" for cluster \"c\": could not parse: http://[::1"}},
        {secure + ", certificate-authority: gone.pem, certificate-authority-data: UEVN",
         "token: t",
         {"certificate-authority-data and certificate-authority are both specified for c. "
          "certificate-authority-data will override.",
          "unable to read certificate-authority " + (site.dir / "gone.pem").string() +
              " for c due to open " + (site.dir / "gone.pem").string() +
              ": no such file or directory"}},
        {trusted + ", certificate-authority-data: UEVN",
         "token: t",
         {"certificate-authority-data and certificate-authority are both specified for c. "
          "certificate-authority-data will override."}},
        {mutual,
         "client-certificate: client.crt",
         {"client-key-data or client-key must be specified for u to use the clientCert "
          "authentication method."}},
        {mutual,
         "client-certificate: client.crt, client-key: client.key, client-certificate-data: " +
             site.cert_data,
         {"client-cert-data and client-cert are both specified for u. client-cert-data will "
          "override."}},
        {mutual,
         "client-certificate: gone.crt, client-key: client.key",
         {"unable to read client-cert " + (site.dir / "gone.crt").string() + " for u due to open"}},
        {trusted,
         "token: t, username: me",
         {"more than one authentication method found for u; found [token basicAuth], only one is "
          "allowed"}},
        {trusted,
         "tokenFile: token.txt, username: me",
         {"username/password or bearer token may be set, but not both"}},
        {trusted,
         "token: t, as-groups: [x]",
         {"requesting uid, groups or user-extra for u without impersonating a user"}},
        {"insecure-skip-tls-verify: true", "token: t", {""}},
        {"server: \"host/path\"",
         "token: t",
         {"host must be a URL or a host:port pair: \"host/path\""}},
        // what cannot be read
        {trusted,
         "token: 12345",
         {"json: cannot unmarshal number into Go struct field", "of type string"}},
        {secure + ", certificate-authority-data: \"!!\"",
         "token: t",
         {"illegal base64 data at input byte 0"}},
        {trusted + ", extensions: [{name: X, extension: 1}, {name: X, extension: 2}]",
         "token: t",
         {"error converting *[]NamedExtension into *map[string]runtime.Object: duplicate name "
          "\"X\" "
          "in list"}},
        {trusted, "token: t", {"context", "does not exist"}, "gone"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.cluster);
      CAPTURE(row.user);
      const std::string file = site.config(row.cluster, row.user);
      const std::size_t tunnels = site.tunnels();
      const Outcome theirs = ask_kubectl(site, file, row.context);
      const std::size_t their_tunnels = site.tunnels() - tunnels;
      const Outcome ours = ask_ktel(site, file, row.context);
      const std::size_t our_tunnels = site.tunnels() - tunnels - their_tunnels;

      CHECK_MESSAGE(theirs.good == row.texts.empty(), theirs.error);
      CHECK_MESSAGE(ours.good == row.texts.empty(), ours.error);
      CHECK(json::serialize(json::value_from(ours.request)) ==
            json::serialize(json::value_from(theirs.request)));
      CHECK((our_tunnels > 0) == (their_tunnels > 0));
      for (const std::string& text : row.texts) {
        CHECK_MESSAGE(theirs.error.find(text) != std::string::npos,
                      theirs.error << " has no " << text);
        CHECK_MESSAGE(ours.error.find(text) != std::string::npos, ours.error << " has no " << text);
      }
    }
  }

  TEST_CASE("kubectl and ktel ask a plugin the same") {
    Site site;
    const std::string server = "server: \"" + site.https.url() + "\"";
    const std::string data = ", certificate-authority-data: " + base64_encode(site.ca.pem());
    const std::string extension =
        ", extensions: [{name: client.authentication.k8s.io/exec, extension: {z: 1, a: [\"1\", "
        "1.5, "
        "~, yes, 0x10, 010], s: \"<&>\"}}]";
    for (const std::string& cluster :
         {server + ", certificate-authority: ca.pem", server + data, server + data + extension,
          server + data + ", tls-server-name: localhost, disable-compression: true, proxy-url: \"" +
              site.proxy.url() + "\"",
          server + ", insecure-skip-tls-verify: true",
          "server: \"" + site.https.url("/p/?q=1#f") + "\", certificate-authority: ca.pem"}) {
      for (const std::string& user :
           {std::string("exec: {command: ./token, apiVersion: client.authentication.k8s.io/v1, "
                        "interactiveMode: IfAvailable, provideClusterInfo: true}"),
            std::string("exec: {command: ./token-beta, apiVersion: "
                        "client.authentication.k8s.io/v1beta1, provideClusterInfo: true}"),
            std::string("exec: {command: ./token, apiVersion: client.authentication.k8s.io/v1, "
                        "interactiveMode: Never}")}) {
        CAPTURE(cluster);
        CAPTURE(user);
        const std::string file = site.config(cluster, user);
        const Outcome theirs = ask_kubectl(site, file, "");
        REQUIRE_MESSAGE(theirs.good, theirs.error);
        const json::value asked = json::parse(test::read_file(site.dir / "info"));
        const Outcome ours = ask_ktel(site, file, "");
        REQUIRE_MESSAGE(ours.good, ours.error);
        CHECK(json::serialize(json::parse(test::read_file(site.dir / "info"))) ==
              json::serialize(asked));
      }
    }
  }
}
