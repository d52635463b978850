// Who keeps a name that two claim.
#include "plugin/publish.hpp"

#include <doctest/doctest.h>

using namespace ktel;
using plugin::CatalogPlugin;
using plugin::Refused;

namespace {

CatalogPlugin a_plugin(const std::string& id, const std::string& job, const std::string& scheme,
                       bool builtin) {
  CatalogPlugin made;
  made.declared.id = id;
  made.file = "/plugins/" + id + ".so";
  made.builtin = builtin;
  plugin::Job one;
  one.name = job;
  made.declared.jobs.push_back(one);
  plugin::Backend backend;
  backend.name = job + "-sink";
  backend.schemes = {scheme};
  made.declared.backends.push_back(backend);
  return made;
}

}  // namespace

TEST_SUITE("core/plugin/publish") {
  TEST_CASE("a dropped file cannot disable what is built in") {
    std::deque<CatalogPlugin> plugins;
    plugins.push_back(a_plugin("io.cluster.x", "cluster-state", "own", false));
    plugins.push_back(a_plugin("io.ktel.state", "cluster-state", "splunk", true));
    plugins.push_back(a_plugin("io.ktel.state", "ktel-copy", "copy", false));
    plugins.push_back(a_plugin("io.acme.sink", "acme-job", "splunk", false));
    std::vector<Refused> refused;

    plugin::publish(plugins, refused);

    REQUIRE(plugins.size() == 3);
    CHECK(plugins[0].declared.jobs.empty());
    CHECK(plugins[1].declared.jobs.size() == 1);
    CHECK(plugins[1].declared.backends.size() == 1);
    CHECK(plugins[2].declared.jobs.size() == 1);
    CHECK(plugins[2].declared.backends.empty());
    REQUIRE(refused.size() == 3);
    CHECK(refused[0].why ==
          "plugin io.ktel.state is claimed by /plugins/io.ktel.state.so too: keep one of them");
    CHECK(refused[1].item == "job cluster-state");
    CHECK(refused[2].item == "backend acme-job-sink");
    CHECK(refused[2].why == "its scheme splunk is that of the built-in plugin io.ktel.state");
    CHECK(refused[2].step == "ask its maker for a corrected build, or take it out of /plugins");
  }

  TEST_CASE("of three that are not built in, none keeps the name") {
    std::deque<CatalogPlugin> plugins;
    for (const char* id : {"io.acme.a", "io.acme.b", "io.acme.c"}) {
      plugins.push_back(a_plugin(id, "acme-job", id, false));
    }
    std::vector<Refused> refused;

    plugin::publish(plugins, refused);

    REQUIRE(refused.size() == 3);
    CHECK(refused[1].why ==
          "job acme-job is claimed by /plugins/io.acme.a.so, /plugins/io.acme.c.so too: keep one "
          "of them");
    for (const CatalogPlugin& one : plugins) CHECK(one.declared.jobs.empty());
  }
}
