// Plugins loaded into this process.
#include "plugin/loaded.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>

#include "plugin/catalog.hpp"
#include "plugin_dir.hpp"
#include "sample_plugin.hpp"

using namespace ktel;
using plugin::Catalog;
using plugin::Loaded;

namespace {

struct Fixture {
  test::PluginDir dir;
  Catalog catalog;

  explicit Fixture(const std::string& plugin) {
    dir.add(plugin);
    auto scanned = Catalog::scan(test::options_for(dir));
    REQUIRE(scanned.has_value());
    REQUIRE(scanned.value().plugins().size() == 1);
    catalog = std::move(scanned).value();
  }
};

}  // namespace

TEST_SUITE("core/plugin/loaded") {
  TEST_CASE("jobs and backends are found in the loaded descriptor") {
    const Fixture fixture("good");

    const auto loaded = Loaded::load(fixture.catalog.plugins()[0], KTEL_VERSION);

    REQUIRE_MESSAGE(loaded.has_value(), loaded.error().message);
    REQUIRE(loaded.value()->job(0) != nullptr);
    CHECK(std::string(loaded.value()->job(0)->name) == "acme-shape");
    CHECK(std::string(loaded.value()->backend(0)->name) == "acme-sink");
    CHECK(loaded.value()->job(1) == nullptr);
    plugin::HostCall call{Logger()};
    const auto self = loaded.value()->start(call);
    REQUIRE(self.has_value());
    CHECK(self.value() != nullptr);
    loaded.value()->stop();
  }

  TEST_CASE("a job behind a refused one is found at its own place") {
    const Fixture fixture("no_run");

    const auto loaded = Loaded::load(fixture.catalog.plugins()[0], KTEL_VERSION);

    REQUIRE(loaded.has_value());
    const auto job = fixture.catalog.find_job("acme-second");
    REQUIRE(job.has_value());
    CHECK(job->index == 0);
    CHECK(std::string(loaded.value()->job(job->index)->name) == "acme-second");
  }

  TEST_CASE("a plugin that describes itself differently is refused") {
    const Fixture fixture("changing");

    const auto loaded = Loaded::load(fixture.catalog.plugins()[0], KTEL_VERSION);

    REQUIRE_FALSE(loaded.has_value());
    CHECK(loaded.error().message ==
          fmt::format("{} described itself differently when scanned: a descriptor must always be "
                      "the same",
                      fixture.dir.file("changing").string()));
  }

  TEST_CASE("a file that was replaced or removed is not loaded") {
    const Fixture fixture("good");
    std::filesystem::remove(fixture.dir.file("good"));
    CHECK(Loaded::load(fixture.catalog.plugins()[0], KTEL_VERSION).error().message ==
          fmt::format("{}: is not there any more: put it back, and start the program anew",
                      fixture.dir.file("good").string()));

    std::filesystem::copy_file(std::filesystem::path(BAD_PLUGINS) / "good_other.so",
                               fixture.dir.file("good"));
    CHECK(Loaded::load(fixture.catalog.plugins()[0], KTEL_VERSION).error().message ==
          fmt::format("{} was replaced since this program looked at it: start the program anew",
                      fixture.dir.file("good").string()));
  }

  TEST_CASE("a start that fails says why") {
    const Fixture fixture("fail_in_start");
    const auto loaded = Loaded::load(fixture.catalog.plugins()[0], KTEL_VERSION);
    REQUIRE(loaded.has_value());
    plugin::HostCall call{Logger()};

    const auto self = loaded.value()->start(call);

    REQUIRE_FALSE(self.has_value());
    CHECK(self.error().message == "plugin io.acme.shape: start failed (-1): no licence");
  }

  TEST_CASE("a descriptor linked into the program needs no file") {
    static const test::SamplePlugin sample;
    Catalog catalog;
    REQUIRE(catalog.add(sample.get()).has_value());

    const auto loaded = Loaded::load(catalog.plugins()[0], KTEL_VERSION);

    REQUIRE(loaded.has_value());
    CHECK(loaded.value()->job(0) == &sample.job);
    plugin::HostCall call{Logger()};
    const auto self = loaded.value()->start(call);
    REQUIRE(self.has_value());
    CHECK(self.value() == nullptr);
  }
}
