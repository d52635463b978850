// The ledger: what is recorded, shown and sent again; and files it cannot be.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <boost/json.hpp>

#include "end_to_end/user.hpp"

using namespace ktel;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

constexpr const char* body = R"({"tests-count":{"is_ready":true,"items_count":3}})";
constexpr const char* busy = "answers \"Server is busy\"";

std::string newest_id(const test::User& user) {
  const std::string listed = user.ktel({"reports", "list", "--limit", "1", "-o", "name"}).out;
  return listed.substr(0, listed.find('\n'));
}

test::hec::FaultScript always_busy() {
  return test::hec::FaultScript({{.what = test::hec::Do::status, .status = 503, .code = 9}});
}

}  // namespace

TEST_SUITE_BEGIN("end_to_end/ledger");

TEST_CASE("what was printed, kept and received are the same bytes") {
  const test::User user;
  test::Receiver receiver(user);
  const auto r = user.report("tests-count", receiver.options() + test::Words{"-"},
                             {.stdin_text = R"({"foo": {"b": 1.50, "a": "é"}})"});
  REQUIRE_MESSAGE(r.exit_code == 0, r.err);
  REQUIRE(receiver.server().journal().accepted().size() == 1);
  const auto event = receiver.server().journal().accepted()[0];

  CHECK(r.out == R"({"foo":{"a":"é","b":1.5},"tests-count":{"is_ready":true,"items_count":3}})");
  CHECK(event.event == r.out);
  CHECK(user.ktel({"reports", "show"}).out == r.out);
  CHECK(user.ktel({"reports", "show", event.id}).out == r.out);
  CHECK(user.ktel({"reports", "show", event.id.substr(0, 9)}).out == r.out);
  CHECK_MESSAGE(
      contains(r.err, "report " + event.id + ": " + std::to_string(r.out.size()) +
                          " bytes, sha256 " + event.sha256 + "; delivered " + receiver.url()),
      r.err);
  CHECK(event.sourcetype == "ktel:report");
}

TEST_CASE("the list and the record say what became of a report, and hold no token") {
  const test::User user;
  test::Receiver receiver(user);
  REQUIRE(user.report("tests-count,tests-fails", receiver.options()).exit_code == 0);

  const auto list = user.ktel({"reports", "list"});
  CHECK(list.exit_code == 0);
  CHECK(list.out.starts_with("ID "));
  CHECK(contains(list.out, "delivered"));
  CHECK(contains(list.out, receiver.url()));
  const auto record = user.ktel({"reports", "show", "--record"});
  CHECK(record.exit_code == 0);
  CHECK_MESSAGE(contains(record.out, "the moon is in the way"), record.out);
  CHECK_FALSE(contains(record.out, test::Receiver::token));
  CHECK_FALSE(contains(test::read_file(user.ledger()), test::Receiver::token));
  CHECK(contains(user.ktel({"reports", "show", "--record", "-o", "yaml"}).out, "signal: ktel\n"));
}

TEST_CASE("reports that are not there are said to be not there") {
  const test::User user;
  CHECK(user.ktel({"reports", "list", "-o", "name"}).out == "");
  const auto none = user.ktel({"reports", "show"});
  CHECK(none.exit_code == 2);
  CHECK(none.err == "ktel: there is no ledger " + user.ledger().string() +
                        "; `ktel workflows run` makes one\n");
  CHECK(user.ktel({"reports", "send"}).err == none.err);

  REQUIRE(user.report("tests-count").exit_code == 0);
  const auto unknown = user.ktel({"reports", "show", "ffff"});
  CHECK(unknown.exit_code == 2);
  CHECK(unknown.err == "ktel: there is no report ffff in " + user.ledger().string() +
                           "; `ktel reports list` shows all\n");
}

TEST_CASE("what one run could not deliver goes with the next one's, each once") {
  const test::User user;
  test::Receiver receiver(user, always_busy());
  const auto first = user.report("tests-count", receiver.options() + test::Words{"--wait", "0s"});
  CHECK(first.exit_code == 5);
  CHECK(user.state() == "queued");

  receiver.server().set_script({});
  const auto second = user.report("tests-count", receiver.options());
  CHECK_MESSAGE(second.exit_code == 0, second.err);
  const auto sent = user.ktel(
      {"reports", "send", "--token-file", receiver.token_file(), "--ca-file", receiver.ca_file()});
  CHECK(sent.exit_code == 0);
  const auto accepted = receiver.server().journal().accepted();
  REQUIRE(accepted.size() == 2);
  CHECK(accepted[0].id != accepted[1].id);
}

TEST_CASE("reports send that reaches nobody says so and keeps all") {
  const test::User user;
  test::Receiver receiver(user, always_busy());
  REQUIRE(user.report("tests-count", receiver.options() + test::Words{"--wait", "0s"}).exit_code ==
          5);
  const auto r = user.ktel({"reports", "send", "--token-file", receiver.token_file(), "--ca-file",
                            receiver.ca_file(), "--wait", "1s"});
  CHECK(r.exit_code == 5);
  CHECK_MESSAGE(contains(r.err, busy), r.err);
  CHECK_MESSAGE(r.err.ends_with("ktel: 0 delivered, 1 still queued\n"), r.err);
  CHECK(user.state() == "queued");
}

TEST_CASE("a ledger that cannot be opened ends the run before anything is collected") {
  const test::User user;
  test::Receiver receiver(user);
  const std::string next =
      "): make it readable and writable for this user, name another ledger with --ledger, or keep "
      "none with --no-ledger\n";
  struct Row {
    std::string ledger;
    std::string says;
  };
  const std::string in_the_way = user.home().write("file", "x");
  for (const auto& [ledger, says] : std::vector<Row>{
           {user.home().path(), "ktel: ledger " + user.home().path().string() +
                                    " cannot be used (Is a directory" + next},
           {in_the_way + "/ledger.db",
            "ktel: ledger " + in_the_way + "/ledger.db cannot be used (Not a directory" + next},
           {"/proc/no/ledger.db",
            "ktel: ledger directory /proc/no cannot be used (No such file or directory" + next}}) {
    CAPTURE(ledger);
    const auto r = user.report("tests-count", receiver.options() + test::Words{"--ledger", ledger});
    CHECK(r.exit_code == 2);
    CHECK(r.out == "");
    CHECK(r.err == says);
  }
  CHECK(receiver.server().journal().requests().empty());
}

TEST_CASE("a ledger that another program holds for too long") {
  const test::User user;
  REQUIRE(user.report("tests-count").exit_code == 0);
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(user.ledger().c_str(), &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr) == SQLITE_OK);

  const auto r = user.report("tests-count");
  sqlite3_close(db);
  CHECK(r.exit_code == 2);
  CHECK(r.out == "");
  CHECK_MESSAGE(contains(r.err, "ledger " + user.ledger().string() +
                                    " is locked by another process, for more than 5 s: run again "
                                    "when that has ended (fuser " +
                                    user.ledger().string() + " names it)"),
                r.err);
  CHECK(user.recorded() == 1);
}

TEST_CASE("a damaged ledger is set aside, and the run goes on with a new one") {
  const test::User user;
  REQUIRE(user.report("tests-count").exit_code == 0);
  const std::string damaged = "SQLite format 3" + std::string(5000, 'x');
  test::write_file(user.ledger(), damaged);

  const auto r = user.report("tests-count");
  CHECK(r.exit_code == 0);
  CHECK(r.out == body);
  CHECK(user.recorded() == 1);

  std::string aside;
  for (const auto& entry : std::filesystem::directory_iterator(user.ledger().parent_path())) {
    const std::string path = entry.path();
    const bool journal = path.ends_with("-journal");  // which goes with it
    if (path.starts_with(user.ledger().string() + ".corrupt-") && !journal) aside = path;
  }
  REQUIRE(aside != "");
  CHECK(test::read_file(aside) == damaged);
  const std::string warning =
      "ktel: ledger " + user.ledger().string() +
      " was damaged (file is not a database): it was set aside as " + aside +
      " and a new one begun; reports still queued in it will not be sent, see what is left with: "
      "sqlite3 " +
      aside + " .recover\n";
  // Once, and behind it the receipt alone.
  CHECK_MESSAGE(r.err.starts_with(warning + "ktel: report "), r.err);
}

TEST_CASE("a database of another program is left alone") {
  const test::User user;
  const std::string file = user.home() / "other.db";
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, "CREATE TABLE t (a)", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
  const std::string before = test::read_file(file);

  const auto r = user.report("tests-count", {"--ledger", file});
  CHECK(r.exit_code == 2);
  CHECK(r.err == "ktel: " + file +
                     " is a database of another program, not a ledger: name another file with "
                     "--ledger\n");
  CHECK(test::read_file(file) == before);
}

TEST_CASE("status says what waits for each destination, and why, to people and to programs") {
  const test::User user;
  const auto none = user.ktel({"status"});
  CHECK(none.exit_code == 2);
  CHECK(none.err == "ktel: there is no ledger " + user.ledger().string() +
                        "; `ktel workflows run` makes one\n");
  REQUIRE(user.report("tests-count").exit_code == 0);
  CHECK(contains(user.ktel({"status"}).out, ": 1 report, "));
  CHECK(contains(user.ktel({"status"}).out, "\nnothing was to be sent so far\n"));
  CHECK(contains(user.ktel({"status"}).out, "\nplugins in a child are confined in: privileges"));

  test::Receiver receiver(user);
  REQUIRE(user.report("tests-count", receiver.options()).exit_code == 0);
  receiver.server().set_script(always_busy());
  REQUIRE(user.report("tests-count", receiver.options() + test::Words{"--wait", "0s"}).exit_code ==
          5);
  const auto page = user.ktel({"status"});
  CHECK(page.exit_code == 0);
  CHECK_MESSAGE(contains(page.out, "\n" + receiver.url() + "\n  state      queued\n"), page.out);
  CHECK_MESSAGE(contains(page.out, "\n  queued     1 report, 49 bytes, the oldest since 20"),
                page.out);
  CHECK_MESSAGE(contains(page.out, "\n  delivered  1 report, the last 20"), page.out);

  REQUIRE(user.ktel({"reports", "send", "--wait", "500ms", "--token-file", receiver.token_file(),
                     "--ca-file", receiver.ca_file()})
              .exit_code == 5);
  const auto held = user.ktel({"status"});
  CHECK_MESSAGE(contains(held.out, "\n  state      held up\n"), held.out);
  CHECK_MESSAGE(contains(held.out, "\n  because    Splunk at "), held.out);
  const auto json = boost::json::parse(user.ktel({"status", "-o", "json"}).out).as_object();
  CHECK(json.at("reports") == 3);
  const auto& of = json.at("destinations").as_array().at(0).as_object();
  CHECK(std::string(of.at("destination").as_string()) == receiver.url());
  CHECK(of.at("state") == "held up");
  CHECK(of.at("reports") == boost::json::object{{"delivered", 1}, {"queued", 1}});
  CHECK(contains(std::string(of.at("held_up").as_string()), busy));
}

TEST_CASE("what was rejected is sent again once an operator says so") {
  const test::User user;
  test::Receiver receiver(user);
  receiver.server().set_script(
      test::hec::FaultScript({{.what = test::hec::Do::status, .status = 400, .code = 6}}));
  REQUIRE(user.report("tests-count", receiver.options()).exit_code == 5);
  CHECK(user.state() == "dead");
  CHECK(contains(user.ktel({"status"}).out, "\n  dead       1 report: Splunk at "));
  receiver.server().set_script({});

  const auto which = user.ktel({"reports", "retry"});
  CHECK(which.exit_code == 2);
  CHECK(which.err ==
        "ktel: name one report by its ID, or give --all: `ktel reports list` shows "
        "which are dead\n");
  CHECK(user.ktel({"reports", "retry", "--all", "--report-server", "splunk://x"}).err ==
        "ktel: nothing is dead, so nothing is queued again\n");
  const auto back = user.ktel({"reports", "retry", "--all"});
  CHECK(back.exit_code == 0);
  CHECK(back.err == "ktel: 1 queued again; `ktel reports send` sends it\n");
  CHECK(user.state() == "queued");
  const std::string id = newest_id(user);
  CHECK(user.ktel({"reports", "retry", id}).err ==
        "ktel: nothing of report " + id + " is dead; `ktel status` says how things stand\n");

  CHECK(user.ktel({"reports", "send", "--token-file", receiver.token_file(), "--ca-file",
                   receiver.ca_file()})
            .exit_code == 0);
  CHECK(receiver.server().journal().accepted().size() == 1);
  CHECK(user.state() == "delivered");
}

TEST_CASE("verify finds a body that somebody has changed") {
  const test::User user;
  REQUIRE(user.report("tests-count").exit_code == 0);
  REQUIRE(user.report("tests-count").exit_code == 0);
  const auto good = user.ktel({"reports", "verify"});
  CHECK(good.exit_code == 0);
  CHECK(good.err == "ktel: checked 2 of 2 reports (0 erased): all as written\n");

  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(user.ledger().c_str(), &db) == SQLITE_OK);
  CHECK(sqlite3_exec(db,
                     "UPDATE report SET body = CAST(replace(body, '3', '4') AS BLOB) WHERE ref = 2",
                     nullptr, nullptr, nullptr) == SQLITE_OK);
  CHECK(sqlite3_exec(db, "UPDATE report SET body = NULL WHERE ref = 1", nullptr, nullptr,
                     nullptr) == SQLITE_OK);
  sqlite3_close(db);
  const auto bad = user.ktel({"reports", "verify"});
  CHECK(bad.exit_code == 7);
  CHECK_MESSAGE(bad.err == "ktel: report " + newest_id(user) +
                               ": its body is not what was written: the SHA-256 differs\n"
                               "ktel: checked 1 of 2 reports (1 erased): 1 not as written\n",
                bad.err);
}

TEST_SUITE_END();
