// Each way in which a file can be refused, with its sentence: the rest of the catalog stays.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "plugin/catalog.hpp"
#include "plugin_dir.hpp"

using namespace ktel;
using plugin::Catalog;
using plugin::Refused;

namespace {

// Behind most sentences: only its maker can mend a file.
const std::string step = "; ask its maker for a corrected build, or take it out of DIR";

// With the step behind what is wrong, and the directory's path as DIR.
std::vector<Refused> refused_in(const Catalog& catalog, const test::PluginDir& dir) {
  std::vector<Refused> refused(catalog.refused().begin(), catalog.refused().end());
  const std::string path = dir.path().string();
  for (Refused& one : refused) {
    one.why = one.sentence();
    for (std::size_t at = 0; (at = one.why.find(path, at)) != one.why.npos; at += 3) {
      one.why.replace(at, path.size(), "DIR");
    }
  }
  return refused;
}

// Scans `plugin` beside a good one and gives what was refused.
std::vector<Refused> refused_beside_good(
    const std::string& plugin, std::chrono::milliseconds deadline = std::chrono::seconds(20)) {
  test::PluginDir dir;
  dir.add("good_other");
  dir.add(plugin);
  plugin::CatalogOptions options = test::options_for(dir);
  options.entry_deadline = deadline;
  const Result<Catalog> catalog = Catalog::scan(options);
  REQUIRE(catalog.has_value());
  CHECK(catalog.value().find_job("acme-other").has_value());
  return refused_in(catalog.value(), dir);
}

}  // namespace

TEST_SUITE("core/plugin/refusals") {
  TEST_CASE("a file is refused as a whole, in one sentence") {
    struct Row {
      std::string plugin;
      std::string why;
    };
    const Row rows[] = {
        {"no_entry", "is not a ktel plugin: it does not export ktel_plugin_v1" + step},
        {"major_2", "speaks ABI 2; this ktel speaks 1: get a build for 1, or a newer ktel"},
        {"abort_in_constructor",
         "was ended by signal 6 (Aborted) while its constructors ran" + step},
        {"print_and_abort",
         "was ended by signal 6 (Aborted) while its constructors ran; it printed \"acme: no "
         "licence found\"" +
             step},
        {"garbage_in_constructor",
         "sent what no plugin sends while its constructors ran: the answer is not understood" +
             step},
        {"trap_in_entry",
         "was ended by signal 4 (Illegal instruction) while ktel_plugin_v1 ran" + step},
        {"exit_in_entry", "ended the process while ktel_plugin_v1 ran" + step},
        {"decline", "declined to load here: needs a GPU" + step},
        {"decline_silently", "declined to load here and gave no reason" + step},
        {"magic",
         "the descriptor's magic is 0x12345678, not 0x4c45544b: fill it in with KTEL_PLUGIN" +
             step},
        {"struct_size",
         "the descriptor's struct_size is 64: it must be at least 120 and a multiple of 8" + step},
        {"min_minor", "needs ktel ABI 1.7, this is 1.0: get a newer ktel"},
        {"stride",
         "the stride of jobs is 100: it must be the size of an element, at "
         "least 168 and a multiple of 8" +
             step},
        {"id",
         "id \"io/acme\" must be reverse DNS in [a-z0-9.-], 64 bytes at most, like "
         "io.acme.storage" +
             step},
        {"no_vendor",
         "plugin id shape names no vendor: write it as reverse DNS, like io.acme.storage" + step},
    };
    for (const Row& row : rows) {
      CAPTURE(row.plugin);

      const auto refused = refused_beside_good(row.plugin);

      REQUIRE(refused.size() == 1);
      CHECK(refused[0].file.filename() == row.plugin + ".so");
      CHECK(refused[0].item == "");
      CHECK(refused[0].why == row.why);
    }
  }

  TEST_CASE("a plugin that must run apart does so, or does not run") {
    test::PluginDir dir;
    dir.add("isolate");
    plugin::CatalogOptions options = test::options_for(dir);
    const Catalog catalog = Catalog::scan(options).value();
    CHECK(catalog.find_job("acme-shape").has_value());
    auto refused = refused_in(catalog, dir);
    REQUIRE(refused.size() == 1);
    CHECK(refused[0].item == "backend acme-sink");
    CHECK(refused[0].why ==
          "its plugin must run in a process of its own (KTEL_PLUGIN_ISOLATE), where backends "
          "cannot run: get a build without that");

    options.children = false;
    const Catalog without = Catalog::scan(options).value();
    refused = refused_in(without, dir);
    REQUIRE(refused.size() == 1);
    CHECK(refused[0].why ==
          "plugin io.acme.shape must run in a process of its own (KTEL_PLUGIN_ISOLATE): leave out "
          "--isolate never" +
              step);
  }

  TEST_CASE("a plugin that hangs is killed at its deadline") {
    // The one that users have: the good plugin beside it must end in that time, too.
    const auto deadline = plugin::CatalogOptions().entry_deadline;

    const auto constructor = refused_beside_good("hang_in_constructor", deadline);
    REQUIRE(constructor.size() == 1);
    CHECK(constructor[0].why ==
          "was killed after 2000 ms while its constructors ran: it must do nothing but return its "
          "descriptor" +
              step);

    const auto entry = refused_beside_good("hang_in_entry", deadline);
    REQUIRE(entry.size() == 1);
    CHECK(entry[0].why ==
          "was killed after 2000 ms while ktel_plugin_v1 ran: it must do nothing but return its "
          "descriptor" +
              step);
  }

  TEST_CASE("an unresolved symbol is named, with the libraries the file asks for") {
    const auto refused = refused_beside_good("unresolved");

    REQUIRE(refused.size() == 1);
    CHECK(refused[0].why.starts_with(
        "cannot be loaded: DIR/unresolved.so: undefined symbol: acme_function_that_nobody_has; it "
        "needs "));
    CHECK(refused[0].why.find("libc.so.6") != std::string::npos);
    CHECK(refused[0].why.ends_with(step));
  }

  TEST_CASE("a broken job is refused alone") {
    const auto no_run = refused_beside_good("no_run");
    REQUIRE(no_run.size() == 1);
    CHECK(no_run[0].item == "job acme-shape");
    CHECK(no_run[0].why == "jobs[0] (acme-shape): run is missing" + step);

    const auto secrets = refused_beside_good("secrets");
    REQUIRE(secrets.size() == 1);
    CHECK(secrets[0].item == "job acme-shape");
    CHECK(secrets[0].why ==
          "jobs[0] (acme-shape): reads[0] (pods): resource secrets cannot be read" + step);
  }

  TEST_CASE("jobs and backends carry their vendor's prefix") {
    const auto refused = refused_beside_good("no_prefix");

    REQUIRE(refused.size() == 2);
    CHECK(refused[0].item == "job acme-shape");
    CHECK(refused[0].why ==
          "its name must begin with its vendor's prefix zeta-, the second word of plugin "
          "io.zeta.shape" +
              step);
    CHECK(refused[1].item == "backend acme-sink");
  }

  TEST_CASE("what is not an ELF file is never run") {
    test::PluginDir dir;
    dir.add_text("notes", "these are notes\n");
    dir.add_text("empty", "");

    const Result<Catalog> catalog = Catalog::scan(test::options_for(dir));

    REQUIRE(catalog.has_value());
    const auto refused = refused_in(catalog.value(), dir);
    REQUIRE(refused.size() == 2);
    CHECK(refused[0].why == "is not a ktel plugin: it is no ELF file" + step);
    CHECK(refused[1].why == "is not a ktel plugin: it is no ELF file" + step);
  }

  TEST_CASE("links, folders and files that others may change are skipped") {
    test::PluginDir dir;
    dir.add("good_other");
    dir.add("good");
    std::filesystem::permissions(dir.file("good"), std::filesystem::perms(0664));
    std::filesystem::create_directory(dir.file("folder"));
    std::filesystem::create_symlink(dir.file("good_other"), dir.file("link"));

    const Result<Catalog> catalog = Catalog::scan(test::options_for(dir));

    REQUIRE(catalog.has_value());
    CHECK(catalog.value().plugins().size() == 1);
    const auto refused = catalog.value().refused();
    REQUIRE(refused.size() == 3);
    CHECK(refused[0].why ==
          fmt::format("is not a regular file: take it out of {}", dir.path().string()));
    CHECK(refused[1].why ==
          fmt::format("is writable by others (owner {}, mode 0664): run chmod go-w {}", ::geteuid(),
                      dir.file("good").string()));
    CHECK(refused[2].why == "is a symbolic link: put the file itself there");
  }

  TEST_CASE("without ktel-child, plugins that are not built in are refused") {
    test::PluginDir dir;
    dir.add("good");
    plugin::CatalogOptions options = test::options_for(dir);
    options.child_program = "/nowhere/ktel-child";

    const Result<Catalog> refusing = Catalog::scan(options);
    REQUIRE(refusing.has_value());
    REQUIRE(refusing.value().refused().size() == 1);
    CHECK(
        refusing.value().refused()[0].why ==
        "cannot be looked at without the program /nowhere/ktel-child, which is not there: install "
        "it, or set the child program's path");

    options.builtin_dir = dir.path();
    options.dirs.clear();
    const Result<Catalog> builtin = Catalog::scan(options);
    REQUIRE(builtin.has_value());
    CHECK(builtin.value().refused().empty());
    CHECK(builtin.value().find_job("acme-shape").has_value());
  }

  TEST_CASE("a ktel-child of another version looks at nothing") {
    test::PluginDir dir;
    dir.add("good");
    plugin::CatalogOptions options = test::options_for(dir);
    options.host_version = "9.9.9";

    const Result<Catalog> catalog = Catalog::scan(options);

    REQUIRE(catalog.has_value());
    REQUIRE(catalog.value().refused().size() == 1);
    CHECK(catalog.value().refused()[0].why ==
          fmt::format("{} is of ktel {}, this is ktel 9.9.9: install both from one build",
                      KTEL_CHILD, KTEL_VERSION));
  }

  TEST_CASE("a program that is no ktel-child is named") {
    test::PluginDir dir;
    dir.add("good");
    plugin::CatalogOptions options = test::options_for(dir);
    options.child_program = "/bin/false";

    const Result<Catalog> catalog = Catalog::scan(options);

    REQUIRE(catalog.has_value());
    REQUIRE(catalog.value().refused().size() == 1);
    CHECK(catalog.value().refused()[0].why ==
          "/bin/false exited with code 1 before it said anything: install ktel's own, or set the "
          "child program's path");
  }
}
