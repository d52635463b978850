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

// What is left to whoever has a file that its maker alone can mend.
std::string step(const PluginDir& dir) {
  return "; ask its maker for a corrected build, or take it out of " + dir.dir().path().string() +
         "\n";
}

test::RunResult list(const test::User& user, const PluginDir& dir) {
  return user.ktel(test::Words{"plugins", "list"} + dir.option());
}

}  // namespace

TEST_SUITE_BEGIN("end_to_end/plugins");

TEST_CASE("the plugin in the README runs as it is printed there") {
  const test::User user;
  const auto r = user.report("acme-pods");
  CHECK_MESSAGE(r.exit_code == 0, r.err);
  CHECK(r.out == R"({"acme-pods":{"pods_count":2}})");
}

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
    CHECK(r.err == "ktel: plugin directory: " + dir + ": " + why +
                       "; name a directory that this user can read\n");
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

TEST_CASE("a file that is no plugin is refused with its reason, and the others are listed") {
  const test::User user;
  struct Row {
    std::string plugin;
    std::string why;
    bool has_step = false;  // of its own
  };
  for (const auto& [plugin, why, has_step] : std::vector<Row>{
           {"no_entry", "is not a ktel plugin: it does not export ktel_plugin_v1"},
           {"major_2", "speaks ABI 2; this ktel speaks 1: get a build for 1, or a newer ktel",
            true},
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
    CHECK(r.err == "ktel: refused " + file + ": " + why + (has_step ? "\n" : step(dir)));
  }
}

TEST_CASE("a text file and a plugin with a missing symbol") {
  const test::User user;
  const PluginDir dir;
  const std::string notes = dir.dir().write("notes.so", "these are notes\n");
  const std::string unresolved = dir.add("unresolved");

  const auto r = list(user, dir);
  CHECK(r.exit_code == 0);
  // Behind the symbol stand the libraries the file asks for, which depend on how it was linked.
  const std::string before = "ktel: refused " + notes +
                             ": is not a ktel plugin: it is no ELF file" + step(dir) +
                             "ktel: refused " + unresolved + ": cannot be loaded: " + unresolved +
                             ": undefined symbol: acme_function_that_nobody_has; it needs ";
  CHECK_MESSAGE(r.err.starts_with(before), r.err);
  CHECK_MESSAGE(r.err.ends_with("libc.so.6" + step(dir)), r.err);
}

TEST_CASE("a job two plugins claim runs for neither, and both are named") {
  const test::User user;
  const PluginDir dir;
  const std::string one = dir.add("good");
  const std::string other = dir.add("same_job");

  const auto r = user.ktel(test::Words{"workflows", "run", "--jobs", "acme-shape"} + dir.option());
  CHECK(r.exit_code == 2);
  CHECK(r.out == "");
  const auto claimed = [](const std::string& by) {
    return "job acme-shape is claimed by " + by + " too: keep one of them\n";
  };
  CHECK(r.err ==
        "ktel: 2 plugins or parts of them were refused: see `ktel plugins list "
        "--plugin-dir " +
            dir.dir().path().string() + "`\nktel: job acme-shape of " + one +
            " was refused: " + claimed(other));

  CHECK(list(user, dir).err == "ktel: refused " + one + ", job acme-shape: " + claimed(other) +
                                   "ktel: refused " + other + ", job acme-shape: " + claimed(one));
}

TEST_CASE("a job that declares what may not be read is refused by name") {
  const test::User user;
  const PluginDir dir;
  const std::string file = dir.add("secrets");
  const auto r = user.ktel(test::Words{"workflows", "run", "--jobs", "acme-shape"} + dir.option());
  CHECK(r.exit_code == 2);
  CHECK_MESSAGE(contains(r.err, "ktel: job acme-shape of " + file +
                                    " was refused: jobs[0] (acme-shape): reads[0] (pods): resource "
                                    "secrets cannot be read" +
                                    step(dir)),
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
  const std::string file = dir.dir() / "good_other.so";
  const auto describe = [&](const char* job) {
    return user.ktel(test::Words{"jobs", "describe", job} + dir.option());
  };
  REQUIRE(contains(describe("acme-other").out, "\ntitle: Shape\n"));

  // What the cache says of it is not what the file says.
  int changed = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(user.home() / "cache/ktel/plugins")) {
    std::string text = test::read_file(entry.path());
    const std::string title = R"("title":"Shape")";
    const std::size_t at = text.find(title);
    if (at == text.npos) continue;
    test::write_file(entry.path(), text.replace(at, title.size(), R"("title":"Cached")"));
    ++changed;
  }
  REQUIRE(changed == 1);
  CHECK(contains(describe("acme-other").out, "\ntitle: Cached\n"));

  std::filesystem::remove(file);
  std::filesystem::rename(dir.add("good"), file);
  const auto r = describe("acme-shape");
  CHECK_MESSAGE(r.exit_code == 0, r.err);
  CHECK(contains(r.out, "\ntitle: Shape\n"));
  CHECK(describe("acme-other").exit_code == 2);
}

TEST_SUITE_END();
