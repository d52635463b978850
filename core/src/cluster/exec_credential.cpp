// ExecCredential, both ways: see the header.
#include "cluster/exec_credential.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

#include "base/base64.hpp"
#include "base/one_line.hpp"
#include "cluster/pem.hpp"
#include "cluster/yaml_reader.hpp"

namespace ktel::cluster {
namespace {

namespace json = boost::json;

constexpr std::string_view v1 = "client.authentication.k8s.io/v1";
constexpr std::string_view v1beta1 = "client.authentication.k8s.io/v1beta1";
constexpr std::string_view no_time = "0001-01-01T00:00:00Z";  // as Go writes it

Error failure(std::string text) { return {Errc::forbidden, std::move(text)}; }

// The code point at the front of UTF-8 text of that many bytes.
char32_t code_point(std::string_view bytes) {
  if (bytes.size() == 1) return static_cast<unsigned char>(bytes[0]);
  char32_t point = static_cast<unsigned char>(bytes[0]) & (0xffu >> (bytes.size() + 1));
  for (const char byte : bytes.substr(1)) {
    point = point << 6 | (static_cast<unsigned char>(byte) & 0x3fu);
  }
  return point;
}

// Unicode's category C: controls, formats, private use and what never is a character. What is not
// assigned yet stays: it does nothing to a terminal.
bool is_other(char32_t c) {
  struct Range {
    char32_t first, last;
  };
  static constexpr std::array ranges = {
      Range{0x0, 0x8},         Range{0xe, 0x1f},        Range{0x7f, 0x9f},
      Range{0xad, 0xad},       Range{0x600, 0x605},     Range{0x61c, 0x61c},
      Range{0x6dd, 0x6dd},     Range{0x70f, 0x70f},     Range{0x890, 0x891},
      Range{0x8e2, 0x8e2},     Range{0x180e, 0x180e},   Range{0x200b, 0x200f},
      Range{0x202a, 0x202e},   Range{0x2060, 0x206f},   Range{0xe000, 0xf8ff},
      Range{0xfeff, 0xfeff},   Range{0xfff9, 0xfffb},   Range{0x110bd, 0x110bd},
      Range{0x110cd, 0x110cd}, Range{0x13430, 0x1343f}, Range{0x1bca0, 0x1bca3},
      Range{0x1d173, 0x1d17a}, Range{0xe0000, 0x10ffff}};
  if ((c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef)) return true;
  // Among the tags there are selectors of variants, which are marks.
  if (c >= 0xe0100 && c <= 0xe01ef) return false;
  for (const Range& range : ranges) {
    if (c >= range.first && c <= range.last) return true;
  }
  return false;
}

// Of a server with a path, client-go keeps neither query nor fragment.
std::string server_as_told(const std::string& server) {
  const std::string address = server.substr(0, server.find_first_of("?#"));
  const auto scheme_end = address.find("://");
  if (scheme_end == address.npos) return server;
  const auto slash = address.find('/', scheme_end + 3);
  return slash == address.npos || slash + 1 == address.size() ? server : address;
}

Result<void> check_pair(const ExecStatus& status) {
  const char* why = nullptr;
  if (!holds_certificate(status.cert_pem)) {
    why = "failed to find any PEM data in certificate input";
  } else {
    switch (check_key(status.key_pem, status.cert_pem)) {
      case KeyFault::none:
        return {};
      case KeyFault::no_pem:
        why = "failed to find any PEM data in key input";
        break;
      case KeyFault::encrypted:
        why = "failed to parse private key";
        break;
      case KeyFault::of_another_certificate:
        why = "private key does not match public key";
        break;
    }
  }
  return failure(fmt::format("failed parsing client key/certificate: tls: {}", why));
}

}  // namespace

std::string exec_cluster(const KubeCluster& cluster, std::string_view ca_pem) {
  json::object object;
  object["server"] = server_as_told(cluster.server);
  if (!cluster.tls_server_name.empty()) object["tls-server-name"] = cluster.tls_server_name;
  if (cluster.insecure) object["insecure-skip-tls-verify"] = true;
  if (!ca_pem.empty()) object["certificate-authority-data"] = base64_encode(ca_pem);
  if (!cluster.proxy_url.empty()) object["proxy-url"] = cluster.proxy_url;
  if (cluster.disable_compression) object["disable-compression"] = true;
  object["config"] =
      cluster.exec_extension.empty() ? json::value() : json::parse(cluster.exec_extension);
  return json::serialize(object);
}

Result<void> check_exec_version(const ExecConfig& config) {
  if (config.api_version == v1 || config.api_version == v1beta1) return {};
  return Error{Errc::bad_input,
               fmt::format("exec plugin: invalid apiVersion \"{}\"", config.api_version)};
}

Result<bool> exec_is_interactive(const std::string& mode, bool terminal) {
  if (mode == "Never") return false;
  if (mode == "Always" && !terminal) {
    return failure("exec plugin cannot support interactive mode: standard input is not a terminal");
  }
  return terminal;
}

std::string exec_info(const ExecLogin& login, bool interactive) {
  const std::string cluster =
      login.config.provide_cluster_info ? "\"cluster\":" + login.cluster + "," : "";
  return fmt::format(R"({{"kind":"ExecCredential","apiVersion":{},"spec":{{{}"interactive":{}}}}})",
                     json::serialize(json::string(login.config.api_version)), cluster, interactive);
}

Result<ExecStatus> parse_exec_credential(std::string_view out, const std::string& api_version) {
  YAML::Node root;
  try {
    root = YAML::Load(std::string(out));
  } catch (const YAML::Exception& e) {
    // Behind a colon some messages quote the document.
    return failure(
        fmt::format("decoding stdout: couldn't get version/kind; json parse error: line {}: {}",
                    e.mark.line + 1, e.msg.substr(0, e.msg.find(": "))));
  }
  if (!root.IsDefined() || !root.IsMap()) {
    return failure(
        "decoding stdout: couldn't get version/kind; json parse error: json: it is no object");
  }
  YamlReader::Problem problem;
  const YamlReader credential(root, "ExecCredential", "", problem);
  const std::string version = credential.text("apiVersion");
  const std::string kind = credential.text("kind");
  if (kind.empty()) return failure("decoding stdout: Object 'Kind' is missing");
  if (version.empty()) return failure("decoding stdout: Object 'apiVersion' is missing");
  if (kind != "ExecCredential" || (version != v1 && version != v1beta1)) {
    return failure(fmt::format("decoding stdout: no kind \"{}\" is registered for version \"{}\"",
                               one_line(kind, 100), one_line(version, 100)));
  }
  const YamlReader read = credential.mapping("status", "ExecCredentialStatus");
  ExecStatus status{.token = read.text("token"),
                    .cert_pem = read.text("clientCertificateData"),
                    .key_pem = read.text("clientKeyData"),
                    .expires = {}};
  const std::string expires = read.text("expirationTimestamp");
  if (problem) return failure("decoding stdout: " + *problem);
  if (!expires.empty() && expires != no_time) {
    status.expires = parse_time(expires);
    if (!status.expires) {
      return failure(
          "decoding stdout: parsing time of expirationTimestamp as "
          "\"2006-01-02T15:04:05Z07:00\": cannot parse");
    }
  }
  if (version != api_version) {
    return failure(
        fmt::format("exec plugin is configured to use API version {}, plugin returned version {}",
                    api_version, version));
  }
  if (!read.present()) return failure("exec plugin didn't return a status field");
  if (status.token.empty() && status.cert_pem.empty() && status.key_pem.empty()) {
    return failure("exec plugin didn't return a token or cert/key pair");
  }
  if (status.cert_pem.empty() != status.key_pem.empty()) {
    return failure("exec plugin returned only certificate or key, not both");
  }
  if (!status.cert_pem.empty()) {
    if (Result<void> pair = check_pair(status); !pair) return pair.error();
  }
  return status;
}

std::string clean_hint(std::string_view hint) {
  std::string clean;
  while (!hint.empty()) {
    const std::size_t size = utf8_length(hint);
    const std::string_view bytes = hint.substr(0, size == 0 ? 1 : size);
    hint.remove_prefix(bytes.size());
    if (size == 0) {
      clean += "\uFFFD";
    } else if (const char32_t c = code_point(bytes); is_other(c)) {
      clean += fmt::format("U+{:04X}", static_cast<std::uint32_t>(c));
    } else {
      clean += bytes;
    }
  }
  return clean;
}

std::optional<std::chrono::system_clock::time_point> parse_time(const std::string& text) {
  using namespace std::chrono;
  // "2026-11-25T00:41:00": digits where there are zeros here.
  constexpr std::string_view form = "0000-00-00T00:00:00";
  if (text.size() <= form.size()) return std::nullopt;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (form[i] == '0' ? !digit : text[i] != form[i]) return std::nullopt;
  }
  const auto number = [&](std::size_t at, std::size_t size) {
    return std::atoi(text.substr(at, size).c_str());
  };
  const year_month_day day(year(number(0, 4)), month(static_cast<unsigned>(number(5, 2))),
                           std::chrono::day(static_cast<unsigned>(number(8, 2))));
  const int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  if (!day.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  std::size_t at = form.size();
  if (text[at] == '.' || text[at] == ',') {  // parts of a second make no difference
    const std::size_t end = text.find_first_not_of("0123456789", at + 1);
    if (end == text.npos || end == at + 1) return std::nullopt;
    at = end;
  }
  minutes offset{0};
  const std::string zone = text.substr(at);
  if (zone != "Z") {
    constexpr std::string_view digits = "0123456789";
    if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') {
      return std::nullopt;
    }
    for (const std::size_t i : {1u, 2u, 4u, 5u}) {
      if (digits.find(zone[i]) == digits.npos) return std::nullopt;
    }
    offset = hours(number(at + 1, 2)) + minutes(number(at + 4, 2));
    if (zone[0] == '-') offset = -offset;
  }
  // The clock ends in 2262, and some plugins write year 9999 where they mean never.
  const sys_seconds time = sys_days(day) + hours(hour) + minutes(minute) + seconds(second) - offset;
  return std::clamp(time, ceil<seconds>(system_clock::time_point::min()),
                    floor<seconds>(system_clock::time_point::max()));
}

}  // namespace ktel::cluster
