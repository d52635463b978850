// `User`: somebody at a shell who runs `ktel`. `Receiver`: a report server they can send to.
//
//   const test::User user;
//   const auto r = user.ktel({"jobs", "list"});
//   CHECK(r.exit_code == 0);
//
// Each User has a home of their own, removed in the end, and an environment that holds nothing but
// what is needed to run programs: no KUBECONFIG, no proxy, no KTEL_* and no DO_NOT_TRACK of the
// person who runs the tests. Values; throw std::runtime_error where they cannot be set up.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/certs.hpp"
#include "support/hec_strictd/server.hpp"
#include "support/process.hpp"

namespace ktel::test {

// Arguments of a command.
struct Words : std::vector<std::string> {
  using vector::vector;
};

Words operator+(Words left, const Words& right);

// What a command is given besides its arguments.
struct Given {
  std::string stdin_text = {};
  std::map<std::string, std::string> env = {};  // on top of the User's
  std::chrono::milliseconds deadline = std::chrono::seconds(60);
};

class User {
 public:
  User();

  // A report it prints is checked against the schema of its jobs.
  RunResult ktel(const Words& arguments, const Given& given = {}) const;
  // As `ktel`, through a shell: `line` may use "$@", which is ktel and its arguments.
  RunResult shell(const std::string& line, const Words& arguments, const Given& given = {}) const;
  Process start(const Words& arguments, const Given& given = {}) const;

  // `workflows run` with the plugins beside these tests; and the same on a small snapshot.
  RunResult run_jobs(const std::string& jobs, const Words& more = {},
                     const Given& given = {}) const;
  RunResult report(const std::string& jobs, const Words& more = {}, const Given& given = {}) const;

  const TempDir& home() const noexcept { return home_; }
  const std::filesystem::path& snapshot() const noexcept { return snapshot_; }
  std::filesystem::path ledger() const { return home_ / "state/ktel/ledger.db"; }
  // How many reports the ledger holds.
  std::size_t recorded() const;
  // Of the newest report in the ledger: "queued", "delivered", ...
  std::string state() const;

  std::map<std::string, std::string> environment() const;

 private:
  RunOptions options(const Given& given) const;
  void check_report(const Words& arguments, const Given& given, const std::string& out) const;

  TempDir home_{"ktel-user"};
  std::filesystem::path snapshot_;
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

// A loopback port that takes connections and never says a word: nobody accepts them.
class MutePort {
 public:
  MutePort();
  ~MutePort();
  MutePort(const MutePort&) = delete;
  MutePort& operator=(const MutePort&) = delete;
  std::uint16_t port() const noexcept { return port_; }
  bool called() const;  // somebody has connected

 private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

// A kubeconfig with one context, "here"; `ca` and `token` may be empty.
std::string kubeconfig(const std::string& server, const std::filesystem::path& ca = {},
                       const std::string& token = "a-cluster-token");

}  // namespace ktel::test
