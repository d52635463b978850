// Kubeconfigs: what is read, what wins, which texts say what is wrong.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cluster/kubeconfig.hpp"
#include "cluster/kubeconfig_check.hpp"

using namespace ktel;
using namespace ktel::cluster;

namespace {

constexpr auto file = "/etc/kube/config";

Kubeconfig parse(std::string_view text, const std::string& path = file) {
  Result<Kubeconfig> config = parse_kubeconfig(path, text);
  REQUIRE_MESSAGE(config.has_value(), (config ? "" : config.error().message));
  return *config;
}

std::string load_error(std::string_view text) {
  const Result<Kubeconfig> config = parse_kubeconfig(file, text);
  return config ? "no error" : config.error().message;
}

// One context "dev" of cluster "c" and user "u", written as flow mappings.
std::string config_of(const std::string& cluster, const std::string& user,
                      const std::string& context = "cluster: c, user: u") {
  return "current-context: dev\nclusters: [{name: c, cluster: {" + cluster +
         "}}]\nusers: [{name: u, user: {" + user + "}}]\ncontexts: [{name: dev, context: {" +
         context + "}}]\n";
}

Result<std::string> read_nothing(const std::string& path) {
  if (path == "/etc/kube/there.pem") return std::string("PEM");
  return Error{Errc::not_found, path + ": No such file or directory"};
}

std::string check_error(const std::string& text) {
  const Result<ChosenContext> chosen = choose_context(parse(text), "", file);
  if (!chosen) return chosen.error().message;
  const Result<CertificateTexts> texts = check_context(*chosen, read_nothing);
  return texts ? "no error" : texts.error().message;
}

const std::string correct =
    "; correct context \"dev\" of /etc/kube/config, or choose another one with --context";

}  // namespace

TEST_SUITE("core/cluster/kubeconfig") {
  TEST_CASE("every field that concerns us is read") {
    const Kubeconfig config = parse(R"(
apiVersion: v1
kind: Config
current-context: dev
preferences: {colors: true}
clusters:
- name: c
  cluster:
    server: https://10.0.0.1:6443
    tls-server-name: api.example
    insecure-skip-tls-verify: true
    certificate-authority-data: UEVN
    proxy-url: socks5://p:1080
    unknown-field: ignored
users:
- name: u
  user:
    token: abc
    tokenFile: token
    username: me
    password: "123"
    client-certificate-data: UEVN
    client-key-data: UEVN
    as: boss
    as-uid: "7"
    as-groups: [a, b]
    as-user-extra: {scopes: [p, q]}
contexts:
- name: dev
  context: {cluster: c, user: u, namespace: kong}
)");

    CHECK(config.current_context == "dev");
    const KubeCluster& c = config.clusters.at("c");
    CHECK(c.server == "https://10.0.0.1:6443");
    CHECK(c.tls_server_name == "api.example");
    CHECK(c.insecure);
    CHECK(c.ca_data == "PEM");
    CHECK(c.proxy_url == "socks5://p:1080");
    const KubeUser& u = config.users.at("u");
    CHECK(u.token == "abc");
    CHECK(u.token_file == "/etc/kube/token");
    CHECK(u.username == "me");
    CHECK(u.password == "123");
    CHECK(u.cert_data == "PEM");
    CHECK(u.key_data == "PEM");
    CHECK(u.as == "boss");
    CHECK(u.as_uid == "7");
    CHECK(u.as_groups == std::vector<std::string>{"a", "b"});
    CHECK(u.as_extra.at("scopes") == std::vector<std::string>{"p", "q"});
    CHECK_FALSE(u.exec.has_value());
    const KubeContext& dev = config.contexts.at("dev");
    CHECK(dev.cluster == "c");
    CHECK(dev.user == "u");
    CHECK(dev.default_namespace == "kong");
  }

  TEST_CASE("a plugin's settings are read, and what its cluster has for it as JSON") {
    const Kubeconfig config = parse(R"(
clusters:
- name: c
  cluster:
    server: https://1
    disable-compression: true
    extensions:
    - name: other
      extension: 7
    - name: client.authentication.k8s.io/exec
      extension:
        zone: b
        audience: "42"
        ttl: 0x10
        ratio: 1.5
        on: yes
        nothing: ~
        list: [1, "1", {a: b}]
users:
- name: u
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: aws
      args: [eks, get-token]
      env:
      - {name: AWS_PROFILE, value: dev}
      - {name: EMPTY}
      installHint: get it
      provideClusterInfo: true
      interactiveMode: Always
)");

    const KubeCluster& c = config.clusters.at("c");
    CHECK(c.disable_compression);
    CHECK(c.exec_extension ==
          R"({"audience":"42","list":[1,"1",{"a":"b"}],"nothing":null,"on":true,"ratio":1.5E0,)"
          R"("ttl":16,"zone":"b"})");
    REQUIRE(config.users.at("u").exec.has_value());
    const ExecConfig& exec = *config.users.at("u").exec;
    CHECK(exec.api_version == "client.authentication.k8s.io/v1");
    CHECK(exec.command == "aws");
    CHECK(exec.arguments == std::vector<std::string>{"eks", "get-token"});
    CHECK(exec.environment ==
          std::vector<std::pair<std::string, std::string>>{{"AWS_PROFILE", "dev"}, {"EMPTY", ""}});
    CHECK(exec.install_hint == "get it");
    CHECK(exec.provide_cluster_info);
    CHECK(exec.interactive_mode == "Always");
  }

  TEST_CASE("a plugin's interactive mode has a default only where the version has one") {
    const std::vector<std::pair<std::string, std::string>> rows = {
        {"client.authentication.k8s.io/v1", ""},
        {"client.authentication.k8s.io/v1beta1", "IfAvailable"},
        {"client.authentication.k8s.io/v1alpha1", "IfAvailable"},
        {"", ""}};
    for (const auto& [version, mode] : rows) {
      const std::string exec = "exec: {command: x, apiVersion: \"" + version + "\"";
      CHECK(parse(config_of("", exec + "}")).users.at("u").exec->interactive_mode == mode);
      CHECK(parse(config_of("", exec + ", interactiveMode: Never}"))
                .users.at("u")
                .exec->interactive_mode == "Never");
    }
  }

  TEST_CASE("a plugin's command is beside its kubeconfig only if it holds a slash") {
    const std::vector<std::pair<std::string, std::string>> rows = {
        {"aws", "aws"},         {"./aws", "/etc/kube/aws"}, {"bin/aws", "/etc/kube/bin/aws"},
        {"../aws", "/etc/aws"}, {"/bin/aws", "/bin/aws"},   {"..", ".."}};
    for (const auto& [written, meant] : rows) {
      CHECK(parse(config_of("", "exec: {command: " + written + "}")).users.at("u").exec->command ==
            meant);
    }
  }

  TEST_CASE("a file that says nothing is an empty config, no error") {
    for (const char* text : {"", "\n", "# nothing\n", "---\n", "~", "{}",
                             "clusters: null\nusers:\n", "clusters: []\n"}) {
      CHECK(parse(text).empty());
    }
    CHECK(parse(R"({"kind": "Config", "apiVersion": "v1", "contexts": []})").empty());
  }

  TEST_CASE("a relative path means beside its own file") {
    const std::vector<std::pair<std::string, std::string>> rows = {
        {"ca.pem", "/etc/kube/ca.pem"},
        {"./pki/ca.pem", "/etc/kube/pki/ca.pem"},
        {"../ca.pem", "/etc/ca.pem"},
        {"/ca.pem", "/ca.pem"},
        {"\"\"", ""}};
    for (const auto& [written, meant] : rows) {
      const Kubeconfig config =
          parse(config_of("certificate-authority: " + written, "client-certificate: " + written +
                                                                   ", client-key: " + written +
                                                                   ", tokenFile: " + written));
      CHECK(config.clusters.at("c").ca_file == meant);
      CHECK(config.users.at("u").cert_file == meant);
      CHECK(config.users.at("u").key_file == meant);
      CHECK(config.users.at("u").token_file == meant);
    }
  }

  TEST_CASE("scalars have the type YAML 1.1 gives them") {
    const std::string start =
        "error loading config file \"/etc/kube/config\": json: cannot unmarshal ";
    const std::string end =
        " into Go struct field AuthInfo.users.user.token of type string; put the value in quotes; "
        "correct it, or give another one with --kubeconfig";
    const std::vector<std::pair<std::string, std::string>> rows = {
        {"12345", "number"}, {"1.5", "number"},    {"-7", "number"},    {"0x1F", "number"},
        {"1e3", "number"},   {"433e40", "number"}, {"1_000", "number"}, {".inf", "number"},
        {"true", "bool"},    {"yes", "bool"},      {"Off", "bool"},     {"n", "bool"}};
    for (const auto& [written, type] : rows) {
      CHECK(load_error(config_of("", "token: " + written)) == start + type + end);
      CHECK(parse(config_of("", "token: \"" + written + "\"")).users.at("u").token == written);
      CHECK(parse(config_of("", "token: '" + written + "'")).users.at("u").token == written);
      CHECK(parse(config_of("", "token: !!str " + written)).users.at("u").token == written);
    }
    for (const char* empty : {"~", "null", "Null", "\"\"", ""}) {
      CHECK(parse(config_of("", std::string("token: ") + empty)).users.at("u").token.empty());
    }
    for (const char* text : {"abc", "1.2.3", "0xzz", "e3", "yes please", "12a", "TRue"}) {
      CHECK(parse(config_of("", std::string("token: ") + text)).users.at("u").token == text);
    }
    CHECK(parse(config_of("insecure-skip-tls-verify: on", "")).clusters.at("c").insecure);
    CHECK(
        load_error(config_of("insecure-skip-tls-verify: \"true\"", "")) ==
        start +
            "string into Go struct field Cluster.clusters.cluster.insecure-skip-tls-verify of type "
            "bool; correct it, or give another one with --kubeconfig");
  }

  TEST_CASE("keys are matched case by case, and the last of two counts") {
    CHECK(parse(config_of("Server: x", "")).clusters.at("c").server.empty());
    CHECK(parse(config_of("server: p, server: q", "")).clusters.at("c").server == "q");
  }

  TEST_CASE("a file that cannot be decoded is named, with the reason and without its secrets") {
    const std::string start = "error loading config file \"/etc/kube/config\": ";
    const std::string end = "; correct it, or give another one with --kubeconfig";
    const std::string duplicate_extension =
        "error converting *[]NamedExtension into *map[string]runtime.Object: duplicate name \"X\" "
        "in "
        "list";
    const std::vector<std::pair<std::string, std::string>> rows = {
        {"{{{", "yaml: line 1: end of map flow not found"},
        {"a: b: c", "yaml: line 1: illegal map value"},
        {config_of("extensions: [{name: client.authentication.k8s.io/exec, extension: \xff}]", ""),
         "yaml: invalid leading UTF-8 octet"},
        {std::string("a: 1\x01\0_0", 9), "yaml: control characters are not allowed"},
        {std::string("\xff\xfe"
                     "a\0\x7f\0",
                     6),
         "yaml: control characters are not allowed"},
        {std::string("\xfe\xff"
                     "\0a\0\0",
                     6),
         "yaml: control characters are not allowed"},
        {std::string("\xff\xfe\x3a\xda\x61\x00", 6), "yaml: expected low surrogate area"},
        {std::string("\xff\xfe\x61\x00\x00\xdc", 6), "yaml: unexpected low surrogate area"},
        {std::string("\xff\xfe\x3a\xda", 4), "yaml: incomplete UTF-16 surrogate pair"},
        {std::string("\xff\xfe\x61", 3), "yaml: incomplete UTF-16 character"},
        {"just words",
         "couldn't get version/kind; json parse error: json: cannot unmarshal string into Go "
         "value"},
        {"[a]",
         "couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value"},
        {"kind: Pod\napiVersion: v1", "no kind \"Pod\" is registered for version \"v1\""},
        {"kind: \"Po\\nd\"", "no kind \"Po d\" is registered for version \"v1\""},
        {config_of("", "token: \"\\q3cr3t\""), "yaml: line 3: unknown escape character"},
        {config_of("", "token: *s3cr3t"), "yaml: line 3: the referenced anchor is not defined"},
        {"kind: Config\napiVersion: v2", "no kind \"Config\" is registered for version \"v2\""},
        {"clusters: 7",
         "json: cannot unmarshal number into Go struct field Config.clusters of type "
         "[]v1.NamedCluster"},
        {"users: [a]",
         "json: cannot unmarshal string into Go struct field Config.users of type "
         "v1.NamedAuthInfo"},
        {config_of("certificate-authority-data: \"!!\"", ""),
         "clusters.cluster.certificate-authority-data: illegal base64 data at input byte 0"},
        {config_of("", "as-groups: a"),
         "json: cannot unmarshal string into Go struct field AuthInfo.users.user.as-groups of type "
         "[]string"},
        {"clusters: [{name: X}, {name: X}]",
         "error converting *[]NamedCluster into *map[string]*api.Cluster: duplicate name \"X\" in "
         "list"},
        {"users: [{name: X, user: {token: s3cr3t}}, {name: X}]",
         "error converting *[]NamedAuthInfo into *map[string]*api.AuthInfo: duplicate name \"X\" "
         "in "
         "list"},
        {"contexts: [{name: X}, {name: X}]",
         "error converting *[]NamedContext into *map[string]*api.Context: duplicate name \"X\" in "
         "list"},
        {"extensions: [{name: X}, {name: X}]", duplicate_extension},
        {config_of("extensions: [{name: X}, {name: X}]", ""), duplicate_extension},
        {config_of("", "extensions: [{name: X}, {name: X}]"), duplicate_extension},
        {"contexts: [{name: dev, context: {extensions: [{name: X}, {name: X}]}}]",
         duplicate_extension},
        {config_of("extensions: [{name: X, extension: &a [*a]}]", ""),
         "clusters.cluster.extensions.extension is nested too deeply, or too large"},
        {config_of("", "exec: {command: x, env: [A=b]}"),
         "json: cannot unmarshal string into Go struct field ExecConfig.users.user.exec.env of "
         "type "
         "v1.ExecEnvVar"}};
    for (const auto& [text, why] : rows) CHECK(load_error(text) == start + why + end);
  }

  TEST_CASE("of several files the first that defines a name wins whole") {
    Kubeconfig first = parse(
        "clusters: [{name: c, cluster: {server: https://1}}]\n"
        "users: [{name: u, user: {token: first}}]\n",
        "/a/config");
    Kubeconfig second = parse(
        "current-context: dev\n"
        "clusters: [{name: c, cluster: {server: https://2, certificate-authority: ca.pem}},\n"
        "           {name: d, cluster: {certificate-authority: ca.pem}}]\n"
        "users: [{name: u, user: {tokenFile: t}}]\n"
        "contexts: [{name: dev, context: {cluster: c}}]\n",
        "/b/config");
    Kubeconfig third = parse("current-context: other", "/c/config");

    first.merge(std::move(second));
    first.merge(std::move(third));

    CHECK(first.current_context == "dev");
    CHECK(first.clusters.at("c").server == "https://1");
    CHECK(first.clusters.at("c").ca_file.empty());
    CHECK(first.clusters.at("d").ca_file == "/b/ca.pem");
    CHECK(first.users.at("u").token == "first");
    CHECK(first.users.at("u").token_file.empty());
    CHECK(first.contexts.at("dev").file == "/b/config");
  }

  TEST_CASE("a context that cannot be chosen is told with those there are") {
    const std::string two =
        "clusters: [{name: c, cluster: {server: https://1}}]\n"
        "contexts: [{name: b, context: {cluster: c}}, {name: a, context: {cluster: c}}]\n";
    CHECK(check_error(two) ==
          "invalid configuration: no context chosen; give one of a, b with --context, or set "
          "current-context in /etc/kube/config");
    CHECK(check_error(two + "current-context: x") ==
          "context was not found for specified context: x; /etc/kube/config has these contexts: a, "
          "b");
    CHECK(choose_context(parse(two), "x", file).error().message ==
          "context \"x\" does not exist; /etc/kube/config has these contexts: a, b");
    CHECK(check_error(two + "current-context: \"x\\ny\"") ==
          "context was not found for specified context: x y; /etc/kube/config has these contexts: "
          "a, b");
    CHECK(choose_context(parse(two), "a", file)->context.cluster == "c");
    CHECK(
        check_error("") ==
        "invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER "
        "environment variable; /etc/kube/config is empty: give another file with --kubeconfig or "
        "KUBECONFIG");
  }

  TEST_CASE("a context that names no cluster there is has no configuration") {
    CHECK(
        check_error(config_of("server: https://1", "", "cluster: gone, user: u")) ==
        "invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER "
        "environment variable; cluster \"gone\" was not found for context \"dev\", define it in "
        "/etc/kube/config");
  }

  TEST_CASE("a context that names no user there is stays anonymous") {
    const Result<ChosenContext> chosen = choose_context(
        parse(config_of("server: https://1", "token: x", "cluster: c, user: gone")), "", file);

    REQUIRE(chosen.has_value());
    CHECK_FALSE(chosen->user_found);
    CHECK(chosen->user.token.empty());
  }

  TEST_CASE("what is wrong with the chosen entries is told in client-go's words") {
    struct Row {
      std::string cluster;
      std::string user;
      std::string problem;
    };
    const std::string server = "server: https://1";
    const std::string exec =
        "exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never";
    const std::vector<Row> rows = {
        {server, "token: t", "no error"},
        {"insecure-skip-tls-verify: true", "", "no server found for cluster \"c\""},
        {server + ", certificate-authority: there.pem, certificate-authority-data: UEVN", "",
         "certificate-authority-data and certificate-authority are both specified for c. "
         "certificate-authority-data will override."},
        {server + ", certificate-authority: gone.pem, certificate-authority-data: UEVN", "",
         "[certificate-authority-data and certificate-authority are both specified for c. "
         "certificate-authority-data will override., unable to read certificate-authority "
         "/etc/kube/gone.pem for c due to open /etc/kube/gone.pem: no such file or directory]"},
        {server + ", certificate-authority: gone.pem", "",
         "unable to read certificate-authority /etc/kube/gone.pem for c due to open "
         "/etc/kube/gone.pem: no such file or directory"},
        {server, "client-certificate: gone.pem, client-key: there.pem",
         "unable to read client-cert /etc/kube/gone.pem for u due to open /etc/kube/gone.pem: no "
         "such "
         "file or directory"},
        {server, "client-certificate: there.pem, client-key: gone.pem",
         "unable to read client-key /etc/kube/gone.pem for u due to open /etc/kube/gone.pem: no "
         "such "
         "file or directory"},
        {server,
         "client-certificate: there.pem, client-certificate-data: UEVN, client-key-data: UEVN",
         "client-cert-data and client-cert are both specified for u. client-cert-data will "
         "override."},
        {server, "client-certificate-data: UEVN, client-key: there.pem, client-key-data: UEVN",
         "client-key-data and client-key are both specified for u; client-key-data will override"},
        {server, "client-certificate: there.pem",
         "client-key-data or client-key must be specified for u to use the clientCert "
         "authentication method."},
        {server, "client-key: gone.pem", "no error"},
        {server, "token: t, username: me",
         "more than one authentication method found for u; found [token basicAuth], only one is "
         "allowed"},
        {server, "tokenFile: t, username: me", "no error"},
        {server, "tokenFile: t, password: x", "no error"},
        {server, "token: t, password: x",
         "more than one authentication method found for u; found [token basicAuth], only one is "
         "allowed"},
        {server + ", proxy-url: \"socks6://p\"", "",
         "invalid 'proxy-url' \"socks6://p\" for cluster \"c\": unsupported scheme \"socks6\", "
         "must "
         "be http, https, or socks5"},
        {server + ", proxy-url: \"me:secret@p://x\"", "",
         "invalid 'proxy-url' \"***@p://x\" for cluster \"c\": unsupported scheme \"\", must be "
         "http, https, or socks5"},
        {server + ", proxy-url: \"chewbacca@example.com\"", "",
         "invalid 'proxy-url' \"***@example.com\" for cluster \"c\": unsupported scheme \"\", must "
         "be "
         "http, https, or socks5"},
        {server, exec + "}", "no error"},
        {server, exec + "}, auth-provider: {name: gcp}",
         "authProvider cannot be provided in combination with an exec plugin for u"},
        {server, "exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}",
         "command must be specified for u to use exec authentication plugin"},
        {server, "exec: {command: x, interactiveMode: Never}",
         "apiVersion must be specified for u to use exec authentication plugin"},
        {server, "exec: {command: x, apiVersion: client.authentication.k8s.io/v1}",
         "interactiveMode must be specified for u to use exec authentication plugin"},
        {server, "exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1}",
         "no error"},
        {server, "exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}",
         "no error"},
        {server,
         "exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: never}",
         "invalid interactiveMode for u: \"never\""},
        {server, exec + ", env: [{name: A, value: b}, {value: c}]}",
         "env variable name must be specified for u to use exec authentication plugin"},
        {server, "exec: {args: [x]}",
         "[command must be specified for u to use exec authentication plugin, apiVersion must be "
         "specified for u to use exec authentication plugin, interactiveMode must be specified for "
         "u to use exec authentication plugin]"},
        {server, "as-uid: x",
         "requesting uid, groups or user-extra for u without impersonating a user"},
        {server, "as-groups: [x]",
         "requesting uid, groups or user-extra for u without impersonating a user"},
        {server, "as-user-extra: {a: [x]}",
         "requesting uid, groups or user-extra for u without impersonating a user"},
        {server, "as: me, as-uid: x, as-groups: [x], as-user-extra: {a: [x]}", "no error"},
        {server + ", proxy-url: \"http://p\"", "", "no error"},
        {server + ", proxy-url: \"https://p\"", "", "no error"},
        {server + ", proxy-url: \"socks5://p\"", "", "no error"},
        {server + ", proxy-url: \"HTTP://p\"", "", "no error"},
        {server + ", proxy-url: \"ftp://me:secret@p\"", "",
         "invalid 'proxy-url' \"***@p\" for cluster \"c\": unsupported scheme \"ftp\", must be "
         "http, https, or socks5"},
        {server + ", proxy-url: \"localhost:3128\"", "",
         "invalid 'proxy-url' \"localhost:3128\" for cluster \"c\": unsupported scheme "
         "\"localhost\", must be http, https, or socks5"},
        {server + ", proxy-url: \"127.0.0.1:3128\"", "",
         "invalid 'proxy-url' \"127.0.0.1:3128\" for cluster \"c\": could not parse: "
         "127.0.0.1:3128"},
        {server + ", proxy-url: \"http://[::1\"", "",
         "invalid 'proxy-url' \"http://[::1\" for cluster \"c\": could not parse: http://[::1"},
        {server + ", proxy-url: \"socks5://me:secret@p:x\"", "",
         "invalid 'proxy-url' \"***@p:x\" for cluster \"c\": could not parse: ***@p:x"},
        {server + ", proxy-url: p.example", "",
         "invalid 'proxy-url' \"p.example\" for cluster \"c\": unsupported scheme \"\", must be "
         "http, https, or socks5"},
        {"insecure-skip-tls-verify: true", "client-certificate: there.pem",
         "[client-key-data or client-key must be specified for u to use the clientCert "
         "authentication method., no server found for cluster \"c\"]"},
    };
    for (const Row& row : rows) {
      CHECK(check_error(config_of(row.cluster, row.user)) ==
            (row.problem == "no error" ? row.problem
                                       : "invalid configuration: " + row.problem + correct));
    }
  }

  TEST_CASE("a cluster that is missing beside other problems, or has no name, has no server") {
    const std::string next =
        "; correct context \"dev\" of /etc/kube/config, or choose another one "
        "with --context";
    CHECK(
        check_error(config_of("server: https://1", "as-uid: x", "cluster: gone, user: u")) ==
        "invalid configuration: [requesting uid, groups or user-extra for u without impersonating "
        "a user, cluster has no server defined]" +
            next);
    CHECK(check_error("current-context: dev\n"
                      "clusters: [{name: \"\", cluster: {insecure-skip-tls-verify: true}}]\n"
                      "contexts: [{name: dev, context: {user: u}}]\n") ==
          "invalid configuration: default cluster has no server defined" + next);
  }

  TEST_CASE("names that look like numbers are names where they are quoted") {
    const std::string text =
        "current-context: \"433e40\"\nclusters: [{name: \"1\", cluster: {server: https://1}}]\n"
        "users: [{name: 'yes', user: {token: t}}]\n"
        "contexts: [{name: \"433e40\", context: {cluster: \"1\", user: \"yes\"}}]\n";
    const Result<ChosenContext> chosen = choose_context(parse(text), "", file);
    REQUIRE(chosen.has_value());
    CHECK(chosen->cluster.server == "https://1");
    CHECK(chosen->user.token == "t");
    CHECK(
        load_error("contexts: [{name: 433e40}]") ==
        "error loading config file \"/etc/kube/config\": json: cannot unmarshal number into Go "
        "struct field NamedContext.contexts.name of type string; put the value in quotes; correct "
        "it, or give another one with --kubeconfig");
  }

  TEST_CASE("what is wrong is told in one line, whatever the names") {
    const std::string text =
        "current-context: \"d\\ne\"\nclusters: [{name: c, cluster: {insecure-skip-tls-verify: "
        "on}}]\n"
        "contexts: [{name: \"d\\ne\", context: {cluster: c}}]\n";
    CHECK(check_error(text) ==
          "invalid configuration: no server found for cluster \"c\"; correct context \"d e\" of "
          "/etc/kube/config, or choose another one with --context");
  }

  TEST_CASE("bad entries elsewhere do not matter") {
    CHECK(check_error("current-context: dev\n"
                      "clusters: [{name: c, cluster: {server: https://1}}, {name: bad}]\n"
                      "users: [{name: bad, user: {token: t, username: u}}]\n"
                      "contexts: [{name: dev, context: {cluster: c}}]\n") == "no error");
  }
}
