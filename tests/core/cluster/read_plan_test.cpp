// Which reads share a fetch, in which form it is asked for, and what never becomes a request.
#include "cluster/read_plan.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

#include "cluster/finding.hpp"
#include "core/cluster/reads.hpp"

using namespace ktel;
using namespace ktel::cluster;
using test::job;
using test::metrics;
using test::raw;
using test::read;

namespace {

// All at once, with what discovery has answered.
ReadPlan plan(const std::vector<JobReads>& jobs, const std::vector<std::string>& namespaces = {},
              const Discovery& discovery = {}) {
  const ReadOrder order = order_reads(jobs);
  std::vector<ReadAt> all = order.at_once;
  all.insert(all.end(), order.after_discovery.begin(), order.after_discovery.end());
  std::sort(all.begin(), all.end(), [](const ReadAt& a, const ReadAt& b) {
    return std::pair(a.job, a.read) < std::pair(b.job, b.read);
  });
  return plan_reads(jobs, all, namespaces, discovery);
}

Discovery failing(ReadResult why) {
  Discovery discovery;
  discovery.failed = std::move(why);
  return discovery;
}

std::vector<std::string> texts(const std::vector<json::Path>& paths) {
  std::vector<std::string> texts;
  for (const auto& path : paths) texts.push_back(path.text);
  return texts;
}

plugin::Read after(plugin::Read read, std::string when, bool absent = false) {
  read.when_read = std::move(when);
  read.when_absent = absent;
  return read;
}

Discovery gateways() {
  Discovery discovery;
  discovery.known = {.groups = true, .core = false};
  discovery.groups = {{"gateway.networking.k8s.io",
                       {{"v1", false, {{"gateways", "Gateway"}}},
                        {"v1beta1", false, {{"gateways", "Gateway"}, {"grants", "Grant"}}}}}};
  return discovery;
}

plugin::Read gateway(std::vector<std::string> versions, std::string resource = "gateways") {
  plugin::Read r = read(KTEL_READ_LIST, "gateway.networking.k8s.io", resource, "metadata.name");
  r.versions = std::move(versions);
  return r;
}

}  // namespace

TEST_SUITE("core/cluster/read_plan") {
  TEST_CASE("reads of the same objects are one fetch with the paths of all, each once") {
    const auto p = plan({job("a", {read(KTEL_READ_LIST, "", "nodes", "metadata.name spec.x")}),
                         job("b", {read(KTEL_READ_LIST, "", "nodes", "spec.x status.y")}),
                         job("c", {read(KTEL_READ_COUNT, "", "nodes")})});

    REQUIRE(p.fetches.size() == 1);
    CHECK(texts(p.fetches[0].paths) ==
          std::vector<std::string>{"metadata.name", "spec.x", "status.y"});
    REQUIRE(p.fetches[0].consumers.size() == 3);
    CHECK(p.fetches[0].consumers[1].columns == std::vector<std::uint32_t>{1, 2});
    CHECK(p.fetches[0].consumers[2].count_only);
    CHECK(p.fetches[0].representation == Representation::objects);
    CHECK(p.fetches[0].version == "v1");
  }

  TEST_CASE("another namespace, name or selector is another fetch") {
    auto kong = read(KTEL_READ_LIST, "", "pods", "metadata.name");
    auto labelled = kong, fielded = kong, named = kong;
    kong.ns = "kong";
    labelled.label_selector = "a=b";
    fielded.field_selector = "status.phase=Running";
    named.verb = KTEL_READ_GET;
    named.name = "x";
    const auto p = plan({job(
        "a", {read(KTEL_READ_LIST, "", "pods", "metadata.name"), kong, labelled, fielded, named})});
    CHECK(p.fetches.size() == 5);
    CHECK(p.fetches[4].consumers[0].get);
  }

  TEST_CASE("metrics of one URL are one fetch of all names, of which each read keeps its own") {
    auto elsewhere = metrics({"up"}, "value");
    elsewhere.url = "/metrics/slis";
    const auto p =
        plan({job("a", {metrics({"up", "down"}, "labels.x value"), elsewhere}),
              job("b", {metrics({"down", "left"}, "value name"), raw("/metrics", "x")})});

    REQUIRE(p.fetches.size() == 3);
    CHECK(p.fetches[0].kind == Fetch::Kind::metrics);
    CHECK(p.fetches[0].metrics == std::vector<std::string>{"up", "down", "left"});
    CHECK(texts(p.fetches[0].paths) == std::vector<std::string>{"name", "labels.x", "value"});
    REQUIRE(p.fetches[0].consumers.size() == 2);
    CHECK(p.fetches[0].consumers[0].metrics == std::vector<std::string>{"up", "down"});
    CHECK(p.fetches[0].consumers[0].columns == std::vector<std::uint32_t>{1, 2});
    CHECK(p.fetches[0].consumers[1].metrics == std::vector<std::string>{"down", "left"});
    CHECK(p.fetches[0].consumers[1].columns == std::vector<std::uint32_t>{2, 0});
    CHECK(p.fetches[1].url == "/metrics/slis");
    CHECK(p.fetches[2].kind == Fetch::Kind::raw);
  }

  TEST_CASE("the cheapest form that holds all paths is asked for") {
    const auto form = [](std::vector<plugin::Read> reads) {
      return plan({job("a", std::move(reads))}).fetches.at(0).representation;
    };
    const auto count = read(KTEL_READ_COUNT, "", "pods");
    const auto names = read(KTEL_READ_LIST, "", "pods", "metadata.name metadata.labels['a/*']");
    const auto images = read(KTEL_READ_LIST, "", "pods", "spec.containers[*].image");
    CHECK(form({count}) == Representation::table);
    CHECK(form({count, names}) == Representation::metadata);
    CHECK(form({count, names, images}) == Representation::objects);
    CHECK(form({read(KTEL_READ_LIST, "", "pods", "metadata")}) == Representation::objects);
  }

  TEST_CASE("protobuf is asked for where it can tell all paths") {
    const auto in_protobuf = [](std::vector<plugin::Read> reads) {
      return plan({job("a", std::move(reads))}).fetches.at(0).protobuf;
    };
    const auto names = read(KTEL_READ_LIST, "", "pods", "metadata.name metadata.labels['a/*']");
    const auto images = read(KTEL_READ_LIST, "", "pods", "spec.containers[*].image");
    const auto volumes = read(KTEL_READ_LIST, "", "pods", "spec.volumes[*].name");
    CHECK(in_protobuf({names}));
    CHECK(in_protobuf({names, images}));
    CHECK_FALSE(in_protobuf({names, images, volumes}));
    // Metadata of any kind, of custom resources nothing else.
    CHECK(in_protobuf({read(KTEL_READ_LIST, "a.example", "things", "metadata.name")}));
    CHECK_FALSE(in_protobuf({read(KTEL_READ_LIST, "a.example", "things", "spec.x")}));
    CHECK_FALSE(in_protobuf(
        {read(KTEL_READ_LIST, "", "pods", "metadata.managedFields[*].fieldsV1['f:spec']")}));

    const auto slices = read(KTEL_READ_LIST, "", "endpoints", "metadata.name");
    const auto p =
        plan({job("a", {slices, after(volumes, "endpoints"), after(images, "endpoints")})});
    CHECK_FALSE(p.fetches.at(1).protobuf);
    CHECK(narrowed(p.fetches[1], {true, false}).protobuf);
  }

  TEST_CASE("a read that is not wanted is skipped and costs nothing") {
    JobReads masked =
        job("a", {read(KTEL_READ_LIST, "", "pods", "spec.x"), read(KTEL_READ_COUNT, "", "pods")});
    masked.wanted[0] = false;
    const auto p = plan({masked});

    REQUIRE(p.fetches.size() == 1);
    CHECK(p.fetches[0].kind == Fetch::Kind::count);
    CHECK(p.fetches[0].paths.empty());
    REQUIRE(p.settled.size() == 1);
    CHECK(p.settled[0].result.state == ReadState::skipped);
  }

  TEST_CASE("a conditional read joins an unconditional fetch of the same objects") {
    const auto pods = read(KTEL_READ_LIST, "", "pods", "metadata.name");
    const auto slices = read(KTEL_READ_LIST, "", "endpoints", "metadata.name");
    const auto alone = plan({job("a", {slices, after(pods, "endpoints")})});
    REQUIRE(alone.fetches.size() == 2);
    CHECK(alone.fetches[0].unconditional());
    CHECK_FALSE(alone.fetches[1].unconditional());
    CHECK(alone.fetches[1].consumers[0].when.read == 0u);

    const auto joined = plan({job("a", {slices, after(pods, "endpoints")}), job("b", {pods})});
    CHECK(joined.fetches.size() == 2);
    CHECK(joined.fetches[1].unconditional());
    CHECK(joined.fetches[1].consumers.size() == 2);
  }

  TEST_CASE("a fetch is narrowed to what the consumers that are left want") {
    const auto slices = read(KTEL_READ_LIST, "", "endpoints", "metadata.name");
    const auto p = plan({job(
        "a", {slices, after(read(KTEL_READ_LIST, "", "pods", "spec.x metadata.name"), "endpoints"),
              after(read(KTEL_READ_LIST, "", "pods", "metadata.uid metadata.name"), "endpoints"),
              after(read(KTEL_READ_COUNT, "", "pods"), "endpoints")})});
    REQUIRE(p.fetches.size() == 2);
    const Fetch& all = p.fetches[1];
    CHECK(all.representation == Representation::objects);

    const Fetch names = narrowed(all, {true, false, false});
    CHECK(names.representation == Representation::metadata);
    CHECK(texts(names.paths) == std::vector<std::string>{"metadata.uid", "metadata.name"});
    REQUIRE(names.consumers.size() == 3);
    CHECK(names.consumers[1].columns == std::vector<std::uint32_t>{0, 1});

    const Fetch specs = narrowed(all, {false, true, true});
    CHECK(specs.representation == Representation::objects);
    CHECK(texts(specs.paths) == std::vector<std::string>{"spec.x", "metadata.name"});

    const Fetch number = narrowed(all, {true, true, false});
    CHECK(number.kind == Fetch::Kind::count);
    CHECK(number.representation == Representation::table);
    CHECK(number.paths.empty());

    const auto of_metrics =
        plan({job("a", {slices, after(metrics({"up"}, "labels.x"), "endpoints"),
                        after(metrics({"down"}, "value"), "endpoints", true)})});
    const Fetch down = narrowed(of_metrics.fetches.at(1), {true, false});
    CHECK(texts(down.paths) == std::vector<std::string>{"name", "value"});
    CHECK(down.consumers[1].columns == std::vector<std::uint32_t>{1});
  }

  TEST_CASE("a count of what may be listed is made where it is not") {
    const auto p = plan({job("a", {read(KTEL_READ_LIST, "", "endpoints", "metadata.name"),
                                   after(read(KTEL_READ_LIST, "", "pods", "spec.x"), "endpoints")}),
                         job("b", {read(KTEL_READ_COUNT, "", "pods")})});
    REQUIRE(p.fetches.size() == 3);
    CHECK(p.fetches[1].kind == Fetch::Kind::list);
    CHECK_FALSE(p.fetches[1].unconditional());
    CHECK(p.fetches[2].kind == Fetch::Kind::count);
    CHECK(p.fetches[2].unconditional());
    CHECK(p.fetches[2].instead_of == 1u);
    CHECK_FALSE(p.fetches[1].instead_of.has_value());
  }

  TEST_CASE("a count does not wait for a list that waits for a count") {
    const auto count = read(KTEL_READ_COUNT, "", "pods");
    const auto list = read(KTEL_READ_LIST, "", "pods", "spec.x");
    const auto itself = plan({job("a", {count, after(list, "pods")})});
    REQUIRE(itself.fetches.size() == 2);
    CHECK_FALSE(itself.fetches[1].instead_of.has_value());

    auto between = after(read(KTEL_READ_LIST, "", "nodes", "metadata.name"), "pods");
    const auto through = plan({job("a", {count, between, after(list, "nodes")})});
    REQUIRE(through.fetches.size() == 3);
    for (const Fetch& fetch : through.fetches) CHECK_FALSE(fetch.instead_of.has_value());
  }

  TEST_CASE("the operator's namespaces stand for all namespaces, not for a named one") {
    auto named = read(KTEL_READ_COUNT, "", "pods");
    named.ns = "kube-system";
    auto nodes = read(KTEL_READ_COUNT, "", "nodes");
    nodes.cluster_scoped = true;
    const auto p =
        plan({job("a", {read(KTEL_READ_COUNT, "", "pods"), named, nodes})}, {"a", "b", "a"});
    REQUIRE(p.fetches.size() == 3);
    CHECK(p.fetches[0].namespaces == std::vector<std::string>{"a", "b"});
    CHECK(p.fetches[1].namespaces == std::vector<std::string>{"kube-system"});
    CHECK(p.fetches[2].namespaces == std::vector<std::string>{""});
  }

  TEST_CASE("an empty name among the namespaces is none, so that nothing counts twice") {
    const auto namespaces = [](std::vector<std::string> given) {
      return plan({job("a", {read(KTEL_READ_COUNT, "", "pods")})}, given).fetches.at(0).namespaces;
    };
    CHECK(namespaces({"a", "", "b"}) == std::vector<std::string>{"a", "b"});
    CHECK(namespaces({""}) == std::vector<std::string>{""});
  }

  TEST_CASE("discovery is needed only where a version has to be found out") {
    const auto need = [](plugin::Read r) { return order_reads({job("a", {std::move(r)})}).need; };
    CHECK_FALSE(need(read(KTEL_READ_LIST, "apps", "deployments")).any());
    CHECK_FALSE(need(read(KTEL_READ_COUNT, "", "pods")).any());
    CHECK_FALSE(need(raw("/version", "major")).any());
    CHECK(need(gateway({"v1"})).groups);
    CHECK_FALSE(need(gateway({"v1"})).core);
    auto several = read(KTEL_READ_LIST, "policy", "poddisruptionbudgets");
    several.versions = {"v1", "v1beta1"};
    CHECK(need(several).groups);
    CHECK(need(several).questions.at(0).resource == "poddisruptionbudgets");
    CHECK_FALSE(need(several).questions.at(0).served);
    auto any_core = read(KTEL_READ_LIST, "", "pods");
    any_core.versions = {"*"};
    CHECK(need(any_core).core);
    CHECK_FALSE(need(any_core).groups);
    CHECK(need(read(KTEL_READ_SERVED, "*", "")).core);
    CHECK(need(read(KTEL_READ_SERVED, "*", "")).questions.at(0).served);
    JobReads masked = job("a", {gateway({"v1"})});
    masked.wanted[0] = false;
    CHECK_FALSE(order_reads({masked}).need.any());
  }

  TEST_CASE("only reads that discovery has to do with wait for it") {
    auto beta_budgets = read(KTEL_READ_LIST, "policy", "poddisruptionbudgets");
    auto budgets = beta_budgets;
    budgets.versions = {"v1", "v1beta1"};
    const ReadOrder order =
        order_reads({job("a", {read(KTEL_READ_COUNT, "", "pods"), budgets, raw("/version", "x")}),
                     job("b", {beta_budgets, read(KTEL_READ_SERVED, "", "pods"),
                               read(KTEL_READ_LIST, "", "pods", "metadata.name")})});
    const auto shown = [](const std::vector<ReadAt>& reads) {
      std::string text;
      for (const ReadAt& at : reads) text += fmt::format(" {}.{}", at.job, at.read);
      return text;
    };
    CHECK(shown(order.at_once) == " 0.0 0.2 1.2");
    CHECK(shown(order.after_discovery) == " 0.1 1.0 1.1");  // 1.0 may turn out to be 0.1's list
  }

  TEST_CASE("the first served version is read, and reads that end up in one version share it") {
    const auto p =
        plan({job("a", {gateway({"v2", "v1"})}), job("b", {gateway({"v1"})}),
              job("c", {gateway({"*"}, "grants")}), job("d", {gateway({"v1"}, "grants")})},
             {}, gateways());
    REQUIRE(p.fetches.size() == 2);
    CHECK(p.fetches[0].version == "v1");
    CHECK(p.fetches[0].consumers.size() == 2);
    CHECK(p.fetches[1].version == "v1beta1");
    REQUIRE(p.settled.size() == 1);
    CHECK(p.settled[0].result.state == ReadState::absent);
    CHECK(p.settled[0].result.finding->text ==
          "the cluster does not serve grants.gateway.networking.k8s.io");
  }

  TEST_CASE("without discovery a single version is tried, several end as discovery did") {
    const auto broken = plan({job("a", {gateway({"v1"}), gateway({"v1", "v1beta1"})})}, {},
                             failing(failed(Errc::unreachable, "nobody answers")));
    REQUIRE(broken.fetches.size() == 1);
    CHECK(broken.fetches[0].version == "v1");
    REQUIRE(broken.settled.size() == 1);
    CHECK(broken.settled[0].result.cause == Errc::unreachable);
    CHECK(broken.settled[0].result.finding->text == "nobody answers");

    const auto denied = plan({job("a", {read(KTEL_READ_SERVED, "kong.example", "")})}, {},
                             failing(denied_url("/apis", R"(User "me" cannot get path "/apis")")));
    CHECK(denied.settled.at(0).result.state == ReadState::denied);
    CHECK(denied.settled.at(0).result.finding->id == "forbidden");
    CHECK(denied.settled.at(0).result.finding->text ==
          "the API server forbids to get /apis: the rule {nonResourceURLs: [\"/apis\"], verbs: "
          "[\"get\"]} is missing");
    CHECK(denied.settled.at(0).result.finding->next ==
          "add it to a ClusterRole that is bound to \"me\"");
  }

  TEST_CASE("what discovery knows stays good where it came no further") {
    Discovery discovery = gateways();
    discovery.failed = failed(Errc::no_result, "/api does not answer");
    auto pods = read(KTEL_READ_LIST, "", "pods");
    pods.versions = {"*"};
    const auto p = plan({job("a", {gateway({"v1", "v1beta1"}), pods})}, {}, discovery);
    CHECK(p.fetches.size() == 1);
    CHECK(p.settled.at(0).result.state == ReadState::failed);
  }

  TEST_CASE("a snapshot that does not say is asked for the best version") {
    auto budgets = read(KTEL_READ_LIST, "policy", "poddisruptionbudgets");
    budgets.versions = {"v1", "v1beta1"};
    auto any = read(KTEL_READ_LIST, "kong.example", "plugins");
    any.versions = {"*"};
    const auto p = plan({job("a", {budgets, any})});
    REQUIRE(p.fetches.size() == 2);
    CHECK(p.fetches[0].version == "v1");
    CHECK(p.fetches[1].version == "v1");
  }

  TEST_CASE("what only a stale group can have is unknown, not absent") {
    Discovery discovery = gateways();
    discovery.groups.push_back({"metrics.k8s.io", {{"v1", true, {}}}});
    const auto pods = read(KTEL_READ_LIST, "metrics.k8s.io", "pods", "metadata.name");
    const auto p = plan({job("a", {pods})}, {}, discovery);
    REQUIRE(p.settled.size() == 1);
    CHECK(p.settled[0].result.state == ReadState::failed);
    CHECK(p.settled[0].result.finding->text ==
          "the server of the API group metrics.k8s.io/v1 does not answer, so what it serves is "
          "unknown: look at the APIService v1.metrics.k8s.io");
  }
}
