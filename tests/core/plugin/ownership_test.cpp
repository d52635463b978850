// Who may change what is loaded: by mode bits, for root passes every check of access.
#include "plugin/ownership.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>

#include "plugin_dir.hpp"

using namespace ktel;
using plugin::Place;

namespace {

Result<void> judge(mode_t mode, uid_t owner, Place place) {
  struct stat status {};
  status.st_mode = mode;
  status.st_uid = owner;
  return plugin::may_be_trusted("/x", status, place, 1000);
}

}  // namespace

TEST_SUITE("core/plugin/ownership") {
  TEST_CASE("root's and the user's own are trusted, if nobody else may write") {
    CHECK(judge(0755, 0, Place::directory).has_value());
    CHECK(judge(0644, 1000, Place::file).has_value());
    CHECK(judge(01777, 0, Place::parent).has_value());
  }

  TEST_CASE("all else is refused with owner, mode and what to do") {
    CHECK(judge(0755, 1001, Place::file).error().message ==
          "belongs to another user (owner 1001, mode 0755): only plugins of root and of user "
          "1000 are loaded");
    CHECK(judge(0775, 0, Place::directory).error().message ==
          "is writable by others (owner 0, mode 0775): run chmod go-w /x");
    CHECK(judge(0646, 0, Place::file).error().message ==
          "is writable by others (owner 0, mode 0646): run chmod go-w /x");
    CHECK(judge(01777, 0, Place::directory).error().message ==
          "is writable by others (owner 0, mode 1777): run chmod go-w /x");
    CHECK(judge(0777, 0, Place::parent).error().message ==
          "is writable by others (owner 0, mode 0777): run chmod go-w /x");
  }

  TEST_CASE("a parent that others may write to is found above the directory") {
    test::PluginDir dir;
    const auto parent = dir.path() / "shared";
    std::filesystem::create_directories(parent / "plugins");
    std::filesystem::permissions(parent, std::filesystem::perms(0777));
    std::filesystem::permissions(parent / "plugins", std::filesystem::perms(0755));

    CHECK(plugin::open_directory(parent / "plugins").error().message ==
          fmt::format("{0} is writable by others (owner {1}, mode 0777): run chmod go-w {0}",
                      parent.string(), ::geteuid()));
  }

  TEST_CASE("only what ends in .so is listed, sorted") {
    test::PluginDir dir;
    dir.add_text("b", "");
    dir.add_text("a", "");
    std::filesystem::copy_file(dir.file("a"), dir.path() / "a.so.bak");
    std::filesystem::copy_file(dir.file("a"), dir.path() / ".so");

    const auto opened = plugin::open_directory(dir.path());

    REQUIRE(opened.has_value());
    CHECK(opened.value().names == std::vector<std::string>{"a.so", "b.so"});
  }
}
