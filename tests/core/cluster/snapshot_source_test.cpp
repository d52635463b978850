// Reads answered from files: what is found, what counts as absent, and what is refused.
#include "cluster/snapshot_source.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "core/cluster/reads.hpp"

#include <unistd.h>

using namespace ktel;
using cluster::ReadState;
using cluster::SnapshotDocument;
using cluster::SnapshotSource;
using test::collect_all;
using test::job;
using test::raw;
using test::read;

namespace {

const std::vector<SnapshotDocument> documents = {
    {"_snapshot.json", R"({"time":"2026-11-25T01:41:00+01:00"})"},
    {"_reads/version.json", R"({"major":"1","minor":"36","gitVersion":"v1.36.0"})"},
    {"pods.json", R"({"apiVersion":"v1","items":[
      {"metadata":{"namespace":"a","name":"p1","labels":{"app":"kong"}},"status":{"phase":"Running"}},
      {"metadata":{"namespace":"b","name":"p2"},"status":{"phase":"Failed"}}],"kind":"PodList"})"},
    {"more/mixed.json", R"({"kind":"List","apiVersion":"v1","items":[
      {"kind":"Pod","apiVersion":"v1","metadata":{"namespace":"a","name":"p1"}},
      {"kind":"Pod","apiVersion":"v1","metadata":{"namespace":"a","name":"p3","labels":{"app":"x"}}},
      {"kind":"Deployment","apiVersion":"apps/v1","metadata":{"namespace":"a","name":"d"}},
      {"kind":"CustomResourceDefinition","apiVersion":"apiextensions.k8s.io/v1",
       "metadata":{"name":"mice.example.io"},"spec":{"group":"example.io",
       "names":{"plural":"mice","kind":"Mouse"},"versions":[{"name":"v1"},{"name":"v1beta1"}]}}]})"},
    {"node.json", R"({"kind":"Node","apiVersion":"v1","metadata":{"name":"n1"}})"},
    {"mouse.json", R"({"kind":"Mouse","apiVersion":"example.io/v1beta1","metadata":{"name":"m"}})"},
};

std::shared_ptr<SnapshotSource> snapshot(std::vector<SnapshotDocument> docs = documents) {
  return SnapshotSource::from_documents("test", std::move(docs)).value();
}

std::string refusal(SnapshotDocument document) {
  return SnapshotSource::from_documents("test", {std::move(document)}).error().message;
}

plugin::Read pods(std::string_view paths = "metadata.name") {
  return read(KTEL_READ_LIST, "", "pods", paths);
}

}  // namespace

TEST_SUITE("core/cluster/snapshot_source") {
  TEST_CASE("objects of all files are found, those in two files once") {
    const auto all = collect_all(
        snapshot(),
        {job("j", {pods("metadata.name metadata.namespace"), read(KTEL_READ_COUNT, "", "pods"),
                   read(KTEL_READ_LIST, "apps", "deployments", "metadata.name"),
                   read(KTEL_READ_LIST, "", "nodes", "metadata.name")})});
    CHECK(all.rows(0, 0) == std::vector<std::string>{"v1: p1 a", "v1: p3 a", "v1: p2 b"});
    CHECK(all.at(0, 1).count == 3);
    CHECK(all.at(0, 1).state == ReadState::ok);
    CHECK(all.rows(0, 2) == std::vector<std::string>{"v1: d"});
    CHECK(all.rows(0, 3) == std::vector<std::string>{"v1: n1"});
    CHECK(all.stats.requests == 0);
  }

  TEST_CASE("namespaces, names and selectors are applied") {
    auto in_b = pods();
    in_b.ns = "b";
    auto labelled = pods();
    labelled.label_selector = "app in (kong)";
    auto running = pods();
    running.field_selector = "status.phase!=Failed,metadata.namespace=a";
    auto get = pods();
    get.verb = KTEL_READ_GET;
    get.name = "p3";
    auto missing = get;
    missing.name = "p9";
    missing.ns = "a";
    const auto all = collect_all(snapshot(), {job("j", {in_b, labelled, running, get, missing})});
    CHECK(all.rows(0, 0) == std::vector<std::string>{"v1: p2"});
    CHECK(all.rows(0, 1) == std::vector<std::string>{"v1: p1"});
    CHECK(all.rows(0, 2) == std::vector<std::string>{"v1: p1", "v1: p3"});
    CHECK(all.rows(0, 3) == std::vector<std::string>{"v1: p3"});
    CHECK(all.at(0, 4).state == ReadState::absent);
    CHECK(all.text(0, 4) == "there is no pods named p9 in namespace a");

    const auto some = collect_all(snapshot(), {job("j", {pods()})}, {.namespaces = {"b", "z"}});
    CHECK(some.rows(0, 0) == std::vector<std::string>{"v1: p2"});
  }

  TEST_CASE("a built-in kind without objects has none, a custom kind is not served") {
    auto any_mouse = read(KTEL_READ_LIST, "example.io", "mice", "metadata.name");
    any_mouse.versions = {"v1alpha1", "v1beta1", "v1"};
    auto v1_mouse = any_mouse;
    v1_mouse.versions = {"v1"};
    auto budgets = read(KTEL_READ_LIST, "policy", "poddisruptionbudgets", "metadata.name");
    budgets.versions = {"v1", "v1beta1"};
    const auto all = collect_all(
        snapshot(),
        {job("j", {read(KTEL_READ_COUNT, "", "services"), budgets,
                   read(KTEL_READ_COUNT, "kong.example", "plugins"), any_mouse, v1_mouse})});
    CHECK(all.at(0, 0).state == ReadState::ok);
    CHECK(all.at(0, 0).count == 0);
    CHECK(all.at(0, 1).state == ReadState::ok);
    CHECK(all.at(0, 2).state == ReadState::absent);
    CHECK(all.text(0, 2) == "the cluster does not serve plugins.kong.example");
    CHECK(all.rows(0, 3) == std::vector<std::string>{"v1beta1: m"});
    CHECK(all.at(0, 4).state == ReadState::ok);  // its definition says v1, and there is none
    CHECK(all.at(0, 4).count == 0);
  }

  TEST_CASE("served.json says what was served, and what was not") {
    auto docs = documents;
    docs.push_back({"_reads/served.json", R"([
      {"group":"","version":"v1","resource":"pods","kind":"Pod"},
      {"group":"kong.example","version":"v1","resource":"plugins","kind":"Plugin"}])"});
    const auto all =
        collect_all(snapshot(docs), {job("j", {read(KTEL_READ_COUNT, "", "services"),
                                               read(KTEL_READ_COUNT, "kong.example", "plugins")})});
    CHECK(all.at(0, 0).state == ReadState::absent);
    CHECK(all.at(0, 1).state == ReadState::ok);
  }

  TEST_CASE("SERVED is answered from objects and definitions") {
    auto served = read(KTEL_READ_SERVED, "example.io", "", "group version resource kind");
    served.versions = {};
    const auto all = collect_all(snapshot(), {job("j", {served})});
    CHECK(all.rows(0, 0) == std::vector<std::string>{": example.io v1 mice Mouse",
                                                     ": example.io v1beta1 mice Mouse"});
    CHECK(all.at(0, 0).count == 2);
  }

  TEST_CASE("a URL is answered from _reads") {
    const auto all =
        collect_all(snapshot(), {job("j", {raw("/version", "gitVersion"), raw("/livez", "x")})});
    CHECK(all.rows(0, 0) == std::vector<std::string>{": v1.36.0"});
    CHECK(all.at(0, 1).state == ReadState::failed);
    CHECK(all.text(0, 1) == "the snapshot does not hold what /livez answered");
    CHECK(all.at(0, 1).finding->next ==
          "save it with `kubectl get --raw /livez` as _reads/livez.json");
  }

  TEST_CASE("a snapshot has its own time") {
    CHECK(snapshot()->time_us() == 1795567260'000'000);
    CHECK(snapshot()->description() == "snapshot test");
    CHECK(snapshot({{"_snapshot.json", R"({"time":"2026-11-25T00:41:00.123Z"})"}})->time_us() ==
          1795567260'000'000);
    CHECK(refusal({"_snapshot.json", R"({"time":"yesterday"})"}) ==
          "snapshot test: _snapshot.json: \"time\" must be like \"2026-11-25T00:41:00Z\"");
  }

  TEST_CASE("metrics are not read yet, and the read says so") {
    auto metrics = raw("/metrics", "value");
    metrics.verb = KTEL_READ_METRICS;
    const auto all = collect_all(snapshot(), {job("j", {metrics})});
    CHECK(all.at(0, 0).state == ReadState::failed);
    CHECK(all.text(0, 0) == "/metrics: this version of ktel does not read metrics yet");
  }

  TEST_CASE("what cannot be understood is refused, naming the file") {
    CHECK(refusal({"x/a.json", "{"}) ==
          "snapshot test: x/a.json: it ends after 1 bytes, before its JSON does");
    CHECK(refusal({"a.json", "kind: Pod"}).substr(0, 46) ==
          "snapshot test: a.json: it is not JSON at byte ");
    CHECK(refusal({"version.json", R"({"major":"1"})"}) ==
          "snapshot test: version.json holds an object without kind: what a URL answered belongs "
          "into _reads/");
    CHECK(refusal({"t.json", R"({"kind":"Table","rows":[]})"}) ==
          "snapshot test: t.json is a table for eyes: save objects, with -o json");
    CHECK(refusal({"m.json", R"({"kind":"PartialObjectMetadataList","items":[{}]})"}) ==
          "snapshot test: m.json holds metadata alone: save whole objects, with -o json");
  }

  TEST_CASE("a directory is read with its subdirectories, a file alone too") {
    namespace fs = std::filesystem;
    const fs::path dir = fs::temp_directory_path() / ("ktel-snapshot-" + std::to_string(getpid()));
    fs::create_directories(dir / "more");
    for (const SnapshotDocument& d : documents) {
      fs::create_directories((dir / d.name).parent_path());
      std::ofstream(dir / d.name) << d.text;
    }
    std::ofstream(dir / "README.md") << "not an object";
    const auto all = collect_all(SnapshotSource::open(dir).value(),
                                 {job("j", {pods(), raw("/version", "gitVersion")})});
    CHECK(all.at(0, 0).count == 3);
    CHECK(all.rows(0, 1) == std::vector<std::string>{": v1.36.0"});
    const auto one =
        collect_all(SnapshotSource::open(dir / "pods.json").value(), {job("j", {pods()})});
    CHECK(one.at(0, 0).count == 2);
    CHECK(SnapshotSource::open(dir / "pods.json").value()->time_us() > 0);

    // A file that went away after the snapshot was opened is a failure, not an empty list.
    const auto source = SnapshotSource::open(dir / "pods.json").value();
    fs::remove(dir / "pods.json");
    const auto gone = collect_all(source, {job("j", {pods()})});
    CHECK(gone.at(0, 0).state == ReadState::failed);
    CHECK(gone.text(0, 0) == "reading pods: pods.json: " + (dir / "pods.json").string() +
                                 ": No such file or directory");

    fs::remove_all(dir);
    CHECK(SnapshotSource::open(dir).error().message ==
          "snapshot " + dir.string() + ": there is no such file or directory");
    fs::create_directories(dir);
    CHECK(SnapshotSource::open(dir).error().message ==
          "snapshot " + dir.string() +
              ": no *.json file is in it: save some with `kubectl get nodes "
              "-o json > " +
              dir.string() + "/nodes.json`");
    fs::remove_all(dir);
  }
}
