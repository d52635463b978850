// A token is planted wherever one can be given, and the world does its worst: it is in nothing that
// is printed, logged or kept.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "end_to_end/user.hpp"

using namespace ktel;
using test::Receiver;
using test::User;
using test::Words;
using test::hec::Do;
using test::hec::Fault;
using test::hec::FaultScript;

namespace {

// Every byte of every file below the home but the token's own.
std::string all_files(const User& user, const std::filesystem::path& but) {
  std::string all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(user.home() / "")) {
    if (!entry.is_regular_file() || entry.path() == but) continue;
    std::ostringstream bytes;
    bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    all += entry.path().string() + "\n" + bytes.str();
  }
  return all;
}

void check_unseen(const User& user, const test::RunResult& r, const std::filesystem::path& but) {
  CHECK(r.out.find(Receiver::token) == std::string::npos);
  CHECK_MESSAGE(r.err.find(Receiver::token) == std::string::npos, r.err);
  CHECK(all_files(user, but).find(Receiver::token) == std::string::npos);
}

}  // namespace

TEST_SUITE_BEGIN("end_to_end/secrets");

TEST_CASE("a server that says the token back has it in no log, receipt or ledger") {
  const std::string echo =
      R"({"text":"I do not know )" + std::string(Receiver::token) + R"(","code":6})";
  Fault said;
  said.what = Do::status;
  said.body = echo;
  Fault page = said;
  page.content_type = "text/html";
  page.body = "<html>Splunk " + std::string(Receiver::token) + "</html>";
  Fault redirect;
  redirect.what = Do::redirect;
  redirect.location = "https://login.example/?from=" + std::string(Receiver::token);
  for (const unsigned status : {400u, 401u, 403u, 404u, 500u, 503u}) {
    for (Fault fault : {said, page}) {
      CAPTURE(status);
      const User user;
      fault.status = status;
      Receiver receiver(user, FaultScript({fault}));
      const auto r = user.report("tests-count", receiver.options() + Words{"--wait", "1s", "-v"});
      CHECK(r.exit_code != 0);
      REQUIRE(!receiver.server().journal().requests().empty());
      check_unseen(user, r, receiver.token_file());
      check_unseen(user, user.ktel({"status", "-o", "json"}), receiver.token_file());
      check_unseen(user, user.ktel({"reports", "list", "-o", "json"}), receiver.token_file());
      check_unseen(user, user.ktel({"reports", "show", "--record"}), receiver.token_file());
    }
  }
  const User user;
  Receiver receiver(user, FaultScript({redirect}));
  const auto r = user.report("tests-count", receiver.options() + Words{"--wait", "1s", "-v"});
  CHECK(r.exit_code == 5);
  check_unseen(user, r, receiver.token_file());
}

TEST_CASE("a token in the environment, in a URL, and in a dry run") {
  const User user;
  Receiver receiver(user);
  const std::map<std::string, std::string> env = {{"KTEL_TOKEN", Receiver::token}};
  const Words to = {"--report-server", receiver.url(), "--ca-file", receiver.ca_file()};
  check_unseen(user, user.report("tests-count", to + Words{"-v"}, {.env = env}),
               receiver.token_file());
  check_unseen(user, user.report("tests-count", to + Words{"--dry-run", "-v"}, {.env = env}),
               receiver.token_file());
  const std::string host = receiver.server().authority();
  for (const std::string& url : {"splunk://x:" + std::string(Receiver::token) + "@" + host,
                                 receiver.url() + "?token=" + Receiver::token,
                                 "https://" + std::string(Receiver::token) + "@h/"}) {
    const auto r = user.report("tests-count", {"--report-server", url}, {.env = env});
    CHECK(r.exit_code == 2);
    check_unseen(user, r, receiver.token_file());
  }
}

TEST_SUITE_END();
