// Who asks, and whom they trust, as files change and credentials are refused.
#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/secrets.hpp"
#include "cluster/credentials.hpp"
#include "support/certs.hpp"
#include "support/process.hpp"

using namespace ktel;
using namespace ktel::cluster;
using namespace std::chrono_literals;

namespace {

// Credentials that need no plugin come at once.
struct Setup {
  explicit Setup(Access access)
      : credentials(
            std::move(access), secrets, [this] { return now; },
            [](std::function<void()>) { FAIL("a plugin was asked"); }) {}

  Authorization get() {
    return take([&](auto done) { credentials.get({}, done); }).value();
  }
  std::string header() { return get().header; }
  Authorization renew(const Authorization& refused) {
    return take([&](auto done) { credentials.renew(refused, {}, done); }).value();
  }
  template <class Ask>
  static Result<Authorization> take(Ask ask) {
    std::optional<Result<Authorization>> came;
    ask([&](Result<Authorization> authorization) { came = std::move(authorization); });
    REQUIRE(came.has_value());
    return *came;
  }

  std::shared_ptr<Secrets> secrets = std::make_shared<Secrets>();
  std::chrono::system_clock::time_point now{1'000'000s};
  Credentials credentials;
};

Access with(Login login) {
  Access access;
  access.login = std::move(login);
  return access;
}

}  // namespace

TEST_SUITE("core/cluster/credentials") {
  TEST_CASE("a token file is read again after 50 seconds, and its last good token stays") {
    const test::TempDir dir;
    Setup setup(with({"inline", dir.write("token", "one\n").string(), "", ""}));

    CHECK(setup.header() == "Bearer one");
    dir.write("token", "  token-two\n\n");
    setup.now += 49s;
    CHECK(setup.header() == "Bearer one");
    setup.now += 1s;
    CHECK(setup.header() == "Bearer token-two");
    dir.write("token", "\n");
    setup.now += 60s;
    CHECK(setup.header() == "Bearer token-two");
    dir.write("token", "three");
    CHECK(setup.header() == "Bearer three");

    CHECK(setup.secrets->scrub("inline token-two three") == "*** *** ***");
  }

  TEST_CASE("a token that is refused is read again at once, for all who were refused it") {
    const test::TempDir dir;
    Setup setup(with({"", dir.write("token", "one").string(), "", ""}));
    const Authorization one = setup.get();
    dir.write("token", "two");

    CHECK(setup.header() == "Bearer one");
    CHECK(setup.renew(one).header == "Bearer two");
    dir.write("token", "three");
    CHECK(setup.renew(one).header == "Bearer two");
    CHECK(setup.renew(setup.get()).header == "Bearer three");
    std::filesystem::remove(dir / "token");
    CHECK(setup.renew(setup.get()).header == "Bearer three");
  }

  TEST_CASE("an inline token serves until the file can be read") {
    CHECK(Setup(with({"inline", "/nowhere/token", "", ""})).header() == "Bearer inline");

    Setup none(with({"", "/nowhere/token", "", ""}));
    CHECK(Setup::take([&](auto done) { none.credentials.get({}, done); }).error().message ==
          "failed to read token file \"/nowhere/token\": open /nowhere/token: no such file or "
          "directory; check tokenFile and its permissions");
  }

  TEST_CASE("basic authentication is encoded, nobody is nobody, and no secret shows") {
    Setup basic(with({"", "", "me", "pass:word"}));

    CHECK(basic.header() == "Basic bWU6cGFzczp3b3Jk");
    CHECK(Setup(with({})).header().empty());
    CHECK(Setup(with({"", "", "", "a password alone"})).header().empty());
    CHECK(basic.secrets->scrub("Basic bWU6cGFzczp3b3Jk, pass:word") == "Basic ***, ***");
  }

  TEST_CASE("certificate files are read again once they fit each other") {
    const test::TempDir dir;
    const test::TestCa ca;
    const test::CertKey first = ca.client("first");
    const test::CertKey second = ca.client("second");
    const test::CertFiles files = first.write(dir, "client");
    Access access;
    access.tls = std::make_shared<const TlsSettings>(TlsSettings{
        .client_cert_pem = first.cert_pem, .client_key_pem = first.key_pem, .server_name = "sn"});
    access.tls_files = {.ca = {}, .cert = files.cert.string(), .key = files.key.string()};
    Setup setup(access);
    const Authorization known = setup.get();

    test::write_file(files.cert, second.cert_pem);
    setup.now += 50s;
    CHECK(setup.get().tls == known.tls);

    test::write_file(files.key, second.key_pem);
    setup.now += 49s;
    CHECK(setup.get().tls == known.tls);
    setup.now += 1s;
    const Authorization fresh = setup.get();
    CHECK(fresh.tls->client_cert_pem == second.cert_pem);
    CHECK(fresh.tls->client_key_pem == second.key_pem);
    CHECK(fresh.tls->server_name == "sn");
    CHECK(setup.secrets->scrub(second.key_pem) == "***");

    std::filesystem::remove(files.key);
    setup.now += 50s;
    CHECK(setup.get().tls == fresh.tls);
  }

  TEST_CASE("a certificate that is refused is read again at once") {
    const test::TempDir dir;
    const test::TestCa ca;
    const test::CertKey first = ca.client("first");
    const test::CertFiles files = first.write(dir, "client");
    Access access;
    access.tls = std::make_shared<const TlsSettings>(
        TlsSettings{.client_cert_pem = first.cert_pem, .client_key_pem = first.key_pem});
    access.tls_files = {.ca = {}, .cert = files.cert.string(), .key = files.key.string()};
    Setup setup(access);
    const Authorization known = setup.get();
    CHECK(setup.renew(known).tls == known.tls);

    const test::CertKey second = ca.client("second");
    second.write(dir, "client");
    CHECK(setup.renew(known).tls->client_cert_pem == second.cert_pem);
  }

  TEST_CASE("a CA file is read again, and rubbish is not taken for one") {
    const test::TempDir dir;
    const test::TestCa one("one");
    const test::TestCa two("two");
    Access access;
    access.tls = std::make_shared<const TlsSettings>(TlsSettings{.ca_pem = one.pem()});
    access.tls_files.ca = dir.write("ca.pem", one.pem()).string();
    Setup setup(access);

    for (const char* rubbish : {"", "rubbish"}) {
      dir.write("ca.pem", rubbish);
      setup.now += 50s;
      CHECK(setup.get().tls->ca_pem == one.pem());
    }
    dir.write("ca.pem", two.pem());
    CHECK(setup.get().tls->ca_pem == one.pem());
    setup.now += 50s;
    CHECK(setup.get().tls->ca_pem == two.pem());
  }
}
