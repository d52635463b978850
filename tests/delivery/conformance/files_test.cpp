// A backend that writes files: what is written, where, and what becomes of a report that cannot be.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "backend.hpp"
#include "support/process.hpp"

TEST_SUITE_BEGIN("delivery/conformance");

namespace {

using namespace ktel;
using namespace std::chrono_literals;
using namespace ktel::test::conformance;
using delivery::Attempt;
using delivery::Outcome;
using delivery::Verdict;

std::shared_ptr<delivery::OpenBackend> opened_in(const std::filesystem::path& folder) {
  auto backend = open(url_in(folder.string()));
  if (!backend) FAIL(backend.error().message);
  return *backend;
}

Attempt deliver(delivery::OpenBackend& backend, const delivery::Outgoing& report) {
  return backend.deliver(report, {}, std::chrono::steady_clock::now() + 60s);
}

// The one file in the folder.
std::string written_in(const std::filesystem::path& folder) {
  std::string text;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    CHECK(text.empty());
    text = test::read_file(entry.path());
  }
  return text;
}

}  // namespace

TEST_CASE("what is written is what the preview shows, report for report") {
  if (!to_files()) return;
  const test::TempDir dir;
  const auto backend = opened_in(dir.path());
  std::string previews;
  for (const auto& [name, report] : hostile_reports()) {
    CAPTURE(name);
    const auto pushed = backend->encode(report);
    REQUIRE(pushed);
    previews += pushed->request.body;
    const Attempt attempt = deliver(*backend, report);
    CAPTURE(attempt.text);
    CHECK(attempt.outcome == Outcome::delivered);
    CHECK(attempt.verdict == Verdict::up);
    CHECK(fault_of(attempt.text) == "");
  }
  CHECK((written_in(dir.path()) == previews));
}

TEST_CASE("a folder that is not there costs no report, and is made use of when it is") {
  if (!to_files()) return;
  const test::TempDir dir;
  const auto folder = dir / "later";
  const auto backend = opened_in(folder);

  const Attempt attempt = deliver(*backend, report());
  CAPTURE(attempt.text);
  CHECK(attempt.outcome == Outcome::retry);
  CHECK(attempt.verdict == Verdict::blocked);
  CHECK(attempt.text.find(folder.string()) != std::string::npos);
  CHECK(fault_of(attempt.text) == "");

  std::filesystem::create_directory(folder);
  CHECK(deliver(*backend, report()).outcome == Outcome::delivered);
  CHECK(written_in(folder).find(report().body) != std::string::npos);
}

TEST_CASE("a folder that stands where the file would costs no report") {
  if (!to_files()) return;
  const test::TempDir dir;
  const auto backend = opened_in(dir.path());
  REQUIRE(deliver(*backend, report()).outcome == Outcome::delivered);
  const auto file = std::filesystem::directory_iterator(dir.path())->path();
  std::filesystem::remove(file);
  std::filesystem::create_directory(file);

  const Attempt attempt = deliver(*backend, report());

  CAPTURE(attempt.text);
  CHECK(attempt.outcome == Outcome::retry);
  CHECK(attempt.verdict == Verdict::blocked);
  CHECK(attempt.text.find(file.string()) != std::string::npos);
}

TEST_CASE("two sinks that write to one file leave every report whole") {
  if (!to_files()) return;
  const test::TempDir dir;
  constexpr unsigned each = 25;
  const auto write = [&](unsigned from) {
    const auto backend = opened_in(dir.path());
    for (unsigned n = from; n < from + each; ++n) {
      if (deliver(*backend, report("{\"n\":" + std::to_string(n) + "}", n)).outcome !=
          Outcome::delivered) {
        return false;
      }
    }
    return true;
  };
  bool first = false;
  std::thread other([&] { first = write(100); });
  const bool second = write(200);
  other.join();
  CHECK(first);
  CHECK(second);

  const std::string text = written_in(dir.path());
  const auto backend = opened_in(dir.path());
  std::size_t size = 0;
  for (const unsigned from : {100u, 200u}) {
    for (unsigned n = from; n < from + each; ++n) {
      CAPTURE(n);
      const auto pushed = backend->encode(report("{\"n\":" + std::to_string(n) + "}", n));
      REQUIRE(pushed);
      CHECK(text.find(pushed->request.body) != std::string::npos);
      size += pushed->request.body.size();
    }
  }
  CHECK(text.size() == size);
}

TEST_SUITE_END();
