// `Kubeconfig`: what kubeconfig files say, read and merged as client-go does it.
//
// Pure: texts in, values out; relative paths in a file mean beside that file. Scalars are typed as
// YAML types them, so that a token written 12345 without quotes is an error here too. Fed by
// access.cpp; judged by kubeconfig_check.hpp.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ktel/result.hpp>

namespace ktel::cluster {

struct KubeCluster {
  std::string file;  // where it is written
  std::string server;
  std::string tls_server_name;
  bool insecure = false;
  std::string ca_file;
  std::string ca_data;  // PEM
  std::string proxy_url;
  bool disable_compression = false;
  std::string exec_extension;  // client.authentication.k8s.io/exec, as JSON; empty: none

  bool empty() const;
};

// A credential plugin: a program that says who asks.
struct ExecConfig {
  std::string command;  // absolute if it held '/', else to be found in PATH
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;
  std::string api_version;
  std::string install_hint;
  bool provide_cluster_info = false;
  std::string interactive_mode;  // Never, IfAvailable or Always, or what was written
};

struct KubeUser {
  std::string file;
  std::string cert_file;
  std::string cert_data;  // PEM
  std::string key_file;
  std::string key_data;  // PEM
  std::string token;
  std::string token_file;
  std::string username;
  std::string password;
  std::string as;
  std::string as_uid;
  std::vector<std::string> as_groups;
  std::map<std::string, std::vector<std::string>> as_extra;
  std::optional<std::string> auth_provider;  // its name
  std::optional<ExecConfig> exec;
};

struct KubeContext {
  std::string file;
  std::string cluster;
  std::string user;
  std::string default_namespace;
};

struct Kubeconfig {
  std::map<std::string, KubeCluster> clusters;
  std::map<std::string, KubeUser> users;
  std::map<std::string, KubeContext> contexts;
  std::string current_context;

  // Adds what `later` defines and this does not: by name, whole; nothing is blended.
  void merge(Kubeconfig later);

  bool empty() const;
};

// `file` is absolute. The error is client-go's, `error loading config file "FILE": ...`.
Result<Kubeconfig> parse_kubeconfig(const std::string& file, std::string_view text);

}  // namespace ktel::cluster
