// What ktel and a credential plugin say to each other: client.authentication.k8s.io, v1 and
// v1beta1.
//
// Pure. The question goes into an environment variable, the answer comes on stdout. The texts are
// client-go's; nothing of an answer is in them, since it holds secrets. Used by exec_plugin.cpp.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <ktel/result.hpp>

#include "cluster/kubeconfig.hpp"

namespace ktel::cluster {

inline constexpr auto exec_info_variable = "KUBERNETES_EXEC_INFO";

// Of a user whose credentials a plugin has.
struct ExecLogin {
  ExecConfig config;
  std::string cluster;  // for spec.cluster, as JSON; empty unless provideClusterInfo
  std::string where;    // for messages: `exec of user "u" in /home/me/.kube/config`
};

// For ExecLogin::cluster. `ca_pem` as data or as it was read from the file.
std::string exec_cluster(const KubeCluster& cluster, std::string_view ca_pem);

// Nothing, or `exec plugin: invalid apiVersion ...`.
Result<void> check_exec_version(const ExecConfig& config);

// May the plugin have stdin? `terminal`: stdin is one.
Result<bool> exec_is_interactive(const std::string& mode, bool terminal);

// The variable's value.
std::string exec_info(const ExecLogin& login, bool interactive);

struct ExecStatus {
  std::string token;
  std::string cert_pem;
  std::string key_pem;
  std::optional<std::chrono::system_clock::time_point> expires;
};

Result<ExecStatus> parse_exec_credential(std::string_view out, const std::string& api_version);

// What a terminal would obey is written as U+001B, as client-go does it; tabs and line ends stay.
std::string clean_hint(std::string_view hint);

// An RFC 3339 time, as Go takes it.
std::optional<std::chrono::system_clock::time_point> parse_time(const std::string& text);

}  // namespace ktel::cluster
