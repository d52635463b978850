// What the certificates claim, as OpenSSL's own verifier sees it.
#include "support/certs.hpp"

#include <doctest/doctest.h>

using namespace ktel;

namespace {

// What `openssl verify` says of a certificate under this authority.
test::RunResult verify(const test::TempDir& dir, const test::TestCa& ca, const test::CertKey& cert,
                       const std::vector<std::string>& more = {}) {
  const auto files = cert.write(dir, "leaf");
  std::vector<std::string> argv = {"openssl", "verify", "-x509_strict", "-CAfile",
                                   dir.write("ca.crt", ca.pem())};
  argv.insert(argv.end(), more.begin(), more.end());
  argv.push_back(files.cert);
  return test::run(argv);
}

}  // namespace

TEST_SUITE_BEGIN("support/certs");

TEST_CASE("a server certificate is good for loopback") {
  const test::TempDir dir;
  const test::TestCa ca;
  const test::CertKey cert = ca.server();

  CHECK(verify(dir, ca, cert, {"-purpose", "sslserver", "-verify_ip", "127.0.0.1"}).exit_code == 0);
  CHECK(verify(dir, ca, cert, {"-verify_hostname", "localhost"}).exit_code == 0);
  CHECK(verify(dir, ca, cert, {"-purpose", "sslclient"}).exit_code != 0);
}

TEST_CASE("each bad certificate is bad for its own reason") {
  const test::TempDir dir;
  const test::TestCa ca;

  CHECK(verify(dir, ca, ca.expired()).err.find("certificate has expired") != std::string::npos);
  CHECK(verify(dir, ca, ca.wrong_name()).exit_code == 0);
  CHECK(verify(dir, ca, ca.wrong_name(), {"-verify_hostname", "localhost"})
            .err.find("hostname mismatch") != std::string::npos);
  CHECK(verify(dir, ca, test::self_signed()).err.find("self-signed") != std::string::npos);
  CHECK(verify(dir, ca, test::TestCa("another").server()).exit_code != 0);
}

TEST_CASE("a client certificate names its user and groups") {
  const test::TempDir dir;
  const test::TestCa ca;
  const test::CertKey cert = ca.client("jane", {"system:masters", "dev"});

  CHECK(verify(dir, ca, cert, {"-purpose", "sslclient"}).exit_code == 0);
  const auto files = cert.write(dir, "jane");
  CHECK(test::run({"openssl", "x509", "-in", files.cert, "-noout", "-subject"}).out ==
        "subject=O = system:masters, O = dev, CN = jane\n");
}

TEST_CASE("a pin is the hash of the public key") {
  const test::TempDir dir;
  const test::CertKey cert = test::self_signed();
  const auto files = cert.write(dir, "c");

  const auto r = test::run({"sh", "-c",
                            "openssl pkey -in \"$0\" -pubout -outform der | "
                            "openssl dgst -sha256 -binary | base64",
                            files.key});
  CHECK(cert.pin() + "\n" == "sha256//" + r.out);
}

TEST_SUITE_END();
