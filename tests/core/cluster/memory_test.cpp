// Promise 4: memory depends on what was declared, not on what objects contain.
//
// A child process reads objects of 2 KB, another one of 200 KB, with equal cells, from a server
// that makes them up as it sends them; their peaks must be within 5 % of each other. 2,000 objects
// rather than the 50,000 of the promise: 400 MB to parse instead of 10 GB. Whatever holds a page, a
// body or an object shows: a page of the large ones alone has 200 MB.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "base/http.hpp"
#include "cluster/api_client.hpp"
#include "cluster/api_source.hpp"
#include "core/base/http_server.hpp"
#include "core/cluster/reads.hpp"
#include "support/process.hpp"
#include "support/protobuf_writer.hpp"

using namespace ktel;
using test::HttpServer;

namespace {

constexpr int objects = 2000;
constexpr int page = 1000;

// Of this process alone: ru_maxrss would count what it was before exec, too.
long peak_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != "VmHWM:") continue;
    long kib = 0;
    status >> kib;
    return kib;
  }
  return -1;
}

std::string protobuf_pod(int i, const std::string& filler) {
  using test::pb_bytes;
  return pb_bytes(1, pb_bytes(1, fmt::format("p-{}", i)) +
                         pb_bytes(12, pb_bytes(1, "a") + pb_bytes(2, filler))) +
         pb_bytes(2, pb_bytes(2, pb_bytes(1, "app")));
}

// The list's own length stands before its items.
HttpServer::Reply protobuf_page_of(bool first, std::size_t padding) {
  using test::pb_bytes;
  HttpServer::Reply reply;
  reply.headers = {{"Content-Type", "application/vnd.kubernetes.protobuf"}};
  const auto filler = std::make_shared<const std::string>(padding, 'x');
  reply.more = [first, filler, next = std::make_shared<int>(0)]() -> std::string {
    const int i = (*next)++;
    if (i >= page) return {};
    const auto item = [&](int n) {
      return pb_bytes(2, protobuf_pod((first ? 0 : page) + n, *filler));
    };
    if (i > 0) return item(i);
    std::string metadata = pb_bytes(1, first ? pb_bytes(3, "second") : "");
    std::size_t size = metadata.size();
    for (int n = 0; n < page; ++n) size += item(n).size();
    return std::string("k8s\0", 4) + pb_bytes(1, pb_bytes(1, "v1") + pb_bytes(2, "PodList")) +
           "\x12" + test::pb_varint(size) + metadata + item(0);
  };
  return reply;
}

HttpServer::Reply json_page_of(bool first, std::size_t padding) {
  HttpServer::Reply reply;
  reply.headers = {{"Content-Type", "application/json"}};
  const auto filler = std::make_shared<const std::string>(padding, 'x');
  reply.more = [first, filler, next = std::make_shared<int>(0)]() -> std::string {
    const int i = (*next)++;
    if (i > page) return {};
    if (i == page) return "]}";
    const std::string head =
        fmt::format(R"({{"kind":"PodList","apiVersion":"v1","metadata":{{{}}},"items":[)",
                    first ? R"("continue":"second")" : "");
    return fmt::format(
        R"({}{{"metadata":{{"name":"p-{}","annotations":{{"a":"{}"}}}},"spec":{{"containers":[{{"name":"app"}}]}}}})",
        i == 0 ? head : ",", (first ? 0 : page) + i, *filler);
  };
  return reply;
}

// Sanitizers have memory of their own: there nothing is served.
[[maybe_unused]] HttpServer::Reply page_of(const HttpServer::Call& call, bool protobuf,
                                           std::size_t padding) {
  const bool first = call.target.find("continue") == std::string::npos;
  return protobuf ? protobuf_page_of(first, padding) : json_page_of(first, padding);
}

}  // namespace

TEST_SUITE("core/cluster/memory") {
  // What the child runs.
  TEST_CASE("read from KTEL_MEMORY_TEST_SERVER" * doctest::skip()) {
    cluster::Access access;
    access.server = std::getenv("KTEL_MEMORY_TEST_SERVER");
    HttpClient http;
    const auto source = std::make_shared<cluster::ApiSource>(std::make_shared<cluster::ApiClient>(
        http, std::move(access), std::make_shared<Secrets>(), system_clock()));
    const auto all = test::collect_all(
        source, {test::job("j", {test::read(KTEL_READ_LIST, "", "pods",
                                            "metadata.name spec.containers[*].name")})});
    CHECK(all.at(0, 0).count == objects);
    CHECK(all.rows(0, 0).back() == "v1: p-1999 [app]");
    fmt::print("peak {} bytes {}\n", peak_kib(), all.stats.bytes);
  }

  TEST_CASE("the peak of a process does not depend on the size of the objects it reads") {
#ifdef KTEL_SANITIZE
    MESSAGE("skipped: a sanitizer keeps what was freed");
#else
    struct Seen {
      long peak = 0;
      unsigned long long bytes = 0;
    };
    bool protobuf = false;
    SUBCASE("in JSON") {}
    SUBCASE("in protobuf") { protobuf = true; }
    const auto read_objects_of = [protobuf](std::size_t padding) {
      const HttpServer server([protobuf, padding](const HttpServer::Call& call) {
        return page_of(call, protobuf, padding);
      });
      const test::RunResult child = test::run(
          {"/proc/self/exe", "--no-skip", "--test-case=read from KTEL_MEMORY_TEST_SERVER"},
          {.env = {{"KTEL_MEMORY_TEST_SERVER", server.url()}},
           .deadline = std::chrono::minutes(2)});
      REQUIRE_MESSAGE(child.exit_code == 0, child.out);
      Seen seen;
      const auto at = child.out.find("peak ");
      REQUIRE(at != std::string::npos);
      REQUIRE(std::sscanf(child.out.c_str() + at, "peak %ld bytes %llu", &seen.peak, &seen.bytes) ==
              2);
      return seen;
    };
    const Seen small = read_objects_of(2 * 1024);
    const Seen large = read_objects_of(200 * 1024);
    MESSAGE("peak KiB: " << small.peak << " for " << small.bytes << " bytes, " << large.peak
                         << " for " << large.bytes);
    CHECK(small.bytes > 4'000'000);
    CHECK(large.bytes > 400'000'000);
    CHECK(large.peak * 100 < small.peak * 105);
    CHECK(small.peak * 100 < large.peak * 105);
#endif
  }
}
