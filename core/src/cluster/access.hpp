// `find_access`: which API server to ask, and as whom, found as client-go's controllers do.
//
// Order: --kubeconfig, KUBECONFIG, the pod's service account, ~/.kube/config. All files are read
// here (those of credentials again later, by credentials.hpp), and certificates parsed; no network,
// no credential plugin.
// `ApiClient` (api_client.hpp) is made from the answer. The texts client-go has for a bad
// kubeconfig are kept word for word, since people search for them; the next step comes after them.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ktel/result.hpp>

#include "base/env.hpp"
#include "base/http.hpp"
#include "cluster/exec_credential.hpp"

namespace ktel::cluster {

// How requests say who is asking. All empty: anonymous.
struct Login {
  std::string token;       // the first bearer token; a token file wins once it is read
  std::string token_file;  // absolute; read again while the process runs
  std::string username;
  std::string password;
  std::optional<ExecLogin> exec = {};  // and then none of the above
};

// Of `Access::tls`, what stands in files and may be replaced there. Absolute; empty: no file.
struct TlsFiles {
  std::string ca;
  std::string cert;  // with its key, or neither
  std::string key;
};

struct Access {
  std::string server;  // "https://10.0.0.1:6443/prefix": no '/' at the end, no query, no user info
  std::shared_ptr<const TlsSettings> tls;  // as the files are now
  TlsFiles tls_files;
  std::string proxy;                                         // empty: none
  Login login;                                               // empty unless the server is https
  std::vector<std::pair<std::string, std::string>> headers;  // impersonation
  std::string cluster;                // as the kubeconfig names it; empty in a pod
  std::string user;                   // likewise
  std::string description;            // for the run record: the server
  std::string origin;                 // for messages: `context "dev" of /home/me/.kube/config`
  std::vector<std::string> warnings;  // sentences for the log: no failures, but worth knowing
};

struct AccessOptions {
  std::string kubeconfig;  // empty: not given
  std::string context;     // empty: the current one
  std::filesystem::path service_account = "/var/run/secrets/kubernetes.io/serviceaccount";
};

Result<Access> find_access(const AccessOptions& options, const Env& env);

}  // namespace ktel::cluster
