// What a program that embeds ktel is told when its plugins' processes cannot start, die again and
// again, or are not what was looked at.
#include <doctest/doctest.h>

#include <ktel/workflow.hpp>

#include <filesystem>
#include <string>

#include "support/process.hpp"

using namespace ktel;

namespace {

namespace fs = std::filesystem;

// A Host with one plugin that aborts in its job and one that does not, and a ktel-child of its own.
class Embedder {
 public:
  Embedder() {
    add("good_other", "good_other");
    add("bad_job", "bad_job");
    fs::create_symlink(KTEL_CHILD, child());
    dir_.write("cluster.json", R"({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "alone"}}]})");
  }

  // Replaced as plugins are to be replaced: by a rename.
  void add(const std::string& plugin, const std::string& as) const {
    fs::create_directories(plugins());
    const fs::path file = dir_ / (plugin + ".new");
    fs::copy_file(fs::path(KTEL_BAD_PLUGINS) / (plugin + ".so"), file);
    fs::permissions(file, fs::perms(0644));
    fs::rename(file, plugins() / (as + ".so"));
  }
  // A program that takes the place of ktel-child.
  void replace_child(const std::string& script) const {
    fs::remove(child());
    if (!script.empty()) dir_.write("ktel-child", script, 0755);
  }

  Host host() const {
    return Host::create({.plugin_dirs = {plugins()},
                         .builtin_plugins = false,
                         .child_program = child(),
                         .threads = 2})
        .value();
  }

  // Of one that runs acme-bad as `kind` beside acme-other.
  Workflow workflow(const Host& host, const std::string& kind) const {
    WorkflowOptions options;
    options.jobs = {"acme-bad", "acme-other"};
    options.params = {{"acme-bad.kind", kind}};
    options.cluster.snapshot = dir_ / "cluster.json";
    options.consent = Consent::local;
    return Workflow::create(host, options).value();
  }

  fs::path child() const { return dir_ / "ktel-child"; }
  fs::path plugins() const { return dir_ / "plugins"; }

 private:
  const test::TempDir dir_{"ktel-children"};
};

std::string why(const RunResult& result, const std::string& job) {
  for (const JobRecord& record : result.report.record.jobs) {
    if (record.name == job) return record.why;
  }
  return "no such job";
}

std::string why_none(const Embedder& embedder, const Host& host) {
  const auto result = embedder.workflow(host, "none").run();
  return result ? "there was a result" : result.error().message;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

const std::string other_part = R"({"acme-other":{"pods_count":1}})";

}  // namespace

TEST_SUITE_BEGIN("core/app/children");

TEST_CASE("a plugin whose process died three times is not started again by that Host") {
  const Embedder embedder;
  const Host host = embedder.host();
  const Workflow dies = embedder.workflow(host, "abort");
  for (int run = 0; run < 3; ++run) {
    const RunResult result = dies.run().value();
    CHECK(result.report.body == other_part);
    CHECK(why(result, "acme-bad") == "its process was ended by signal 6 (Aborted) while it ran");
  }
  const std::string enough =
      "its plugin's process ended 3 times in a row and is not started again: ask its maker for a "
      "corrected "
      "build, or leave it out";
  const RunResult result = dies.run().value();
  CHECK(result.report.body == other_part);
  CHECK(why(result, "acme-bad") == enough);
  // By another workflow of the Host neither; another Host begins anew.
  CHECK(why(embedder.workflow(host, "none").run().value(), "acme-bad") == enough);
  CHECK(why(embedder.workflow(embedder.host(), "none").run().value(), "acme-bad") == "");
}

TEST_CASE("a plugin whose process died is started again by the next run") {
  const Embedder embedder;
  const Host host = embedder.host();
  CHECK(why(embedder.workflow(host, "abort").run().value(), "acme-bad") != "");
  CHECK(why(embedder.workflow(host, "none").run().value(), "acme-bad") == "");
}

TEST_CASE("a plugin file that was replaced while the Host lives is not run") {
  const Embedder embedder;
  const Host host = embedder.host();
  embedder.add("bad_start_abort", "bad_job");
  const RunResult result = embedder.workflow(host, "none").run().value();
  CHECK(result.report.body == other_part);
  CHECK(why(result, "acme-bad") ==
        (embedder.plugins() / "bad_job.so").string() +
            " was replaced since this program looked at it: start the program anew");
}

TEST_CASE("without ktel-child no plugin of others is looked at, and the path is named") {
  const Embedder embedder;
  embedder.replace_child("");
  const Host host = embedder.host();
  REQUIRE(host.refused().size() == 2);
  CHECK(host.refused().front().why ==
        "cannot be looked at without the program " + embedder.child().string() +
            ", which is not there: install it, or set the child program's path");
}

TEST_CASE("a ktel-child that went away, is of another build, or is none, is named") {
  const Embedder embedder;
  const Host host = embedder.host();
  const std::string child = embedder.child();

  embedder.replace_child("");
  CHECK_MESSAGE(contains(why_none(embedder, host),
                         "the program that runs plugins apart cannot be started: " + child +
                             ": No such file or directory; install ktel anew, or let them run in "
                             "ktel with --isolate never"),
                why_none(embedder, host));

  // It says what it hears: a hello, but not the right one.
  embedder.replace_child("#!/bin/sh\nexec cat <&3 >&3\n");
  CHECK_MESSAGE(
      contains(why_none(embedder, host), child + " is of another ktel than " + ktel::version() +
                                             ": install both from one build"),
      why_none(embedder, host));

  embedder.replace_child("#!/bin/sh\nexit 7\n");
  CHECK_MESSAGE(contains(why_none(embedder, host),
                         "its process exited with code 7 while it was loaded and started"),
                why_none(embedder, host));
}

TEST_SUITE_END();
