// The client against an in-process server: what it sends, and a sentence for each way to fail.
#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cluster/api_client.hpp"
#include "core/base/http2_server.hpp"
#include "core/base/http_server.hpp"
#include "support/certs.hpp"
#include "support/process.hpp"
#include "support/socks5_proxy.hpp"

using namespace ktel;
using namespace ktel::cluster;
using namespace std::chrono_literals;
using test::HttpServer;
using Call = HttpServer::Call;
using Reply = HttpServer::Reply;

namespace {

const std::pair<std::string, std::string> json = {"Content-Type", "application/json"};

Access access_to(const std::string& server) {
  Access access;
  access.server = server;
  access.description = server;
  access.origin = "context \"dev\" of /kube/config";
  access.cluster = "c";
  access.user = "u";
  access.login.token = "s3cr3t-token";
  return access;
}

// A client for one test, and a way to wait for its answers.
struct Setup {
  explicit Setup(Access access) : client(http, std::move(access), secrets, ktel::system_clock()) {}

  ApiAnswer get(ApiRequest request, std::stop_token stop = {}) {
    if (!request.on_body) {
      request.on_body = [this](std::string_view chunk) {
        body += chunk;
        return true;
      };
    }
    std::promise<ApiAnswer> promise;
    client.get(std::move(request), std::move(stop),
               [&](ApiAnswer answer) { promise.set_value(std::move(answer)); });
    return promise.get_future().get();
  }

  ApiAnswer get(std::string path) {
    ApiRequest request;
    request.path_and_query = std::move(path);
    return get(std::move(request));
  }

  std::shared_ptr<Secrets> secrets = std::make_shared<Secrets>();
  HttpClient http;
  ApiClient client;
  std::string body;
};

ApiAnswer answer_to(Reply reply, std::string* where = nullptr) {
  const HttpServer server([&](const Call&) { return reply; });
  if (where) *where = "the API server at " + server.url() + " (context \"dev\" of /kube/config)";
  return Setup(access_to(server.url())).get("/api/v1/pods?limit=1");
}

std::string error_of(const ApiAnswer& answer) {
  return answer.error ? answer.error->message : "no error";
}

std::string status_of(int code, const std::string& reason, const std::string& message) {
  return R"({"kind":"Status","apiVersion":"v1","status":"Failure","code":)" + std::to_string(code) +
         R"(,"reason":")" + reason + R"(","message":")" + message + "\"}";
}

}  // namespace

TEST_SUITE("core/cluster/api_client") {
  TEST_CASE("a request has the prefix, who asks and what is accepted") {
    const HttpServer server([](const Call&) { return Reply{.headers = {json}, .body = "{}"}; });
    Access access = access_to(server.url("/prefix"));
    access.headers = {{"Impersonate-User", "boss"}};
    Setup setup(std::move(access));

    const ApiAnswer answer = setup.get("/version?x=1");

    CHECK(answer.ok());
    CHECK(answer.status == 200);
    CHECK(answer.content_type == "application/json");
    CHECK(setup.body == "{}");
    CHECK(answer.bytes == 2);
    CHECK(answer.sent == 1);
    const Call call = server.calls().at(0);
    CHECK(call.method == "GET");
    CHECK(call.target == "/prefix/version?x=1");
    CHECK(call.header("Authorization") == "Bearer s3cr3t-token");
    CHECK(call.header("Impersonate-User") == "boss");
    CHECK(call.header("Accept") == "application/json");
    CHECK(setup.secrets->scrub("s3cr3t-token") == "***");
  }

  TEST_CASE("what GET cannot ask is posted as JSON") {
    const HttpServer server(
        [](const Call&) { return Reply{.status = 201, .headers = {json}, .body = "{}"}; });
    Setup setup(access_to(server.url()));
    ApiRequest request;
    request.path_and_query = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    request.post = R"({"spec":{}})";

    const ApiAnswer answer = setup.get(std::move(request));

    CHECK(answer.ok());
    CHECK(setup.body == "{}");
    const Call call = server.calls().at(0);
    CHECK(call.method == "POST");
    CHECK(call.body == R"({"spec":{}})");
    CHECK(call.header("Content-Type") == "application/json");
    CHECK(call.header("Authorization") == "Bearer s3cr3t-token");
  }

  TEST_CASE("an error is never streamed, and its Status is told") {
    const HttpServer server([](const Call&) {
      return Reply{.status = 410,
                   .headers = {json},
                   .body = status_of(410, "Expired", "too old: s3cr3t-token")};
    });
    Setup setup(access_to(server.url()));
    ApiRequest request;
    request.path_and_query = "/api/v1/pods?continue=abc";
    bool streamed = false;
    request.on_body = [&](std::string_view) { return streamed = true; };

    const ApiAnswer answer = setup.get(std::move(request));

    CHECK_FALSE(streamed);
    CHECK(answer.status == 410);
    REQUIRE(answer.told.has_value());
    CHECK(answer.told->reason == "Expired");
    CHECK(answer.told->message == "too old: ***");
    CHECK(answer.cause == HttpCause::none);
    CHECK(error_of(answer) ==
          "the API server at " + server.url() +
              " (context \"dev\" of /kube/config) answers 410 for /api/v1/pods: "
              "too old: ***; try again");
    CHECK(answer.error->code == Errc::no_result);
  }

  TEST_CASE("an answer that says no is told with the next step") {
    struct Row {
      Reply reply;
      Errc code;
      std::string text;  // after the server
    };
    const std::string not_kubernetes =
        ": is this really a Kubernetes API server? check `server:` of cluster \"c\" and proxies "
        "between";
    const std::vector<Row> rows = {
        {{.status = 401, .headers = {json}, .body = status_of(401, "Unauthorized", "Unauthorized")},
         Errc::forbidden,
         " answers 401 Unauthorized: the credentials of user \"u\" are wrong or have expired; "
         "renew "
         "them"},
        {{.status = 403,
          .headers = {json},
          .body = status_of(403, "Forbidden", "pods is forbidden: User \\\"x\\\" cannot list")},
         Errc::forbidden,
         " answers 403 Forbidden: pods is forbidden: User \"x\" cannot list; grant it with an RBAC "
         "role, or leave out what needs it"},
        {{.status = 403, .body = "no"},
         Errc::forbidden,
         " answers 403 Forbidden: user \"u\" may not get /api/v1/pods; grant it with an RBAC role, "
         "or "
         "leave out what needs it"},
        {{.status = 404, .headers = {{"Content-Type", "text/plain"}}, .body = "404 page not found"},
         Errc::no_result,
         " has no /api/v1/pods (404)" + not_kubernetes},
        {{.status = 404, .headers = {json}, .body = status_of(404, "NotFound", "no such thing")},
         Errc::no_result,
         " has no /api/v1/pods (404): no such thing; check that its version of Kubernetes serves "
         "it"},
        {{.status = 400, .headers = {json}, .body = status_of(400, "BadRequest", "bad token")},
         Errc::no_result,
         " answers 400 for /api/v1/pods: bad token; check the proxies between, or update ktel if "
         "there are none"},
        {{.status = 503, .body = "busy"},
         Errc::no_result,
         " answers 503 for /api/v1/pods; try again later"},
        {{.status = 302, .headers = {{"Location", "/login"}}},
         Errc::no_result,
         " redirects (302)" + not_kubernetes},
        {{.headers = {{"Content-Type", "Text/HTML; charset=utf-8"}}, .body = "<html>"},
         Errc::no_result,
         " answers HTML" + not_kubernetes},
        {{.status = 502, .headers = {{"Content-Type", "text/html"}}, .body = "<html>"},
         Errc::no_result,
         " answers HTML" + not_kubernetes},
    };
    for (const Row& row : rows) {
      std::string where;
      const ApiAnswer answer = answer_to(row.reply, &where);
      CHECK(error_of(answer) == where + row.text);
      CHECK(answer.status == row.reply.status);
      REQUIRE(answer.error.has_value());
      CHECK(answer.error->code == row.code);
    }
  }

  TEST_CASE("401 without credentials asks for some") {
    const HttpServer server([](const Call&) { return Reply{.status = 401}; });
    Access access = access_to(server.url());
    access.login = {};
    CHECK(error_of(Setup(std::move(access)).get("/api")) ==
          "the API server at " + server.url() +
              " (context \"dev\" of /kube/config) answers 401 Unauthorized: user \"u\" has no "
              "credentials; give it a token or a client certificate");
  }

  TEST_CASE("a closed port is unreachable") {
    const test::ClosedPort closed;
    const std::string peer = "127.0.0.1:" + std::to_string(closed.port());

    const ApiAnswer answer = Setup(access_to("https://" + peer)).get("/api");

    CHECK(error_of(answer) == "no answer from the API server at https://" + peer +
                                  " (context \"dev\" of /kube/config): " + peer +
                                  " refuses connections; check the port, and that a server runs "
                                  "there");
    CHECK(answer.error->code == Errc::unreachable);
    CHECK(answer.cause == HttpCause::connect);
    CHECK(answer.status == 0);
  }

  TEST_CASE("an unknown CA ends it before the token is sent") {
    const test::TestCa ca;
    const test::TestCa other("another");
    const test::CertKey cert = ca.server();
    const HttpServer server([](const Call&) { return Reply{.body = "{}"}; },
                            {cert.cert_pem, cert.key_pem});
    Access access = access_to(server.url());
    auto tls = std::make_shared<TlsSettings>();
    tls->ca_pem = other.pem();
    access.tls = tls;
    const std::string peer = "127.0.0.1:" + std::to_string(server.port());

    const ApiAnswer answer = Setup(access).get("/api");

    CHECK(error_of(answer) ==
          "no answer from the API server at https://" + peer +
              " (context \"dev\" of /kube/config): the certificate of " + peer +
              " is signed by an unknown authority; give the CA certificate that "
              "signed it");
    CHECK(answer.error->code == Errc::unreachable);
    CHECK(server.calls().empty());

    auto right = std::make_shared<TlsSettings>();
    right->ca_pem = ca.pem();
    access.tls = right;
    CHECK(Setup(access).get("/api").ok());
  }

  TEST_CASE("an answer that breaks off is not taken for whole, an error that does is") {
    const ApiAnswer good =
        answer_to({.raw = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"a\"", .close = true});
    CHECK_FALSE(good.ok());
    CHECK(good.cause == HttpCause::io);

    const ApiAnswer bad =
        answer_to({.raw = "HTTP/1.1 403 No\r\nContent-Length: 10\r\n\r\n{\"a\"", .close = true});
    CHECK(bad.error->code == Errc::forbidden);
  }

  TEST_CASE("a reader that gives up is no answer") {
    const HttpServer server([](const Call&) { return Reply{.body = "12345"}; });
    Setup setup(access_to(server.url()));
    ApiRequest request;
    request.path_and_query = "/x?y";
    request.on_body = [](std::string_view) { return false; };
    CHECK(setup.get(request).cause == HttpCause::io);
  }

  TEST_CASE("a long message is cut between characters") {
    std::string message = "x";
    while (message.size() < 600) message += "\u00e9";  // two bytes each: 500 lies within one
    const ApiAnswer answer =
        answer_to({.status = 500, .headers = {json}, .body = status_of(500, "X", message)});
    REQUIRE(answer.told.has_value());
    CHECK(answer.told->message == message.substr(0, 499) + "...");
  }

  TEST_CASE("a secret is scrubbed also where JSON writes it in another way, and before a cut") {
    const std::string padding(490, 'x');
    const HttpServer server([&](const Call&) {
      return Reply{
          .status = 500,
          .headers = {json},
          .body = status_of(500, "X", "\\u0073\\u0033cr3t-token " + padding + " s3cr3t-token")};
    });
    Setup setup(access_to(server.url()));
    const ApiAnswer answer = setup.get("/api");
    REQUIRE(answer.told.has_value());
    CHECK(answer.told->message == "*** " + padding + " ***");
  }

  TEST_CASE("a proxy's password is a secret") {
    Access access = access_to("https://127.0.0.1:1");
    access.proxy = "http://me:pass%20word@127.0.0.1:1";
    Setup setup(std::move(access));
    CHECK(setup.secrets->scrub("pass%20word, pass word") == "***, ***");
  }

  TEST_CASE("a kubeconfig's SOCKS proxy carries TLS to a server whose name it alone knows") {
    const test::TempDir dir;
    const test::TestCa ca;
    dir.write("ca.pem", ca.pem());
    const auto serve = [](const test::CertKey& cert) {
      return std::make_unique<HttpServer>(
          [](const Call&) { return Reply{.headers = {json}, .body = "{}"}; },
          HttpServer::Tls{cert.cert_pem, cert.key_pem});
    };
    const auto elsewhere = serve(ca.wrong_name());
    const auto local = serve(ca.server());
    const auto port = [](const auto& server) { return ":" + std::to_string(server->port()); };
    const auto get = [&](const std::string& server, const std::string& proxy,
                         const std::string& more = "") {
      AccessOptions options;
      options.kubeconfig =
          dir.write("config", "current-context: dev\nclusters: [{name: c, cluster: {server: \"" +
                                  server + "\", proxy-url: \"" + proxy +
                                  "\", certificate-authority: ca.pem" + more +
                                  "}}]\nusers: [{name: u, user: {token: s3cr3t-token}}]\n"
                                  "contexts: [{name: dev, context: {cluster: c, user: u}}]\n")
              .string();
      const Result<Access> access =
          find_access(options, [](const std::string&) { return std::optional<std::string>(); });
      REQUIRE_MESSAGE(access.has_value(), (access ? "" : access.error().message));
      return Setup(*access).get("/api");
    };

    const test::Socks5Proxy open;
    CHECK(error_of(get("https://elsewhere.example" + port(elsewhere), open.url())) == "no error");
    CHECK(error_of(get("https://api.ktel.invalid" + port(local), open.url(),
                       ", tls-server-name: localhost")) == "no error");
    CHECK(open.asked() == std::vector<std::string>{"elsewhere.example" + port(elsewhere),
                                                   "api.ktel.invalid" + port(local)});
    CHECK(elsewhere->calls().at(0).header("Authorization") == "Bearer s3cr3t-token");
    CHECK(elsewhere->calls().at(0).server_name == "elsewhere.example");
    CHECK(local->calls().at(0).server_name == "localhost");
    CHECK(local->calls().at(0).header("Host") == "api.ktel.invalid" + port(local));

    const test::Socks5Proxy locked("me", "s3cr3t");
    const std::string server = "https://elsewhere.example" + port(elsewhere);
    CHECK(error_of(get(server, locked.url("me:s3cr3t@"))) == "no error");
    CHECK(error_of(get(server, "SOCKS5" + locked.url("me:s3cr3t@").substr(6))) == "no error");
    const ApiAnswer refused = get(server, locked.url("me:s3cr3t-no@"));
    REQUIRE(refused.error.has_value());
    CHECK(refused.error->code == Errc::unreachable);
    CHECK(refused.error->message.find("the proxy 127.0.0.1:" + std::to_string(locked.port())) !=
          std::string::npos);
    CHECK(refused.error->message.find("s3cr3t") == std::string::npos);
    CHECK(locked.asked().size() == 2);
  }

  TEST_CASE("a stop is an answer of its own") {
    std::stop_source source;
    const HttpServer server([&](const Call&) {
      source.request_stop();
      return Reply{.raw = "HTTP/1.1 ", .hang = true};
    });
    Setup setup(access_to(server.url()));
    ApiRequest request;
    request.path_and_query = "/x";

    const ApiAnswer answer = setup.get(std::move(request), source.get_token());

    CHECK(answer.cause == HttpCause::stopped);
    CHECK(answer.error->code == Errc::stopped);
  }

  TEST_CASE("a token file that cannot be read is told without a request") {
    Access access = access_to("https://127.0.0.1:1");
    access.login = {};
    access.login.token_file = "/nowhere/token";
    Setup setup(std::move(access));

    CHECK(error_of(setup.get("/api")) ==
          "failed to read token file \"/nowhere/token\": open /nowhere/token: no such file or "
          "directory; "
          "check tokenFile and its permissions");
    CHECK(setup.get("/api").sent == 0);
  }

  TEST_CASE("a busy server is asked again when it says, and what came before leaves no trace") {
    int asked = 0;
    const HttpServer server([&](const Call&) {
      if (++asked == 3) return Reply{.headers = {json}, .body = "{}"};
      return Reply{.status = asked == 1 ? 429 : 503,
                   .headers = {json, {"Retry-After", "0"}},
                   .body = status_of(429, "TooManyRequests", "Too many requests")};
    });
    Setup setup(access_to(server.url()));

    const ApiAnswer answer = setup.get("/api/v1/pods");

    CHECK(answer.ok());
    CHECK(answer.status == 200);
    CHECK_FALSE(answer.told.has_value());
    CHECK(answer.sent == 3);
    CHECK(setup.body == "{}");
    CHECK(server.calls().at(2).header("Authorization") == "Bearer s3cr3t-token");
  }

  TEST_CASE("a server that stays busy is told with how often it was asked, and who throttles") {
    const HttpServer server([&](const Call&) {
      return Reply{
          .status = 429,
          .headers = {json, {"Retry-After", "0"}, {"X-Kubernetes-PF-FlowSchema-UID", "f-1"}},
          .body = status_of(429, "TooManyRequests", "Too many requests")};
    });
    Setup setup(access_to(server.url()));

    const ApiAnswer answer = setup.get("/api/v1/pods");

    CHECK(error_of(answer) ==
          "the API server at " + server.url() +
              " (context \"dev\" of /kube/config) answers 429 for /api/v1/pods: Too many requests; "
              "try again later (tried 11 times, flow schema f-1)");
    CHECK(answer.sent == 11);
  }

  TEST_CASE("without a word when to come back a busy server's answer is final") {
    for (const int status : {429, 503}) {
      std::string where;
      const ApiAnswer answer = answer_to({.status = status, .body = "busy"}, &where);
      CHECK(error_of(answer) ==
            where + " answers " + std::to_string(status) + " for /api/v1/pods; try again later");
      CHECK(answer.sent == 1);
    }
  }

  TEST_CASE("a connection that ends before the answer is made again, within an answer it is not") {
    int asked = 0;
    const HttpServer server([&](const Call& call) {
      if (call.target == "/half") {
        return Reply{.raw = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", .close = true};
      }
      if (++asked == 1) return Reply{.raw = "HTTP/1.1 2", .close = true};
      return Reply{.headers = {json}, .body = "{}"};
    });
    Setup setup(access_to(server.url()));
    CHECK(setup.get("/api").ok());
    CHECK(asked == 2);

    const ApiAnswer half = setup.get("/half");
    CHECK(half.cause == HttpCause::io);
    CHECK(half.sent == 1);
  }

  TEST_CASE("so it is over HTTP/2, and where a goodbye leaves the request out") {
    auto worse = test::Http2Server::Answer::lose;
    SUBCASE("lost") {}
    SUBCASE("goodbye") { worse = test::Http2Server::Answer::refuse; }
    const test::TestCa ca;
    const test::Http2Server server(ca.server(), {.answer = [worse](unsigned request) {
                                     return request == 0 ? worse : test::Http2Server::Answer::ok;
                                   }});
    Access access = access_to(server.url());
    auto tls = std::make_shared<TlsSettings>();
    tls->ca_pem = ca.pem();
    access.tls = tls;
    Setup setup(std::move(access));

    const ApiAnswer answer = setup.get("/api");

    CHECK(error_of(answer) == "no error");
    CHECK(setup.body == "ok");
    CHECK(answer.sent == 2);
    CHECK(server.requests() == 2);
    CHECK(server.connections() == 2);
  }

  TEST_CASE("a stop ends the wait, and what was waited for is told") {
    std::stop_source source;
    const HttpServer server([&](const Call&) {
      return Reply{.status = 429, .headers = {{"Retry-After", "60"}}, .body = "busy"};
    });
    Setup setup(access_to(server.url()));
    ApiRequest request;
    request.path_and_query = "/x";
    request.on_body = [](std::string_view) { return true; };
    std::promise<ApiAnswer> promise;
    setup.client.get(std::move(request), source.get_token(),
                     [&](ApiAnswer answer) { promise.set_value(std::move(answer)); });
    while (server.calls().empty()) std::this_thread::yield();

    source.request_stop();

    const ApiAnswer answer = promise.get_future().get();
    CHECK_FALSE(answer.ok());
    // The stop may have come before the answer.
    CHECK((answer.status == 429 || answer.cause == HttpCause::stopped));
  }

  TEST_CASE("an answer comes also when the HttpClient ends during a wait") {
    const HttpServer server([&](const Call&) {
      return Reply{.status = 503, .headers = {{"Retry-After", "60"}}, .body = "busy"};
    });
    std::promise<ApiAnswer> promise;
    {
      HttpClient http;
      ApiClient client(http, access_to(server.url()), std::make_shared<Secrets>(),
                       ktel::system_clock());
      ApiRequest request;
      request.path_and_query = "/x";
      request.on_body = [](std::string_view) { return true; };
      client.get(request, {}, [&](ApiAnswer answer) { promise.set_value(std::move(answer)); });
      while (server.calls().empty()) std::this_thread::yield();
    }
    CHECK_FALSE(promise.get_future().get().ok());
  }

  TEST_CASE("what is known under an ETag is not sent again") {
    const HttpServer server([&](const Call& call) {
      if (call.header("If-None-Match") == "\"v1\"") {
        return Reply{.status = 304, .headers = {{"ETag", "\"v1\""}}};
      }
      return Reply{.headers = {json, {"ETag", "\"v1\""}}, .body = "{}"};
    });
    Setup setup(access_to(server.url()));
    ApiRequest request;
    request.path_and_query = "/apis";
    const ApiAnswer first = setup.get(request);
    CHECK(first.ok());
    CHECK_FALSE(first.not_modified);
    CHECK(first.etag == "\"v1\"");

    request.etag = first.etag;
    const ApiAnswer again = setup.get(request);
    CHECK(again.ok());
    CHECK(again.not_modified);
    CHECK(again.bytes == 0);
  }

  TEST_CASE("304 that nobody asked for is no answer") {
    std::string where;
    const ApiAnswer answer = answer_to({.status = 304}, &where);
    CHECK(error_of(answer) ==
          where +
              " redirects (304): is this really a Kubernetes API server? check `server:` of "
              "cluster \"c\" and proxies between");
  }

  TEST_CASE("an answer comes also when the ApiClient is gone") {
    const HttpServer server([](const Call&) { return Reply{.body = "{}"}; });
    std::promise<ApiAnswer> promise;
    HttpClient http;
    ApiRequest request;
    request.path_and_query = "/x";
    request.on_body = [](std::string_view) { return true; };
    {
      ApiClient client(http, access_to(server.url()), std::make_shared<Secrets>(),
                       ktel::system_clock());
      client.get(request, {}, [&](ApiAnswer answer) { promise.set_value(std::move(answer)); });
    }
    CHECK(promise.get_future().get().ok());
  }

  TEST_CASE("a token that is refused is read again, and the request made once more") {
    const test::TempDir dir;
    const std::string file = dir.write("token", "old").string();
    const HttpServer server([&](const Call& call) {
      if (call.header("Authorization") == "Bearer new") return Reply{.body = "{}"};
      dir.write("token", "new");
      return Reply{.status = 401, .body = "not streamed"};
    });
    Access access = access_to(server.url());
    access.login = {"", file, "", ""};
    Setup setup(std::move(access));

    const ApiAnswer answer = setup.get("/api");

    CHECK(error_of(answer) == "no error");
    CHECK(answer.status == 200);
    CHECK(answer.sent == 2);
    CHECK(setup.body == "{}");
    CHECK(server.calls().size() == 2);
    CHECK(server.connections() == 1);
  }

  TEST_CASE("what is refused again is told, and what has not changed is not sent again") {
    const test::TempDir dir;
    const std::string file = dir.write("token", "old").string();
    const HttpServer server([&](const Call&) { return Reply{.status = 401}; });
    const std::string told =
        "the API server at " + server.url() +
        " (context \"dev\" of /kube/config) answers 401 Unauthorized: the credentials of user "
        "\"u\" are wrong or have expired; renew them";
    CHECK(error_of(Setup(access_to(server.url())).get("/api")) == told);
    CHECK(server.calls().size() == 1);

    Access access = access_to(server.url());
    access.login = {"", file, "", ""};
    Setup setup(std::move(access));
    CHECK(error_of(setup.get("/api")) == told);
    CHECK(server.calls().size() == 2);
    dir.write("token", "new");
    CHECK(error_of(setup.get("/api")) == told + " (tried 2 times)");
    CHECK(server.calls().size() == 4);
  }
}

namespace {

// A plugin whose nth run gives what file n beside it holds.
Access with_plugin(const std::string& server, const test::TempDir& dir) {
  dir.write("plugin",
            "#!/bin/sh\ncd \"$(dirname \"$0\")\"\necho ran >> runs\n"
            "cat \"$(wc -l < runs | tr -d ' ')\" || exit 9\n",
            0755);
  Access access = access_to(server);
  ExecLogin exec;
  exec.config.command = (dir / "plugin").string();
  exec.config.api_version = "client.authentication.k8s.io/v1";
  exec.config.interactive_mode = "Never";
  exec.where = "exec of user \"u\" in /kube/config";
  access.login = {};
  access.login.exec = exec;
  return access;
}

std::string credential(const std::string& status) {
  return R"({"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", )"
         R"("status": {)" +
         status + "}}";
}

std::string pair_of(const test::CertKey& mine) {
  std::string text = "\"clientCertificateData\": \"" + mine.cert_pem + "\", \"clientKeyData\": \"" +
                     mine.key_pem + "\"";
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos;) {
    text.replace(at, 1, "\\n");
  }
  return text;
}

std::string runs(const test::TempDir& dir) { return test::read_file(dir / "runs"); }

}  // namespace

TEST_SUITE("core/cluster/api_client: credential plugins") {
  TEST_CASE("a plugin runs for the first request, and what it gave serves the next") {
    const test::TempDir dir;
    dir.write("1", credential("\"token\": \"one\""));
    const HttpServer server([](const Call&) { return Reply{.body = "{}"}; });
    Setup setup(with_plugin(server.url(), dir));

    CHECK(error_of(setup.get("/a")) == "no error");
    CHECK(error_of(setup.get("/b")) == "no error");

    CHECK(server.calls().at(0).header("Authorization") == "Bearer one");
    CHECK(server.calls().at(1).header("Authorization") == "Bearer one");
    CHECK(runs(dir) == "ran\n");
  }

  TEST_CASE("many who are refused at once are served by one run, over the same connections") {
    const test::TempDir dir;
    dir.write("1", credential("\"token\": \"one\""));
    dir.write("2", credential("\"token\": \"two\""));
    const HttpServer server([](const Call& call) {
      return Reply{.status = call.header("Authorization") == "Bearer two" ? 200 : 401,
                   .body = "{}"};
    });
    Setup setup(with_plugin(server.url(), dir));
    std::atomic<int> good = 0;
    std::atomic<int> all = 0;
    std::promise<void> done;
    for (int i = 0; i < 20; ++i) {
      ApiRequest request;
      request.path_and_query = "/" + std::to_string(i);
      request.on_body = [](std::string_view) { return true; };
      setup.client.get(std::move(request), {}, [&](ApiAnswer answer) {
        if (answer.ok()) ++good;
        if (++all == 20) done.set_value();
      });
    }
    done.get_future().get();

    CHECK(good == 20);
    CHECK(runs(dir) == "ran\nran\n");
    CHECK(server.connections() <= 8);  // those of the first round serve the second
  }

  TEST_CASE("a plugin that fails is told, without a request") {
    const test::TempDir dir;
    Setup setup(with_plugin("https://127.0.0.1:1", dir));

    const ApiAnswer answer = setup.get("/api");

    CHECK(error_of(answer) == "getting credentials: exec: executable " + (dir / "plugin").string() +
                                  " failed with exit code 9; what it wrote to stderr may say why; "
                                  "if not, check exec of user \"u\" in /kube/config");
    CHECK(answer.error->code == Errc::forbidden);
    CHECK(answer.cause == HttpCause::io);
    CHECK(answer.sent == 0);
  }

  TEST_CASE("a plugin that fails when it is needed again is told beside the refusal") {
    const test::TempDir dir;
    dir.write("1", credential("\"token\": \"one\""));
    const HttpServer server([](const Call&) { return Reply{.status = 401}; });

    const ApiAnswer answer = Setup(with_plugin(server.url(), dir)).get("/api");

    CHECK(error_of(answer) ==
          "the API server at " + server.url() +
              " (context \"dev\" of /kube/config) answers 401 Unauthorized: the credentials of "
              "user \"u\" are wrong or have expired; renew them; refreshing credentials: exec: "
              "executable " +
              (dir / "plugin").string() +
              " failed with exit code 9; what it wrote to stderr may say why; if not, check exec "
              "of user \"u\" in /kube/config");
    CHECK(answer.status == 401);
    CHECK(server.calls().size() == 1);
  }

  TEST_CASE("a plugin's certificate is shown, and a new one takes a new connection") {
    const test::TempDir dir;
    const test::TestCa ca;
    const test::CertKey cert = ca.server();
    dir.write("1", credential(pair_of(ca.client("one")) + ", \"token\": \"one\""));
    dir.write("2", credential(pair_of(ca.client("two")) + ", \"token\": \"two\""));
    dir.write("3", credential(pair_of(ca.client("two")) + ", \"token\": \"three\""));
    std::string wanted = "Bearer one";
    const HttpServer server(
        [&](const Call& call) {
          return Reply{.status = call.header("Authorization") == wanted ? 200 : 401, .body = "{}"};
        },
        {cert.cert_pem, cert.key_pem, ca.pem()});
    Access access = with_plugin(server.url(), dir);
    access.tls = std::make_shared<TlsSettings>(TlsSettings{.ca_pem = ca.pem()});
    Setup setup(std::move(access));

    CHECK(error_of(setup.get("/a")) == "no error");
    CHECK(error_of(setup.get("/b")) == "no error");
    CHECK(server.connections() == 1);
    wanted = "Bearer two";
    CHECK(error_of(setup.get("/c")) == "no error");
    CHECK(server.connections() == 2);
    CHECK(runs(dir) == "ran\nran\n");
  }

  TEST_CASE("a stop while the plugin runs is an answer of its own") {
    const test::TempDir dir;
    Access access = with_plugin("https://127.0.0.1:1", dir);
    dir.write("plugin", "#!/bin/sh\n> \"$(dirname \"$0\")/up\"\nexec sleep 60\n", 0755);
    Setup setup(std::move(access));
    std::stop_source stop;
    ApiRequest request;
    request.path_and_query = "/x";
    request.on_body = [](std::string_view) { return true; };
    std::promise<ApiAnswer> promise;

    setup.client.get(std::move(request), stop.get_token(),
                     [&](ApiAnswer answer) { promise.set_value(std::move(answer)); });
    REQUIRE(test::eventually([&] { return std::filesystem::exists(dir / "up"); }, 30s));
    stop.request_stop();
    const ApiAnswer answer = promise.get_future().get();

    CHECK(answer.cause == HttpCause::stopped);
    CHECK(answer.error->code == Errc::stopped);
  }

  TEST_CASE("who waits for a plugin is stopped when the ApiClient is gone") {
    const test::TempDir dir;
    Access access = with_plugin("https://127.0.0.1:1", dir);
    dir.write("plugin", "#!/bin/sh\nexec sleep 60\n", 0755);
    std::promise<ApiAnswer> promise;
    HttpClient http;
    ApiRequest request;
    request.path_and_query = "/x";
    request.on_body = [](std::string_view) { return true; };
    {
      ApiClient client(http, std::move(access), std::make_shared<Secrets>(), ktel::system_clock());
      client.get(request, {}, [&](ApiAnswer answer) { promise.set_value(std::move(answer)); });
    }
    CHECK(promise.get_future().get().error->code == Errc::stopped);
  }

  TEST_CASE("a certificate file that is replaced takes a new connection, the token none") {
    const test::TempDir dir;
    const test::TestCa ca;
    const test::CertKey cert = ca.server();
    const test::CertKey first = ca.client("first");
    const test::CertFiles files = first.write(dir, "client");
    const HttpServer server([](const Call&) { return Reply{.body = "{}"}; },
                            {cert.cert_pem, cert.key_pem, ca.pem()});
    Access access = access_to(server.url());
    access.login = {"", dir.write("token", "one").string(), "", ""};
    access.tls = std::make_shared<TlsSettings>(TlsSettings{
        .ca_pem = ca.pem(), .client_cert_pem = first.cert_pem, .client_key_pem = first.key_pem});
    access.tls_files = {.ca = {}, .cert = files.cert.string(), .key = files.key.string()};
    std::chrono::system_clock::time_point now{1'000'000s};
    HttpClient http;
    ApiClient client(http, access, std::make_shared<Secrets>(), [&] { return now; });
    const auto get = [&] {
      std::promise<ApiAnswer> promise;
      ApiRequest request;
      request.path_and_query = "/x";
      request.on_body = [](std::string_view) { return true; };
      client.get(std::move(request), {},
                 [&](ApiAnswer answer) { promise.set_value(std::move(answer)); });
      return error_of(promise.get_future().get());
    };

    CHECK(get() == "no error");
    dir.write("token", "two");
    now += 50s;
    CHECK(get() == "no error");
    CHECK(server.calls().at(1).header("Authorization") == "Bearer two");
    CHECK(server.connections() == 1);
    ca.client("second").write(dir, "client");
    now += 50s;
    CHECK(get() == "no error");
    CHECK(server.connections() == 2);
  }
}
