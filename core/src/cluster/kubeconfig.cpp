// Kubeconfig: see the header. The texts are client-go's.
#include "cluster/kubeconfig.hpp"

#include <fmt/format.h>

#include <yaml-cpp/yaml.h>
#include <algorithm>

#include <filesystem>
#include <utility>

#include "base/one_line.hpp"
#include "cluster/yaml_reader.hpp"
#include "plugin/name_rules.hpp"

namespace ktel::cluster {
namespace {

std::string beside(const std::string& file, const std::string& path) {
  if (path.empty()) return path;
  return (std::filesystem::path(file).parent_path() / path).lexically_normal().string();
}

// Of the lists of extensions, which nobody but the one they are named for understands.
std::map<std::string, std::string> read_extensions(const YamlReader& yaml,
                                                   YamlReader::Problem& problem) {
  std::map<std::string, std::string> extensions;
  yaml.each_item("extensions", "NamedExtension", [&](const YamlReader& entry) {
    const std::string name = entry.text("name");
    if (!extensions.emplace(name, entry.json("extension")).second && !problem) {
      problem = fmt::format(
          "error converting *[]NamedExtension into *map[string]runtime.Object: duplicate name "
          "\"{}\" in list",
          name);
    }
  });
  return extensions;
}

KubeCluster read_cluster(const YamlReader& yaml, const std::string& file,
                         YamlReader::Problem& problem) {
  KubeCluster cluster;
  cluster.file = file;
  cluster.server = yaml.text("server");
  cluster.tls_server_name = yaml.text("tls-server-name");
  cluster.insecure = yaml.flag("insecure-skip-tls-verify");
  cluster.ca_file = beside(file, yaml.text("certificate-authority"));
  cluster.ca_data = yaml.base64("certificate-authority-data");
  cluster.proxy_url = yaml.text("proxy-url");
  cluster.disable_compression = yaml.flag("disable-compression");
  cluster.exec_extension = read_extensions(yaml, problem)["client.authentication.k8s.io/exec"];
  return cluster;
}

ExecConfig read_exec(const YamlReader& yaml, const std::string& file) {
  ExecConfig exec;
  exec.command = yaml.text("command");
  // A name alone is looked up in PATH.
  if (exec.command.find('/') != exec.command.npos) exec.command = beside(file, exec.command);
  exec.arguments = yaml.texts("args");
  yaml.each_item("env", "ExecEnvVar", [&](const YamlReader& variable) {
    exec.environment.emplace_back(variable.text("name"), variable.text("value"));
  });
  exec.api_version = yaml.text("apiVersion");
  exec.install_hint = yaml.text("installHint");
  exec.provide_cluster_info = yaml.flag("provideClusterInfo");
  exec.interactive_mode = yaml.text("interactiveMode");
  const bool has_default = exec.api_version == "client.authentication.k8s.io/v1beta1" ||
                           exec.api_version == "client.authentication.k8s.io/v1alpha1";
  if (exec.interactive_mode.empty() && has_default) exec.interactive_mode = "IfAvailable";
  return exec;
}

KubeUser read_user(const YamlReader& yaml, const std::string& file, YamlReader::Problem& problem) {
  KubeUser user;
  user.file = file;
  user.cert_file = beside(file, yaml.text("client-certificate"));
  user.cert_data = yaml.base64("client-certificate-data");
  user.key_file = beside(file, yaml.text("client-key"));
  user.key_data = yaml.base64("client-key-data");
  user.token = yaml.text("token");
  user.token_file = beside(file, yaml.text("tokenFile"));
  user.username = yaml.text("username");
  user.password = yaml.text("password");
  user.as = yaml.text("as");
  user.as_uid = yaml.text("as-uid");
  user.as_groups = yaml.texts("as-groups");
  yaml.mapping("as-user-extra", "AuthInfo")
      .each_list([&](std::string key, std::vector<std::string> values) {
        user.as_extra.emplace(std::move(key), std::move(values));
      });
  if (const YamlReader provider = yaml.mapping("auth-provider", "AuthProviderConfig");
      provider.present()) {
    user.auth_provider = provider.text("name");
  }
  if (const YamlReader exec = yaml.mapping("exec", "ExecConfig"); exec.present()) {
    user.exec = read_exec(exec, file);
  }
  read_extensions(yaml, problem);
  return user;
}

KubeContext read_context(const YamlReader& yaml, const std::string& file,
                         YamlReader::Problem& problem) {
  read_extensions(yaml, problem);
  return {file, yaml.text("cluster"), yaml.text("user"), yaml.text("namespace")};
}

// One of the three lists of named things. A name stands once in a file.
template <class Thing>
std::map<std::string, Thing> read_named(const YamlReader& config, const char* list,
                                        const char* item, const char* named, const char* type,
                                        Thing (*read)(const YamlReader&, const std::string&,
                                                      YamlReader::Problem&),
                                        const std::string& file, YamlReader::Problem& problem) {
  std::map<std::string, Thing> things;
  config.each_item(list, named, [&](const YamlReader& entry) {
    std::string name = entry.text("name");
    Thing thing = read(entry.mapping(item, type), file, problem);
    if (!things.emplace(name, std::move(thing)).second && !problem) {
      problem = fmt::format(
          "error converting *[]{} into *map[string]*api.{}: duplicate name \"{}\" in list", named,
          type, name);
    }
  });
  return things;
}

bool is_control(unsigned c) {
  return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
}

// What Go's library refuses of the characters; empty: nothing. UTF-8, or UTF-16 with its mark,
// which yaml-cpp makes UTF-8 of without a look at what it gets.
std::string_view objection_to(std::string_view text) {
  constexpr std::string_view controls = "yaml: control characters are not allowed";
  const bool low_first = text.starts_with("\xff\xfe");
  if (!low_first && !text.starts_with("\xfe\xff")) {
    if (!plugin::is_utf8(text)) return "yaml: invalid leading UTF-8 octet";
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return is_control(c); })
               ? controls
               : std::string_view();
  }
  if (text.size() % 2 != 0) return "yaml: incomplete UTF-16 character";
  bool after_high = false;  // of a surrogate pair
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto byte = [&](std::size_t at) -> unsigned {
      return static_cast<unsigned char>(text[at]);
    };
    const unsigned unit = byte(low_first ? i : i + 1) | byte(low_first ? i + 1 : i) << 8u;
    const bool low = unit >= 0xdc00 && unit < 0xe000;
    if (low != after_high) {
      return low ? "yaml: unexpected low surrogate area" : "yaml: expected low surrogate area";
    }
    after_high = unit >= 0xd800 && unit < 0xdc00;
    if (is_control(unit)) return controls;
  }
  return after_high ? "yaml: incomplete UTF-16 surrogate pair" : "";
}

Error load_error(const std::string& file, std::string_view cause) {
  return {Errc::bad_input,
          fmt::format("error loading config file \"{}\": {}; correct it, or give another one with "
                      "--kubeconfig",
                      file, one_line(cause, std::string::npos))};
}

}  // namespace

bool KubeCluster::empty() const {
  return server.empty() && tls_server_name.empty() && !insecure && ca_file.empty() &&
         ca_data.empty() && proxy_url.empty() && !disable_compression && exec_extension.empty();
}

bool Kubeconfig::empty() const {
  return clusters.empty() && users.empty() && contexts.empty() && current_context.empty();
}

void Kubeconfig::merge(Kubeconfig later) {
  // std::map::merge takes what is missing and leaves the rest.
  clusters.merge(later.clusters);
  users.merge(later.users);
  contexts.merge(later.contexts);
  if (current_context.empty()) current_context = std::move(later.current_context);
}

Result<Kubeconfig> parse_kubeconfig(const std::string& file, std::string_view text) {
  if (const auto objection = objection_to(text); !objection.empty()) {
    return load_error(file, objection);
  }
  YAML::Node root;
  try {
    root = YAML::Load(std::string(text));
  } catch (const YAML::Exception& e) {
    // Behind a colon some messages quote the document: the anchor that a token `*abc` seems to
    // name.
    const std::string what = e.msg.substr(0, e.msg.find(": "));
    return load_error(file, fmt::format("yaml: line {}: {}", e.mark.line + 1, what));
  }
  if (root.IsNull() || !root.IsDefined()) return Kubeconfig{};
  if (!root.IsMap()) {
    return load_error(file, fmt::format("couldn't get version/kind; json parse error: json: cannot "
                                        "unmarshal {} into Go value",
                                        root.IsSequence() ? "array" : "string"));
  }

  YamlReader::Problem problem;
  const YamlReader config(root, "Config", "", problem);
  const std::string kind = config.text("kind");
  const std::string version = config.text("apiVersion");
  if ((!kind.empty() && kind != "Config") || (!version.empty() && version != "v1")) {
    return load_error(
        file, fmt::format("no kind \"{}\" is registered for version \"{}\"",
                          kind.empty() ? "Config" : kind, version.empty() ? "v1" : version));
  }
  Kubeconfig read;
  read.current_context = config.text("current-context");
  read.clusters = read_named(config, "clusters", "cluster", "NamedCluster", "Cluster", read_cluster,
                             file, problem);
  read.users =
      read_named(config, "users", "user", "NamedAuthInfo", "AuthInfo", read_user, file, problem);
  read.contexts = read_named(config, "contexts", "context", "NamedContext", "Context", read_context,
                             file, problem);
  read_extensions(config, problem);
  if (problem) return load_error(file, *problem);
  return read;
}

}  // namespace ktel::cluster
