// A saved snapshot: it answers what was read, with the same rows, and nothing else.
#include "cluster/recording_source.hpp"

#include <doctest/doctest.h>

#include "cluster/saved_reads.hpp"
#include "cluster/snapshot_source.hpp"
#include "core/cluster/reads.hpp"
#include "support/process.hpp"

using namespace ktel;
using cluster::ReadState;
using cluster::RecordingSource;
using cluster::SnapshotSource;
using test::collect_all;
using test::job;
using test::metrics;
using test::raw;
using test::read;

namespace {

std::shared_ptr<SnapshotSource> whole() {
  return SnapshotSource::from_documents(
             "whole",
             {{"_reads/version.json", R"({"major":"1","gitVersion":"v1.36.0","secret":"s3cret"})"},
              {"_reads/metrics.txt", "gate{name=\"A\",stage=\"BETA\"} 1\nother{a=\"s3cret\"} 2\n"},
              {"_reads/served.json", R"([{"group":"","version":"v1","resource":"pods","kind":"Pod"},
        {"group":"example.io","version":"v2","resource":"cats","kind":"Cat"},
        {"group":"example.io","version":"v1","resource":"cats","kind":"Cat"},
        {"group":"example.io","version":"v1","resource":"cows","kind":"Cow"},
        {"group":"s3cret.io","version":"v1","resource":"things","kind":"Thing"}])"},
              {"pods.json", R"({"kind":"PodList","apiVersion":"v1","items":[
        {"metadata":{"namespace":"a","name":"p1","labels":{"app":"kong","note":"s3cret"}}},
        {"metadata":{"namespace":"b","name":"p2"},"spec":{"containers":[{"image":"i","env":[
          {"name":"A","value":"s3cret"}]},{}]}}]})"},
              {"cats.json", R"({"kind":"CatList","apiVersion":"example.io/v2","items":[
        {"apiVersion":"example.io/v2","kind":"Cat","metadata":{"name":"m"},"spec":{"n":1.0}}]})"}})
      .value();
}

plugin::Read pods(std::string_view paths) { return read(KTEL_READ_LIST, "", "pods", paths); }

plugin::Read cats(std::uint32_t verb, std::string_view paths = {}) {
  plugin::Read cats = read(verb, "example.io", "cats", paths);
  cats.versions = {"v2", "v1"};
  return cats;
}

// Every verb, a selector, a namespace, and a kind that is not served.
std::vector<cluster::JobReads> jobs() {
  plugin::Read labelled = pods("metadata.name");
  labelled.label_selector = "app=kong";
  plugin::Read in_b = pods("metadata.name");
  in_b.ns = "b";
  plugin::Read one = read(KTEL_READ_GET, "", "pods", "metadata.name");
  one.ns = "a";
  one.name = "nobody";
  plugin::Read served = cats(KTEL_READ_SERVED, "version kind");
  plugin::Read dogs = read(KTEL_READ_LIST, "example.io", "dogs", "metadata.name");
  return {job("j", {pods("metadata.labels.app spec.containers[*].image"), labelled, in_b, one,
                    cats(KTEL_READ_LIST, "spec.n"), cats(KTEL_READ_COUNT), served, dogs,
                    read(KTEL_READ_COUNT, "", "pods"), raw("/version", "gitVersion"),
                    metrics({"gate"}, "labels.name value")})};
}

struct Saved {
  test::TempDir dir{"ktel-saved"};
  test::Collected before;

  explicit Saved(std::vector<cluster::JobReads> reads = jobs(),
                 const std::vector<std::string>& namespaces = {}) {
    const auto recording = std::make_shared<RecordingSource>(whole(), dir.path());
    before = collect_all(recording, std::move(reads), {.namespaces = namespaces, .narrow = false});
    REQUIRE(recording->finish("2026-11-25T00:41:00Z"));
  }
  std::shared_ptr<SnapshotSource> open() const { return SnapshotSource::open(dir.path()).value(); }
};

const char* const next =
    "save it again with the same --jobs, --namespace and --param: `ktel snapshot save DIR`";

}  // namespace

TEST_SUITE_BEGIN("core/cluster/recording_source");

TEST_CASE("the same reads end the same, from the files") {
  const Saved saved;
  const auto source = saved.open();
  const auto after = collect_all(source, jobs());
  for (std::size_t r = 0; r < jobs()[0].reads.size(); ++r) {
    CAPTURE(r);
    CHECK(after.at(0, r).state == saved.before.at(0, r).state);
    CHECK(after.at(0, r).count == saved.before.at(0, r).count);
    CHECK(after.rows(0, r) == saved.before.rows(0, r));
    CHECK(after.text(0, r) == saved.before.text(0, r));
  }
  CHECK(after.rows(0, 0) == std::vector<std::string>{"v1: kong -", "v1: - [i -]"});
  CHECK(after.rows(0, 4) == std::vector<std::string>{"v2: 1f"});
  CHECK(after.rows(0, 6) == std::vector<std::string>{": v2 Cat", ": v1 Cat"});
  CHECK(after.at(0, 3).state == ReadState::absent);
  CHECK(after.at(0, 7).state == ReadState::absent);
  CHECK(source->time_us() == 1'795'567'260'000'000);
}

TEST_CASE("of what no path reads nothing is kept") {
  const Saved saved;
  for (const auto& file : std::filesystem::recursive_directory_iterator(saved.dir.path())) {
    if (!file.is_regular_file()) continue;
    CHECK_MESSAGE(test::read_file(file.path()).find("s3cret") == std::string::npos, file.path());
  }
  CHECK(test::read_file(saved.dir / "pods.json") ==
        "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\n"
        "{\"metadata\":{\"labels\":{\"app\":\"kong\"}}},\n"
        "{\"spec\":{\"containers\":[{\"image\":\"i\"},null]}}\n]}\n");
}

TEST_CASE("some of the jobs, fewer paths: answered") {
  const Saved saved;
  const auto some = collect_all(saved.open(), {job("k", {pods("metadata.labels.app")}),
                                               job("l", {cats(KTEL_READ_SERVED, "kind")})});
  CHECK(some.rows(0, 0) == std::vector<std::string>{"v1: kong", "v1: -"});
  CHECK(some.rows(1, 0) == std::vector<std::string>{": Cat", ": Cat"});
}

// Which condition is known when a list goes out is a matter of time; the snapshot's lists may go
// out earlier than the cluster's did.
TEST_CASE("a condition that did not hold takes no path along") {
  plugin::Read no_dogs = read(KTEL_READ_SERVED, "example.io", "dogs", "kind");
  plugin::Read waits = pods("metadata.labels.note");
  waits.when_read = no_dogs.id;
  plugin::Read without = pods("metadata.name");
  without.when_read = no_dogs.id;
  without.when_absent = true;
  const Saved saved({job("j", {no_dogs, waits, without})});
  CHECK(saved.before.at(0, 1).state == ReadState::skipped);
  const auto early = collect_all(saved.open(), {job("k", {pods("metadata.labels.note")})});
  CHECK(early.at(0, 0).state == ReadState::ok);
}

TEST_CASE("what was not read is unknown, never none") {
  const Saved saved;
  plugin::Read others = pods("metadata.labels.app");
  others.label_selector = "app=other";
  plugin::Read cows = read(KTEL_READ_SERVED, "example.io", "cows", "kind");
  plugin::Read things = read(KTEL_READ_LIST, "s3cret.io", "things", "kind");
  plugin::Read no_group = read(KTEL_READ_SERVED, "nobody.io", "", "kind");
  struct Row {
    plugin::Read read;
    std::string what;
  };
  const Row rows[] = {
      {pods("metadata.labels.note"), "pods"},
      {others, "pods"},
      {read(KTEL_READ_LIST, "", "nodes", "metadata.name"), "nodes"},
      {read(KTEL_READ_COUNT, "", "nodes"), "nodes"},
      {raw("/version", "gitVersion major"), "/version"},
      {raw("/livez", "a"), "/livez"},
      {metrics({"gate", "other"}, "value"), "/metrics"},
      {cows, "what the API group example.io serves"},
      {no_group, "what the API group nobody.io serves"},
      {things, "things.s3cret.io"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const auto all = collect_all(saved.open(), {job("k", {row.read})});
    CHECK(all.at(0, 0).state == ReadState::failed);
    CHECK(all.text(0, 0) == "the snapshot was saved without what is asked of it now: " + row.what);
    REQUIRE(all.at(0, 0).finding);
    CHECK(all.at(0, 0).finding->next == next);
  }
}

TEST_CASE("the namespaces are part of the question") {
  const Saved saved({job("j", {pods("metadata.name")})}, {"a", "b"});
  const auto in = [&](std::vector<std::string> namespaces) {
    return collect_all(saved.open(), {job("j", {pods("metadata.name")})},
                       {.namespaces = std::move(namespaces)});
  };
  CHECK(in({"b", "a"}).rows(0, 0) == saved.before.rows(0, 0));
  CHECK(in({}).at(0, 0).state == ReadState::failed);
  CHECK(in({"a"}).at(0, 0).state == ReadState::failed);
}

TEST_CASE("a snapshot that was tampered with is refused, naming the file") {
  const Saved saved;
  const auto refusal = [&] {
    const std::string text = SnapshotSource::open(saved.dir.path()).error().message;
    return text.substr(text.find(saved.dir.path().string()) + saved.dir.path().string().size());
  };
  std::filesystem::remove(saved.dir / "cats.example.io.json");
  CHECK(refusal() ==
        ": cats.example.io.json is not there, which _snapshot.json names; save it again");
  saved.dir.write("_snapshot.json",
                  R"({"time":"2026-11-25T00:41:00Z","reads":[{"verb":"GUESS"}]})");
  CHECK(refusal() == ": _snapshot.json: \"verb\" is not what it should be; save it again");
  saved.dir.write("_snapshot.json", R"({"time":"2026-11-25T00:41:00Z","reads":[{"verb":"LIST"}]})");
  CHECK(refusal() == ": _snapshot.json: \"file\" is not what it should be; save it again");
  saved.dir.write("_snapshot.json",
                  R"({"time":"2026-11-25T00:41:00Z","reads":[{"verb":"COUNT","count":-1}]})");
  CHECK(refusal() == ": _snapshot.json: \"count\" is not what it should be; save it again");
}

TEST_CASE("a directory that takes no file fails the whole snapshot") {
  const test::TempDir home;
  const auto recording = std::make_shared<RecordingSource>(whole(), home.write("file", ""));
  const auto all = collect_all(recording, {job("j", {pods("metadata.name")})});
  CHECK(all.at(0, 0).state == ReadState::failed);
  const auto finished = recording->finish("2026-11-25T00:41:00Z");
  REQUIRE_FALSE(finished);
  CHECK(finished.error().message.starts_with("cannot write " + (home / "file/pods.json").string() +
                                             ": "));
}

TEST_SUITE_END();
