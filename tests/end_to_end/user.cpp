// User and Receiver: see the header.
#include "end_to_end/user.hpp"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "support/json_schema.hpp"

namespace ktel::test {
namespace {

hec::ServerOptions server_options(const TestCa& ca, hec::FaultScript script) {
  hec::ServerOptions options;
  options.endpoint.tokens = {hec::Token{.token = Receiver::token}};
  options.cert = ca.server();
  options.script = std::move(script);
  return options;
}

}  // namespace

Words operator+(Words left, const Words& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

User::User()
    : snapshot_(home_.write("cluster.json", R"({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "a", "name": "one"}},
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "a", "name": "two"}},
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "alone"}}]})")) {}

std::map<std::string, std::string> User::environment() const {
  std::map<std::string, std::string> env = {{"HOME", home_.path()},
                                            {"XDG_STATE_HOME", home_ / "state"},
                                            {"XDG_CACHE_HOME", home_ / "cache"},
                                            {"XDG_CONFIG_HOME", home_ / "config"}};
  // How the sanitizers run is the concern of who runs the tests.
  for (const char* name :
       {"PATH", "ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name); value != nullptr) env[name] = value;
  }
  return env;
}

RunOptions User::options(const Given& given) const {
  RunOptions options;
  options.stdin_text = given.stdin_text;
  options.env = environment();
  for (const auto& [name, value] : given.env) options.env[name] = value;
  options.inherit_env = false;
  options.cwd = home_.path();
  options.deadline = given.deadline;
  return options;
}

RunResult User::ktel(const Words& arguments, const Given& given) const {
  RunResult result = run(Words{KTEL_PROGRAM} + arguments, options(given));
  check_report(arguments, given, result.out);
  return result;
}

// Every report these tests make keeps to the schema of its jobs; keys from stdin lie outside it.
void User::check_report(const Words& arguments, const Given& given, const std::string& out) const {
  if (arguments.size() < 2 || arguments[0] != "workflows" || arguments[1] != "run") return;
  if (!out.starts_with('{')) return;  // -o yaml, --help, nothing
  boost::json::error_code no_json;
  const boost::json::value report = boost::json::parse(out, no_json);
  CHECK_MESSAGE(!no_json, out);
  if (no_json) return;
  boost::json::object of_jobs = report.as_object();
  const boost::json::value callers = boost::json::parse(given.stdin_text, no_json);
  if (!no_json) {
    for (const auto& key : callers.as_object()) of_jobs.erase(key.key());
  }
  Words asks = {"jobs", "docs", "--format", "jsonschema"};
  for (std::size_t i = 0; i + 1 < arguments.size(); ++i) {
    if (arguments[i] == "--plugin-dir") asks = asks + Words{arguments[i], arguments[i + 1]};
  }
  static std::map<Words, boost::json::value> schemas;
  auto known = schemas.find(asks);
  if (known == schemas.end()) {
    const RunResult schema = run(Words{KTEL_PROGRAM} + asks, options({}));
    known = schemas.emplace(asks, boost::json::parse(schema.out)).first;
  }
  const std::string bad = violation(known->second, of_jobs);
  CHECK_MESSAGE(bad.empty(), bad << " in " << out);
}

RunResult User::shell(const std::string& line, const Words& arguments, const Given& given) const {
  return run(Words{"bash", "-c", line, "bash", KTEL_PROGRAM} + arguments, options(given));
}

Process User::start(const Words& arguments, const Given& given) const {
  return Process(Words{KTEL_PROGRAM} + arguments, options(given));
}

RunResult User::run_jobs(const std::string& jobs, const Words& more, const Given& given) const {
  return ktel(Words{"workflows", "run", "--jobs", jobs} + test_plugins() + more, given);
}

RunResult User::report(const std::string& jobs, const Words& more, const Given& given) const {
  return run_jobs(jobs, Words{"--snapshot", snapshot_} + more, given);
}

std::size_t User::recorded() const {
  const RunResult listed = ktel({"reports", "list", "-o", "name"});
  if (listed.exit_code != 0) throw std::runtime_error("reports list: " + listed.err);
  return static_cast<std::size_t>(std::count(listed.out.begin(), listed.out.end(), '\n'));
}

std::string User::state() const {
  const RunResult listed = ktel({"reports", "list", "--limit", "1", "-o", "json"});
  const std::string before = R"("state":")";
  const std::size_t at = listed.out.find(before);
  if (at == std::string::npos) return {};
  const std::size_t from = at + before.size();
  return listed.out.substr(from, listed.out.find('"', from) - from);
}

Words test_plugins() { return {"--plugin-dir", KTEL_TEST_PLUGINS}; }

Receiver::Receiver(const User& user, hec::FaultScript script)
    : server_(server_options(ca_, std::move(script))),
      ca_file_(user.home().write("ca.pem", ca_.pem())),
      token_file_(user.home().write("token", std::string(token) + "\n", 0600)) {}

Words Receiver::options() const {
  return {"--report-server", url(), "--token-file", token_file_, "--ca-file", ca_file_};
}

MutePort::MutePort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd_, generic, size) != 0 || ::listen(fd_, 16) != 0 ||
      ::getsockname(fd_, generic, &size) != 0) {
    throw std::runtime_error("no loopback port to listen on");
  }
  port_ = ntohs(address.sin_port);
}

MutePort::~MutePort() { ::close(fd_); }

bool MutePort::called() const {
  pollfd waiting = {.fd = fd_, .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, 0) == 1;
}

std::string kubeconfig(const std::string& server, const std::filesystem::path& ca,
                       const std::string& token) {
  return "apiVersion: v1\nkind: Config\ncurrent-context: here\n"
         "contexts: [{name: here, context: {cluster: one, user: me}}]\n"
         "clusters: [{name: one, cluster: {server: \"" +
         server + "\"" + (ca.empty() ? "" : ", certificate-authority: " + ca.string()) +
         "}}]\nusers: [{name: me, user: {" + (token.empty() ? "" : "token: " + token) + "}}]\n";
}

}  // namespace ktel::test
