// find_access: looks where client-go looks, reads the files, and puts an Access together.
#include "cluster/access.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/file.hpp"
#include "base/one_line.hpp"
#include "base/proxy.hpp"
#include "cluster/credentials.hpp"
#include "cluster/kubeconfig.hpp"
#include "cluster/kubeconfig_check.hpp"
#include "cluster/pem.hpp"
#include "cluster/server_url.hpp"

namespace ktel::cluster {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr auto no_pem_block = "unable to parse bytes as PEM block";

// What a header's name may not hold is written as %XX, with % itself.
std::string escape_header_name(const std::string& name) {
  constexpr std::string_view also_legal = "!#$&'*+-.^_`|~";
  std::string escaped;
  for (const char c : name) {
    const bool legal = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       also_legal.find(c) != also_legal.npos;
    escaped += legal ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return escaped;
}

Headers impersonation(const KubeUser& user) {
  Headers headers;
  if (user.as.empty()) return headers;
  headers.emplace_back("Impersonate-User", user.as);
  if (!user.as_uid.empty()) headers.emplace_back("Impersonate-Uid", user.as_uid);
  for (const std::string& group : user.as_groups) headers.emplace_back("Impersonate-Group", group);
  for (const auto& [key, values] : user.as_extra) {
    for (const std::string& value : values) {
      headers.emplace_back("Impersonate-Extra-" + escape_header_name(key), value);
    }
  }
  return headers;
}

Error removed_provider(const std::string& provider, const std::string& user,
                       const std::string& file) {
  std::string why = fmt::format("no Auth Provider found for name \"{}\"", provider);
  if (provider == "gcp") {
    why =
        "The gcp auth plugin has been removed. Please use the \"gke-gcloud-auth-plugin\" "
        "kubectl/client-go credential plugin instead. See "
        "https://cloud.google.com/blog/products/containers-kubernetes/"
        "kubectl-auth-changes-in-gke for further details";
  } else if (provider == "azure") {
    why =
        "The azure auth plugin has been removed. Please use the "
        "https://github.com/Azure/kubelogin kubectl/client-go credential plugin instead. See "
        "https://kubernetes.io/docs/reference/access-authn-authz/authentication/"
        "#client-go-credential-plugins for further details";
  }
  return {Errc::bad_input,
          fmt::format("{}; replace auth-provider of user \"{}\" in {} by exec, with a command that "
                      "prints credentials, or by a token",
                      why, user, file)};
}

// Whatever else the user has comes before the plugin.
Result<Login> find_login(const ChosenContext& chosen, const CertificateTexts& texts) {
  const KubeUser& user = chosen.user;
  const std::string& name = chosen.context.user;
  if (user.auth_provider) return removed_provider(*user.auth_provider, name, user.file);
  Login login{user.token, user.token_file, user.username, user.password};
  const bool token = !user.token.empty() || !user.token_file.empty();
  if (token && !user.username.empty()) {
    return Error{
        Errc::bad_input,
        fmt::format("username/password or bearer token may be set, but not both; leave one "
                    "of them out of user \"{}\" in {}",
                    name, user.file)};
  }
  if (user.token.empty() && !user.token_file.empty()) {
    Result<std::string> first = read_token_file(user.token_file);
    if (!first) return first.error();
    login.token = std::move(first).value();
  }
  if (!user.exec) return login;
  const std::string where = fmt::format("exec of user \"{}\" in {}", name, user.file);
  if (const Result<void> known = check_exec_version(*user.exec); !known) {
    return Error{
        Errc::bad_input,
        fmt::format("{}; client.authentication.k8s.io/v1 and /v1beta1 are known, correct {}",
                    known.error().message, where)};
  }
  if (token || !user.username.empty() || !texts.cert_pem.empty()) return login;
  login.exec = ExecLogin{*user.exec, {}, where};
  if (user.exec->provide_cluster_info) {
    login.exec->cluster = exec_cluster(chosen.cluster, texts.ca_pem);
  }
  return login;
}

// The user's certificate and key, which go together.
Result<void> check_pair(const ChosenContext& chosen, const CertificateTexts& texts) {
  if (texts.cert_pem.empty()) return {};
  const std::string& user = chosen.context.user;
  const std::string& file = chosen.user.file;
  if (!holds_certificate(texts.cert_pem)) {
    return Error{Errc::bad_input,
                 fmt::format("client-certificate of user \"{}\" is no PEM certificate; correct it "
                             "in {}",
                             user, file)};
  }
  switch (check_key(texts.key_pem, texts.cert_pem)) {
    case KeyFault::none:
      break;
    case KeyFault::no_pem:
      return Error{Errc::bad_input,
                   fmt::format("client-key of user \"{}\" is no PEM private key; correct it in {}",
                               user, file)};
    case KeyFault::encrypted:
      return Error{Errc::bad_input,
                   fmt::format("client-key of user \"{}\" is encrypted: nobody can be asked its "
                               "password here; name a decrypted copy (openssl pkey -in KEY -out "
                               "COPY) in {}",
                               user, file)};
    case KeyFault::of_another_certificate:
      return Error{Errc::bad_input,
                   fmt::format("client-key of user \"{}\" does not belong to client-certificate; "
                               "correct one of them in {}",
                               user, file)};
  }
  return {};
}

Result<Access> from_context(const ChosenContext& chosen, const CertificateTexts& texts,
                            const Env& env) {
  const KubeContext& context = chosen.context;
  Result<ServerUrl> server = parse_server(chosen.cluster.server);
  if (!server) {
    return Error{Errc::bad_input,
                 fmt::format("{}; correct server of cluster \"{}\" in {}", server.error().message,
                             context.cluster, chosen.cluster.file)};
  }
  Access access;
  access.server = server->text;
  access.description = server->text;
  access.origin = fmt::format("context \"{}\" of {}", chosen.name, context.file);
  access.cluster = context.cluster;
  access.user = context.user;
  Result<std::string> proxy = chosen.cluster.proxy_url.empty()
                                  ? find_proxy(server->text, env)
                                  : Result<std::string>(chosen.cluster.proxy_url);
  if (!proxy) return proxy.error();
  access.proxy = std::move(proxy).value();
  access.headers = impersonation(chosen.user);
  if (!chosen.user_found && !context.user.empty()) {
    access.warnings.push_back(fmt::format(
        "user \"{}\" was not found for {}: requests are anonymous", context.user, access.origin));
  }
  auto tls = std::make_shared<TlsSettings>();
  if (server->https) {
    const KubeCluster& cluster = chosen.cluster;
    const KubeUser& user = chosen.user;
    if (!texts.ca_pem.empty() || !cluster.ca_file.empty()) {
      if (cluster.insecure) {
        return Error{
            Errc::bad_input,
            fmt::format("specifying a root certificates file with the insecure flag is not "
                        "allowed; leave one of them out of cluster \"{}\" in {}",
                        context.cluster, cluster.file)};
      }
      if (!holds_certificate(texts.ca_pem)) {
        return Error{Errc::bad_input, fmt::format("unable to load root certificates: {}; correct "
                                                  "certificate-authority of cluster \"{}\" in {}",
                                                  no_pem_block, context.cluster, cluster.file)};
      }
    }
    if (Result<void> pair = check_pair(chosen, texts); !pair) return pair.error();
    tls->ca_pem = texts.ca_pem;
    tls->client_cert_pem = texts.cert_pem;
    tls->client_key_pem = texts.key_pem;
    tls->server_name = cluster.tls_server_name;
    tls->insecure = cluster.insecure;
    access.tls_files.ca = cluster.ca_file;
    // Data beside a file stays as it is, and so does its other half.
    if (user.cert_data.empty() && user.key_data.empty() && !user.cert_file.empty()) {
      access.tls_files.cert = user.cert_file;
      access.tls_files.key = user.key_file;
    }
    Result<Login> login = find_login(chosen, texts);
    if (!login) return login.error();
    access.login = std::move(login).value();
  } else if (chosen.user_found) {
    access.warnings.push_back(fmt::format(
        "the server of {} is not https, so no credentials are sent to it", access.origin));
  }
  access.tls = std::move(tls);
  return access;
}

Result<Access> from_config(const Kubeconfig& config, const std::string& where,
                           const AccessOptions& options, const Env& env) {
  const Result<ChosenContext> chosen = choose_context(config, options.context, where);
  if (!chosen) return chosen.error();
  const Result<CertificateTexts> texts =
      check_context(*chosen, [](const std::string& file) { return read_file(file); });
  if (!texts) return texts.error();
  Result<Access> access = from_context(*chosen, *texts, env);
  if (access) return access;
  // Names in a kubeconfig may have many lines.
  return Error{access.error().code, one_line(access.error().message, std::string::npos)};
}

// As it is where the current directory is gone: opening it will fail, naming it.
std::string absolute(const std::string& path) {
  std::error_code failed;
  const std::filesystem::path whole = std::filesystem::absolute(path, failed);
  return (failed ? std::filesystem::path(path) : whole).lexically_normal().string();
}

Result<Kubeconfig> load(const std::string& file) {
  const Result<std::string> text = read_file(file);
  if (!text) {
    return Error{text.error().code, fmt::format("error loading config file \"{}\": {}; check "
                                                "--kubeconfig and KUBECONFIG",
                                                file, open_error(file, text.error()))};
  }
  return parse_kubeconfig(file, *text);
}

Result<Access> from_explicit(const AccessOptions& options, const Env& env) {
  const std::string file = absolute(options.kubeconfig);
  const Result<Kubeconfig> config = load(file);
  if (!config && config.error().code == Errc::not_found) {
    return Error{Errc::not_found,
                 fmt::format("stat {}: no such file or directory; give --kubeconfig a file that "
                             "exists",
                             file)};
  }
  if (!config) return config.error();
  return from_config(*config, file, options, env);
}

std::vector<std::string> split_list(const std::string& list) {
  std::vector<std::string> files;
  std::string_view rest = list;
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    const std::string_view entry = rest.substr(0, colon);
    if (!entry.empty()) {
      std::string file = absolute(std::string(entry));
      if (std::find(files.begin(), files.end(), file) == files.end()) {
        files.push_back(std::move(file));
      }
    }
    rest.remove_prefix(colon == rest.npos ? rest.size() : colon + 1);
  }
  return files;
}

// Missing files are left out; one that is there and cannot be read spoils all.
Result<Access> from_list(const std::vector<std::string>& files, const AccessOptions& options,
                         const Env& env) {
  Kubeconfig merged;
  std::vector<std::string> missing;
  std::vector<std::string> errors;
  for (const std::string& file : files) {
    Result<Kubeconfig> config = load(file);
    if (config) {
      merged.merge(std::move(config).value());
    } else if (config.error().code == Errc::not_found) {
      missing.push_back(file);
    } else {
      errors.push_back(config.error().message);
    }
  }
  if (!errors.empty()) {
    return Error{Errc::bad_input, errors.size() == 1
                                      ? errors.front()
                                      : fmt::format("[{}]", fmt::join(errors, ", "))};
  }
  if (missing.size() == files.size()) {
    return no_configuration(
        fmt::format("Config not found: {}: correct KUBECONFIG, or give a file "
                    "with --kubeconfig",
                    fmt::join(missing, ", ")));
  }
  Result<Access> access =
      from_config(merged, fmt::format("{}", fmt::join(files, ":")), options, env);
  if (access && !missing.empty()) {
    access->warnings.push_back(fmt::format("Config not found: {}", fmt::join(missing, ", ")));
  }
  return access;
}

// Of a pod's service account. Nothing if this is no pod.
std::optional<Result<Access>> from_service_account(const AccessOptions& options, const Env& env) {
  const std::string host = env("KUBERNETES_SERVICE_HOST").value_or("");
  const std::string port = env("KUBERNETES_SERVICE_PORT").value_or("");
  if (host.empty() || port.empty()) return std::nullopt;

  Access access;
  access.login.token_file = (options.service_account / "token").string();
  Result<std::string> token = read_token_file(access.login.token_file);
  if (!token) {
    return Error{Errc::bad_input,
                 fmt::format("unable to load in-cluster configuration: {}; set "
                             "automountServiceAccountToken on the pod, or give --kubeconfig",
                             token.error().message)};
  }
  access.login.token = std::move(token).value();
  const std::string bracketed = host.find(':') == host.npos ? host : "[" + host + "]";
  const Result<ServerUrl> server = parse_server(fmt::format("https://{}:{}", bracketed, port));
  if (!server) return server.error().context("KUBERNETES_SERVICE_HOST");
  access.server = server->text;
  access.description = server->text;
  access.origin = "the service account of this pod";
  Result<std::string> proxy = find_proxy(server->text, env);
  if (!proxy) return proxy.error();
  access.proxy = std::move(proxy).value();

  auto tls = std::make_shared<TlsSettings>();
  const std::string ca_file = (options.service_account / "ca.crt").string();
  const Result<std::string> ca = read_file(ca_file);
  if (ca && holds_certificate(*ca)) {
    tls->ca_pem = *ca;
    access.tls_files.ca = ca_file;
  } else {
    access.warnings.push_back(
        fmt::format("Expected to load root CA config from {}, but got err: {}: the system's "
                    "authorities are trusted instead",
                    ca_file, ca ? no_pem_block : ca.error().message));
  }
  access.tls = std::move(tls);
  return access;
}

}  // namespace

Result<Access> find_access(const AccessOptions& options, const Env& env) {
  if (!options.kubeconfig.empty()) return from_explicit(options, env);
  if (const auto list = split_list(env("KUBECONFIG").value_or("")); !list.empty()) {
    return from_list(list, options, env);
  }
  // A pod's service account has no contexts to choose from.
  std::optional<Result<Access>> pod;
  if (options.context.empty()) pod = from_service_account(options, env);
  if (pod && pod->has_value()) return std::move(*pod);

  const std::string home = env("HOME").value_or("");
  const std::string file = home.empty() ? "" : absolute(home + "/.kube/config");
  // One that is there, or may be, is told apart by reading it; to a pod it is a stranger's.
  std::error_code failed;
  const auto type = std::filesystem::status(file, failed).type();
  const bool there = std::filesystem::exists(std::filesystem::file_status(type));
  const bool hidden = type == std::filesystem::file_type::none;
  if (!file.empty() && (there || (hidden && !pod))) return from_list({file}, options, env);
  if (pod) return std::move(*pod);
  return no_configuration(
      fmt::format("this is no pod, KUBECONFIG is not set and {} does not exist: give --kubeconfig",
                  file.empty() ? "~/.kube/config" : file));
}

}  // namespace ktel::cluster
