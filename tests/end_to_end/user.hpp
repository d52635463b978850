// `User`: somebody at a shell who runs `ktel`. `Receiver`: a report server they can send to.
//
//   const test::User user;
//   const auto r = user.ktel({"workflows", "run", "--jobs", "tests-count"});
//   CHECK(r.exit_code == 0);
//
// Each User has a home of their own, removed in the end, and an environment that holds nothing but
// what is needed to run programs: no KUBECONFIG, no proxy, no KTEL_* and no DO_NOT_TRACK of the
// person who runs the tests. Values; throw std::runtime_error where they cannot be set up.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/certs.hpp"
#include "support/hec_strictd/server.hpp"
#include "support/process.hpp"

namespace ktel::test {

using Words = std::vector<std::string>;

Words operator+(Words left, const Words& right);

class User {
 public:
  struct Given {
    std::string stdin_text = {};
    std::map<std::string, std::string> env = {};
    std::chrono::milliseconds deadline = std::chrono::seconds(60);
  };

  User() = default;

  RunResult ktel(const Words& arguments, const Given& given = {}) const;
  // As `ktel`, through a shell: `line` may use "$@", which is ktel and its arguments.
  RunResult shell(const std::string& line, const Words& arguments, const Given& given = {}) const;
  Process start(const Words& arguments, const Given& given = {}) const;

  // Every job of the plugins beside these tests can be named.
  RunResult run_jobs(const std::string& jobs, const Words& more = {},
                     const Given& given = {}) const;

  const TempDir& home() const noexcept { return home_; }
  std::filesystem::path ledger() const { return home_ / "state/ktel/ledger.db"; }
  // Of `ktel reports list -o name`.
  std::size_t recorded() const;
  // Of the newest report in the ledger: "queued", "delivered", ...
  std::string state() const;

  std::map<std::string, std::string> environment() const;

 private:
  RunOptions options(const Given& given) const;

  TempDir home_{"ktel-user"};
};

// Options that name the plugins beside these tests.
Words test_plugins();

// A strict HEC server over TLS, and the files a user needs to send to it.
class Receiver {
 public:
  static constexpr const char* token = "5f3c1e0a-the-token";

  explicit Receiver(const User& user, hec::FaultScript script = {});

  hec::Server& server() noexcept { return server_; }
  std::string url() const { return "splunk://" + server_.authority(); }
  Words options() const;
  const std::filesystem::path& ca_file() const noexcept { return ca_file_; }
  const std::filesystem::path& token_file() const noexcept { return token_file_; }

 private:
  TestCa ca_;
  hec::Server server_;
  std::filesystem::path ca_file_;
  std::filesystem::path token_file_;
};

// A kubeconfig with one context, "here"; `ca` and `token` may be empty.
std::string kubeconfig(const std::string& server, const std::filesystem::path& ca = {},
                       const std::string& token = "a-cluster-token");

}  // namespace ktel::test
