// Plugin directories and plugins that cannot be used: each is named, and everything else goes on.
#include <doctest/doctest.h>
#include <unistd.h>

#include "end_to_end/user.hpp"

using namespace ktel;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

constexpr const char* good_job = "acme-other";

// A directory with a good plugin in it.
class PluginDir {
 public:
  PluginDir() { add("good_other"); }

  std::string add(const std::string& plugin) const {
    const auto file = dir_ / (plugin + ".so");
    std::filesystem::copy_file(std::filesystem::path(KTEL_BAD_PLUGINS) / (plugin + ".so"), file);
    std::filesystem::permissions(file, std::filesystem::perms(0644));
    return file;
  }
  const test::TempDir& dir() const { return dir_; }
  test::Words option() const { return {"--plugin-dir", dir_.path()}; }

 private:
  test::TempDir dir_{"ktel-plugins"};
};

test::RunResult list(const test::User& user, const PluginDir& dir) {
  return user.ktel(test::Words{"plugins", "list"} + dir.option());
}

}  // namespace

TEST_SUITE_BEGIN("end_to_end/plugins");

TEST_CASE("a directory that is not there, or is none, is named") {
  const test::User user;
  const std::string file = user.home().write("file", "");
  for (const auto& [dir, why] :
       {std::pair{std::string("/no/such/dir"), "No such file or directory"},
        std::pair{file, "Not a directory"}}) {
    CAPTURE(dir);
    const auto r = user.ktel({"workflows", "run", "--jobs", "all", "--plugin-dir", dir});
    CHECK(r.exit_code == 2);
    CHECK(r.out == "");
    CHECK(r.err == "ktel: plugin directory: " + dir + ": " + why + "\n");
  }
}

TEST_CASE("a directory that others may write in is not trusted") {
  const test::User user;
  const PluginDir dir;
  const std::string path = dir.dir().path();
  std::filesystem::permissions(path, std::filesystem::perms(0777));
  const auto r = user.ktel(test::Words{"workflows", "run", "--jobs", good_job} + dir.option());
  CHECK(r.exit_code == 2);
  CHECK(r.out == "");
  CHECK(r.err == "ktel: plugin directory: " + path + " is writable by others (owner " +
                     std::to_string(::geteuid()) + ", mode 0777): run chmod go-w " + path + "\n");
}

TEST_CASE("a directory that cannot be read") {
  const test::User user;
  const std::string path = user.home() / "closed";
  std::filesystem::create_directory(path);
  test::Words drop;
  if (::geteuid() == 0) {  // root reads everything: it becomes nobody
    drop = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
    std::filesystem::permissions(user.home().path(), std::filesystem::perms(0755));
    if (test::run(drop + test::Words{"test", "-x", KTEL_PROGRAM}).exit_code != 0) {
      MESSAGE("skipped: user nobody cannot reach " KTEL_PROGRAM);
      return;
    }
  }
  std::filesystem::permissions(path, std::filesystem::perms::none);
  const auto r = test::run(drop + test::Words{KTEL_PROGRAM, "jobs", "list", "--plugin-dir", path},
                           {.env = user.environment(), .inherit_env = false});
  std::filesystem::permissions(path, std::filesystem::perms(0700));
  CHECK(r.exit_code == 2);
  CHECK(r.out == "");
  CHECK(r.err == "ktel: plugin directory: " + path + ": Permission denied\n");
}

TEST_CASE("a file that is no plugin is refused with its reason, and the others are listed") {
  const test::User user;
  struct Row {
    std::string plugin;
    std::string why;
  };
  for (const auto& [plugin, why] : std::vector<Row>{
           {"no_entry", "is not a ktel plugin: it does not export ktel_plugin_v1"},
           {"major_2", "speaks ABI 2; this ktel speaks 1: get a build for 1, or a newer ktel"},
           {"abort_in_constructor", "was ended by signal 6 (Aborted) while its constructors ran"},
           {"hang_in_constructor",
            "was killed after 2000 ms while its constructors ran: it must do nothing but return "
            "its descriptor"},
           {"trap_in_entry",
            "was ended by signal 4 (Illegal instruction) while ktel_plugin_v1 ran"},
           {"hang_in_entry",
            "was killed after 2000 ms while ktel_plugin_v1 ran: it must do nothing but return its "
            "descriptor"},
           {"magic",
            "the descriptor's magic is 0x12345678, not 0x4c45544b: fill it in with KTEL_PLUGIN"}}) {
    CAPTURE(plugin);
    const PluginDir dir;
    const std::string file = dir.add(plugin);

    const auto r = list(user, dir);
    CHECK(r.exit_code == 0);
    CHECK(contains(r.out, "io.acme.other"));
    CHECK(contains(r.out, "io.ktel.splunk"));
    CHECK(r.err == "ktel: refused " + file + ": " + why + "\n");
  }
}

TEST_CASE("a text file and a plugin with a missing symbol") {
  const test::User user;
  const PluginDir dir;
  const std::string notes = dir.dir().write("notes.so", "these are notes\n");
  const std::string unresolved = dir.add("unresolved");

  const auto r = list(user, dir);
  CHECK(r.exit_code == 0);
  CHECK_MESSAGE(
      contains(r.err, "ktel: refused " + notes + ": is not a ktel plugin: it is no ELF file\n"),
      r.err);
  CHECK_MESSAGE(contains(r.err, "ktel: refused " + unresolved +
                                    ": cannot be loaded: " + unresolved + ": undefined symbol: "),
                r.err);
}

TEST_CASE("a job two plugins claim runs for neither, and both are named") {
  const test::User user;
  const PluginDir dir;
  const std::string one = dir.add("good");
  const std::string other = dir.add("same_job");

  const auto r = user.ktel(test::Words{"workflows", "run", "--jobs", "acme-shape"} + dir.option());
  CHECK(r.exit_code == 2);
  CHECK(r.out == "");
  CHECK_MESSAGE(contains(r.err, "ktel: job acme-shape of "), r.err);
  CHECK_MESSAGE(contains(r.err, one), r.err);
  CHECK_MESSAGE(contains(r.err, other), r.err);
  CHECK_MESSAGE(contains(r.err, "job acme-shape is claimed by "), r.err);
  CHECK_MESSAGE(contains(r.err, ": keep one of them\n"), r.err);

  const auto listed = list(user, dir);
  CHECK_MESSAGE(contains(listed.err, "ktel: refused " + one + ", job acme-shape: "), listed.err);
  CHECK_MESSAGE(contains(listed.err, "ktel: refused " + other + ", job acme-shape: "), listed.err);
}

TEST_CASE("a job that declares what may not be read is refused by name") {
  const test::User user;
  const PluginDir dir;
  const std::string file = dir.add("secrets");
  const auto r = user.ktel(test::Words{"workflows", "run", "--jobs", "acme-shape"} + dir.option());
  CHECK(r.exit_code == 2);
  CHECK_MESSAGE(contains(r.err, "ktel: job acme-shape of " + file +
                                    " was refused: jobs[0] (acme-shape): reads[0] (pods): resource "
                                    "secrets cannot be read\n"),
                r.err);
}

TEST_CASE("a refused plugin does not go unnoticed in a run of the others") {
  const test::User user;
  const PluginDir dir;
  dir.add("abort_in_constructor");
  const auto r = user.ktel(test::Words{"workflows", "run", "--jobs", good_job, "--snapshot",
                                       user.snapshot(), "--dry-run"} +
                           dir.option());
  CHECK(r.exit_code == 0);
  CHECK(r.out == R"({"acme-other":{"pods_count":1}})");
  CHECK_MESSAGE(contains(r.err,
                         "ktel: 1 plugin or part of one was refused: see `ktel plugins list "
                         "--plugin-dir " +
                             dir.dir().path().string() + "`\n"),
                r.err);
  CHECK(contains(user.ktel(test::Words{"jobs", "list"} + dir.option()).err,
                 "was refused: see `ktel plugins list"));
}

TEST_CASE("a plugin that is asked for again is read from the cache, and one that changed is not") {
  const test::User user;
  const PluginDir dir;
  REQUIRE(user.ktel(test::Words{"jobs", "list"} + dir.option()).exit_code == 0);
  CHECK_FALSE(std::filesystem::is_empty(user.home() / "cache/ktel/plugins"));

  std::filesystem::remove(dir.dir() / "good_other.so");
  dir.add("good");
  const auto r = user.ktel(test::Words{"jobs", "list", "-o", "name"} + dir.option());
  CHECK(contains(r.out, "acme-shape\n"));
  CHECK_FALSE(contains(r.out, "acme-other\n"));
}

TEST_SUITE_END();
