// ktel plugins check: what an author reads before a cluster does.
#include <doctest/doctest.h>

#include "end_to_end/user.hpp"

using namespace ktel;

namespace {

const std::string faulty = KTEL_FAULTY_PLUGINS "/test_lint.so";

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

}  // namespace

TEST_SUITE_BEGIN("end_to_end/plugin_check");

TEST_CASE("the samples of the SDK have nothing to correct") {
  const test::User user;
  const auto r = user.ktel({"plugins", "check", KTEL_SAMPLE_PLUGINS});
  CHECK(r.exit_code == 0);
  CHECK(r.out == "");
  CHECK(r.err == "ktel: checked 2 plugins: nothing to correct\n");
  CHECK(user.ktel({"plugins", "check", KTEL_SAMPLE_PLUGINS, "-o", "json"}).out == "[]\n");
  CHECK(user.ktel({"plugins", "check", KTEL_SAMPLE_PLUGINS, "-q"}).err == "");
}

TEST_CASE("a built-in plugin needs no vendor, and is not taken for its copy elsewhere") {
  const test::User user;
  const auto built_in =
      std::filesystem::path(KTEL_PROGRAM).parent_path() / "../lib/ktel/plugins/cluster-state.so";
  CHECK(user.ktel({"plugins", "check", built_in}).exit_code == 0);

  const std::string copy = user.home() / "cluster-state.so";
  std::filesystem::copy_file(built_in, copy);
  const auto r = user.ktel({"plugins", "check", copy});
  CHECK(r.exit_code == 7);
  CHECK_MESSAGE(contains(r.out,
                         "error  refused  cluster-state  cluster-state.so: its name must begin "
                         "with its vendor's prefix ktel-"),
                r.out);
}

TEST_CASE("every mistake is one line, with what to do about it") {
  const test::User user;
  const auto r = user.ktel({"plugins", "check", faulty});
  CHECK(r.exit_code == 7);
  CHECK(r.err == "ktel: checked 1 plugin: 16 errors, 4 warnings\n");
  CHECK(r.out == R"(LEVEL  ID                FIELD                     FINDING
error  refused           tests-secrets             test_lint.so: jobs[1] (tests-secrets): reads[0] (secrets): resource secrets cannot be read; correct it and build it again
warn   expires-far       tests-lint                expires is 2099-12-31, in more than 24 months; set a nearer day: then it is asked whether it is still needed
error  unused-read       tests-lint                read settings is in no field's from; name it where it is used, or do not read it
error  secret-read       tests-lint                read settings lists ConfigMaps for what they hold: who may list them has them whole; GET the one that is meant, by its name
error  missing-key       tests-lint.pods           absent_when of pods is blank; write it: it is what the operator decides by
error  expired           tests-lint.pods           expires is 2020-01-01: nothing of it is collected any more; ask anew whether it is needed, then set a later day
error  bad-name          tests-lint.pods           pods counts and does not say so; end it in _count
error  unit-missing      tests-lint.pods           pods is a number without a unit; give its unit, "1" if it has none
error  weak-description  tests-lint.pods           the description of pods is its name again; say in one sentence what it is and how it is derived
error  bad-example       tests-lint.pods           the example 812 does not pass: what leaves of it is 512; give a value as it would leave
error  no-question       tests-lint.mode           "The mode" is no question; ask what the data answers, with a question mark
error  open-enum         tests-lint.mode           mode has no other: a value that is not listed is lost; add a value that stands for the rest, and name it in other
warn   no-source         tests-lint.mode           mode is made of no read and of no other job's result; name its reads in from: without one it is reported whatever may be read
error  open-token        tests-lint.node_name      the pattern .+ lets any text leave; write what the text may be, or make it an enum
error  bad-example       tests-lint.node_name      the example 10.0.0.1 does not pass: the text is shaped like a network address; give a value as it would leave
error  low-sensitivity   tests-lint.node_name      node_name is a token with name in its name, and no identifier; give it the class identifier, or report a closed set of values
warn   unit-in-name      tests-lint.uptime_hours   uptime_hours has the unit hours in its name; say it in unit alone, where programs find it
error  similar-name      tests-lint.up_time_hours  up_time_hours differs from uptime_hours in its separators alone; give one of them another name
warn   unit-in-name      tests-lint.up_time_hours  up_time_hours has the unit hours in its name; say it in unit alone, where programs find it
error  bad-example       tests-lint.up_time_hours  the example "long" does not pass: text was put where the declared type is duration; give a value as it would leave
)");
}

TEST_CASE("the same findings for programs") {
  const test::User user;
  const auto json = user.ktel({"plugins", "check", faulty, "-o", "json"});
  CHECK(json.exit_code == 7);
  CHECK(contains(json.out,
                 R"({"id":"open-enum","level":"error","job":"tests-lint","field":"mode",)"
                 R"("text":"mode has no other: a value that is not listed is lost",)"
                 R"("next":"add a value that stands for the rest, and name it in other"})"));
  const auto yaml = user.ktel({"plugins", "check", faulty, "-o", "yaml"});
  CHECK(yaml.exit_code == 7);
  CHECK(contains(yaml.out, "- id: open-enum\n  level: error\n  job: tests-lint\n  field: mode\n"));
}

TEST_CASE("warnings alone are no failure") {
  const test::User user;
  const auto r = user.ktel({"plugins", "check", KTEL_TEST_PLUGINS "/test_privacy.so"});
  CHECK(r.exit_code == 0);
  CHECK(r.out ==
        "LEVEL  ID           FIELD          FINDING\n"
        "warn   expires-far  tests-private  expires is 2099-12-31, in more than 24 months; set a "
        "nearer day: then it is asked whether it is still needed\n");
  CHECK(r.err == "ktel: checked 1 plugin: 0 errors, 1 warning\n");
}

TEST_CASE("a release is compared with what was declared before") {
  const test::User user;
  const std::string sample = KTEL_SAMPLE_PLUGINS "/example_images.so";
  const std::string now =
      user.ktel({"jobs", "describe", "example-images", "--plugin-dir", KTEL_SAMPLE_PLUGINS}).out;
  REQUIRE(now.starts_with("standard: 1\n"));
  std::filesystem::create_directories(user.home() / "same/example-images");
  std::filesystem::create_directories(user.home() / "before");
  user.home().write("same/example-images/declaration.yaml", now);
  user.home().write("same/of-another-file.yaml", "job: of-another-file\nfields: {}\n");
  user.home().write("before/example-images.yaml",
                    "job: example-images\n"
                    "fields:\n"
                    "  pods_count: {type: count, sensitivity: product, granularity: pow2}\n"
                    "  volumes_count: {type: count, sensitivity: scale}\n");

  const auto same = user.ktel({"plugins", "check", sample, "--baseline", user.home() / "same"});
  CHECK(same.exit_code == 0);
  CHECK(same.out == "");

  const auto changed =
      user.ktel({"plugins", "check", sample, "--baseline", user.home() / "before"});
  CHECK(changed.exit_code == 7);
  CHECK(changed.out == R"(LEVEL  ID               FIELD                            FINDING
error  breaking-change  example-images.pods_count        pods_count was of class product and is scale; leave it as it was; what is to be told else is a new field
error  breaking-change  example-images.pods_count        pods_count left as pow2 at the finest and leaves as exact; leave it as it was; what is to be told else is a new field
warn   new-field        example-images.containers_count  containers_count is new, of class scale; say so in the release notes
error  breaking-change  example-images.volumes_count     volumes_count is gone: it was declared as count; declare it again and deprecate it first
)");
  CHECK(changed.err == "ktel: checked 1 plugin: 3 errors, 1 warning\n");
}

TEST_CASE("what cannot be checked or compared is named, with what to name instead") {
  const test::User user;
  std::filesystem::create_directories(user.home() / "empty");
  std::filesystem::permissions(user.home() / "empty", std::filesystem::perms(0755));
  std::filesystem::create_directories(user.home() / "text");
  user.home().write("text/notes.yaml", "these are notes\n");
  const std::string empty = user.home() / "empty";
  const std::string notes = user.home() / "text/notes.yaml";
  const std::string of_jobs = "name a directory of what `ktel jobs describe JOB` printed";
  struct Row {
    test::Words words;
    std::string says;
  };
  for (const auto& [words, says] : std::vector<Row>{
           {{}, "which plugin? usage: ktel plugins check FILE|DIR"},
           {{"/no/such.so"},
            "/no/such.so: No such file or directory; name a plugin, or a directory of plugins"},
           {{notes}, notes + " is no plugin: their names end in .so"},
           {{empty}, empty + " holds no plugin: their names end in .so"},
           {{faulty, "--baseline", "/no/such/dir"},
            "/no/such/dir: No such file or directory; " + of_jobs},
           {{faulty, "--baseline", empty}, empty + " holds no declaration of a job: " + of_jobs},
           {{faulty, "--baseline", user.home() / "text"},
            notes + " is no declaration of a job: it holds no job with fields; " + of_jobs}}) {
    CAPTURE(words);
    const auto r = user.ktel(test::Words{"plugins", "check"} + words);
    CHECK(r.exit_code == 2);
    CHECK(r.out == "");
    CHECK(r.err == "ktel: " + says + "\n");
  }
}

TEST_CASE("a file that is no plugin is found to be none") {
  const test::User user;
  const std::string notes = user.home().write("notes.so", "these are notes\n");
  const auto r = user.ktel({"plugins", "check", notes});
  CHECK(r.exit_code == 7);
  CHECK(r.out ==
        "LEVEL  ID       FIELD  FINDING\n"
        "error  refused         notes.so: is not a ktel plugin: it is no ELF file; correct it and "
        "build it again\n");
  CHECK(r.err == "ktel: checked 1 plugin: 1 error, 0 warnings\n");
}

TEST_SUITE_END();
