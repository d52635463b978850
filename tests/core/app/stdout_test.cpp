// write_stdout: all of the bytes, or a sentence.
#include "app/stdout.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "support/process.hpp"

using namespace ktel;

namespace {

// What write_stdout says while stdout is `file`.
Result<void> write_to(const std::string& file, int flags, const std::string& bytes) {
  const int kept = ::dup(STDOUT_FILENO);
  const int fd = ::open(file.c_str(), flags | O_CLOEXEC);
  REQUIRE(fd >= 0);
  ::dup2(fd, STDOUT_FILENO);
  ::close(fd);
  Result<void> written = app::write_stdout(bytes);
  ::dup2(kept, STDOUT_FILENO);
  ::close(kept);
  return written;
}

}  // namespace

TEST_SUITE_BEGIN("core/app/stdout");

TEST_CASE("all of it is written") {
  const test::TempDir dir;
  const std::string file = dir.write("out", "");
  const std::string bytes(300'000, 'x');
  CHECK(write_to(file, O_WRONLY, bytes));
  CHECK(test::read_file(file) == bytes);
}

TEST_CASE("what takes nothing is an error of the machine, not of what was asked for") {
  const auto full = write_to("/dev/full", O_WRONLY, "x");
  REQUIRE_FALSE(full);
  CHECK(full.error().code == Errc::internal);
  CHECK(full.error().message ==
        "cannot write to stdout (No space left on device): send it elsewhere");

  const auto closed = write_to("/dev/null", O_RDONLY, "x");
  REQUIRE_FALSE(closed);
  CHECK(closed.error().message ==
        "cannot write to stdout (Bad file descriptor): send it elsewhere");
  CHECK(write_to("/dev/full", O_WRONLY, ""));
}

TEST_SUITE_END();
