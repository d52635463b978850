// Jobs that do wrong while they run, each in the way that tests/support/bad_plugins names: what an
// operator reads of it, and that the job beside them and the system under them notice nothing.
#include <doctest/doctest.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>

#include "end_to_end/user.hpp"

using namespace ktel;

namespace {

constexpr const char* other_part = R"("tests-count":{"is_ready":true,"items_count":3})";

// A directory with one plugin in it, and a file that its jobs may not touch.
class Hostile {
 public:
  explicit Hostile(const std::string& plugin = "bad_job") : file_(dir_ / (plugin + ".so")) {
    std::filesystem::copy_file(std::filesystem::path(KTEL_BAD_PLUGINS) / (plugin + ".so"), file_);
    std::filesystem::permissions(file_, std::filesystem::perms(0644));
    // Processes that ktel leaves behind become this one's.
    REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
  }
  ~Hostile() { ::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0); }

  // `job` does wrong, beside one that does not.
  test::RunResult run(const std::string& job, const test::Words& more = {}) const {
    auto r = user_.report(job + ",tests-count",
                          test::Words{"--plugin-dir", dir_.path(), "--dry-run"} + more);
    CHECK(r.exit_code == 0);
    CHECK_FALSE(r.timed_out);
    CHECK_FALSE(r.left_children);
    CHECK_MESSAGE(nobody_left(), "a process outlived ktel");
    // The last line has the report's own number.
    const std::size_t last = r.err.rfind("ktel: report ");
    CHECK_MESSAGE(last != r.err.npos, r.err);
    r.err.erase(std::min(last, r.err.size()));
    return r;
  }
  test::RunResult run_kind(const std::string& job, const std::string& kind,
                           const test::Words& more = {}) const {
    return run(job, test::Words{"--param", job + ".kind=" + kind} + more);
  }

  // ktel with a job that neither ends nor listens is killed while that runs. Whether the job's
  // process stays.
  bool outlived_ktel() const {
    test::Process ktel = user_.start(test::Words{
        "workflows", "run", "--jobs", "acme-bad", "--param", "acme-bad.kind=ignore-signals",
        "--plugin-dir", dir_.path(), "--snapshot", user_.snapshot(), "--dry-run"});
    pid_t child = 0;
    const auto has_child = [&] { return (child = child_that_ignores(ktel.pid())) > 0; };
    REQUIRE(test::eventually(has_child, std::chrono::seconds(30)));
    ktel.send_signal(SIGKILL);
    const auto ended = [&] { return ::waitpid(child, nullptr, WNOHANG) == child; };
    return !test::eventually(ended, std::chrono::seconds(30));
  }

  // What the operator reads of a job whose part is lost.
  std::string lost(const std::string& job, const std::string& why) const {
    return "ktel: warning: " + job + ": " + why + " (" + file_.string() +
           "); `ktel jobs describe " + job + "` says whom to tell\n";
  }

 private:
  // Neither one that runs nor one that nobody has waited for.
  static bool nobody_left() {
    siginfo_t info = {};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD;
  }

  // The process of `parent` that ignores SIGTERM, as the job does once it runs; 0: none yet.
  static pid_t child_that_ignores(pid_t parent) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const std::string name = entry.path().filename();
      if (name.find_first_not_of("0123456789") != name.npos) continue;
      std::ifstream status(entry.path() / "status");
      pid_t its_parent = 0;
      unsigned long long ignored = 0;
      for (std::string word; status >> word;) {
        if (word == "PPid:") status >> its_parent;
        if (word == "SigIgn:") status >> std::hex >> ignored >> std::dec;
      }
      if (its_parent == parent && (ignored >> (SIGTERM - 1) & 1) != 0) return std::stoi(name);
    }
    return 0;
  }

  const test::User user_;
  const test::TempDir dir_{"ktel-hostile"};
  const std::filesystem::path file_;
};

std::string report(const std::string& part) {
  return "{" + (part.empty() ? "" : "\"acme-bad\":" + part + ",") + other_part + "}";
}

bool has_landlock() {
  return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

}  // namespace

TEST_SUITE_BEGIN("end_to_end/hostile");

TEST_CASE("a job that ends its process costs its own part, and the sentence says how it ended") {
  const Hostile hostile;
  struct Row {
    const char* kind;
    std::string how;
  };
  for (const auto& [kind, how] : std::vector<Row> {
#if !defined(KTEL_SANITIZE)
         // A sanitizer takes these signals and exits; and it looks for leaks before exit().
         {"segv", "was ended by signal 11 (Segmentation fault)"},
             {"overflow-stack", "was ended by signal 11 (Segmentation fault)"}, {"exit-0", "ended"},
             {"exit-3", "exited with code 3"},
             {"end-its-thread", "was ended by signal 6 (Aborted)"},
#endif
             {"abort", "was ended by signal 6 (Aborted)"},
             {"kill-itself", "was ended by signal 9 (Killed)"}, {
           "close-all", "ended"
         }
       }) {
    CAPTURE(kind);
    const auto r = hostile.run_kind("acme-bad", kind);
    CHECK(r.out == report(""));
    CHECK(r.err == hostile.lost("acme-bad", "its process " + how + " while it ran"));
  }
}

TEST_CASE("an exception that leaves a job ends its process") {
  const Hostile hostile("bad_throw");
  const auto r = hostile.run("acme-bad");
  CHECK(r.out == report(""));
  CHECK(r.err ==
        hostile.lost("acme-bad", "its process was ended by signal 6 (Aborted) while it ran"));
}

TEST_CASE("a job that does not end is ended") {
  const Hostile hostile;
  for (const char* kind : {"spin", "sleep", "ignore-signals", "stop-itself", "say-a-beginning"}) {
    CAPTURE(kind);
    const auto r = hostile.run_kind("acme-late", kind);
    CHECK(r.out == report(""));
    CHECK(r.err == hostile.lost("acme-late", "overran its deadline of 300 ms"));
  }
}

TEST_CASE("what a job says on the stream to ktel is not believed") {
  const Hostile hostile;
  for (const auto& [kind, what] : std::vector<std::pair<const char*, std::string>>{
           {"say-no-length", "a frame of 4294967295 bytes"},
           {"say-no-kind", "a frame of kind 99.0"},
           {"say-no-result", "what came back is no result of a run"},
           {"say-hello-again", "an answer to nothing"},
           {"say-without-end", "a message of more than 1114112 bytes"}}) {
    CAPTURE(kind);
    const auto r = hostile.run_kind("acme-bad", kind);
    CHECK(r.out == report(""));
    CHECK(r.err ==
          hostile.lost("acme-bad",
                       "its process was killed while it ran, for what it sent (" + what + ")"));
  }
}

// 1 is EPERM, 13 is EACCES.
TEST_CASE("a job starts no program") {
  const auto r = Hostile().run_kind("acme-bad", "run-programs");
  CHECK(r.out == report(R"({"answers":{"exec":1,"fork":1,"vm_clone":1}})"));
  CHECK(r.err == "");
}

TEST_CASE("a job reaches no network, not even this machine's own") {
  const test::MutePort port;
  const auto r = Hostile().run_kind("acme-bad", "reach-network",
                                    {"--param", "acme-bad.port=" + std::to_string(port.port())});
  CHECK(r.out == report(R"({"answers":{"connect":1,"socket":1,"unix_socket":1}})"));
  CHECK(r.err == "");
  CHECK_FALSE(port.called());
}

TEST_CASE("a job reaches neither ktel's memory nor its process") {
  const auto r = Hostile().run_kind("acme-bad", "reach-parent");
  CHECK(r.out == report(R"({"answers":{"group_kill":1,"own_descriptor":1,"parent_kill":1,)"
                        R"("parent_limit":1,"parent_memory":1,"parent_pidfd":1,)"
                        R"("parent_priority":1,"parent_processors":1,"parent_tgkill":1,)"
                        R"("signal_descriptor":1}})"));
  CHECK(r.err == "");
}

TEST_CASE("a job raises no limit and leaves nothing in the system") {
  const auto r = Hostile().run_kind("acme-bad", "raise-limits");
  CHECK(r.out == report(R"({"answers":{"core":1,"file_size":1,"keys":1,"processor_time":1,)"
                        R"("remove_shared_memory":1,"shared_memory":1}})"));
  CHECK(r.err == "");
}

TEST_CASE("a job changes no file, and reads none where the kernel has Landlock") {
  const test::TempDir dir;
  const std::filesystem::path file = dir.write("file", "the user's");
  const auto before = std::filesystem::last_write_time(file);
  const auto r =
      Hostile().run_kind("acme-bad", "use-files", {"--param", "acme-bad.file=" + file.string()});
  CHECK(r.err == "");
  CHECK(r.out.find(R"("chmod":1,"chown":1,)") != r.out.npos);
  CHECK(r.out.find(R"("times":1,"truncate":1,)") != r.out.npos);
  if (!has_landlock()) {
    MESSAGE("this kernel has no Landlock: what a job may open is not tested");
    return;
  }
  CHECK(r.out == report(R"({"answers":{"chmod":1,"chown":1,"environ":13,"list":13,)"
                        R"("parent_environ":13,"passwd":13,"read":13,"times":1,"truncate":1,)"
                        R"("unlink":13,"write":13}})"));
  CHECK(test::read_file(file) == "the user's");
  CHECK(std::filesystem::last_write_time(file) == before);
  CHECK(std::filesystem::status(file).permissions() == std::filesystem::perms(0644));
}

TEST_CASE("a job that floods gets no further than its bounds") {
  const Hostile hostile;
  struct Row {
    const char* kind;
    const char* part;
    std::string err;
  };
  const std::string too_much =
      hostile.lost("acme-bad", "LIMIT: it put more than a report can hold");
  for (const auto& [kind, part, err] : std::vector<Row> {
#if !defined(KTEL_SANITIZE)
         {"flood-memory", R"({"items_count":1})", ""},  // sanitizers have no bound on memory
#endif
             {"flood-descriptors", R"({"items_count":1})", ""},
             {"flood-stdout", R"({"items_count":1})", ""},
             {"flood-stderr", R"({"items_count":1})", ""},
             {"flood-log", R"({"items_count":1})",
              "ktel: acme-bad: more than 1000 lines in one run; the rest is left out\n"},
             {"put-a-giant", "", too_much}, {"put-ten-million", "", too_much}, {
           "add-ten-million", R"({"items_count":10000000})", ""
         }
       }) {
    CAPTURE(kind);
    const auto r = hostile.run_kind("acme-bad", kind);
    CHECK(r.out == report(part));
    CHECK(r.err == err);
  }
}

TEST_CASE("a job in a child that puts what it must not loses that value, as it does in ktel") {
  const Hostile hostile;
  struct Row {
    const char* kind;
    const char* part;
    std::string what;
  };
  const std::string whom =
      "; it was dropped; tell team-acme (https://acme.example), who own the job\n";
  for (const auto& [kind, part, what] : std::vector<Row>{
           {"put-bad-text", R"({"items_count":1})", ".version_text: the text is not a version"},
           {"put-out-of-range", R"({"items_count":1})",
            ": a value was put at index 4294967295 of 4 fields"},
           {"put-wrong-type", R"({"version_text":"1.0.0"})",
            ".items_count: text was put where the declared type is count"},
           {"put-nan", R"({"items_count":1})", ".share_ratio: the value is not from 0 to 1"},
           {"put-no-type", R"({"items_count":1})",
            ".share_ratio: something unknown was put where the declared type is ratio"}}) {
    for (const char* isolate : {"auto", "never"}) {
      CAPTURE(kind);
      CAPTURE(isolate);
      const auto r = hostile.run_kind("acme-bad", kind, {"--isolate", isolate});
      CHECK(r.out == report(part));
      CHECK_MESSAGE(r.err.ends_with("ktel: error: acme-bad" + what + whom), r.err);
    }
  }
}

TEST_CASE("a job that goes on after it has returned changes nothing and does not outlive the run") {
  const Hostile hostile;
  for (const char* kind : {"call-after-return", "leave-a-thread"}) {
    CAPTURE(kind);
    const auto r = hostile.run_kind("acme-bad", kind);
    CHECK(r.out == report(R"({"items_count":1})"));
    CHECK(r.err == "");
  }
}

TEST_CASE("a job does not outlive a ktel that is killed") {
  CHECK_FALSE(Hostile().outlived_ktel());
}

TEST_CASE("a plugin that goes wrong before its job runs costs its jobs alone") {
  struct Row {
    const char* plugin;
    std::string why;
  };
  for (const auto& [plugin, how] : std::vector<Row> {
#if !defined(KTEL_SANITIZE)
         // See above.
         {"bad_start_segv", "was ended by signal 11 (Segmentation fault)"},
             {"bad_load_segv", "was ended by signal 11 (Segmentation fault)"},
             {"bad_start_exit-3", "exited with code 3"}, {"bad_load_exit-3", "exited with code 3"},
#endif
             {"bad_start_abort", "was ended by signal 6 (Aborted)"}, {
           "bad_load_abort", "was ended by signal 6 (Aborted)"
         }
       }) {
    CAPTURE(plugin);
    const Hostile hostile(plugin);
    const auto r = hostile.run("acme-bad");
    CHECK(r.out == report(""));
    CHECK(r.err ==
          hostile.lost("acme-bad", "its process " + how + " while it was loaded and started"));
  }
  for (const char* plugin : {"bad_start_spin", "bad_load_spin"}) {
    CAPTURE(plugin);
    const Hostile hostile(plugin);
    const auto r = hostile.run("acme-late");
    CHECK(r.out == report(""));
    CHECK(r.err == hostile.lost("acme-late", "overran its deadline of 300 ms"));
  }
}

TEST_SUITE_END();
