// Starting the two servers, and the few API calls that fixtures need.
#include "real/cluster.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <boost/json.hpp>

#include <cstdlib>
#include <stdexcept>

namespace ktel::test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace std::chrono_literals;

// Every finished request once; a watch when it ends.
constexpr std::string_view audit_policy = R"(apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules: [{level: Metadata}]
)";

constexpr const char* audit_log = "audit.log";

std::string random_token() {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof bytes) != 1) throw std::runtime_error("RAND_bytes failed");
  std::string hex;
  for (const unsigned char byte : bytes) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

std::string base64(const std::string& text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string end_of(const std::string& log) {
  return log.substr(log.size() - std::min<std::size_t>(log.size(), 4000));
}

std::string must_succeed(const std::string& what, HttpReply reply) {
  if (reply.status < 200 || reply.status > 299) {
    throw std::runtime_error(what + ": " + std::to_string(reply.status) + " " + reply.body);
  }
  return std::move(reply.body);
}

std::string text_at(const json::value& value, std::string_view pointer) {
  boost::system::error_code missing;
  const json::value* found =
      value.find_pointer(json::string_view(pointer.data(), pointer.size()), missing);
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

}  // namespace

fs::path servers_dir() {
  const char* dir = std::getenv("KTEL_SERVERS");
  if (!dir || !*dir) {
    throw std::runtime_error(
        "KTEL_SERVERS is not set: run tests/real/build_servers.sh PROGRAM ...");
  }
  return dir;
}

Cluster::Cluster(const std::vector<std::string>& flags, const fs::path& servers)
    : dir_("ktel-cluster"), ca_("ktel test cluster"), admin_token_(random_token()) {
  start_etcd(servers / "etcd");
  start_api_server(servers / "kube-apiserver", flags);
}

// The API server first: without etcd it would wait.
Cluster::~Cluster() {
  if (api_server_) api_server_->stop(0s);
  if (etcd_) etcd_->stop(0s);
}

std::string Cluster::url() const { return "https://127.0.0.1:" + std::to_string(port_); }

CertKey Cluster::client_cert(std::string user, std::vector<std::string> groups) const {
  return ca_.client(std::move(user), std::move(groups));
}

void Cluster::start_etcd(const fs::path& program) {
  etcd_port_ = free_port();
  const std::string client = "http://127.0.0.1:" + std::to_string(etcd_port_);
  const std::string peer = "http://127.0.0.1:" + std::to_string(free_port());
  etcd_ = std::make_unique<Process>(
      std::vector<std::string>{program, "--data-dir", dir_ / "etcd", "--listen-client-urls", client,
                               "--advertise-client-urls", client, "--listen-peer-urls", peer,
                               "--initial-advertise-peer-urls", peer, "--initial-cluster",
                               "default=" + peer, "--unsafe-no-fsync", "--log-level", "warn"});
  http_ = std::make_unique<HttpClient>(client);
  wait_ready(*etcd_, "etcd", "/readyz");
}

void Cluster::start_api_server(const fs::path& program, const std::vector<std::string>& flags) {
  port_ = free_port();
  const CertFiles tls = ca_.server().write(dir_, "apiserver");
  const std::string key = private_key_pem();
  const fs::path signing_key = dir_.write("service-account.key", key, 0600);
  std::vector<std::string> argv = {
      program,
      "--etcd-servers=http://127.0.0.1:" + std::to_string(etcd_port_),
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      "--endpoint-reconciler-type=none",
      "--secure-port=" + std::to_string(port_),
      "--service-cluster-ip-range=10.96.0.0/16",
      "--tls-cert-file=" + tls.cert.string(),
      "--tls-private-key-file=" + tls.key.string(),
      "--client-ca-file=" + dir_.write("ca.crt", ca_.pem()).string(),
      "--token-auth-file=" +
          dir_.write("tokens.csv", admin_token_ + ",admin,admin,\"system:masters\"\n", 0600)
              .string(),
      "--service-account-issuer=https://kubernetes.default.svc",
      "--service-account-key-file=" +
          dir_.write("service-account.pub", public_key_pem(key)).string(),
      "--service-account-signing-key-file=" + signing_key.string(),
      "--authorization-mode=RBAC",
      "--disable-admission-plugins=ServiceAccount",
      "--audit-policy-file=" + dir_.write("audit-policy.yaml", audit_policy).string(),
      "--audit-log-path=" + (dir_ / audit_log).string(),
      "--audit-log-mode=blocking",
  };
  argv.insert(argv.end(), flags.begin(), flags.end());
  api_server_ = std::make_unique<Process>(argv, RunOptions{.cwd = dir_.path()});
  http_ = std::make_unique<HttpClient>(url());
  wait_ready(*api_server_, "kube-apiserver", "/readyz");
  // Made by a controller inside the server, after it says that it is ready.
  wait_ready(*api_server_, "kube-apiserver", "/api/v1/namespaces/default");
}

void Cluster::wait_ready(Process& process, const std::string& name, const std::string& path) {
  const bool ready = eventually(
      [&] { return request("GET", path).status == 200 || !process.running(); }, 60s, 50ms);
  if (ready && process.running()) return;
  throw std::runtime_error(name + (ready ? " ended" : " is not ready") + ":\n" +
                           end_of(process.err()));
}

HttpReply Cluster::request(const std::string& method, const std::string& path,
                           const std::string& body, const std::string& token,
                           const std::string& accept) {
  return send({.method = method,
               .path = path,
               .headers = {"Content-Type: application/json", "Accept: " + accept},
               .body = body},
              token);
}

HttpReply Cluster::send(HttpRequest request, const std::string& token) {
  request.headers.push_back("Authorization: Bearer " + (token.empty() ? admin_token_ : token));
  request.ca = ca_.pem();
  return http_->send(request);
}

std::string Cluster::create(const std::string& collection_path, const std::string& object) {
  return must_succeed(
      "create " + collection_path,
      send({.method = "POST",
            .path = collection_path,
            .headers = {"Content-Type: application/yaml", "Accept: application/json"},
            .body = object}));
}

void Cluster::replace(const std::string& object_path, const std::string& object) {
  must_succeed("replace " + object_path, send({.method = "PUT",
                                               .path = object_path,
                                               .headers = {"Content-Type: application/yaml"},
                                               .body = object}));
}

void Cluster::merge(const std::string& object_path, const std::string& changes) {
  must_succeed("merge into " + object_path,
               send({.method = "PATCH",
                     .path = object_path,
                     .headers = {"Content-Type: application/merge-patch+json"},
                     .body = changes}));
}

ServiceAccount Cluster::service_account(const std::string& name, const std::string& rules,
                                        const std::string& name_space) {
  const json::value parsed = json::parse(rules);
  const std::string accounts = "/api/v1/namespaces/" + name_space + "/serviceaccounts";
  const std::string rbac = "/apis/rbac.authorization.k8s.io/v1/";
  const std::string role = "test:" + name_space + ":" + name;
  const json::object metadata = {{"name", role}};

  create(accounts, json::serialize(json::object{{"metadata", {{"name", name}}}}));
  create(rbac + "clusterroles",
         json::serialize(json::object{{"metadata", metadata}, {"rules", parsed}}));
  create(
      rbac + "clusterrolebindings",
      json::serialize(json::object{
          {"metadata", metadata},
          {"roleRef",
           {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "ClusterRole"}, {"name", role}}},
          {"subjects",
           json::array{{{"kind", "ServiceAccount"}, {"name", name}, {"namespace", name_space}}}}}));

  ServiceAccount account;
  account.user = "system:serviceaccount:" + name_space + ":" + name;
  account.token = text_at(
      json::parse(create(accounts + "/" + name + "/token",
                         R"({"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest",)"
                         R"("spec":{"expirationSeconds":3600}})")),
      "/status/token");

  // The authorizer reads roles through a watch, so it learns of them a moment later.
  if (parsed.as_array().empty()) return account;
  const json::object& rule = parsed.as_array()[0].as_object();
  json::object asked;
  if (rule.contains("nonResourceURLs")) {
    asked["nonResourceAttributes"] = {{"path", rule.at("nonResourceURLs").at(0)},
                                      {"verb", rule.at("verbs").at(0)}};
  } else {
    asked["resourceAttributes"] = {{"group", rule.at("apiGroups").at(0)},
                                   {"resource", rule.at("resources").at(0)},
                                   {"verb", rule.at("verbs").at(0)}};
  }
  asked["user"] = account.user;
  const std::string review = json::serialize(json::object{{"spec", asked}});
  const bool known = eventually(
      [&] {
        const std::string answer =
            create("/apis/authorization.k8s.io/v1/subjectaccessreviews", review);
        return json::parse(answer).at("status").at("allowed").as_bool();
      },
      10s);
  if (!known) throw std::runtime_error("the role of " + account.user + " does not take effect");
  return account;
}

fs::path Cluster::kubeconfig(const std::string& token) {
  return write_kubeconfig(json::serialize(json::object{{"token", token}}));
}

fs::path Cluster::kubeconfig(const CertKey& cert) {
  return write_kubeconfig(
      json::serialize(json::object{{"client-certificate-data", base64(cert.cert_pem)},
                                   {"client-key-data", base64(cert.key_pem)}}));
}

// YAML, with the parts that come from data as JSON, which is YAML too.
fs::path Cluster::write_kubeconfig(const std::string& user_json) {
  const std::string text =
      "apiVersion: v1\nkind: Config\ncurrent-context: test\n"
      "clusters:\n- name: test\n  cluster:\n    server: " +
      url() + "\n    certificate-authority-data: " + base64(ca_.pem()) +
      "\nusers:\n- name: test\n  user: " + user_json +
      "\ncontexts:\n- name: test\n  context: {cluster: test, user: test}\n";
  return dir_.write("kubeconfig-" + std::to_string(++kubeconfigs_), text, 0600);
}

// The log is written after the answer. A request of our own that ends later than all others tells
// when it is complete.
std::vector<AuditedRequest> Cluster::requests_of(std::string_view user) {
  const std::string marker = "/api/v1/namespaces/audit-marker-" + std::to_string(++markers_);
  request("GET", marker);
  std::string log;
  const bool complete = eventually(
      [&] {
        log = read_file(dir_ / audit_log);
        return log.ends_with('\n') && log.find("\"" + marker + "\"") != log.npos;
      },
      10s);
  if (!complete) throw std::runtime_error("the audit log does not show " + marker);

  std::vector<AuditedRequest> requests;
  std::string_view left = log;
  while (!left.empty()) {
    const std::size_t end = left.find('\n');
    const std::string_view line = left.substr(0, end);
    left.remove_prefix(end + 1);
    const json::value event = json::parse(json::string_view(line.data(), line.size()));
    if (text_at(event, "/user/username") != user) continue;
    AuditedRequest entry;
    entry.verb = text_at(event, "/verb");
    entry.uri = text_at(event, "/requestURI");
    entry.user_agent = text_at(event, "/userAgent");
    boost::system::error_code missing;
    if (const json::value* code = event.find_pointer("/responseStatus/code", missing)) {
      entry.status = code->to_number<int>();
    }
    requests.push_back(std::move(entry));
  }
  return requests;
}

}  // namespace ktel::test
