// Small files: limits, and what an operator is told.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "base/file.hpp"
#include "support/process.hpp"

using namespace ktel;

TEST_SUITE("core/base/file") {
  TEST_CASE("a file is read whole") {
    const test::TempDir dir;
    const std::string text = std::string(100'000, 'x') + std::string("\0y", 2);

    CHECK(ktel::read_file(dir.write("f", text)).value() == text);
    CHECK(ktel::read_file(dir.write("empty", "")).value().empty());
  }

  TEST_CASE("what cannot be read is named with the system's reason") {
    const test::TempDir dir;

    const Error missing = ktel::read_file(dir / "no").error();
    CHECK(missing.code == Errc::not_found);
    CHECK(missing.message == (dir / "no").string() + ": No such file or directory");
    const Error directory = ktel::read_file(dir.path()).error();
    CHECK(directory.code == Errc::bad_input);
    CHECK(directory.message == dir.path().string() + ": Is a directory");
  }

  TEST_CASE("a file larger than the limit is refused, one of its size is not") {
    const test::TempDir dir;
    const auto file = dir.write("f", "12345");

    CHECK(ktel::read_file(file, 5).value() == "12345");
    CHECK(ktel::read_file(file, 4).error().message ==
          file.string() + ": larger than 4 bytes; is this the right file?");
  }

  TEST_CASE("an atomic write replaces the file and leaves nothing beside it") {
    const test::TempDir dir;
    const auto file = dir.write("f", "old", 0644);

    REQUIRE(write_file_atomic(file, "new", 0600).has_value());

    CHECK(ktel::read_file(file).value() == "new");
    struct stat about {};
    REQUIRE(::stat(file.c_str(), &about) == 0);
    CHECK((about.st_mode & 07777) == 0600);
    CHECK(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 1);
  }

  TEST_CASE("a write that cannot be names the file and keeps what was there") {
    const test::TempDir dir;
    std::filesystem::create_directory(dir / "d");

    CHECK(write_file_atomic(dir / "no/f", "x").error().message ==
          (dir / "no/f").string() + ": No such file or directory");
    CHECK(write_file_atomic(dir / "d", "x").error().message ==
          (dir / "d").string() + ": Is a directory");
    CHECK(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 1);
  }
}
