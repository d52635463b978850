// hec_strictd: the strict HEC server as a program, for tests that need it in a process of its own.
//
//   hec_strictd --token T [--ack] [--index NAME]... [--listen ADDR:PORT] [--cert F --key F]
//               [--client-ca F] [--journal F] [--script F] [--port-file F] [--nodes N]
//               [--lenient] [--atomic]
//
// Port 0 (the default) takes a free one; --port-file gets it when the server listens. --lenient
// loses data behind a 200 where Splunk does. Ends at SIGTERM or SIGINT.
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "support/hec_strictd/server.hpp"
#include "support/process.hpp"

namespace {

using namespace ktel::test;

hec::ServerOptions parse(const std::vector<std::string>& arguments, std::string& port_file) {
  hec::ServerOptions options;
  hec::Token token;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view flag = arguments[i];
    const auto value = [&]() -> const std::string& {
      if (i + 1 == arguments.size()) throw std::runtime_error(std::string(flag) + " needs a value");
      return arguments[++i];
    };
    if (flag == "--token") {
      token.token = value();
    } else if (flag == "--ack") {
      token.use_ack = true;
    } else if (flag == "--index") {
      token.indexes.push_back(value());
    } else if (flag == "--listen") {
      const std::string& at = value();
      const std::size_t colon = at.rfind(':');
      if (colon == at.npos) throw std::runtime_error("--listen needs ADDRESS:PORT");
      options.address = at.substr(0, colon);
      options.port = static_cast<std::uint16_t>(std::stoul(at.substr(colon + 1)));
    } else if (flag == "--cert") {
      options.cert.cert_pem = read_file(value());
    } else if (flag == "--key") {
      options.cert.key_pem = read_file(value());
    } else if (flag == "--client-ca") {
      options.client_ca = read_file(value());
    } else if (flag == "--journal") {
      options.journal = value();
    } else if (flag == "--script") {
      options.script = hec::FaultScript::parse(read_file(value()));
    } else if (flag == "--port-file") {
      port_file = value();
    } else if (flag == "--nodes") {
      options.endpoint.nodes = std::stoul(value());
    } else if (flag == "--lenient") {
      options.endpoint.rules.drop_unknown = true;
      options.endpoint.rules.skip_fields_only = true;
    } else if (flag == "--atomic") {
      options.endpoint.rules.atomic = true;
    } else {
      throw std::runtime_error("unknown option " + std::string(flag));
    }
  }
  if (token.token.empty()) throw std::runtime_error("--token is required");
  if (!token.indexes.empty()) token.index = token.indexes.front();
  options.endpoint.tokens = {token};
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);  // before the server's thread exists
  try {
    std::string port_file;
    const hec::Server server(parse({argv, argv + argc}, port_file));
    std::fprintf(stderr, "hec_strictd: listening on %s\n", server.url().c_str());
    if (!port_file.empty()) {
      // By rename: whoever waits for the file never reads half a number.
      write_file(port_file + ".part", std::to_string(server.port()) + "\n");
      std::filesystem::rename(port_file + ".part", port_file);
    }
    int signal = 0;
    sigwait(&ending, &signal);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "hec_strictd: %s\n", error.what());
    return 2;
  }
}
