// Choice and check of a context: see the header. The texts are client-go's, the next steps ours.
#include "cluster/kubeconfig_check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>
#include <vector>

#include "base/one_line.hpp"
#include "base/proxy.hpp"

namespace ktel::cluster {
namespace {

using Problems = std::vector<std::string>;

// Names of the files stand in it, and YAML lets a name have many lines.
Error error_line(Errc code, const std::string& text) {
  return {code, one_line(text, std::string::npos)};
}

std::string names_of(const std::map<std::string, KubeContext>& contexts) {
  std::vector<std::string> names;
  for (const auto& [name, context] : contexts) names.push_back(name);
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

// Beside data the file counts for nothing, but is looked at all the same.
std::string text_or_file(const std::string& data, const std::string& file, std::string_view what,
                         const std::string& of, const ReadFile& read, Problems& problems) {
  if (file.empty()) return data;
  Result<std::string> text = read(file);
  if (text) return data.empty() ? std::move(text).value() : data;
  problems.push_back(fmt::format("unable to read {} {} for {} due to {}", what, file, of,
                                 open_error(file, text.error())));
  return {};
}

// What Go takes for the scheme, lower case: letters first, up to the first ':'.
std::string scheme_of(const std::string& url) {
  std::string scheme;
  for (const char c : url) {
    const bool letter = std::isalpha(static_cast<unsigned char>(c)) != 0;
    const bool later =
        std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '-' || c == '.';
    if (c == ':') return scheme;
    if (!letter && (scheme.empty() || !later)) break;
    scheme += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return {};
}

void check_proxy(const std::string& url, const std::string& cluster, Problems& problems) {
  if (url.empty()) return;
  std::string scheme = scheme_of(url);
  const bool known = scheme == "http" || scheme == "https" || scheme == "socks5";
  if (known && is_proxy_url(url)) return;
  // A proxy's URL may hold a password, also where it does not begin as a URL does.
  const std::size_t at = url.rfind('@');
  const std::string shown = at == url.npos ? url : "***@" + url.substr(at + 1);
  if (at != url.npos && url.compare(scheme.size(), 3, "://") != 0) scheme.clear();
  // Without a scheme a colon before the first '/' is no part of a path, and so of no URL.
  const bool parsed = !known && (!scheme.empty() || at != url.npos ||
                                 url.substr(0, url.find('/')).find(':') == url.npos);
  const std::string why =
      parsed ? fmt::format("unsupported scheme \"{}\", must be http, https, or socks5", scheme)
             : "could not parse: " + shown;
  problems.push_back(
      fmt::format("invalid 'proxy-url' \"{}\" for cluster \"{}\": {}", shown, cluster, why));
}

void check_exec(const KubeUser& user, const std::string& name, Problems& problems) {
  const ExecConfig& exec = *user.exec;
  if (user.auth_provider) {
    problems.push_back(fmt::format(
        "authProvider cannot be provided in combination with an exec plugin for {}", name));
  }
  const auto must_be_specified = [&](std::string_view what) {
    problems.push_back(
        fmt::format("{} must be specified for {} to use exec authentication plugin", what, name));
  };
  if (exec.command.empty()) must_be_specified("command");
  if (exec.api_version.empty()) must_be_specified("apiVersion");
  for (const auto& [variable, value] : exec.environment) {
    if (variable.empty()) must_be_specified("env variable name");
  }
  const std::string& mode = exec.interactive_mode;
  if (mode.empty()) {
    must_be_specified("interactiveMode");
  } else if (mode != "Never" && mode != "IfAvailable" && mode != "Always") {
    problems.push_back(fmt::format("invalid interactiveMode for {}: \"{}\"", name, mode));
  }
}

void check_methods(const KubeUser& user, const std::string& name, Problems& problems) {
  if (user.exec) check_exec(user, name, problems);
  if (!user.token.empty() && (!user.username.empty() || !user.password.empty())) {
    problems.push_back(
        fmt::format("more than one authentication method found for {}; found [token "
                    "basicAuth], only one is allowed",
                    name));
  }
  if (user.as.empty() &&
      (!user.as_uid.empty() || !user.as_groups.empty() || !user.as_extra.empty())) {
    problems.push_back("requesting uid, groups or user-extra for " + name +
                       " without impersonating a user");
  }
}

void check_user(const ChosenContext& chosen, const ReadFile& read, CertificateTexts& texts,
                Problems& problems) {
  const KubeUser& user = chosen.user;
  const std::string& name = chosen.context.user;
  if (!user.cert_file.empty() || !user.cert_data.empty()) {
    if (!user.cert_file.empty() && !user.cert_data.empty()) {
      problems.push_back(
          fmt::format("client-cert-data and client-cert are both specified for {}. "
                      "client-cert-data will override.",
                      name));
    }
    if (!user.key_file.empty() && !user.key_data.empty()) {
      problems.push_back(
          fmt::format("client-key-data and client-key are both specified for {}; "
                      "client-key-data will override",
                      name));
    }
    if (user.key_file.empty() && user.key_data.empty()) {
      problems.push_back(
          fmt::format("client-key-data or client-key must be specified for {} to use "
                      "the clientCert authentication method.",
                      name));
    }
    texts.cert_pem =
        text_or_file(user.cert_data, user.cert_file, "client-cert", name, read, problems);
    texts.key_pem = text_or_file(user.key_data, user.key_file, "client-key", name, read, problems);
  }
  check_methods(user, name, problems);
}

void check_cluster(const ChosenContext& chosen, const ReadFile& read, CertificateTexts& texts,
                   Problems& problems) {
  const KubeCluster& cluster = chosen.cluster;
  const std::string& name = chosen.context.cluster;
  if (cluster.server.empty()) {
    problems.push_back(name.empty() ? "default cluster has no server defined"
                                    : fmt::format("no server found for cluster \"{}\"", name));
  }
  check_proxy(cluster.proxy_url, name, problems);
  if (!cluster.ca_file.empty() && !cluster.ca_data.empty()) {
    problems.push_back(
        fmt::format("certificate-authority-data and certificate-authority are both "
                    "specified for {}. certificate-authority-data will override.",
                    name));
  }
  texts.ca_pem =
      text_or_file(cluster.ca_data, cluster.ca_file, "certificate-authority", name, read, problems);
}

Error invalid(const Problems& problems, const std::string& next_step) {
  const std::string all =
      problems.size() == 1 ? problems.front() : fmt::format("[{}]", fmt::join(problems, ", "));
  return error_line(Errc::bad_input, fmt::format("invalid configuration: {}; {}", all, next_step));
}

}  // namespace

std::string open_error(const std::string& file, const Error& error) {
  std::string why = error.message;
  if (why.compare(0, file.size() + 2, file + ": ") == 0) why.erase(0, file.size() + 2);
  if (!why.empty()) why[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(why[0])));
  return fmt::format("{} {}: {}", why == "is a directory" ? "read" : "open", file, why);
}

Error no_configuration(const std::string& next_step) {
  return invalid({"no configuration has been provided, try setting KUBERNETES_MASTER environment "
                  "variable"},
                 next_step);
}

Result<ChosenContext> choose_context(const Kubeconfig& config, const std::string& wanted,
                                     const std::string& where) {
  if (config.empty()) {
    return no_configuration(
        fmt::format("{} is empty: give another file with --kubeconfig or KUBECONFIG", where));
  }
  ChosenContext chosen;
  chosen.name = wanted.empty() ? config.current_context : wanted;
  if (chosen.name.empty()) {
    return error_line(Errc::bad_input,
                      fmt::format("invalid configuration: no context chosen; give one of {} with "
                                  "--context, or set current-context in {}",
                                  names_of(config.contexts), where));
  }
  const auto context = config.contexts.find(chosen.name);
  if (context == config.contexts.end()) {
    const std::string what = wanted.empty()
                                 ? "context was not found for specified context: " + chosen.name
                                 : fmt::format("context \"{}\" does not exist", chosen.name);
    return error_line(Errc::not_found, fmt::format("{}; {} has these contexts: {}", what, where,
                                                   names_of(config.contexts)));
  }
  chosen.context = context->second;
  if (const auto user = config.users.find(chosen.context.user); user != config.users.end()) {
    chosen.user = user->second;
  } else {
    chosen.user_found = false;
  }
  if (const auto cluster = config.clusters.find(chosen.context.cluster);
      cluster != config.clusters.end()) {
    chosen.cluster = cluster->second;
  }
  return chosen;
}

Result<CertificateTexts> check_context(const ChosenContext& chosen, const ReadFile& read) {
  CertificateTexts texts;
  Problems problems;
  check_user(chosen, read, texts, problems);
  if (chosen.cluster.empty()) {
    if (problems.empty()) {
      return no_configuration(
          fmt::format("cluster \"{}\" was not found for context \"{}\", define "
                      "it in {}",
                      chosen.context.cluster, chosen.name, chosen.context.file));
    }
    problems.push_back("cluster has no server defined");
  } else {
    check_cluster(chosen, read, texts, problems);
  }
  if (!problems.empty()) {
    return invalid(problems, fmt::format("correct context \"{}\" of {}, or choose another one with "
                                         "--context",
                                         chosen.name, chosen.context.file));
  }
  return texts;
}

}  // namespace ktel::cluster
