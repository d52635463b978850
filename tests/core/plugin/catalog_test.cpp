// Directories to a catalog: order, duplicates, lookups, plugins linked in.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "plugin/catalog.hpp"
#include "plugin_dir.hpp"
#include "sample_plugin.hpp"

using namespace ktel;
using plugin::Catalog;

namespace {

std::vector<std::string> job_names(const Catalog& catalog) {
  std::vector<std::string> names;
  for (const plugin::JobRef& ref : catalog.jobs()) names.push_back(ref.job().name);
  return names;
}

}  // namespace

TEST_SUITE("core/plugin/catalog") {
  TEST_CASE("a file dropped into a directory is found, with what it declares") {
    test::PluginDir dir;
    dir.add("good");
    std::ofstream(dir.path() / "readme.txt") << "not looked at";

    const Result<Catalog> catalog = Catalog::scan(test::options_for(dir));

    REQUIRE(catalog.has_value());
    CHECK(catalog.value().refused().empty());
    REQUIRE(catalog.value().plugins().size() == 1);
    const plugin::CatalogPlugin& found = catalog.value().plugins()[0];
    CHECK(found.file == dir.file("good"));
    CHECK(found.declared.id == "io.acme.shape");
    CHECK_FALSE(found.builtin);
    CHECK(found.sha256.size() == 64);
    CHECK(found.digest.size() == 64);
    const auto job = catalog.value().find_job("acme-shape");
    REQUIRE(job.has_value());
    CHECK(job->plugin == &found);
    CHECK(job->job().fields[0].name == "pods_count");
    CHECK(job->job().fields[0].question == "How many pods are there?");
    CHECK(job->job().stability == KTEL_STABLE);
    const auto backend = catalog.value().find_backend("acme");
    REQUIRE(backend.has_value());
    REQUIRE(backend.value().has_value());
    CHECK(backend.value()->backend().name == "acme-sink");
  }

  TEST_CASE("the SDK's example in C is found whole") {
    test::PluginDir dir;
    dir.add("example_in_c");

    const Result<Catalog> catalog = Catalog::scan(test::options_for(dir));

    REQUIRE(catalog.has_value());
    CHECK(catalog.value().refused().empty());
    const auto ref = catalog.value().find_job("example-shape");
    REQUIRE(ref.has_value());
    const plugin::Job& job = ref->job();
    REQUIRE(job.fields.size() == 2);
    CHECK(job.fields[1].name == "nodes_by_arch");
    CHECK(job.fields[1].values.size() == 3);
    CHECK(job.fields[1].other == "other");
    REQUIRE(job.reads.size() == 2);
    CHECK(job.reads[1].cluster_scoped);
    CHECK(job.reads[1].paths[0].text == "status.nodeInfo.architecture");
  }

  TEST_CASE("a directory that cannot be used is an error that names it") {
    test::PluginDir dir;
    plugin::CatalogOptions options = test::options_for(dir);

    options.dirs = {dir.path() / "nowhere"};
    CHECK(Catalog::scan(options).error().message ==
          fmt::format(
              "plugin directory: {}/nowhere: No such file or directory; name a directory that "
              "this user can read",
              dir.path().string()));

    dir.add_text("file", "");
    options.dirs = {dir.file("file")};
    CHECK(Catalog::scan(options).error().message ==
          fmt::format(
              "plugin directory: {}: Not a directory; name a directory that this user can read",
              dir.file("file").string()));

    options.dirs = {dir.path()};
    std::filesystem::permissions(dir.path(), std::filesystem::perms(0777));
    CHECK(Catalog::scan(options).error().message ==
          fmt::format("plugin directory: {0} is writable by others (owner {1}, mode 0777): run "
                      "chmod go-w {0}",
                      dir.path().string(), ::geteuid()));

    options.dirs.clear();
    options.builtin_dir = dir.path() / "nowhere";
    CHECK(Catalog::scan(options).error().message ==
          fmt::format(
              "directory of the built-in plugins: {}/nowhere: No such file or directory; name "
              "a directory that this user can read",
              dir.path().string()));
    CHECK(Catalog::scan(options).error().code == Errc::bad_input);
  }

  TEST_CASE("one file is looked at alone, whatever lies beside it") {
    test::PluginDir dir;
    dir.add("good");
    dir.add("same_id");
    dir.add("no_entry");
    plugin::CatalogOptions options = test::options_for(dir);
    options.only = "good.so";

    const Result<Catalog> catalog = Catalog::scan(options);

    REQUIRE(catalog.has_value());
    CHECK(catalog.value().refused().empty());
    REQUIRE(catalog.value().plugins().size() == 1);
    CHECK(catalog.value().plugins()[0].file == dir.file("good"));
  }

  TEST_CASE("the same bytes, by link or by copy, are one plugin") {
    test::PluginDir dir;
    dir.add("good", "a");
    dir.add("good", "b");
    std::filesystem::create_hard_link(dir.file("a"), dir.file("c"));

    const Result<Catalog> catalog = Catalog::scan(test::options_for(dir));

    REQUIRE(catalog.has_value());
    CHECK(catalog.value().refused().empty());
    REQUIRE(catalog.value().plugins().size() == 1);
    CHECK(catalog.value().plugins()[0].file == dir.file("a"));
  }

  TEST_CASE("two plugins that claim one job lose it, and both are named") {
    test::PluginDir dir;
    dir.add("good");
    dir.add("same_job");

    const Result<Catalog> catalog = Catalog::scan(test::options_for(dir));

    REQUIRE(catalog.has_value());
    CHECK_FALSE(catalog.value().find_job("acme-shape").has_value());
    const auto refused = catalog.value().refused();
    REQUIRE(refused.size() == 2);
    CHECK(refused[0].file == dir.file("good"));
    CHECK(refused[0].item == "job acme-shape");
    CHECK(refused[0].why == fmt::format("job acme-shape is claimed by {} too: keep one of them",
                                        dir.file("same_job").string()));
    CHECK(refused[1].file == dir.file("same_job"));
    CHECK(refused[1].why == fmt::format("job acme-shape is claimed by {} too: keep one of them",
                                        dir.file("good").string()));
  }

  TEST_CASE("two files with one plugin id are both refused") {
    test::PluginDir dir;
    dir.add("good");
    dir.add("same_id");

    const Result<Catalog> catalog = Catalog::scan(test::options_for(dir));

    REQUIRE(catalog.has_value());
    CHECK(catalog.value().plugins().empty());
    REQUIRE(catalog.value().refused().size() == 2);
    CHECK(catalog.value().refused()[0].why ==
          fmt::format("plugin io.acme.shape is claimed by {} too: keep one of them",
                      dir.file("same_id").string()));
  }

  TEST_CASE("a scheme that two claim is an error when it is used") {
    test::PluginDir dir;
    dir.add("good");
    dir.add("same_scheme");
    const Result<Catalog> catalog = Catalog::scan(test::options_for(dir));
    REQUIRE(catalog.has_value());

    const auto backend = catalog.value().find_backend("acme");

    REQUIRE_FALSE(backend.has_value());
    CHECK(backend.error().message ==
          fmt::format("acme:// is claimed by acme-sink of io.acme.shape ({}) and by acme-sink of "
                      "io.acme.rival ({}): keep one of them",
                      dir.file("good").string(), dir.file("same_scheme").string()));
    const auto nobody = catalog.value().find_backend("nobody");
    REQUIRE(nobody.has_value());
    CHECK_FALSE(nobody.value().has_value());
  }

  TEST_CASE("jobs come by name, and a mistyped one is guessed") {
    test::PluginDir dir;
    dir.add("good");
    dir.add("good_other");
    const Result<Catalog> catalog = Catalog::scan(test::options_for(dir));
    REQUIRE(catalog.has_value());

    CHECK(job_names(catalog.value()) == std::vector<std::string>{"acme-other", "acme-shape"});
    CHECK(catalog.value().nearest_job("acme-shap") == "acme-shape");
    CHECK(catalog.value().nearest_job("zzz") == "");
  }

  TEST_CASE("a slow entry is remarked upon") {
    test::PluginDir dir;
    dir.add("slow_entry");
    plugin::CatalogOptions options = test::options_for(dir);
    options.entry_deadline = std::chrono::seconds(20);

    const Result<Catalog> catalog = Catalog::scan(options);

    REQUIRE(catalog.has_value());
    REQUIRE(catalog.value().plugins().size() == 1);
    REQUIRE(catalog.value().plugins()[0].remarks.size() == 1);
    CHECK(catalog.value().plugins()[0].remarks[0].ends_with(
        "ms to describe itself: 100 ms is the most it should"));
  }

  TEST_CASE("a plugin linked into the program follows the same rules") {
    test::PluginDir dir;
    dir.add("good");
    Result<Catalog> catalog = Catalog::scan(test::options_for(dir));
    REQUIRE(catalog.has_value());
    static test::SamplePlugin sample;

    SUBCASE("it is added") {
      REQUIRE(catalog.value().add(sample.get()).has_value());
      const auto job = catalog.value().find_job("example-shape");
      REQUIRE(job.has_value());
      CHECK(job->plugin->linked == sample.get());
      CHECK(job->plugin->file.empty());
      CHECK(catalog.value().plugins().size() == 2);
    }
    SUBCASE("not twice") {
      REQUIRE(catalog.value().add(sample.get()).has_value());
      CHECK(catalog.value().add(sample.get()).error().message ==
            "plugin io.example.shape: plugin io.example.shape is claimed by io.example.shape "
            "(linked in) too: keep one of them");
    }
    SUBCASE("not without its prefix") {
      static test::SamplePlugin other;
      other.job.name = "cluster-shape";
      CHECK(catalog.value().add(other.get()).error().message ==
            "plugin io.example.shape: job cluster-shape: its name must begin with its vendor's "
            "prefix example-, the second word of plugin io.example.shape");
    }
    SUBCASE("not with a broken job") {
      static test::SamplePlugin other;
      other.job.title = nullptr;
      CHECK(catalog.value().add(other.get()).error().message ==
            "plugin io.example.shape: jobs[0] (example-shape): title is missing");
    }
    SUBCASE("not a nullptr") {
      CHECK(catalog.value().add(nullptr).error().message ==
            "the plugin given to add(): there is no descriptor");
    }
  }
}
