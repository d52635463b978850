// The ledger: what it keeps, and every way in which its file can fail, with the words for it.
#include "delivery/ledger.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "base/hash.hpp"
#include "delivery/sqlite.hpp"
#include "faulty_vfs.hpp"
#include "ledger_dir.hpp"

using namespace ktel;
using namespace ktel::delivery;
using ktel::test::FaultyVfs;
using ktel::test::LedgerDir;
using ktel::test::row;
using ktel::test::there;

namespace {

std::string refusal(const Ledger::Options& options) {
  auto ledger = Ledger::open(options);
  if (ledger) return "it opened";
  CHECK(ledger.error().code == Errc::bad_input);
  return ledger.error().message;
}

unsigned mode(const std::filesystem::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777u : 0;
}

// Opening reads the first page alone.
void damage_all_but_the_first_page(const std::filesystem::path& file) {
  const auto size = static_cast<std::size_t>(std::filesystem::file_size(file));
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(4096)
      << std::string(size - 4096, '\xff');
}

// Which files and directories were synced, by name, while it lives.
class Syncs {
 public:
  Syncs() {
    const std::lock_guard lock(mutex);
    names.clear();
    listening = true;
  }
  ~Syncs() {
    const std::lock_guard lock(mutex);
    listening = false;
  }
  bool seen(const std::string& path) const {
    const std::lock_guard lock(mutex);
    return names.count(path) == 1;
  }
  static void note(int fd) {
    const std::lock_guard lock(mutex);
    std::error_code none;
    const std::filesystem::path link = "/proc/self/fd/" + std::to_string(fd);
    if (listening) names.insert(std::filesystem::read_symlink(link, none).string());
  }

 private:
  static inline std::mutex mutex;
  static inline std::set<std::string> names;
  static inline bool listening = false;
};

// The rules of files as a user who is not root meets them.
class AsNobody {
 public:
  AsNobody() : root_(::geteuid() == 0) {
    if (root_) REQUIRE(::seteuid(65534) == 0);
  }
  ~AsNobody() {
    if (root_ && ::seteuid(0) != 0) std::abort();
  }

 private:
  bool root_;
};

}  // namespace

// In front of libc's: SQLite and the ledger call these.
extern "C" int fsync(int fd) {
  Syncs::note(fd);
  return static_cast<int>(::syscall(SYS_fsync, fd));
}
extern "C" int fdatasync(int fd) {
  Syncs::note(fd);
  return static_cast<int>(::syscall(SYS_fdatasync, fd));
}

TEST_SUITE("core/delivery/ledger") {
  TEST_CASE("a row reads back as it was written") {
    const LedgerDir dir;
    const auto ledger = dir.open();
    Row written = row(1);
    written.findings = 3;
    written.record = R"({"signal":"daily"})";

    const std::int64_t seq = ledger->append(written).value();
    const Row read = ledger->find(written.id).value().value();

    CHECK(ledger->warning().empty());
    CHECK(read.seq == seq);
    CHECK(read.id == written.id);
    CHECK(read.created_us == written.created_us);
    CHECK(read.time_s == written.time_s);
    CHECK(read.signal == "daily");
    CHECK(read.body == written.body);
    CHECK(read.size == written.body.size());
    CHECK(read.sha256 == sha256_hex(written.body));
    CHECK(read.record == written.record);
    CHECK(read.decl == "[]");
    CHECK(read.findings == 3);
    CHECK(read.destination == there);
    CHECK(read.state == State::queued);
    CHECK(read.intact);
  }

  TEST_CASE("the file is its owner's alone, and so are directories made for it") {
    const LedgerDir dir;
    auto options = dir.options();
    options.file = dir.path() / "state" / "ktel" / "ledger.db";

    REQUIRE(Ledger::open(options).has_value());

    CHECK(mode(options.file) == 0600);
    CHECK(mode(dir.path() / "state") == 0700);
    CHECK(mode(dir.path() / "state" / "ktel") == 0700);
  }

  TEST_CASE("what was made for it outlasts a loss of power: each new name is synced") {
    const LedgerDir dir;
    auto options = dir.options();
    options.file = dir.path() / "state" / "ktel" / "ledger.db";
    const Syncs syncs;

    REQUIRE(Ledger::open(options).value()->append(row(1)).has_value());

    const std::string base = std::filesystem::canonical(dir.path()).string();
    CHECK(syncs.seen(base));
    CHECK(syncs.seen(base + "/state"));
    CHECK(syncs.seen(base + "/state/ktel"));
  }

  TEST_CASE("outcomes are kept, also over a restart") {
    const LedgerDir dir;
    {
      const auto ledger = dir.open();
      for (int n = 1; n <= 4; ++n) REQUIRE(ledger->append(row(n)).has_value());
      Row local = row(5);
      local.destination.clear();
      local.state = State::local;
      REQUIRE(ledger->append(local).has_value());
      REQUIRE(ledger->delivered(1, 1, 100).has_value());
      REQUIRE(ledger->dead(2, 2, 6, "Invalid data format", 200).has_value());
      REQUIRE(ledger->retry_at(3, 3, 5000, 503, "busy").has_value());
    }
    const auto ledger = dir.open();
    const auto rows = ledger->list(10).value();

    REQUIRE(rows.size() == 5);
    CHECK(rows[0].state == State::local);
    CHECK(rows[4].state == State::delivered);
    CHECK(rows[4].done_us == 100);
    CHECK(rows[4].body.empty());
    CHECK(rows[4].size == 7);
    CHECK(rows[3].state == State::dead);
    CHECK(rows[3].code == 6);
    CHECK(rows[3].text == "Invalid data format");
    CHECK(rows[2].attempts == 3);
    CHECK(ledger->list(2).value().size() == 2);

    CHECK(ledger->due(there, 1).value().size() == 1);
    const auto due = ledger->due(there, 10).value();
    REQUIRE(due.size() == 2);
    CHECK(due[0].seq == 3);
    CHECK(due[0].body == "{\"n\":3}");
    CHECK(ledger->due("splunk://elsewhere", 10).value().empty());
    CHECK(ledger->not_before_us(there).value() == 5000);
    CHECK(ledger->not_before_us("splunk://elsewhere").value() == 0);
    CHECK(ledger->queued(there).value() == 2);
    CHECK(ledger->queued("splunk://elsewhere").value() == 0);
    CHECK(ledger->destinations_with_queued().value() == std::vector<std::string>{there});
    CHECK_FALSE(ledger->at(99).value().has_value());
    CHECK(ledger->delivered(99, 1, 1).error().message.find("delivery 99 is no longer in ledger") ==
          0);
  }

  TEST_CASE("what was rejected since the last one taken is counted, whatever the clock says") {
    const LedgerDir dir;
    const auto ledger = dir.open();
    for (int n = 1; n <= 6; ++n) REQUIRE(ledger->append(row(n)).has_value());

    REQUIRE(ledger->dead(1, 1, 7, "Incorrect index", 900).has_value());
    REQUIRE(ledger->delivered(2, 1, 1000).has_value());
    CHECK(ledger->rejected_alike(there, 7).value() == 0);
    REQUIRE(ledger->dead(3, 1, 7, "Incorrect index", 500).has_value());  // it was set back
    REQUIRE(ledger->dead(4, 1, 7, "Incorrect index", 501).has_value());
    REQUIRE(ledger->dead(5, 1, 6, "Invalid data format", 502).has_value());
    CHECK(ledger->rejected_alike(there, 7).value() == 2);

    REQUIRE(ledger->requeue_alike(there, 7, "that is configuration").has_value());
    CHECK(ledger->at(1)->value().state == State::dead);
    CHECK(ledger->at(3)->value().state == State::queued);
    CHECK(ledger->at(3)->value().text == "that is configuration");
    CHECK(ledger->at(5)->value().state == State::dead);
    CHECK(ledger->rejected_alike(there, 7).value() == 2);
    REQUIRE(ledger->delivered(6, 1, 503).has_value());
    CHECK(ledger->rejected_alike(there, 7).value() == 0);
  }

  TEST_CASE("a report is found by the beginning of its id, if only one begins so") {
    const LedgerDir dir;
    const auto ledger = dir.open();
    Row other = row(2);
    other.id = "01ABCDEF-0000-7000-8000-000000000002";
    for (char& c : other.id) c = static_cast<char>(std::tolower(c));
    REQUIRE(ledger->append(row(1)).has_value());
    REQUIRE(ledger->append(other).has_value());

    CHECK(ledger->find("019").value()->seq == 1);
    CHECK(ledger->find("01AB").value()->seq == 2);
    CHECK_FALSE(ledger->find("02").value().has_value());
    CHECK(ledger->find("01").error().code == Errc::bad_input);
    CHECK(ledger->find("01").error().message == "several reports begin with \"01\", " + row(1).id +
                                                    " and " + other.id +
                                                    " among them: give more characters");
  }

  TEST_CASE("a report for two destinations is one body") {
    const LedgerDir dir;
    const auto ledger = dir.open();
    Row second = row(1);
    second.destination = "file:///tmp/x";
    const auto one = ledger->append(row(1)).value();
    const auto two = ledger->append(second).value();
    REQUIRE(ledger->delivered(one, 1, 1).has_value());

    CHECK(ledger->at(two).value()->state == State::queued);
    CHECK(ledger->find(row(1).id).value()->seq == one);

    Row altered = row(1);
    altered.body = "{}";
    altered.destination = "file:///tmp/y";
    CHECK(ledger->append(altered).error().message.find("has two bodies") != std::string::npos);
  }

  TEST_CASE("withdrawn reports lose their bodies, in the file too") {
    const LedgerDir dir;
    const auto ledger = dir.open();
    Row kept = row(1);
    kept.body = "\"this-stays\"";
    Row gone = row(2);
    gone.body = "\"this-goes\"";
    REQUIRE(ledger->append(kept).has_value());
    REQUIRE(ledger->delivered(1, 1, 1).has_value());
    REQUIRE(ledger->append(gone).has_value());

    CHECK(ledger->withdraw_queued(7).value() == 1);

    CHECK(ledger->find(gone.id).value()->state == State::withdrawn);
    CHECK(ledger->find(gone.id).value()->body.empty());
    std::ifstream file(dir.options().file, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    CHECK(bytes.find("this-stays") != std::string::npos);
    CHECK(bytes.find("this-goes") == std::string::npos);
  }

  TEST_CASE("finished rows make room from the old end, queued ones never") {
    const LedgerDir dir;
    auto options = dir.options();
    options.max_bytes = 512 * 1024;
    const auto ledger = Ledger::open(options).value();
    REQUIRE(ledger->append(row(1, 20'000)).has_value());  // stays queued
    for (int n = 2; n <= 100; ++n) {
      const auto seq = ledger->append(row(n, 20'000));
      REQUIRE(seq.has_value());
      REQUIRE(ledger->delivered(*seq, 1, n).has_value());
    }

    CHECK(std::filesystem::file_size(options.file) <= options.max_bytes);
    CHECK(ledger->find(row(1).id).value().has_value());
    CHECK_FALSE(ledger->find(row(2).id).value().has_value());
    CHECK(ledger->find(row(100).id).value().has_value());
  }

  TEST_CASE("a ledger full of queued reports says so and keeps them") {
    const LedgerDir dir;
    auto options = dir.options();
    options.max_bytes = 128 * 1024;
    const auto ledger = Ledger::open(options).value();
    Result<std::int64_t> last = 0;
    std::size_t kept = 0;
    for (int n = 1; last; ++n, ++kept) last = ledger->append(row(n, 20'000));

    CHECK(last.error().code == Errc::undelivered);
    CHECK(
        last.error().message ==
        "the report was not kept and is not sent: ledger " + options.file.string() +
            " is full, 131072 bytes of reports wait to be sent: see why with `ktel reports list`, "
            "send them with `ktel reports send`");
    CHECK(ledger->due(there, 100).value().size() == kept - 1);
  }

  TEST_CASE("a report over the limit is refused") {
    const LedgerDir dir;
    auto options = dir.options();
    options.max_report = 10;
    const auto ledger = Ledger::open(options).value();

    const auto refused = ledger->append(row(1, 11));
    CHECK(refused.error().code == Errc::bad_input);
    CHECK(refused.error().message ==
          "report " + row(1).id +
              " has 11 bytes, a ledger keeps up to 10 of one: select fewer jobs or send less on "
              "stdin");
    CHECK(ledger->list(10).value().empty());
  }

  TEST_CASE("several processes write at the same time") {
    const LedgerDir dir;
    auto options = dir.options();
    options.busy_timeout = std::chrono::seconds(60);
    std::vector<pid_t> children;
    for (int child = 0; child < 4; ++child) {
      children.push_back(::fork());
      if (children.back() != 0) continue;
      auto ledger = Ledger::open(options);
      bool good = ledger.has_value();
      for (int n = 0; good && n < 25; ++n) {
        good = (*ledger)->append(row(1000 * child + n + 1)).has_value();
      }
      ::_exit(good ? 0 : 1);
    }
    for (const pid_t child : children) {
      int status = -1;
      ::waitpid(child, &status, 0);
      CHECK(status == 0);
    }
    CHECK(dir.open()->list(1000).value().size() == 100);
  }

  TEST_CASE("a report of a process killed after append is queued") {
    const LedgerDir dir;
    const pid_t child = ::fork();
    if (child == 0) {
      auto ledger = Ledger::open(dir.options());
      if (ledger && (*ledger)->append(row(1))) ::kill(::getpid(), SIGKILL);
      ::_exit(1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));

    const auto due = dir.open()->due(there, 10).value();
    REQUIRE(due.size() == 1);
    CHECK(due[0].body == row(1).body);
  }

  TEST_CASE("a body that is not what was written is never due") {
    const LedgerDir dir;
    const auto ledger = dir.open();
    REQUIRE(ledger->append(row(1)).has_value());
    REQUIRE(ledger->append(row(2)).has_value());
    Connection(dir.options().file.string(), std::chrono::seconds(1))
        .run("UPDATE report SET body = CAST('{\"n\":9}' AS BLOB) WHERE ref = 1");

    CHECK_FALSE(ledger->find(row(1).id).value()->intact);
    const auto due = ledger->due(there, 1).value();
    REQUIRE(due.size() == 1);
    CHECK(due[0].seq == 2);
    const Row buried = ledger->at(1).value().value();
    CHECK(buried.state == State::dead);
    CHECK(buried.text ==
          "the body kept for report " + row(1).id +
              " is not what was written, its SHA-256 differs: it is never sent; check "
              "the disk, the next run reports again");
  }

  TEST_CASE("a directory or file that may not be written is named, with what to do") {
    const LedgerDir dir;
    auto options = dir.options();
    const std::string then =
        ": make it readable and writable for this user, name another ledger with --ledger, or keep "
        "none with --no-ledger";

    SUBCASE("a directory that cannot be made") {
      std::ofstream(dir.path() / "plain") << "x";
      options.file = dir.path() / "plain" / "ktel" / "ledger.db";
      CHECK(refusal(options) == "ledger directory " + (dir.path() / "plain" / "ktel").string() +
                                    " cannot be used (Not a directory)" + then);
    }
    SUBCASE("a directory without the right to write") {
      REQUIRE(::chmod(dir.path().c_str(), 0555) == 0);
      const AsNobody nobody;
      CHECK(refusal(options) ==
            "ledger " + options.file.string() + " cannot be used (Permission denied)" + then);
    }
    SUBCASE("a file without the right to write") {
      REQUIRE(Ledger::open(options).has_value());
      REQUIRE(::chmod(dir.path().c_str(), 0755) == 0);
      REQUIRE(::chmod(options.file.c_str(), 0444) == 0);
      const AsNobody nobody;
      CHECK(refusal(options) ==
            "ledger " + options.file.string() + " cannot be used (Permission denied)" + then);
    }
    SUBCASE("a writable file in a directory that is not") {
      REQUIRE(Ledger::open(options).has_value());
      REQUIRE(::chmod(options.file.c_str(), 0666) == 0);
      REQUIRE(::chmod(dir.path().c_str(), 0555) == 0);
      const AsNobody nobody;
      auto ledger = Ledger::open(options);  // its journal cannot be made beside it
      REQUIRE(ledger.has_value());
      CHECK((*ledger)->append(row(1)).error().message.find(
                "the report was not kept and is not sent: ledger " + options.file.string() +
                " cannot be written (") == 0);
    }
    SUBCASE("a directory in place of the file") {
      std::filesystem::create_directory(options.file);
      CHECK(refusal(options) ==
            "ledger " + options.file.string() + " cannot be used (Is a directory)" + then);
    }
    ::chmod(dir.path().c_str(), 0700);
  }

  TEST_CASE("a lock that is not let go is named") {
    const LedgerDir dir;
    const auto ledger = dir.open();
    const std::string file = dir.options().file.string();
    const std::string words = "ledger " + file +
                              " is locked by another process, for more than 0.02 s: run again when "
                              "that has ended (fuser " +
                              file + " names it)";
    Connection other(file, std::chrono::seconds(1));
    Transaction holding(other);

    CHECK(refusal(dir.options()) == words);
    const auto refused = ledger->append(row(1));
    CHECK(refused.error().code == Errc::undelivered);
    CHECK(refused.error().message == "the report was not kept and is not sent: " + words);
  }

  TEST_CASE("a newer format is refused, naming both") {
    const LedgerDir dir;
    REQUIRE(Ledger::open(dir.options()).has_value());
    Connection(dir.options().file.string(), std::chrono::seconds(1)).run("PRAGMA user_version=7");

    CHECK(refusal(dir.options()) ==
          "ledger " + dir.options().file.string() +
              " has format 7, this ktel knows up to format 1: use the newer ktel that wrote it, or "
              "name another file with --ledger");
  }

  TEST_CASE("a state that only a newer ktel knows is refused, and nothing is set aside") {
    const LedgerDir dir;
    const auto ledger = dir.open();
    REQUIRE(ledger->append(row(1)).has_value());
    Connection newer(dir.options().file.string(), std::chrono::seconds(1));
    newer.run("UPDATE delivery SET state = 'held'");
    newer.run("PRAGMA user_version=2");

    const auto refused = ledger->list(10);

    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Errc::bad_input);
    CHECK(
        refused.error().message ==
        "ledger " + dir.options().file.string() +
            " holds a report in the state \"held\" (it has format 2, this ktel knows up to format "
            "1): use the newer ktel that wrote it, or name another file with --ledger");
    CHECK(ledger->warning().empty());
  }

  TEST_CASE("a database of another program is left alone") {
    const LedgerDir dir;
    Connection(dir.options().file.string(), std::chrono::seconds(1)).run("CREATE TABLE x (y)");

    CHECK(refusal(dir.options()) ==
          dir.options().file.string() +
              " is a database of another program, not a ledger: name another file with --ledger");
  }

  TEST_CASE("a damaged ledger is set aside and a new one begun, loudly") {
    const LedgerDir dir;
    auto options = dir.options();
    options.clock = [] {
      return std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000));
    };
    const std::string file = options.file.string();

    SUBCASE("no database at all") { std::ofstream(file) << std::string(5000, 'z'); }
    SUBCASE("a page overwritten, its last writer killed") {
      REQUIRE(Ledger::open(options).value()->append(row(1, 50'000)).has_value());
      std::fstream damage(file, std::ios::in | std::ios::out | std::ios::binary);
      damage.seekp(4096) << std::string(8192, '\xff');
      std::ofstream(file + "-journal") << std::string(600, '\0');
    }

    auto opened = Ledger::open(options);

    REQUIRE(opened.has_value());
    const std::string aside = file + ".corrupt-20231114T221320Z";
    CHECK((*opened)->warning().find("ledger " + file + " was damaged (") == 0);
    CHECK((*opened)->warning().find("): it was set aside as " + aside +
                                    " and a new one begun; reports still queued in it will not be "
                                    "sent, see what is left with: sqlite3 " +
                                    aside + " .recover") != std::string::npos);
    CHECK(std::filesystem::exists(aside));
    CHECK((*opened)->append(row(2)).has_value());
    CHECK(Ledger::open(options).value()->list(10).value().size() == 1);

    std::ofstream(file) << std::string(5000, 'z');  // and again in the same second
    CHECK(Ledger::open(options).value()->warning().find(aside + "-2") != std::string::npos);
  }

  TEST_CASE("damage met while it is open sets it aside, too") {
    const LedgerDir dir;
    const auto ledger = dir.open();
    REQUIRE(ledger->append(row(1)).has_value());
    std::ofstream(dir.options().file, std::ios::in | std::ios::out) << std::string(100, 'z');

    CHECK(ledger->append(row(2)).has_value());

    CHECK(ledger->warning().find("was damaged") != std::string::npos);
    CHECK(ledger->list(10).value().size() == 1);
  }

  TEST_CASE("damage deep in the file, which opening does not meet, sets it aside where it is met") {
    const LedgerDir dir;
    const std::string file = dir.options().file.string();
    {
      const auto ledger = dir.open();
      for (int n = 1; n <= 3; ++n) REQUIRE(ledger->append(row(n)).has_value());
    }
    damage_all_but_the_first_page(file);
    const auto ledger = dir.open();
    REQUIRE(ledger->warning().empty());
    const auto begins = [&](const Error& error) {
      CHECK(error.code == Errc::undelivered);
      CHECK(error.message.find("ledger " + file + " was damaged (") == 0);
      CHECK(error.message.find("it was set aside as " + file + ".corrupt-") != std::string::npos);
    };

    SUBCASE("reading") { begins(ledger->due(there, 10).error()); }
    SUBCASE("listing") { begins(ledger->list(10).error()); }
    SUBCASE("noting an outcome") { begins(ledger->delivered(1, 1, 1).error()); }
    SUBCASE("withdrawing") { begins(ledger->withdraw_queued(1).error()); }
    SUBCASE("appending, which goes on") { CHECK(ledger->append(row(4)).has_value()); }

    CHECK(ledger->warning().find("was damaged") != std::string::npos);
    const auto seq = ledger->append(row(5));
    REQUIRE(seq.has_value());
    CHECK(ledger->due(there, 10).value().back().seq == *seq);
    CHECK(ledger->delivered(*seq, 1, 1).has_value());
    CHECK(dir.open()->warning().empty());
  }

  TEST_CASE("of two that meet the damage one sets it aside, the other goes on with the new file") {
    const LedgerDir dir;
    REQUIRE(dir.open()->append(row(1)).has_value());
    const auto one = dir.open();
    const auto two = dir.open();
    damage_all_but_the_first_page(dir.options().file);

    CHECK_FALSE(one->list(10).has_value());
    REQUIRE(one->append(row(2)).has_value());
    CHECK(two->list(10).error().message ==
          "ledger " + dir.options().file.string() +
              " was damaged; another ktel process has set it aside");
    CHECK(two->list(10).value().size() == 1);
  }

  TEST_CASE("setting aside waits for another process, and not for ever") {
    const LedgerDir dir;
    std::ofstream(dir.options().file) << std::string(5000, 'z');
    const int held = ::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    REQUIRE(::flock(held, LOCK_EX) == 0);

    CHECK(refusal(dir.options()) == "ledger directory " + dir.path().string() +
                                        " is locked by another process, for more than 0.02 s: run "
                                        "again when that has ended (fuser " +
                                        dir.path().string() + " names it)");
    ::close(held);
    CHECK(dir.open()->warning().find("was damaged") != std::string::npos);
  }

  TEST_CASE("a journal in use is no sign of a crash: nothing is checked while somebody writes") {
    const LedgerDir dir;
    auto options = dir.options();
    options.busy_timeout = std::chrono::seconds(60);
    REQUIRE(dir.open()->append(row(1)).has_value());
    damage_all_but_the_first_page(options.file);  // which the check would find
    Connection other(options.file.string(), std::chrono::seconds(60));
    std::optional<Transaction> writing(other);
    other.run("PRAGMA user_version=1");
    REQUIRE(std::filesystem::file_size(options.file.string() + "-journal") > 0);

    std::jthread opener([&] {
      const auto ledger = Ledger::open(options);
      CHECK(ledger.value()->warning().empty());
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // shorter tells less, never wrong
    writing->commit();
  }

  TEST_CASE("a ledger removed while it is open is begun again") {
    const LedgerDir dir;
    const auto ledger = dir.open();
    std::filesystem::remove(dir.options().file);

    REQUIRE(ledger->append(row(1)).has_value());
    CHECK(dir.open()->list(10).value().size() == 1);
  }

  TEST_CASE("a full disk and a failing one: whichever write fails, the rows before it are safe") {
    const FaultyVfs vfs;
    struct {
      int code;
      const char* before;
      const char* after;
    } const table[] = {
        {SQLITE_FULL, "the report was not kept and is not sent: ledger ",
         " cannot grow, its disk is full: free some space and run again"},
        {SQLITE_IOERR_WRITE, "the report is not sent now and may not have been kept: ledger ",
         " cannot be read or written (disk I/O error): check its disk and run again"},
    };
    for (const auto& line : table) {
      const LedgerDir dir;
      std::int64_t kept = 0;
      bool failed = true;
      for (int nth = 1; failed; ++nth) {
        auto ledger = dir.open();
        FaultyVfs::arm(nth, line.code);
        const auto seq = ledger->append(row(nth));
        FaultyVfs::disarm();
        failed = FaultyVfs::failed();
        if (seq) {
          ++kept;
        } else {
          CHECK(seq.error().code == Errc::undelivered);
          CHECK(seq.error().message == line.before + dir.options().file.string() + line.after);
          const bool there_all_the_same = ledger->find(row(nth).id).value().has_value();
          if (line.code == SQLITE_FULL) CHECK_FALSE(there_all_the_same);
          kept += there_all_the_same ? 1 : 0;
        }
        CHECK(ledger->append(row(1000 + nth)).has_value());  // the disk has recovered
        ++kept;
        ledger.reset();
        CHECK(dir.open()->warning().empty());
        CHECK(dir.open()->list(1000).value().size() == static_cast<std::size_t>(kept));
        REQUIRE(nth < 100);
      }
      CHECK(kept > 4);
    }
  }

  TEST_CASE("append has synced when it returns") {
    const FaultyVfs vfs;
    const LedgerDir dir;
    const auto ledger = dir.open();
    const int before = FaultyVfs::syncs();

    REQUIRE(ledger->append(row(1)).has_value());

    CHECK(FaultyVfs::syncs() >= before + 2);  // the journal's, then the file's
  }

  TEST_CASE("a ledger in memory keeps to the same rules") {
    const auto ledger = Ledger::in_memory().value();
    CHECK(ledger->file().empty());
    REQUIRE(ledger->append(row(1)).has_value());
    CHECK(ledger->due(there, 10).value().size() == 1);
  }

  TEST_CASE("how things stand with each destination") {
    const LedgerDir dir;
    const auto ledger = dir.open();
    std::vector<std::int64_t> seqs;
    for (int n = 1; n <= 4; ++n) seqs.push_back(ledger->append(row(n)).value());
    Row elsewhere = row(5);
    elsewhere.destination = "file:///x";
    REQUIRE(ledger->append(elsewhere));
    Row local = row(6);
    local.destination.clear();
    local.state = State::local;
    REQUIRE(ledger->append(local));
    REQUIRE(ledger->delivered(seqs[0], 1, 1'700'000'009'000'000));
    REQUIRE(ledger->dead(seqs[1], 1, 7, "Incorrect index", 1'700'000'010'000'000));
    REQUIRE(ledger->retry_at(seqs[2], 1, 1'700'000'060'000'000, 9, "Server is busy"));

    const auto all = ledger->destinations().value();

    REQUIRE(all.size() == 2);
    CHECK(all[0].destination == "file:///x");
    CHECK(all[0].held_up == "");
    CHECK(all[0].last_delivered_us == 0);
    const DestinationState& of = all[1];
    CHECK(of.destination == there);
    CHECK(of.counts ==
          std::map<std::string, std::size_t>{{"dead", 1}, {"delivered", 1}, {"queued", 2}});
    CHECK(of.queued_bytes == 2 * row(1).body.size());
    CHECK(of.oldest_queued_us == row(3).created_us);
    CHECK(of.not_before_us == 1'700'000'060'000'000);
    CHECK(of.last_delivered_us == 1'700'000'009'000'000);
    CHECK(of.held_up == "Server is busy");
    CHECK(of.rejected == "Incorrect index");
    CHECK(ledger->size()->reports == 6);
    CHECK(ledger->size()->bytes > 0);
  }

  TEST_CASE("dead reports go back to the queue: one, those of a destination, or all") {
    const LedgerDir dir;
    const auto ledger = dir.open();
    for (int n = 1; n <= 3; ++n) {
      Row one = row(n);
      if (n == 3) one.destination = "file:///x";
      REQUIRE(ledger->dead(ledger->append(one).value(), 1, 7, "no", 5));
    }
    CHECK(ledger->put_back_dead(row(3).id, there).value() == 0);
    CHECK(ledger->put_back_dead(row(1).id, "").value() == 1);
    CHECK(ledger->put_back_dead(row(1).id, "").value() == 0);
    const auto again = ledger->due(there, 9).value();
    REQUIRE(again.size() == 1);
    CHECK(again[0].attempts == 1);
    CHECK(again[0].text == "");
    CHECK(ledger->rejected_alike(there, 7).value() == 1);  // the one that is dead still
    CHECK(ledger->put_back_dead("", "file:///x").value() == 1);
    CHECK(ledger->put_back_dead("", "").value() == 1);
    CHECK(ledger->due(there, 9)->size() == 2);
  }

  TEST_CASE("every report once, oldest first, whatever the number of its destinations") {
    const LedgerDir dir;
    const auto ledger = dir.open();
    REQUIRE(ledger->append(row(1)));
    REQUIRE(ledger->append(row(2)));
    Row further = row(1);
    further.destination = "file:///x";
    REQUIRE(ledger->append(further));
    std::vector<std::string> bodies;
    REQUIRE(ledger->each([&](const Row& one) { bodies.push_back(one.body); }));
    CHECK(bodies == std::vector<std::string>{row(1).body, row(2).body});
  }
}
