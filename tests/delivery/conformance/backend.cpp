// The backend under test: see the header.
#include "backend.hpp"

#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "plugins/backends/load.hpp"

namespace ktel::test::conformance {
namespace {

std::string from_env(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string needed(const char* name) {
  std::string value = from_env(name);
  if (value.empty()) throw std::runtime_error(std::string(name) + " is not set: see README.md");
  return value;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  if (const auto at = text.find(what); at != std::string::npos) text.replace(at, what.size(), by);
  return text;
}

bool is_utf8(const std::string& text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t length = first < 0x80                    ? 1
                               : first >= 0xc2 && first < 0xe0 ? 2
                               : first >= 0xe0 && first < 0xf0 ? 3
                               : first >= 0xf0 && first < 0xf5 ? 4
                                                               : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
    }
    i += length;
  }
  return true;
}

}  // namespace

const delivery::LoadedBackend& backend() {
  static const delivery::LoadedBackend loaded =
      load_backend(needed("KTEL_CONFORMANCE_FILE").c_str());
  return loaded;
}

const std::string& url_pattern() {
  static const std::string pattern = needed("KTEL_CONFORMANCE_URL");
  return pattern;
}

bool over_http() { return !declaration().own_io; }
bool over_ports() { return declaration().own_io && holds(url_pattern(), "@PORT@"); }
bool to_files() { return declaration().own_io && holds(url_pattern(), "@DIR@"); }

std::string url_at(std::uint16_t port) {
  return replaced(url_pattern(), "@PORT@", std::to_string(port));
}
std::string url_in(const std::string& folder) { return replaced(url_pattern(), "@DIR@", folder); }
std::string some_url() { return replaced(url_at(9), "@DIR@", "/nonexistent"); }

std::string with_param(const std::string& url, const std::string& param) {
  return url + (holds(url, "?") ? '&' : '?') + param;
}

bool rewrites() { return !from_env("KTEL_CONFORMANCE_REWRITES").empty(); }

bool is_final(int status) {
  std::istringstream all(from_env("KTEL_CONFORMANCE_FINAL"));
  for (int one = 0; all >> one;) {
    if (one == status) return true;
  }
  return false;
}

Given all_secrets() {
  Given given;
  for (const plugin::Param& param : declaration().params) {
    if (param.secret) given[param.name] = planted;
  }
  return given;
}

delivery::SinkServices services() {
  delivery::SinkServices all{
      .http = nullptr, .secrets = std::make_shared<Secrets>(), .log = {}, .ktel_version = "0.1.0"};
  all.secrets->add(planted);
  return all;
}

Result<std::shared_ptr<delivery::OpenBackend>> open(const std::string& url, const Given& secrets) {
  auto destination = delivery::parse_destination(url, {});
  if (!destination) return destination.error();
  auto params = delivery::bind_params(declaration(), *destination, secrets);
  if (!params) return params.error();
  return delivery::OpenBackend::open(backend(), *destination, *params, services());
}

Result<std::shared_ptr<delivery::Sink>> open_sink(const std::string& url) {
  auto destination = delivery::parse_destination(url, {});
  if (!destination) return destination.error();
  delivery::SinkServices with_http = services();
  static const auto http = std::make_shared<HttpClient>();
  with_http.http = http;
  return delivery::open_sink(backend(), *destination, all_secrets(), with_http);
}

delivery::Outgoing report(std::string body, unsigned n) {
  std::string id = "01936f00-0000-7000-8000-000000000000";
  const std::string number = std::to_string(n);
  id.replace(id.size() - number.size(), number.size(), number);
  return {.id = id,
          .attempt = 1,
          .time_s = 1764000000,
          .signal = "daily",
          .body = std::move(body),
          .findings = 2,
          .fields = {}};
}

std::vector<NamedReport> hostile_reports() {
  const std::string million(1u << 20, 'x');
  std::string nested;
  for (int i = 0; i < 30; ++i) nested += R"({"a":)";
  nested += '1';
  nested.append(30, '}');
  return {
      {"empty", report("{}")},
      {"plain", report()},
      {"quotes", report(R"({"a":"\"\\\"},{\"b\":1","b":"]}"})")},
      {"line breaks", report(R"({"a":"\n\r\t","b":"\u0000\u001f"})")},
      {"unicode", report("{\"a\":\"\u00e9\u2028\U0001f600\",\"\u00fc\":1}")},
      {"other formats", report(R"({"a":"k=v;k2=v2\n<14>signal=x","b":"${token}","c":"%s%n"})")},
      {"numbers", report(R"({"a":-9223372036854775808,"b":1e308,"c":0.1})")},
      {"nested", report(nested)},
      {"a MiB", report(R"({"a":")" + million + R"("})")},
  };
}

std::string fault_of(const std::string& text) {
  if (holds(text, planted)) return "it shows a secret";
  if (holds(text, "please tell its maker")) return "the contract is broken";
  if (!is_utf8(text)) return "it is not UTF-8";
  for (const unsigned char c : text) {
    if (c < 0x20 || c == 0x7f) return "it is not one line";
  }
  return "";
}

}  // namespace ktel::test::conformance
