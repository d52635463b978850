// The backend "kong-tls": reports as lines in the form of Kong's own telemetry, over TLS 1.3.
//
// That protocol has no answer, and no place for a report's id. So each report has a connection of
// its own, which ends in order: whoever closes it without having read everything is noticed, and
// the report is sent again. What a server that has read it does with it, nobody is told.
#include <ktel/sdk/backend.hpp>

#include <string>
#include <string_view>

#include "line.hpp"
#include "tls.hpp"

namespace kong_tls {
namespace {

using ktel::sdk::Delivery;
using ktel::sdk::Refusal;
using ktel::sdk::str;
using ktel::sdk::view;

constexpr std::string_view default_port = "61833";  // of Kong's own server

enum Param : std::uint32_t { ca, cert, key, pin, server_name };
constexpr ktel_param params[] = {
    {.name = "ca",
     .type = KTEL_T_TEXT,
     .description = "A PEM file with the authorities to trust, instead of the system's."},
    {.name = "cert", .type = KTEL_T_TEXT, .description = "A PEM file with a client certificate."},
    {.name = "key", .type = KTEL_T_TEXT, .description = "A PEM file with its key."},
    {.name = "pin",
     .type = KTEL_T_TEXT,
     .description = "The hash of the server's public key, beside what is verified anyway: "
                    "sha256//BASE64, several with ; between."},
    {.name = "server_name",
     .type = KTEL_T_TEXT,
     .description = "The name that the server's certificate has to hold, instead of the URL's."},
};

// "host:port", "[::1]:port", "host".
Address address_of(const ktel_target& target) {
  const std::string_view authority = view(target.authority);
  if (authority.empty()) {
    throw Refusal(KTEL_E_INVALID, "kong+tls:// needs a host: write it like kong+tls://HOST:" +
                                      std::string(default_port));
  }
  if (const std::string_view path = view(target.path); !path.empty() && path != "/") {
    throw Refusal(KTEL_E_INVALID, "kong+tls:// takes no path: write kong+tls://" +
                                      std::string(authority) + " without " + std::string(path));
  }
  const bool bracketed = authority.starts_with('[');
  const std::size_t end = bracketed ? authority.find(']') : authority.find(':');
  std::string_view host = authority.substr(0, end);
  std::string_view port = default_port;
  if (bracketed) host.remove_prefix(1);
  if (const std::size_t colon = authority.find(':', bracketed ? end : 0); colon != authority.npos) {
    port = authority.substr(colon + 1);
  }
  const std::string shown = bracketed ? "[" + std::string(host) + "]" : std::string(host);
  return {std::string(host), std::string(port), shown + ":" + std::string(port)};
}

class Sink {
 public:
  Sink(Delivery host, const ktel_target& target)
      : to_(address_of(target)),
        tls_({.ca = host.text(ca),
              .cert = host.text(cert),
              .key = host.text(key),
              .pin = host.text(pin),
              .server_name = host.text(server_name)},
             to_) {}

  // What deliver would write.
  void encode(Delivery host, const ktel_report& report) {
    const std::string url = "kong+tls://" + to_.shown;
    const std::string line = line_of(report);
    ktel_request request;
    KTEL_SIZED(request);
    request.url = str(url);
    request.body = str(line);
    host.request(request);
  }

  void deliver(Delivery host, const ktel_report& report) {
    std::string line;
    try {
      line = line_of(report);
    } catch (const Refusal& refusal) {
      host.outcome({.result = KTEL_REJECTED, .cause = KTEL_CAUSE_DATA, .text = refusal.what()});
      host.verdict({.result = KTEL_UP, .text = {}});
      return;
    }
    try {
      const bool confirmed = tls_.send(line, host) == Tls::Ending::confirmed;
      host.outcome({.result = KTEL_DELIVERED,
                    .text = "written to " + to_.shown +
                            (confirmed ? ", which read it all and closed the connection"
                                       : ", which did not close the connection: whether it read "
                                         "it is not known")});
      host.verdict({.result = KTEL_UP, .text = {}});
    } catch (const Failure& failure) {
      host.outcome({.result = KTEL_RETRY, .cause = failure.cause, .text = failure.text});
      host.verdict({.result = KTEL_DOWN, .cause = failure.cause, .text = {}});
    }
  }

 private:
  const Address to_;
  const Tls tls_;
};

constexpr ktel_backend backends[] = {{
    .name = "kong-tls",
    .summary = "Lines in the form of Kong's own telemetry, over TLS 1.3.",
    .schemes = "kong+tls",
    .flags = KTEL_BACKEND_OWN_IO,
    .timeout_ms = 45'000,
    KTEL_PARAMS(params),
    .open = ktel::sdk::open_sink<Sink>,
    .encode = ktel::sdk::encode<Sink>,
    .deliver = ktel::sdk::deliver<Sink>,
    .close = ktel::sdk::close_sink<Sink>,
}};

}  // namespace
}  // namespace kong_tls

KTEL_PLUGIN(.id = "io.ktel.kong-tls", .version = "0.1.0", .vendor = "ktel",
            .summary = "Delivers reports as lines of Kong's telemetry.",
            KTEL_BACKENDS(kong_tls::backends));
