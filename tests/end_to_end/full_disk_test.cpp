// A disk that is full. needs.sh has seen how a file system of its own can be mounted here, and says
// so in KTEL_UNSHARE.
#include <doctest/doctest.h>

#include <cstdlib>
#include <sstream>

#include "end_to_end/user.hpp"

using namespace ktel;

TEST_SUITE_BEGIN("end_to_end/full_disk");

TEST_CASE("a full disk: a report that cannot be kept is not sent") {
  const test::User user;
  test::Receiver receiver(user);
  const std::string disk = user.home() / "disk";
  std::filesystem::create_directory(disk);
  const char* how = std::getenv("KTEL_UNSHARE");
  std::istringstream words(how != nullptr ? how : "unshare --mount");
  test::Words unshare;
  for (std::string word; words >> word;) unshare.push_back(word);

  // Once while there is room, and once when there is none.
  const auto r = test::run(
      unshare +
          test::Words{"bash", "-c",
                      "mount -t tmpfs -o size=256k none \"$1\" && \"${@:2}\" > \"$1/../first\" && "
                      "head -c 1M /dev/zero > \"$1/filler\"; \"${@:2}\"",
                      "bash", disk, KTEL_PROGRAM, "workflows", "run", "--jobs", "tests-count",
                      "--snapshot", user.snapshot(), "--ledger", disk + "/ledger.db"} +
          test::test_plugins() + receiver.options(),
      {.env = user.environment(), .inherit_env = false});

  CHECK(r.exit_code == 5);
  CHECK(r.out == "");
  CHECK_MESSAGE(r.err.ends_with("\nktel: the report was not kept and is not sent: ledger " + disk +
                                "/ledger.db cannot grow, its disk is full: free some space and run "
                                "again\n"),
                r.err);
  CHECK(test::read_file(user.home() / "first") ==
        R"({"tests-count":{"is_ready":true,"items_count":3}})");
  CHECK(receiver.server().journal().accepted().size() == 1);
}

TEST_SUITE_END();
