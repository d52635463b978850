// The backend kong-tls: the line, byte by byte, and what becomes of it on the way.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <string>
#include <vector>

#include "delivery/sink.hpp"
#include "plugins/backends/load.hpp"
#include "support/process.hpp"
#include "support/spin.hpp"
#include "support/tls_line_server.hpp"

TEST_SUITE_BEGIN("plugins/backends/kong_tls");

namespace {

using namespace ktel;
using delivery::Answer;
using delivery::Attempt;
using delivery::Cause;
using delivery::Outcome;
using delivery::Verdict;
using test::LineServer;

constexpr const char* whom_to_trust =
    " (whom to trust: --ca-file FILE, or ca=, server_name=, pin= in the URL)";

Result<std::shared_ptr<delivery::Sink>> open(const std::string& url) {
  static const auto backend = test::load_backend(KTEL_PLUGIN_FILE);
  auto destination = delivery::parse_destination(url, {});
  if (!destination) return destination.error();
  return delivery::open_sink(backend, *destination, {},
                             {.http = nullptr,
                              .secrets = std::make_shared<Secrets>(),
                              .log = {},
                              .ktel_version = "0.1.0"});
}

delivery::Outgoing report(const std::string& body, std::vector<SentField> fields) {
  return {.id = "01936f00-0000-7000-8000-000000000001",
          .attempt = 1,
          .time_s = 1764000000,
          .signal = "kic-ping",
          .body = body,
          .findings = 0,
          .fields = std::move(fields)};
}

SentField field(const std::string& job, const std::string& name, std::uint32_t type,
                const std::string& alias) {
  return {.job = job, .field = name, .type = type, .metric = 0, .unit = {}, .alias = alias};
}

// The example of Kong's own serializer.
delivery::Outgoing example() {
  return report(R"({"cluster-state":{"pods_count":1,"services_count":2},"identify-platform":)"
                R"({"arch":"arm64","kubernetes_release":"v1.2.3","kubernetes_version":)"
                R"("v1.2.3-gke-a1fdc32f","os":"linux","provider":"GKE"}})",
                {field("cluster-state", "pods_count", KTEL_T_COUNT, "k8s_pods_count"),
                 field("cluster-state", "services_count", KTEL_T_COUNT, "k8s_services_count"),
                 field("identify-platform", "arch", KTEL_T_ENUM, "k8s_arch"),
                 field("identify-platform", "kubernetes_release", KTEL_T_SEMVER, "k8sv_semver"),
                 field("identify-platform", "kubernetes_version", KTEL_T_SEMVER, "k8sv"),
                 field("identify-platform", "os", KTEL_T_ENUM, "k8s_arch"),
                 field("identify-platform", "provider", KTEL_T_ENUM, "k8s_provider")});
}
constexpr const char* example_line =
    "<14>signal=kic-ping;k8s_arch=linux/arm64;k8s_provider=GKE;k8sv=v1.2.3-gke-a1fdc32f;"
    "k8sv_semver=v1.2.3;k8s_pods_count=1;k8s_services_count=2;\n";

std::string line(const delivery::Outgoing& report) {
  const auto sink = open("kong+tls://h");
  REQUIRE(sink);
  const auto preview = (*sink)->preview(report);
  return preview ? preview->body : preview.error().message;
}

Attempt send(const std::string& url, const delivery::Outgoing& report) {
  const auto sink = open(url);
  REQUIRE(sink);
  std::promise<Attempt> promise;
  (*sink)->send(report, {}, [&](Answer said) { promise.set_value(said.judge()); });
  return promise.get_future().get();
}

std::atomic<bool> small_buffers{false};

// A server, and what the URL needs so that it is trusted.
struct Site {
  test::TestCa ca;
  test::TempDir dir;
  std::string trust = "?ca=" + dir.write("ca.pem", ca.pem()).string();

  Attempt send_to(const test::TlsLineServer& server, const std::string& more = "") const {
    return send("kong+tls://" + server.authority() + trust + more, example());
  }
};

}  // namespace

// In front of libc's: the plugin calls it.
extern "C" int connect(int socket, const sockaddr* address, socklen_t size) {
  const int small = 4096;
  if (small_buffers) ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  return static_cast<int>(::syscall(SYS_connect, socket, address, size));
}

TEST_CASE("the line is that of Kong's own serializer") { CHECK(line(example()) == example_line); }

TEST_CASE("a section for each job, pairs and sections in the order of their bytes") {
  CHECK(line(report(R"({"a":{"x":true,"y":1.5,"z":["p","q"]},"b":{"w":-3,"u":null,"v":"plain"}})",
                    {field("a", "x", KTEL_T_BOOL, "n"), field("a", "y", KTEL_T_RATIO, "k-a"),
                     field("a", "z", KTEL_T_LIST, "k"), field("b", "w", KTEL_T_INT, "a_1"),
                     field("b", "u", KTEL_T_INT, "a_2")})) ==
        "<14>signal=kic-ping;a_1=-3;k-a=1.5;k=p,q;n=true;\n");
}

TEST_CASE("a map is a pair for each key, where its name has the place") {
  CHECK(line(report(R"({"gates":{"on":{"FillIDs":true,"Beta":false},"size":{"a":1}}})",
                    {field("gates", "on", KTEL_T_MAP, "feature-*"),
                     field("gates", "size", KTEL_T_MAP, "size")})) ==
        "<14>signal=kic-ping;feature-Beta=false;feature-FillIDs=true;size-a=1;\n");
}

TEST_CASE("meshes are packed as Kong's library packs them") {
  const std::vector<SentField> fields = {
      field("service-mesh", "deployed_by_namespace", KTEL_T_LIST, "mdep"),
      field("service-mesh", "deployed_by_service", KTEL_T_LIST, "mdep"),
      field("service-mesh", "member_by_annotation", KTEL_T_LIST, "kinm"),
      field("service-mesh", "member_by_sidecar", KTEL_T_LIST, "kinm"),
      field("service-mesh", "services_count", KTEL_T_COUNT, "mshare"),
      field("service-mesh", "mesh_services_count", KTEL_T_MAP, "mshare")};

  CHECK(line(report(
            R"({"service-mesh":{"deployed_by_namespace":["istio","cilium"],"deployed_by_service":)"
            R"(["kuma","istio"],"member_by_annotation":["linkerd"],"member_by_sidecar":["linkerd",)"
            R"("kong-mesh"],"mesh_services_count":{"kuma":50,"istio":25,"app-mesh":0,"other":3},)"
            R"("services_count":100}})",
            fields)) == "<14>signal=kic-ping;kinm=km3,l2,l3;mdep=i1,i3,k3;mdist=all100,i25,k50;\n");
  CHECK(line(report(R"({"service-mesh":{"deployed_by_service":[],"services_count":8}})", fields)) ==
        "<14>signal=kic-ping;mdist=all8;\n");
  CHECK(line(report(R"({"service-mesh":{"mesh_services_count":{"kuma":50}}})", fields)) ==
        "<14>signal=kic-ping;\n");
}

TEST_CASE("what has no compact name, and what a caller added, is not in the line") {
  CHECK(line(report(R"({"cluster-state":{"nodes_count":4,"pods_count":1},"foo":{"red":"#f00"}})",
                    {field("cluster-state", "nodes_count", KTEL_T_COUNT, ""),
                     field("cluster-state", "pods_count", KTEL_T_COUNT, "k8s_pods_count")})) ==
        "<14>signal=kic-ping;k8s_pods_count=1;\n");
}

TEST_CASE("a value that could pass for another pair or line costs its report, and no other") {
  for (const std::string value : {"a;b", "a=b", "a\\nb"}) {
    CAPTURE(value);
    const auto forged =
        report(R"({"j":{"f":")" + value + R"("}})", {field("j", "f", KTEL_T_TOKEN, "v")});
    const Attempt attempt = send("kong+tls://127.0.0.1:1", forged);
    CHECK(attempt.outcome == Outcome::rejected);
    CHECK(attempt.verdict == Verdict::up);
    CHECK(attempt.cause == Cause::data);
    CHECK(attempt.text ==
          "j.f has a ;, a = or a control character in it, which Kong's form cannot hold");
    CHECK(line(forged) == "kong-tls: " + attempt.text);
  }
  auto odd = example();
  odd.signal = "a;b";
  CHECK(line(odd) ==
        "kong-tls: the signal's name has a ;, a = or a control character in it, which Kong's form "
        "cannot hold");
}

TEST_CASE(
    "a line is written over TLS 1.3 to who proves its name, and the connection ends in order") {
  const Site site;
  const test::TlsLineServer server({.cert = site.ca.server()});

  const Attempt attempt = site.send_to(server);

  CHECK(attempt.outcome == Outcome::delivered);
  CHECK(attempt.verdict == Verdict::up);
  CHECK(attempt.text ==
        "written to " + server.authority() + ", which read it all and closed the connection");
  CHECK(server.received() == std::vector<std::string>{example_line});
  CHECK(server.handshakes() == std::vector<std::string>{"TLSv1.3"});
}

TEST_CASE("server_name is whom the certificate is for, and who is asked for") {
  const Site site;
  const test::TlsLineServer server(
      {.cert = site.ca.make({.common_name = "x", .dns = {"kong.example"}, .ips = {}})});

  const Attempt refused = site.send_to(server);
  CHECK(refused.outcome == Outcome::retry);
  CHECK(refused.verdict == Verdict::down);
  CHECK(refused.cause == Cause::tls);
  CHECK(refused.text == "the certificate of " + server.authority() +
                            " is not for the name \"127.0.0.1\"; check the address, or set the "
                            "server name to verify" +
                            whom_to_trust);

  CHECK(site.send_to(server, "&server_name=kong.example").outcome == Outcome::delivered);
  CHECK(server.handshakes() == std::vector<std::string>{"TLSv1.3 kong.example"});
  CHECK(server.received().size() == 1);
}

TEST_CASE("localhost is looked up, and is a name a certificate may have") {
  const Site site;
  const test::TlsLineServer server({.cert = site.ca.server()});
  const std::string url = "kong+tls://localhost:" + std::to_string(server.port()) + site.trust;

  CHECK(send(url, example()).outcome == Outcome::delivered);
  CHECK(server.handshakes() == std::vector<std::string>{"TLSv1.3 localhost"});
}

TEST_CASE("whom nobody may trust gets nothing, and the sentence says why") {
  const Site site;
  const test::TestCa other;
  const struct {
    test::CertKey cert;
    std::string says;
  } rows[] = {
      {site.ca.expired(), " has expired; renew it, or set this machine's clock right"},
      {site.ca.make({.valid_from = std::chrono::hours(1)}),
       " is not valid yet; check this machine's clock"},
      {site.ca.wrong_name(),
       " is not for the name \"127.0.0.1\"; check the address, or set the server name to verify"},
      {other.server(),
       " is signed by an unknown authority; give the CA certificate that signed it"},
      {test::self_signed(),
       " is signed by an unknown authority; give the CA certificate that signed it"},
      {site.ca.make({.client = true}),
       " cannot be verified (unsuitable certificate purpose); replace it, or the CA certificate"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.says);
    const test::TlsLineServer server({.cert = row.cert});
    const Attempt attempt = site.send_to(server);
    CHECK(attempt.outcome == Outcome::retry);
    CHECK(attempt.verdict == Verdict::down);
    CHECK(attempt.cause == Cause::tls);
    CHECK(attempt.text == "the certificate of " + server.authority() + row.says + whom_to_trust);
    CHECK(server.received().empty());
  }
}

TEST_CASE("a server's own certificate may be the one that is trusted") {
  const test::TempDir dir;
  const test::CertKey own = test::self_signed();
  const test::TlsLineServer server({.cert = own});

  CHECK(send("kong+tls://" + server.authority() +
                 "?ca=" + dir.write("own.pem", own.cert_pem).string(),
             example())
            .outcome == Outcome::delivered);
}

TEST_CASE("a pin is what the server's key must be, beside what is verified anyway") {
  const Site site;
  const test::CertKey cert = site.ca.server();
  const std::string other = site.ca.server().pin();
  const test::TlsLineServer server({.cert = cert});

  CHECK(site.send_to(server, "&pin=" + cert.pin()).outcome == Outcome::delivered);
  CHECK(site.send_to(server, "&pin=" + other + ";" + cert.pin()).outcome == Outcome::delivered);
  const Attempt refused = site.send_to(server, "&pin=" + other);
  CHECK(refused.outcome == Outcome::retry);
  CHECK(refused.verdict == Verdict::down);
  CHECK(refused.cause == Cause::tls);
  CHECK(refused.text == "the public key of " + server.authority() +
                            " is not the pinned one; if it was replaced on purpose, pin the new "
                            "one" +
                            whom_to_trust);
  CHECK(server.received().size() == 2);
}

TEST_CASE("a server that asks for a client certificate gets the one in the URL") {
  const Site site;
  const test::TestCa clients;
  const test::TlsLineServer server({.cert = site.ca.server(), .client_ca = clients.pem()});
  const test::CertFiles good = clients.client("ktel").write(site.dir, "good");
  const test::CertFiles bad = site.ca.client("ktel").write(site.dir, "bad");
  const auto with = [](const test::CertFiles& files) {
    return "&cert=" + files.cert.string() + "&key=" + files.key.string();
  };

  CHECK(site.send_to(server, with(good)).outcome == Outcome::delivered);
  const Attempt none = site.send_to(server);
  CHECK(none.outcome == Outcome::retry);
  CHECK(none.cause == Cause::tls);
  CHECK(none.text == server.authority() +
                         " asks for a client certificate; give one with cert= and key= in the URL");
  const Attempt wrong = site.send_to(server, with(bad));
  CHECK(wrong.outcome == Outcome::retry);
  CHECK(wrong.text ==
        server.authority() + " refuses the client certificate; check that its CA issued it");
  CHECK(server.received().size() == 1);
}

TEST_CASE("who does not speak TLS 1.3 is told from who does not speak TLS") {
  const Site site;
  const test::TlsLineServer old({.cert = site.ca.server(), .tls12 = true});
  const test::TlsLineServer plain({.cert = site.ca.server(), .does = LineServer::speaks_plain});
  const test::TlsLineServer gone({.cert = site.ca.server(), .does = LineServer::hangs_up});

  const Attempt at_old = site.send_to(old);
  CHECK(at_old.cause == Cause::tls);
  CHECK(at_old.text == "no TLS connection to " + old.authority() +
                           ": tlsv1 alert protocol version; TLS 1.3 is needed");
  const Attempt at_plain = site.send_to(plain);
  CHECK(at_plain.cause == Cause::tls);
  CHECK(at_plain.text == plain.authority() + " does not speak TLS; check the scheme and the port");
  const Attempt at_gone = site.send_to(gone);
  CHECK(at_gone.cause == Cause::io);
  CHECK(at_gone.text == gone.authority() +
                            " closed the connection during the TLS handshake; check the scheme "
                            "and the port");
}

TEST_CASE("a server that answers nothing is given up") {
  const Site site;
  const test::TlsLineServer server({.does = LineServer::says_nothing});

  const Attempt short_of_time = site.send_to(server, "&timeout=0.1");
  CHECK(short_of_time.outcome == Outcome::retry);
  CHECK(short_of_time.verdict == Verdict::down);
  CHECK(short_of_time.cause == Cause::timeout);
  CHECK(short_of_time.text == server.authority() +
                                  " did not answer the TLS handshake within the time one delivery "
                                  "has; check the port, and its load");
  CHECK(site.send_to(server).text ==
        server.authority() +
            " did not answer the TLS handshake within 5 s; check the port, and its load");
}

TEST_CASE("a server that reads no more is given up, and the report is sent again") {
  const Site site;
  const test::TlsLineServer server({.cert = site.ca.server(), .does = LineServer::reads_nothing});
  const auto large = report(R"({"j":{"f":")" + std::string(500'000, 'x') + R"("}})",
                            {field("j", "f", KTEL_T_TOKEN, "f")});

  small_buffers = true;
  const Attempt attempt =
      send("kong+tls://" + server.authority() + site.trust + "&timeout=1", large);
  small_buffers = false;

  CHECK(attempt.outcome == Outcome::retry);
  CHECK(attempt.verdict == Verdict::down);
  CHECK(attempt.cause == Cause::timeout);
  CHECK(attempt.text == server.authority() +
                            " did not take the whole report within the time one delivery has; "
                            "check its load. It is sent again, and may be there twice");
}

TEST_CASE("a connection that breaks before all is read has delivered nothing") {
  const Site site;
  const test::TlsLineServer server({.cert = site.ca.server(), .does = LineServer::breaks_off});

  const Attempt attempt = site.send_to(server);

  CHECK(attempt.outcome == Outcome::retry);
  CHECK(attempt.verdict == Verdict::down);
  CHECK(attempt.cause == Cause::io);
  CHECK(attempt.text == server.authority() +
                            " broke the connection before it had read the whole report; check "
                            "that server, and the proxies between. It is sent again, and may be "
                            "there twice");
}

TEST_CASE("a server that keeps the connection has the report, as far as anybody can tell") {
  const Site site;
  const test::TlsLineServer server({.cert = site.ca.server(), .does = LineServer::stays});

  const Attempt attempt = site.send_to(server);

  CHECK(attempt.outcome == Outcome::delivered);
  CHECK(attempt.text == "written to " + server.authority() +
                            ", which did not close the connection: whether it read it is not "
                            "known");
  CHECK(server.received() == std::vector<std::string>{example_line});
}

TEST_CASE("who is not there") {
  const std::uint16_t port = test::free_port();
  const std::string at = "127.0.0.1:" + std::to_string(port);
  const Attempt refused = send("kong+tls://" + at, example());
  CHECK(refused.outcome == Outcome::retry);
  CHECK(refused.verdict == Verdict::down);
  CHECK(refused.cause == Cause::connect);
  CHECK(refused.text == at + " refuses connections; check the port, and that a server runs there");

  const Attempt nowhere = send("kong+tls://255.255.255.255:1", example());
  CHECK(nowhere.cause == Cause::connect);
  CHECK(nowhere.text ==
        "cannot connect to 255.255.255.255:1: Network is unreachable; check the address and the "
        "network");

  const Attempt unknown = send("kong+tls://no-such-host.invalid", example());
  CHECK(unknown.cause == Cause::dns);
  CHECK(unknown.text ==
        "the host name of no-such-host.invalid:61833 cannot be resolved; check its spelling, and "
        "the DNS of this machine");
}

TEST_CASE("a connection that nobody takes is given up") {
  // A queue that is full drops who comes next.
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(::bind(listener, generic, size) == 0);
  REQUIRE(::listen(listener, 0) == 0);
  REQUIRE(::getsockname(listener, generic, &size) == 0);
  const int waiting = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(::connect(waiting, generic, size) == 0);
  const std::string at = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));

  const Attempt attempt = send("kong+tls://" + at + "?timeout=0.2", example());

  CHECK(attempt.outcome == Outcome::retry);
  CHECK(attempt.verdict == Verdict::down);
  CHECK(attempt.cause == Cause::timeout);
  CHECK(attempt.text == "no connection to " + at +
                            " within the time one delivery has; check the address, and the "
                            "firewalls between");
  ::close(waiting);
  ::close(listener);
}

TEST_CASE("a stop ends a delivery that waits for an answer") {
  const Site site;
  const test::TlsLineServer server({.does = LineServer::says_nothing});
  const auto sink = open("kong+tls://" + server.authority() + site.trust);
  REQUIRE(sink);
  std::stop_source stop;
  std::promise<Attempt> first;
  std::promise<Attempt> second;

  (*sink)->send(example(), stop.get_token(), [&](Answer said) { first.set_value(said.judge()); });
  stop.request_stop();

  CHECK(first.get_future().get().cause == Cause::stopped);
  // It has ended where the next one is begun.
  std::stop_source at_once;
  (*sink)->send(example(), at_once.get_token(),
                [&](Answer said) { second.set_value(said.judge()); });
  at_once.request_stop();
  CHECK(second.get_future().get().cause == Cause::stopped);
}

TEST_CASE("a preview is the line, and connects to nobody") {
  const auto sink = open("kong+tls://[::1]:7/?server_name=kong.example");
  REQUIRE(sink);

  const auto preview = (*sink)->preview(example());

  REQUIRE(preview);
  CHECK(preview->method.empty());
  CHECK(preview->url == "kong+tls://[::1]:7");
  CHECK(preview->body == example_line);
}

TEST_CASE("what an operator may get wrong in the URL is said when it is opened") {
  const test::TempDir dir;
  const test::TestCa ca;
  const auto damaged =
      dir.write("damaged.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  const test::CertFiles one = ca.client("one").write(dir, "one");
  const test::CertFiles two = ca.client("two").write(dir, "two");
  const std::pair<std::string, std::string> rows[] = {
      {"kong+tls:///x", "kong-tls: kong+tls:// needs a host: write it like kong+tls://HOST:61833"},
      {"kong+tls://h:1/logs",
       "kong-tls: kong+tls:// takes no path: write kong+tls://h:1 without /logs"},
      {"kong+tls://h?ca=" + damaged.string(),
       "kong-tls: the CA certificates for h:61833 cannot be used; they must be PEM"},
      {"kong+tls://h?cert=" + one.cert.string() + "&key=" + two.key.string(),
       "kong-tls: the client certificate or key for h:61833 cannot be used; they must be PEM and "
       "belong together"},
      {"kong+tls://h?pin=sha256//short",
       "kong-tls: pin= takes sha256// and the 44 characters of the hash of a public key in "
       "base64: give it like sha256//AAAA...="},
      {"kong+tls://h?insecure=1",
       "kong-tls has no parameter insecure; `ktel backends list` shows all"},
      {"kong+tls://h?index=x", "kong-tls has no parameter index; `ktel backends list` shows all"},
  };
  for (const auto& [url, sentence] : rows) {
    CAPTURE(url);
    const auto sink = open(url);
    REQUIRE_FALSE(sink);
    CHECK(sink.error().message == sentence);
  }
}
