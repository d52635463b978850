// `ktel snapshot save`: the report of a saved snapshot is the report of what it was saved from.
#include <doctest/doctest.h>

#include <sstream>

#include "core/base/http_server.hpp"
#include "end_to_end/user.hpp"
#include "support/fake_api_server.hpp"

using namespace ktel;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

test::RunResult save(const test::User& user, const std::string& jobs,
                     const test::Words& more = {"--snapshot", KTEL_DEMO}) {
  return user.ktel(test::Words{"snapshot", "save", "saved", "--jobs", jobs} + more);
}

std::string report(const test::User& user, const std::string& jobs, const std::string& snapshot) {
  const auto r =
      user.ktel({"workflows", "run", "--jobs", jobs, "--snapshot", snapshot, "--dry-run", "-q"});
  CHECK(r.exit_code == 0);
  CHECK(r.err == "");
  return r.out;
}

std::vector<std::string> all_jobs(const test::User& user) {
  std::istringstream names(user.ktel({"jobs", "list", "-o", "name"}).out);
  std::vector<std::string> all = {"all"};
  for (std::string name; std::getline(names, name);) all.push_back(name);
  CHECK(all.size() > 10);
  return all;
}

}  // namespace

TEST_SUITE_BEGIN("end_to_end/snapshot");

TEST_CASE("every job, alone and with all others, reports the same from what was saved for it") {
  for (const std::string& job : all_jobs(test::User())) {
    CAPTURE(job);
    const test::User user;
    const auto saved = save(user, job);
    CHECK(saved.exit_code == 0);
    CHECK(saved.out == "");
    CHECK_MESSAGE(saved.err.starts_with("ktel: saved "), saved.err);
    CHECK(report(user, job, "saved") == report(user, job, KTEL_DEMO));
  }
}

TEST_CASE("a job it was not saved for is told so, and reports nothing it does not know") {
  const test::User user;
  REQUIRE(save(user, "cluster-state").exit_code == 0);
  const auto r = user.ktel(
      {"workflows", "run", "--jobs", "knative,cluster-state", "--snapshot", "saved", "--dry-run"});
  CHECK(r.exit_code == 0);
  CHECK_FALSE(contains(r.out, "knative"));
  CHECK(contains(r.out, R"("pods_count":49)"));
  CHECK_MESSAGE(contains(r.err,
                         "ktel: warning: knative: the snapshot was saved without what is asked "
                         "of it now: what the API groups serving.knative.dev, "),
                r.err);
  CHECK(contains(r.err,
                 "networking.internal.knative.dev serve; save it again with the same --jobs, "
                 "--namespace and --param: `ktel snapshot save DIR`\n"));
}

TEST_CASE("what is withheld is not saved") {
  const test::User user;
  REQUIRE(
      save(user, "cluster-state", {"--snapshot", KTEL_DEMO, "--deny", "*.pods_count"}).exit_code ==
      0);
  const std::string manifest = test::read_file(user.home() / "saved/_snapshot.json");
  CHECK(contains(manifest, "\"services\""));
  CHECK_FALSE(contains(manifest, "\"pods\""));
}

TEST_CASE("what cannot be saved is said, and leaves nothing behind") {
  const test::User user;
  std::filesystem::create_directory(user.home() / "full");
  user.home().write("full/a", "");
  const test::Words demo = {"--snapshot", KTEL_DEMO};
  struct Row {
    test::Words words;
    int code;
    std::string says;
  };
  for (const auto& [words, code, says] : std::vector<Row>{
           {{"snapshot", "save"},
            2,
            "ktel: into which directory? usage: ktel snapshot save DIR --jobs A,B; it is made\n"},
           {{"snapshot", "save", "saved"},
            2,
            "ktel: no jobs were named: give --jobs NAME,NAME or --jobs all; `ktel jobs list` shows "
            "what there is\n"},
           {test::Words{"snapshot", "save", "full", "--jobs", "cluster-state"} + demo, 2,
            "ktel: full is there already: name a directory that is not\n"},
           {test::Words{"snapshot", "save", "no/such/place", "--jobs", "cluster-state"} + demo, 2,
            "ktel: no/such/place cannot be made: No such file or directory; name a directory in "
            "one "
            "that is there and may be written to\n"},
           {{"snapshot", "save", "saved", "--jobs", "cluster-state", "--snapshot", "nowhere"},
            2,
            "ktel: snapshot nowhere: there is no such file or directory\n"},
           {{"snapshot", "save", "saved", "--jobs", "identify-deployment", "--snapshot",
             user.snapshot().string()},
            3,
            "ktel: nothing could be read, and nothing was saved: identify-deployment: the snapshot "
            "holds no deployments.apps: save them with `kubectl get deployments.v1.apps -A -o json "
            "> deployments.apps.json`\n"}}) {
    CAPTURE(words);
    const auto r = user.ktel(words);
    CHECK(r.exit_code == code);
    CHECK(r.out == "");
    CHECK(r.err == says);
    CHECK_FALSE(std::filesystem::exists(user.home() / "saved"));
  }
  CHECK(user.ktel(test::Words{"snapshot", "save", "new/", "--jobs", "cluster-state"} + demo)
            .exit_code == 0);
  CHECK(std::filesystem::exists(user.home() / "new/_snapshot.json"));
  for (const auto& entry : std::filesystem::directory_iterator(user.home().path())) {
    CHECK_FALSE(contains(entry.path().string(), "partial"));
  }
}

TEST_CASE("strict: all is saved or nothing") {
  const test::User user;
  const auto r = save(user, "cluster-state", {"--snapshot", user.snapshot(), "--strict"});
  CHECK(r.exit_code == 3);
  CHECK_MESSAGE(r.err.starts_with("ktel: strict: nothing is saved because of a finding: "
                                  "cluster-state: the snapshot holds no services: "),
                r.err);
  CHECK_FALSE(std::filesystem::exists(user.home() / "saved"));
}

TEST_CASE("what the environment said for a parameter is said, for the run needs it too") {
  const test::User user;
  const auto r =
      user.ktel({"snapshot", "save", "saved", "--jobs", "service-mesh", "--snapshot", KTEL_DEMO},
                {.env = {{"POD_NAME", "web-1"}, {"POD_NAMESPACE", "shop"}}});
  CHECK(r.exit_code == 0);
  CHECK(contains(r.err,
                 "ktel: --param service-mesh.pod_name=web-1 was in the environment; a run on the "
                 "snapshot needs it too\n"));
}

TEST_CASE("off is off: no socket, no file, exit 6") {
  const test::User user;
  const auto r = user.ktel({"snapshot", "save", "saved", "--jobs", "cluster-state"},
                           {.env = {{"KTEL_TELEMETRY", "off"}}});
  CHECK(r.exit_code == 6);
  CHECK(contains(r.err, "KTEL_TELEMETRY"));
  CHECK_FALSE(std::filesystem::exists(user.home() / "saved"));
}

TEST_SUITE_END();
