// Binding parameters of a backend: see the header.
#include "delivery/params.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/one_line.hpp"
#include "plugin/nearest.hpp"

namespace ktel::delivery {
namespace {

Error wrong(std::string message) { return {Errc::bad_input, std::move(message)}; }

Error unknown_param(const plugin::Backend& backend, std::string_view name) {
  std::vector<std::string> known = {"timeout"};
  if (!backend.own_io) {
    known = {"ca", "cert", "key", "pin", "server_name", "insecure", "timeout", "proxy"};
  }
  for (const plugin::Param& param : backend.params) {
    if (!param.secret) known.push_back(param.name);
  }
  const std::string near = plugin::nearest(name, known);
  return wrong(fmt::format("{} has no parameter {};{} `ktel backends list` shows all", backend.name,
                           one_line(name, 64),
                           near.empty() ? "" : fmt::format(" did you mean {}?", near)));
}

bool declares(const plugin::Backend& backend, std::string_view name) {
  return std::any_of(backend.params.begin(), backend.params.end(),
                     [&](const plugin::Param& param) { return param.name == name; });
}

// What the host took out of the URL and a backend that makes its own connections asks for;
// nullptr: it is not of that kind.
const std::string* of_connections(const TlsSettings& tls, std::string_view name) {
  if (name == "ca") return &tls.ca_pem;
  if (name == "cert") return &tls.client_cert_pem;
  if (name == "key") return &tls.client_key_pem;
  if (name == "pin") return &tls.pin;
  if (name == "server_name") return &tls.server_name;
  return nullptr;
}

plugin::ParamValue text_value(const std::string& text) {
  return {.set = !text.empty(), .type = KTEL_V_STRING, .text = text};
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return c < ' ' || c == 0x7f; });
}

Result<std::string> bind_secret(const plugin::Backend& backend, const plugin::Param& param,
                                const std::map<std::string, std::string>& secrets) {
  const auto given = secrets.find(param.name);
  if (given == secrets.end() || given->second.empty()) {
    if (param.required) return missing_secret(backend, param.name);
    return std::string();
  }
  if (has_control(given->second)) {
    return wrong(
        fmt::format("the {} for {} holds a line break or another control character: give "
                    "the {} alone",
                    param.name, backend.name, param.name));
  }
  return given->second;
}

}  // namespace

Error missing_secret(const plugin::Backend& backend, const std::string& name) {
  std::string option = name;
  std::replace(option.begin(), option.end(), '_', '-');
  std::string variable = "KTEL_";
  for (const char c : name) {
    variable += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  return wrong(fmt::format("{} needs a {}: give it with --{}-file FILE or {}_FILE (or {})",
                           backend.name, name, option, variable, variable));
}

Result<SinkParams> bind_params(const plugin::Backend& backend, const Destination& destination,
                               const std::map<std::string, std::string>& secrets) {
  for (const auto& [name, value] : destination.params) {
    const auto declared =
        std::find_if(backend.params.begin(), backend.params.end(),
                     [&](const plugin::Param& param) { return param.name == name; });
    if (declared == backend.params.end()) return unknown_param(backend, name);
    if (declared->secret) {
      return wrong(
          fmt::format("{}= stands in the URL of {}: what stands in a URL ends up in logs; "
                      "give it with --{}-file",
                      name, backend.name, name));
    }
  }
  for (const std::string& name : destination.host_params) {
    if (backend.own_io && name != "timeout" && !declares(backend, name)) {
      return unknown_param(backend, name);
    }
  }
  SinkParams bound;
  for (const plugin::Param& param : backend.params) {
    if (const auto* text = of_connections(destination.tls, param.name); backend.own_io && text) {
      bound.secrets.emplace_back();
      bound.values.push_back(text_value(*text));
      continue;
    }
    if (param.secret) {
      auto secret = bind_secret(backend, param, secrets);
      if (!secret) return secret.error();
      bound.secrets.push_back(std::move(*secret));
      bound.values.emplace_back();
      continue;
    }
    const auto given = std::find_if(destination.params.begin(), destination.params.end(),
                                    [&](const auto& pair) { return pair.first == param.name; });
    auto value = given == destination.params.end() ? plugin::default_param(param)
                                                   : plugin::parse_param(param, given->second);
    if (!value) return value.error().context(backend.name);
    if (!value->set && param.required) {
      return wrong(fmt::format("{} needs its parameter {}: give {}=VALUE in the URL", backend.name,
                               param.name, param.name));
    }
    bound.secrets.emplace_back();
    bound.values.push_back(std::move(*value));
  }
  return bound;
}

}  // namespace ktel::delivery
