// Certificates made when a test runs: an authority, and server and client certificates of every
// kind a TLS client has to judge. None is stored, so none expires in the tree.
//
//   const test::TestCa ca;
//   const test::CertKey cert = ca.server();          // localhost, 127.0.0.1 and ::1
//   const test::CertFiles files = cert.write(dir, "server");
//
// Values; thread-safe as long as nobody shares one that is being assigned. P-256 keys.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/process.hpp"

namespace ktel::test {

struct CertFiles {
  std::filesystem::path cert = {};
  std::filesystem::path key = {};
};

struct CertKey {
  std::string cert_pem = {};
  std::string key_pem = {};

  // NAME.crt, and NAME.key with mode 0600.
  CertFiles write(const TempDir& dir, std::string_view name) const;

  // The public key as curl and ktel take it: "sha256//" + base64.
  std::string pin() const;
};

struct CertOptions {
  std::string common_name = "localhost";
  std::vector<std::string> organizations = {};  // groups, to a Kubernetes API server
  std::vector<std::string> dns = {"localhost"};
  std::vector<std::string> ips = {"127.0.0.1", "::1"};
  std::chrono::seconds valid_from = -std::chrono::hours(1);  // from now
  std::chrono::seconds valid_to = std::chrono::hours(24);
  bool client = false;  // extended key usage: client instead of server
};

class TestCa {
 public:
  explicit TestCa(std::string_view common_name = "ktel test authority");
  ~TestCa();
  TestCa(TestCa&&) noexcept;

  const std::string& pem() const noexcept { return pem_; }

  CertKey make(const CertOptions& options) const;
  CertKey server() const { return make({}); }
  CertKey expired() const;     // ended an hour ago
  CertKey wrong_name() const;  // good for elsewhere.example only
  CertKey client(std::string common_name, std::vector<std::string> organizations = {}) const;

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
  std::string pem_;
};

// Right names, but nobody vouches for it.
CertKey self_signed(const CertOptions& options = {});

// A P-256 key alone, as PEM; and its public half, for --service-account-key-file and the like.
std::string private_key_pem();
std::string public_key_pem(const std::string& private_key);

}  // namespace ktel::test
