// `Cluster`: a real kube-apiserver on a real etcd, for the life of one test.
//
//   test::Cluster cluster;
//   cluster.create("/api/v1/namespaces", R"({"metadata":{"name":"shop"}})");
//   const auto reader = cluster.service_account("reader", R"([{"apiGroups":[""],
//       "resources":["pods"],"verbs":["list"]}])");
//   ... run ktel with --kubeconfig cluster.kubeconfig(reader.token) ...
//   CHECK(cluster.requests_of(reader.user).size() == 3);
//
// Loopback only, TLS, RBAC, API priority and fairness, audit log. No controller, scheduler or
// kubelet: objects stay as they were written, custom resources work, nothing runs. Takes about
// three seconds and 300 MB. build_servers.sh makes the programs; KTEL_SERVERS names their
// directory. Failures to start throw std::runtime_error with the end of the server's log. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/certs.hpp"
#include "support/http.hpp"
#include "support/process.hpp"

namespace ktel::test {

// $KTEL_SERVERS. Throws with what to do if it is not set.
std::filesystem::path servers_dir();

struct ServiceAccount {
  std::string user;   // system:serviceaccount:NAMESPACE:NAME
  std::string token;  // good for an hour
};

// A finished request, as the server's audit log has it.
struct AuditedRequest {
  std::string verb = {};  // list, get, watch, create, ...
  std::string uri = {};
  std::string user_agent = {};
  int status = 0;
};

class Cluster {
 public:
  // `flags` are added to kube-apiserver's own.
  explicit Cluster(const std::vector<std::string>& flags = {},
                   const std::filesystem::path& servers = servers_dir());
  ~Cluster();

  std::string url() const;  // https://127.0.0.1:PORT
  const std::string& ca_pem() const noexcept { return ca_.pem(); }
  const std::string& admin_token() const noexcept { return admin_token_; }
  // Its common name is the user and its organizations are the groups, to this server.
  CertKey client_cert(std::string user, std::vector<std::string> groups = {}) const;

  // JSON, as the admin unless another token is given; `accept` asks for another form of it.
  HttpReply request(const std::string& method, const std::string& path,
                    const std::string& body = {}, const std::string& token = {},
                    const std::string& accept = "application/json");

  // POST of YAML, which JSON is too; throws with the server's words if it does not succeed. The
  // object as stored, as JSON.
  std::string create(const std::string& collection_path, const std::string& object);

  // PUT of YAML; throws with the server's words.
  void replace(const std::string& object_path, const std::string& object);

  // Merges `changes` (JSON) into the object; throws with the server's words. A status is changed at
  // PATH/status alone.
  void merge(const std::string& object_path, const std::string& changes);

  // A service account that may do what `rules` says (a ClusterRole's rules, JSON), cluster-wide.
  // Returns when the authorizer knows. With [] it may do what every account may.
  ServiceAccount service_account(const std::string& name, const std::string& rules,
                                 const std::string& name_space = "default");

  // Writes a kubeconfig whose user logs in with the token, or with the certificate.
  std::filesystem::path kubeconfig(const std::string& token);
  std::filesystem::path kubeconfig(const CertKey& cert);

  // All finished requests of that user so far, in the order in which they ended.
  std::vector<AuditedRequest> requests_of(std::string_view user);

  // The processes, for tests that stop or kill them.
  Process& api_server() { return *api_server_; }
  Process& etcd() { return *etcd_; }

 private:
  void start_etcd(const std::filesystem::path& program);
  void start_api_server(const std::filesystem::path& program,
                        const std::vector<std::string>& flags);
  void wait_ready(Process& process, const std::string& name, const std::string& path);
  HttpReply send(HttpRequest request, const std::string& token = {});
  std::filesystem::path write_kubeconfig(const std::string& user_json);

  TempDir dir_;
  TestCa ca_;
  std::string admin_token_;
  std::uint16_t etcd_port_ = 0;
  std::uint16_t port_ = 0;
  int kubeconfigs_ = 0;
  int markers_ = 0;
  std::unique_ptr<Process> etcd_;
  std::unique_ptr<Process> api_server_;
  std::unique_ptr<HttpClient> http_;
};

}  // namespace ktel::test
