// Reads answered from files: what is found, what counts as absent, and what is refused.
#include "cluster/snapshot_source.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "cluster/source.hpp"
#include "core/cluster/reads.hpp"
#include "support/process.hpp"

#include <unistd.h>

using namespace ktel;
using cluster::ReadState;
using cluster::SnapshotDocument;
using cluster::SnapshotSource;
using test::collect_all;
using test::job;
using test::metrics;
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
    running.field_selector = "status.phase!=Failed,metadata.namespace=a,spec.hostNetwork=false";
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

  TEST_CASE("what the snapshot does not hold is a failure, never 0 and never \"not there\"") {
    auto any_mouse = read(KTEL_READ_LIST, "example.io", "mice", "metadata.name");
    any_mouse.versions = {"v1alpha1", "v1beta1", "v1"};
    auto v1_mouse = any_mouse;
    v1_mouse.versions = {"v1"};
    auto budgets = read(KTEL_READ_LIST, "policy", "poddisruptionbudgets", "metadata.name");
    budgets.versions = {"v1", "v1beta1"};
    auto volumes = read(KTEL_READ_COUNT, "", "persistentvolumes");
    volumes.cluster_scoped = true;
    const auto all =
        collect_all(snapshot(), {job("j", {read(KTEL_READ_COUNT, "", "services"), budgets,
                                           read(KTEL_READ_COUNT, "kong.example", "plugins"),
                                           any_mouse, v1_mouse, volumes})});
    for (const std::size_t i : {0u, 1u, 2u, 4u, 5u}) {
      CHECK(all.at(0, i).state == ReadState::failed);
      CHECK(all.at(0, i).cause == Errc::no_result);
    }
    CHECK(all.text(0, 0) ==
          "the snapshot holds no services: save them with `kubectl get services -A -o json > "
          "services.json`");
    CHECK(all.text(0, 1) ==
          "the snapshot holds no poddisruptionbudgets.policy: save them with `kubectl get "
          "poddisruptionbudgets.v1.policy -A -o json > poddisruptionbudgets.policy.json`");
    CHECK(all.text(0, 2).find("the snapshot holds no plugins.kong.example: save") == 0);
    CHECK(all.rows(0, 3) == std::vector<std::string>{"v1beta1: m"});
    CHECK(all.text(0, 4).find("kubectl get mice.v1.example.io -A") != std::string::npos);
    CHECK(all.text(0, 5).find("kubectl get persistentvolumes -o json") != std::string::npos);
  }

  TEST_CASE("an empty list says that there are none, of which kind its type or its file says") {
    const auto docs = [](const char* name, const char* kind) {
      return std::vector<SnapshotDocument>{
          {name, fmt::format(R"({{"apiVersion":"v1","items":[],"kind":"{}"}})", kind)}};
    };
    const auto count = [](std::vector<SnapshotDocument> with, std::string group,
                          std::string resource) {
      const auto all =
          collect_all(snapshot(std::move(with)),
                      {job("j", {read(KTEL_READ_COUNT, std::move(group), std::move(resource))})});
      return all.at(0, 0).state == ReadState::ok ? static_cast<int>(all.at(0, 0).count) : -1;
    };
    CHECK(count(docs("x.json", "PodList"), "", "pods") == 0);
    CHECK(count(docs("x.json", "List"), "", "pods") == -1);
    CHECK(count(docs("pods.json", "List"), "", "pods") == 0);
    CHECK(count(docs("kong/pods.json", "List"), "", "pods") == 0);
    CHECK(count(docs("deployments.json", "List"), "apps", "deployments") == 0);
    CHECK(count(docs("deployments.apps.json", "List"), "apps", "deployments") == 0);
    CHECK(count(docs("services.json", "List"), "serving.knative.dev", "services") == -1);
    CHECK(count(docs("services.serving.knative.dev.json", "List"), "serving.knative.dev",
                "services") == 0);
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
    CHECK(all.at(0, 1).count == 0);  // it was served, and saved
  }

  TEST_CASE("what /apis answered says which groups were served, and the rest is asked of more") {
    auto docs = documents;
    docs.push_back({"_reads/apis.json", R"({"kind":"APIGroupList","apiVersion":"v1","groups":[
      {"name":"apps","versions":[{"groupVersion":"apps/v1","version":"v1"}]},
      {"name":"config.openshift.io","versions":[{"groupVersion":"config.openshift.io/v1","version":"v1"}]}]})"});
    const auto served = [](std::string group, std::string resource) {
      return read(KTEL_READ_SERVED, std::move(group), std::move(resource), "kind");
    };
    const std::vector<plugin::Read> reads = {
        served("run.tanzu.vmware.com", ""), served("config.openshift.io", ""),
        served("config.openshift.io", "clusterversions"),
        read(KTEL_READ_COUNT, "kong.example", "plugins"), read(KTEL_READ_COUNT, "", "services")};
    const auto groups = collect_all(snapshot(docs), {job("j", reads)});
    CHECK(groups.at(0, 0).count == 0);
    CHECK(groups.at(0, 0).state == ReadState::ok);
    CHECK(groups.at(0, 1).count == 1);
    CHECK(groups.text(0, 2) ==
          "the snapshot does not say whether config.openshift.io/v1 has clusterversions; save it "
          "with `kubectl get --raw /apis/config.openshift.io/v1` as "
          "_reads/apis/config.openshift.io/v1.json");
    CHECK(groups.at(0, 3).state == ReadState::absent);
    CHECK(groups.at(0, 4).state == ReadState::failed);

    docs.push_back({"_reads/apis/config.openshift.io/v1.json",
                    R"({"kind":"APIResourceList","groupVersion":"config.openshift.io/v1",
                        "resources":[{"name":"clusterversions","kind":"ClusterVersion"}]})"});
    const auto all = collect_all(snapshot(docs), {job("j", reads)});
    CHECK(all.rows(0, 2) == std::vector<std::string>{": ClusterVersion"});
    CHECK(refusal({"_reads/apis.json", R"({"kind":"Status"})"}) ==
          "snapshot test: _reads/apis.json: it is a Status, no discovery document; save it with "
          "`kubectl get --raw /apis` as _reads/apis.json");
  }

  TEST_CASE("SERVED is answered from objects and definitions") {
    auto served = read(KTEL_READ_SERVED, "example.io", "", "group version resource kind");
    served.versions = {};
    auto other = served;
    other.group = "config.openshift.io";
    const auto all = collect_all(snapshot(), {job("j", {served, other})});
    CHECK(all.rows(0, 0) == std::vector<std::string>{": example.io v1 mice Mouse",
                                                     ": example.io v1beta1 mice Mouse"});
    CHECK(all.at(0, 0).count == 2);
    CHECK(all.at(0, 1).state == ReadState::failed);
    CHECK(all.text(0, 1) ==
          "the snapshot does not say what the cluster served; save it with `kubectl get --raw "
          "/apis` as _reads/apis.json");
  }

  TEST_CASE("field selectors know what the API server knows") {
    const std::vector<SnapshotDocument> docs = {
        {"all.json", R"({"kind":"List","apiVersion":"v1","items":[
          {"kind":"Node","apiVersion":"v1","metadata":{"name":"on"},"spec":{}},
          {"kind":"Node","apiVersion":"v1","metadata":{"name":"off"},"spec":{"unschedulable":true}},
          {"kind":"ReplicaSet","apiVersion":"apps/v1","metadata":{"name":"r2"},"status":{"replicas":2}},
          {"kind":"ReplicaSet","apiVersion":"apps/v1","metadata":{"name":"r0"},"status":{}},
          {"kind":"Job","apiVersion":"batch/v1","metadata":{"name":"done"},"status":{"succeeded":1}},
          {"kind":"Job","apiVersion":"acme.example/v1","metadata":{"name":"other"}},
          {"kind":"Event","apiVersion":"v1","metadata":{"name":"old"},"reason":"Failed",
           "source":{"component":"kong-client","host":"h"},"reportingComponent":"",
           "involvedObject":{"kind":"Pod"}},
          {"kind":"Event","apiVersion":"v1","metadata":{"name":"both"},"reason":"Failed",
           "source":{"component":"kong-client"},"reportingComponent":"kong-reporter"},
          {"kind":"Event","apiVersion":"v1","metadata":{"name":"new"},"reason":"Scheduled",
           "source":{},"reportingComponent":"kong-client"},
          {"kind":"Event","apiVersion":"v1","metadata":{"name":"bare"}},
          {"kind":"Event","apiVersion":"events.k8s.io/v1","metadata":{"name":"v1"},"reason":"Failed",
           "deprecatedSource":{"component":"kong-client"},"reportingController":"kong-client",
           "regarding":{"kind":"Pod"}}]})"}};
    const auto names = [&](std::string group, std::string resource, std::string selector) {
      auto selected = read(KTEL_READ_LIST, std::move(group), std::move(resource), "metadata.name");
      selected.field_selector = std::move(selector);
      const auto all = collect_all(snapshot(docs), {job("j", {selected})});
      if (all.at(0, 0).state != ReadState::ok) return all.text(0, 0);
      std::string text;
      for (const std::string& row : all.rows(0, 0)) text += row.substr(row.find(' '));
      return text;
    };
    CHECK(names("", "nodes", "spec.unschedulable=false") == " on");
    CHECK(names("", "nodes", "spec.unschedulable!=false") == " off");
    CHECK(names("apps", "replicasets", "status.replicas=2") == " r2");
    CHECK(names("apps", "replicasets", "status.replicas=0") == " r0");
    CHECK(names("batch", "jobs", "status.successful=1") == " done");
    // Whichever API wrote the Event.
    CHECK(names("", "events", "source=kong-client") == " old both new");
    CHECK(names("", "events", "source!=kong-client") == " bare");
    CHECK(names("", "events", "source=kong-client,reason=Failed") == " old both");
    CHECK(names("", "events", "reportingComponent=kong-client") == " new");
    CHECK(names("", "events", "reportingComponent=") == " old bare");
    CHECK(names("", "events", "involvedObject.kind=Pod") == " old");
    CHECK(names("events.k8s.io", "events", "regarding.kind=Pod,reason=Failed") == " v1");
    CHECK(names("events.k8s.io", "events", "reportingController=kong-client") == " v1");
    CHECK(
        names("events.k8s.io", "events", "source=kong-client") ==
        "reading events.events.k8s.io: selector \"source=kong-client\": events.events.k8s.io "
        "cannot be selected by source: use one of metadata.name, metadata.namespace, reason, "
        "regarding.apiVersion, regarding.fieldPath, regarding.kind, regarding.name, "
        "regarding.namespace, regarding.resourceVersion, regarding.uid, reportingController, type");
    CHECK(
        names("acme.example", "jobs", "status.successful=1") ==
        "reading jobs.acme.example: selector \"status.successful=1\": jobs.acme.example cannot be "
        "selected by status.successful: use one of metadata.name, metadata.namespace");
    CHECK(names("", "nodes", "spec.podCIDR=x") ==
          "reading nodes: selector \"spec.podCIDR=x\": nodes cannot be selected by spec.podCIDR: "
          "use one of metadata.name, metadata.namespace, spec.unschedulable");
  }

  TEST_CASE("fetches are performed on a thread of the source's, which a stop ends at once") {
    const test::TempDir dir;
    std::string big = R"({"kind":"PodList","apiVersion":"v1","items":[)";
    for (int i = 0; i < 20'000; ++i) {
      big += fmt::format(R"({}{{"metadata":{{"namespace":"a","name":"p{}"}}}})", i ? "," : "", i);
    }
    dir.write("pods.json", big + "]}");
    const auto source = SnapshotSource::open(dir.path()).value();

    // Stopped after its first row, it reads no second chunk of the file.
    struct Stopping final : cluster::RowReceiver {
      Result<void> row(std::string_view, std::span<const json::Cell>) override {
        thread = std::this_thread::get_id();
        ++rows;
        stop.request_stop();
        return {};
      }
      void restart() override {}
      std::stop_source stop;
      std::thread::id thread;
      int rows = 0;
    };
    const auto rows = std::make_shared<Stopping>();
    auto fetch = std::make_shared<cluster::Fetch>();
    fetch->version = "v1";
    fetch->resource = "pods";
    fetch->namespaces = {""};
    std::promise<cluster::FetchEnd> ended;
    source->fetch({fetch, false, rows}, rows->stop.get_token(),
                  [&](cluster::FetchEnd end) { ended.set_value(std::move(end)); });

    CHECK(ended.get_future().get().cause == Errc::stopped);
    CHECK(rows->rows < 5000);
    CHECK(rows->thread != std::this_thread::get_id());

    std::stop_source stopped;
    stopped.request_stop();
    CHECK(SnapshotSource::open(dir.path(), stopped.get_token()).error().code == Errc::stopped);
    const auto all = collect_all(source, {job("j", {pods()})}, {}, stopped.get_token());
    CHECK(all.text(0, 0) == "reading pods was given up: the run ended first");
  }

  TEST_CASE("a run may be the last to hold its snapshot") {
    for (int i = 0; i < 20; ++i) {
      CHECK(collect_all(snapshot(), {job("j", {pods()})}).at(0, 0).count == 3);
    }
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

  TEST_CASE("metrics are answered from text, else from documents, by the names that are declared") {
    const SnapshotDocument text = {"_reads/metrics.txt",
                                   "# TYPE up gauge\nup{job=\"a\"} 1\ndown 2\nup{job=\"b\"} 0.5\n"};
    const SnapshotDocument json = {"_reads/metrics.json", R"([
      {"name": "up", "labels": {"job": "c"}, "value": 3},
      {"name": "down", "labels": {}, "value": 4},
      {"labels": {"job": "nameless"}, "value": 5}])"};
    const auto run = [](std::vector<SnapshotDocument> docs) {
      return collect_all(snapshot(std::move(docs)),
                         {job("j", {metrics({"up"}, "labels.job value"), metrics({"down"}, "value"),
                                    metrics({"left"}, "value")})});
    };
    for (const bool both : {false, true}) {
      const auto from_text = run(both ? std::vector{text, json} : std::vector{text});
      CHECK(from_text.rows(0, 0) == std::vector<std::string>{": a 1", ": b 0.5f"});
      CHECK(from_text.rows(0, 1) == std::vector<std::string>{": 2"});
      CHECK(from_text.at(0, 1).count == 1);
    }
    const auto from_json = run({json});
    CHECK(from_json.rows(0, 0) == std::vector<std::string>{": c 3"});
    CHECK(from_json.rows(0, 1) == std::vector<std::string>{": 4"});
    CHECK(from_json.at(0, 2).state == ReadState::ok);
    CHECK(from_json.at(0, 2).count == 0);
    CHECK(run({{"_reads/metrics.json", "[]"}}).at(0, 0).count == 0);
  }

  TEST_CASE("metrics that a snapshot does not hold, or that are none, say how to save them") {
    const auto run = [](std::vector<SnapshotDocument> docs) {
      const auto all =
          collect_all(snapshot(std::move(docs)), {job("j", {metrics({"up"}, "value")})});
      CHECK(all.at(0, 0).state == ReadState::failed);
      CHECK(all.at(0, 0).finding->next ==
            "save it with `kubectl get --raw /metrics` as _reads/metrics.txt");
      return all.text(0, 0);
    };
    CHECK(run(documents) == "the snapshot does not hold what /metrics answered");
    CHECK(run({{"_reads/metrics.txt", "up 1"}}) ==
          "reading /metrics: _reads/metrics.txt: it ends within line 1, so something is missing");
    CHECK(
        run({{"_reads/metrics.txt", "up\n"}}) ==
        "reading /metrics: _reads/metrics.txt: it is no Prometheus text at line 1: the value of a "
        "metric is no number");
    CHECK(run({{"_reads/metrics.json", "{}"}}) ==
          "reading /metrics: _reads/metrics.json: it is no array");
  }

  TEST_CASE("more than can be read is refused, naming the path") {
    const std::string text(5000, 'x');
    CHECK(refusal({"_reads/served.json", R"([{"group":")" + text + R"(","version":"v1"}])"}) ==
          "snapshot test: _reads/served.json: it has more at [*].group than can be read; save it "
          "again, or take it out of the snapshot");
    CHECK(refusal({"a.json", R"({"kind":"Pod","apiVersion":")" + text + "\"}"})
              .find("a.json: it has more at apiVersion than can be read") != std::string::npos);
  }

  TEST_CASE("what cannot be understood is refused, naming the file") {
    CHECK(refusal({"x/a.json", "{"}) ==
          "snapshot test: x/a.json: it ends after 1 bytes, before its JSON does; save it again, or "
          "take it out of the snapshot");
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
    std::ofstream(dir / "notes.txt") << "nor this";
    std::ofstream(dir / "_reads/metrics.txt") << "up 1\n";
    const auto all =
        collect_all(SnapshotSource::open(dir).value(),
                    {job("j", {pods(), raw("/version", "gitVersion"), metrics({"up"}, "value")})});
    CHECK(all.at(0, 0).count == 3);
    CHECK(all.rows(0, 1) == std::vector<std::string>{": v1.36.0"});
    CHECK(all.rows(0, 2) == std::vector<std::string>{": 1"});
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
