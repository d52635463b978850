// What is kept between two starts, and that losing it does no harm.
#include "plugin/scan_cache.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "plugin/catalog.hpp"
#include "plugin/declaration_json.hpp"
#include "plugin_dir.hpp"
#include "sample_plugin.hpp"

using namespace ktel;
using plugin::Catalog;
using plugin::ScanCache;

namespace {

struct stat status_of(const std::filesystem::path& file) {
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  return status;
}

// As if the file had been there for a while.
struct stat settled(struct stat status) {
  status.st_mtim.tv_sec -= 60;
  status.st_ctim.tv_sec -= 60;
  return status;
}

}  // namespace

TEST_SUITE("core/plugin/scan_cache") {
  TEST_CASE("an answer is found again under its hash and version alone") {
    const test::PluginDir dir;
    const test::SamplePlugin sample;
    const auto description = plugin::describe(sample.get()).value();
    ScanCache(dir.path() / "cache", "0.1.0").keep("abc", description);

    const auto found = ScanCache(dir.path() / "cache", "0.1.0").find("abc");

    REQUIRE(found.has_value());
    CHECK(plugin::declaration_digest(found->plugin) ==
          plugin::declaration_digest(description.plugin));
    CHECK_FALSE(ScanCache(dir.path() / "cache", "0.1.0").find("abd").has_value());
    CHECK_FALSE(ScanCache(dir.path() / "cache", "0.1.1").find("abc").has_value());
    CHECK((status_of(dir.path() / "cache").st_mode & 0777) == 0700);
  }

  TEST_CASE("a file that did not change need not be hashed") {
    test::PluginDir dir;
    dir.add("good");
    const struct stat status = settled(status_of(dir.file("good")));
    ScanCache cache(dir.path() / "cache", "0.1.0");
    cache.remember(dir.file("good"), status, "abc");
    cache.save();

    const ScanCache again(dir.path() / "cache", "0.1.0");

    CHECK(again.sha256(dir.file("good"), status) == "abc");
    struct stat touched = status;
    touched.st_ctim.tv_nsec ^= 1;
    CHECK_FALSE(again.sha256(dir.file("good"), touched).has_value());
    CHECK_FALSE(again.sha256(dir.file("other"), status).has_value());
  }

  TEST_CASE("a file that changed just now is hashed again") {
    test::PluginDir dir;
    dir.add("good");
    const struct stat status = status_of(dir.file("good"));
    ScanCache cache(dir.path() / "cache", "0.1.0");

    cache.remember(dir.file("good"), status, "abc");

    CHECK_FALSE(cache.sha256(dir.file("good"), status).has_value());
  }

  TEST_CASE("a damaged cache, or one that others may write to, is as if it were not there") {
    const test::PluginDir dir;
    const test::SamplePlugin sample;
    const auto description = plugin::describe(sample.get()).value();
    ScanCache(dir.path() / "cache", "0.1.0").keep("abc", description);

    SUBCASE("damaged") {
      for (const auto& entry : std::filesystem::directory_iterator(dir.path() / "cache")) {
        std::ofstream(entry.path()) << "{\"plugin\":{";
      }
      std::ofstream(dir.path() / "cache" / "files.json") << "[]";
    }
    SUBCASE("writable by others") {
      std::filesystem::permissions(dir.path() / "cache", std::filesystem::perms(0777));
    }
    SUBCASE("a file") {
      std::filesystem::remove_all(dir.path() / "cache");
      std::ofstream(dir.path() / "cache") << "";
    }

    CHECK_FALSE(ScanCache(dir.path() / "cache", "0.1.0").find("abc").has_value());
  }

  TEST_CASE("a catalog from the cache starts no child, and is the same") {
    test::PluginDir dir;
    dir.add("good");
    dir.add("no_run");
    std::filesystem::remove(dir.file("good"));  // both claim one plugin id
    plugin::CatalogOptions options = test::options_for(dir);
    options.cache_dir = dir.path() / "cache";
    const auto first = Catalog::scan(options);
    REQUIRE(first.has_value());
    REQUIRE(first.value().plugins().size() == 1);

    options.child_program = "/bin/false";
    const auto second = Catalog::scan(options);

    REQUIRE(second.has_value());
    REQUIRE(second.value().plugins().size() == 1);
    CHECK(second.value().plugins()[0].digest == first.value().plugins()[0].digest);
    CHECK(second.value().plugins()[0].sha256 == first.value().plugins()[0].sha256);
    REQUIRE(second.value().refused().size() == 1);
    CHECK(second.value().refused()[0].why == first.value().refused()[0].why);
  }
}
