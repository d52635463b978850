// A kubeconfig, whatever is wrong with it: what is refused is refused in one line. The first line
// is tried as the value of a secret too, which no error may hold.
#include <fmt/format.h>

#include <string>

#include "cluster/kubeconfig.hpp"
#include "cluster/kubeconfig_check.hpp"
#include "json/canonical.hpp"
#include "property.hpp"

using namespace ktel;
using namespace ktel::fuzz;

namespace {

void check_error(const Error& error) {
  require(!error.message.empty(), "an error says something");
  require(error.message.find_first_of("\r\n") == error.message.npos, "an error is one line");
}

Result<std::string> read_file(const std::string& file) {
  if (file.ends_with(".pem")) return std::string("PEM");
  return Error{Errc::bad_input, file + ": No such file or directory"};
}

void check_context(const cluster::Kubeconfig& config, const std::string& wanted) {
  const auto chosen = cluster::choose_context(config, wanted, "/etc/kube/config");
  if (!chosen) return check_error(chosen.error());
  require(chosen->name == (wanted.empty() ? config.current_context : wanted),
          "the context is the one that was asked for");
  const auto texts = cluster::check_context(*chosen, read_file);
  if (!texts) return check_error(texts.error());
  require(!chosen->cluster.server.empty(), "a context that can be used has a server");
}

constexpr std::string_view secret = "s3cr3t";

constexpr std::string_view secret_fields[] = {"token", "password", "client-key-data"};

// The value of a secret field, written in whatever way.
void check_secret(std::string_view value) {
  if (value.find(secret) == value.npos) return;
  for (const std::string_view field : choose(value, secret_fields)) {
    const std::string text = fmt::format(
        "current-context: c\ncontexts: [{{name: c, context: {{user: u}}}}]\nusers:\n"
        "- name: u\n  user:\n    username: u\n    {}: {}\n",
        field, value);
    const auto config = cluster::parse_kubeconfig("/etc/kube/config", text);
    const auto chosen = config ? cluster::choose_context(*config, "", "/etc/kube/config")
                               : Result<cluster::ChosenContext>(config.error());
    const auto checked = chosen ? cluster::check_context(*chosen, read_file)
                                : Result<cluster::CertificateTexts>(chosen.error());
    require(!checked, "a context without a cluster is refused");
    check_error(checked.error());
    require(checked.error().message.find(secret) == std::string::npos, "no error holds a secret");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(data, size);
  check_secret(text.substr(0, text.find_first_of("\r\n")));
  const auto config = cluster::parse_kubeconfig("/etc/kube/config", text);
  if (!config) {
    check_error(config.error());
    return 0;
  }
  for (const auto& [name, cluster] : config->clusters) {
    const json::Limits limits = {.bytes = 64u << 20, .depth = 64};
    require(cluster.exec_extension.empty() || json::parse_strict(cluster.exec_extension, limits),
            "what a credential plugin is given is JSON");
  }
  check_context(*config, "");
  check_context(*config, "not there");
  for (const auto& [name, context] : config->contexts) {
    if (!name.empty()) check_context(*config, name);
  }
  return 0;
}
