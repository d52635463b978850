// Who may send: one session a destination, until it ends however it ends.
#include "delivery/courier_lock.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "delivery/crash_marker.hpp"
#include "ledger_dir.hpp"

using ktel::delivery::CourierLock;

TEST_SUITE("core/delivery/courier_lock") {
  TEST_CASE("one holds it, a second does not wait, another destination is another lock") {
    const ktel::test::LedgerDir dir;
    const auto ledger = dir.options().file;

    auto first = CourierLock::try_take(ledger, "splunk://a").value();
    REQUIRE(first.has_value());
    CHECK_FALSE(CourierLock::try_take(ledger, "splunk://a").value().has_value());
    CHECK(CourierLock::try_take(ledger, "splunk://b").value().has_value());

    first.reset();
    CHECK(CourierLock::try_take(ledger, "splunk://a").value().has_value());
  }

  TEST_CASE("it is the ledger's, by whatever name, and not its directory's") {
    const ktel::test::LedgerDir dir;
    const auto ledger = dir.options().file;
    std::ofstream(ledger) << "x";
    std::filesystem::create_symlink("ledger.db", dir.path() / "other-name.db");

    const auto held = CourierLock::try_take(ledger, "splunk://a").value();
    REQUIRE(held.has_value());
    CHECK_FALSE(CourierLock::try_take(dir.path() / "other-name.db", "splunk://a")->has_value());
    CHECK(CourierLock::try_take(dir.path() / "second.db", "splunk://a")->has_value());
  }

  TEST_CASE("a process that is killed lets go of it") {
    const ktel::test::LedgerDir dir;
    const auto ledger = dir.options().file;
    int taken[2];
    REQUIRE(::pipe(taken) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      const auto lock = CourierLock::try_take(ledger, "splunk://a");
      const char yes = lock && *lock ? 'y' : 'n';
      ::_exit(::write(taken[1], &yes, 1) == 1 ? ::pause() : 1);
    }
    char held = 0;
    REQUIRE(::read(taken[0], &held, 1) == 1);
    CHECK(held == 'y');
    CHECK_FALSE(CourierLock::try_take(ledger, "splunk://a").value().has_value());

    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    CHECK(CourierLock::try_take(ledger, "splunk://a").value().has_value());
    ::close(taken[0]);
    ::close(taken[1]);
  }

  TEST_CASE("a directory that is not there is named") {
    const auto lock = CourierLock::try_take("/nowhere/ledger.db", "splunk://a");
    REQUIRE_FALSE(lock.has_value());
    CHECK(lock.error().message.find("lock file /nowhere/ledger.db.courier-") == 0);
    CHECK(lock.error().message.find(
              ".lock cannot be taken (No such file or directory): make the ledger's directory "
              "writable, or name another ledger with --ledger") != std::string::npos);
  }

  TEST_CASE("a full disk has no marks, and no signal for who would make one") {
    const int full = ::open("/dev/full", O_RDWR | O_CLOEXEC);
    REQUIRE(full >= 0);
    CHECK_FALSE(ktel::delivery::CrashMarker::in(full).has_value());
    ::close(full);
  }

  TEST_CASE("a mark is there for who comes next, unless it was taken back") {
    const ktel::test::LedgerDir dir;
    const auto ledger = dir.options().file;
    const auto left = [&] {
      const auto lock = CourierLock::try_take(ledger, "splunk://a").value();
      return ktel::delivery::CrashMarker::in(lock->fd())->left();
    };
    CHECK(left() == 0);
    for (const bool taken_back : {false, true}) {
      const pid_t child = ::fork();
      if (child == 0) {
        const auto lock = CourierLock::try_take(ledger, "splunk://a").value();
        auto marker = ktel::delivery::CrashMarker::in(lock->fd());
        marker->set(7);
        if (taken_back) marker->set(0);
        ::kill(::getpid(), SIGKILL);
      }
      ::waitpid(child, nullptr, 0);
      CHECK(left() == (taken_back ? 0 : 7));
    }
  }
}
