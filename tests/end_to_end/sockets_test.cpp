// Who is connected to, and when, as the kernel sees it: a report is on disk before anybody connects
// to the report server, and off means that there is no socket at all. Needs strace (needs.sh).
#include <doctest/doctest.h>

#include <cstdlib>
#include <map>
#include <sstream>

#include "end_to_end/user.hpp"
#include "support/fake_api_server.hpp"

using namespace ktel;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

// The system calls in a trace of strace. One that others interrupt stands twice in it; it counts
// where it ended, a connect where it began.
std::vector<std::string> calls_in(const std::string& trace) {
  std::vector<std::string> calls;
  std::map<std::string, std::string> begun;  // by thread
  std::istringstream lines(trace);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t blank = line.find(' ');
    const std::string thread = line.substr(0, blank);
    const std::size_t at = std::min(line.find_first_not_of(' ', blank), line.size());
    const std::string call = line.substr(at);
    if (call.ends_with("<unfinished ...>") && !call.starts_with("connect(")) {
      begun[thread] = call;
    } else if (!call.starts_with("<... ")) {
      calls.push_back(call);
    } else if (const auto ended = begun.extract(thread); !ended.empty()) {
      calls.push_back(ended.mapped() + call);
    }
  }
  return calls;
}

bool is_connect(const std::string& call, const std::string& port) {
  return call.starts_with("connect(") && contains(call, "htons(" + port + ")");
}

// "socket:[123]" of `connect(9<socket:[123]>, {...`.
std::string socket_of(const std::string& connect) {
  const std::size_t from = connect.find('<') + 1;
  return connect.substr(from, connect.find('>', from) - from);
}

std::string port_of(const std::string& address) { return address.substr(address.rfind(':') + 1); }

// Whether what was written to `file` last, after the last traffic with the API server and before
// anybody connects to the report server, was synced before that. Empty, or what is missing.
std::string missing_before_connect(const std::vector<std::string>& calls, const std::string& api,
                                   const std::string& report_server, const std::string& file) {
  std::vector<std::string> sockets;  // to the API server
  bool written = false;
  bool synced = false;
  bool asked = false;
  for (const std::string& call : calls) {
    if (is_connect(call, report_server)) {
      return !asked    ? "nothing was asked of the API server"
             : written ? (synced ? "" : "what was written to the ledger was not synced")
                       : "nothing was written to the ledger since the last answer";
    }
    if (is_connect(call, api)) sockets.push_back(socket_of(call));
    // An idle connection that is looked at gives nothing.
    const bool moves =
        (call.starts_with("sendto(") || call.starts_with("recvfrom(")) && !contains(call, " = -1 ");
    const bool of_api = std::any_of(sockets.begin(), sockets.end(), [&](const std::string& socket) {
      return contains(call, "<" + socket + ">");
    });
    if (moves && of_api) {
      asked = true;
      written = synced = false;
    } else if (contains(call, "<" + file + ">")) {
      if (call.starts_with("pwrite64(") || call.starts_with("write(")) {
        written = true;
        synced = false;
      }
      const bool syncs = call.starts_with("fdatasync(") || call.starts_with("fsync(");
      if (syncs && call.ends_with("= 0")) synced = true;
    }
  }
  return "nobody connected to the report server";
}

struct Traced {
  test::RunResult result;
  std::vector<std::string> calls;
};

// ktel under strace; `what` are the system calls that matter.
Traced trace(const test::User& user, const std::string& what, const test::Words& arguments,
             std::map<std::string, std::string> env = {}) {
  // The leak sanitizer stops the threads of a program as strace does, and only one of them can.
  const char* asan = std::getenv("ASAN_OPTIONS");
  env["ASAN_OPTIONS"] = (asan != nullptr ? std::string(asan) + ":" : "") + "detect_leaks=0";
  const std::string file = user.home() / "trace";
  auto result = user.shell("strace -f -y -o '" + file + "' -e trace=" + what + " \"$@\"", arguments,
                           {.env = env});
  return {std::move(result), calls_in(test::read_file(file))};
}

constexpr const char* pod =
    R"({"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "a", "name": "p"}})";

}  // namespace

TEST_SUITE_BEGIN("end_to_end/sockets");

TEST_CASE("a report is on disk before anybody connects to the report server") {
  const test::User user;
  test::Receiver receiver(user);
  test::FakeApiServer api;
  api.add(pod);
  const auto config = user.home().write("kubeconfig", test::kubeconfig(api.url()));

  const auto traced =
      trace(user, "connect,sendto,recvfrom,write,pwrite64,fsync,fdatasync",
            test::Words{"workflows", "run", "--jobs", "tests-pods", "--kubeconfig", config} +
                test::test_plugins() + receiver.options());

  REQUIRE_MESSAGE(traced.result.exit_code == 0, traced.result.err);
  CHECK(traced.result.out == R"({"tests-pods":{"pods_count":1}})");
  CHECK(receiver.server().journal().accepted().size() == 1);
  CHECK(missing_before_connect(traced.calls, port_of(api.url()),
                               std::to_string(receiver.server().port()),
                               std::filesystem::canonical(user.ledger())) == "");
}

TEST_CASE("the order is seen where it is wrong") {
  const std::string asked =
      "1 connect(3<socket:[7]>, {sa_family=AF_INET, sin_port=htons(11)}) = 0\n"
      "1 sendto(3<socket:[7]>, \"GET\") = 3\n"
      "1 recvfrom(3<socket:[7]>, \"200\") = 3\n";
  const std::string written = "1 pwrite64(4</x/ledger.db>, \"\", 4096, 0) = 4096\n";
  const std::string synced = "1 fdatasync(4</x/ledger.db>) = 0\n";
  const std::string other = "1 fdatasync(5</x/ledger.db-journal>) = 0\n";
  const std::string connected = "2 connect(6<socket:[8]>, {sin_port=htons(22)}) = 0\n";
  const auto missing = [](const std::string& trace) {
    return missing_before_connect(calls_in(trace), "11", "22", "/x/ledger.db");
  };

  CHECK(missing(asked + written + synced + connected) == "");
  CHECK(missing(asked + written +
                "1 fdatasync(4</x/ledger.db> <unfinished ...>\n2 write(1</y>, \"\", 1) = 1\n"
                "1 <... fdatasync resumed>) = 0\n" +
                connected) == "");

  const std::string not_written = "nothing was written to the ledger since the last answer";
  const std::string not_synced = "what was written to the ledger was not synced";
  CHECK(missing(written + synced + asked + connected) == not_written);
  CHECK(missing(asked + connected + written + synced) == not_written);
  CHECK(missing(asked + written + other + connected) == not_synced);
  CHECK(missing(asked + synced + written + connected) == not_synced);
  CHECK(missing(asked + written + synced + written + connected) == not_synced);
  CHECK(missing(asked + written + "1 fdatasync(4</x/ledger.db> <unfinished ...>\n" + connected +
                "1 <... fdatasync resumed>) = 0\n") == not_synced);
  CHECK(missing(written + synced + connected) == "nothing was asked of the API server");
  CHECK(missing(asked + written + synced) == "nobody connected to the report server");
}

TEST_CASE("off: not one socket") {
  const test::User user;
  test::Receiver receiver(user);
  test::FakeApiServer api;
  const auto config = user.home().write("kubeconfig", test::kubeconfig(api.url()));
  const test::Words run = test::Words{"workflows", "run", "--jobs", "all", "--kubeconfig", config} +
                          test::test_plugins() + receiver.options();

  for (const auto& [name, value] :
       {std::pair{"DO_NOT_TRACK", "1"}, std::pair{"KTEL_TELEMETRY", "off"}}) {
    CAPTURE(name);
    const auto traced =
        trace(user, "execve,socket,connect,bind,sendto,sendmsg", run, {{name, value}});

    CHECK(traced.result.exit_code == 0);
    CHECK(traced.result.out == "");
    CHECK_MESSAGE(contains(traced.result.err, name), traced.result.err);
    REQUIRE_FALSE(traced.calls.empty());
    CHECK(traced.calls.front().starts_with("execve("));  // strace was there
    for (const std::string& call : traced.calls) {
      const bool harmless = call.starts_with("execve(") || call.starts_with("+++ ") ||
                            call.starts_with("--- ");  // the end of a process, a signal
      CHECK_MESSAGE(harmless, call);
    }
  }
  CHECK(api.requests().empty());
  CHECK(receiver.server().journal().requests().empty());
}

TEST_SUITE_END();
