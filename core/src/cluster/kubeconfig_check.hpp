// Which context of a kubeconfig counts, and whether what it names can be used.
//
// Only the chosen entries are judged, and all their problems told at once, in client-go's words.
// Files are read through a function, so tables can test every row. Used by access.cpp.
#pragma once

#include <functional>
#include <string>

#include <ktel/result.hpp>

#include "cluster/kubeconfig.hpp"

namespace ktel::cluster {

// The file's text, or why not as base/file.hpp says it.
using ReadFile = std::function<Result<std::string>(const std::string& file)>;

struct ChosenContext {
  std::string name;
  KubeContext context;
  KubeCluster cluster;  // empty: the context names one that is not defined
  KubeUser user;        // likewise: anonymous
  bool user_found = true;
};

// What the certificate fields say, files read.
struct CertificateTexts {
  std::string ca_pem;
  std::string cert_pem;
  std::string key_pem;
};

// `wanted` is the context asked for, empty for the current one; `where` the files, for messages.
Result<ChosenContext> choose_context(const Kubeconfig& config, const std::string& wanted,
                                     const std::string& where);

Result<CertificateTexts> check_context(const ChosenContext& chosen, const ReadFile& read);

// "invalid configuration: no configuration has been provided, ..." and the next step.
Error no_configuration(const std::string& next_step);

// "open F: no such file or directory", as Go says what base/file.hpp says as "F: No such file ...".
std::string open_error(const std::string& file, const Error& error);

}  // namespace ktel::cluster
