// Selectors as the API has them, and the plurals of kinds.
#include "cluster/selector.hpp"

#include <doctest/doctest.h>

#include "cluster/kinds.hpp"

using namespace ktel::cluster;

namespace {

// Does an object with label app=VALUE ("-": without it) pass?
bool passes(std::string_view selector, std::string_view value) {
  const auto requirements = parse_label_selector(selector).value();
  for (const Requirement& r : requirements) {
    const bool there = r.key == "app" && value != "-";
    if (!r.matches(there ? std::optional<std::string_view>(value) : std::nullopt)) return false;
  }
  return true;
}

}  // namespace

TEST_SUITE("core/cluster/selector") {
  TEST_CASE("labels are selected as the API server does it") {
    struct Case {
      const char* selector;
      bool kong, other, none;
    };
    for (const Case& c : std::initializer_list<Case>{{"", true, true, true},
                                                     {"app=kong", true, false, false},
                                                     {"app == kong", true, false, false},
                                                     {"app!=kong", false, true, true},
                                                     {"app in (kong, x)", true, false, false},
                                                     {"app notin (kong,x)", false, true, true},
                                                     {"app", true, true, false},
                                                     {"!app", false, false, true},
                                                     {"app,app!=kong", false, true, false},
                                                     {"app in(kong),!b", true, false, false}}) {
      CAPTURE(c.selector);
      CHECK(passes(c.selector, "kong") == c.kong);
      CHECK(passes(c.selector, "other") == c.other);
      CHECK(passes(c.selector, "-") == c.none);
    }
  }

  TEST_CASE("what is not understood is named") {
    for (const char* bad : {"a=b,,c", "=x", "a within (b)", "a in b", "!"}) {
      CAPTURE(bad);
      CHECK(parse_label_selector(bad).error().message.find("is not understood") !=
            std::string::npos);
    }
    CHECK(parse_field_selector("status.phase").error().message ==
          "selector \"status.phase\": \"status.phase\" is not understood: write PATH=VALUE or "
          "PATH!=VALUE, with commas between");
    CHECK(parse_label_selector("a in b").error().message ==
          "selector \"a in b\": \"a in b\" is not understood: write KEY=VALUE, KEY!=VALUE, KEY in "
          "(A,B), KEY notin (A,B), KEY or !KEY, with commas between");
    CHECK(parse_field_selector("status.phase!=Failed,metadata.name=x").value().size() == 2);
  }

  TEST_CASE("the plural of a kind is guessed as client-go does") {
    for (const auto& [kind, plural] : std::initializer_list<std::pair<const char*, const char*>>{
             {"Pod", "pods"},
             {"Ingress", "ingresses"},
             {"NetworkPolicy", "networkpolicies"},
             {"Gateway", "gateways"},
             {"Endpoints", "endpoints"},
             {"EndpointSlice", "endpointslices"},
             {"StorageClass", "storageclasses"},
             {"CSIDriver", "csidrivers"}}) {
      CHECK(resource_of(kind) == plural);
    }
    CHECK(split_api_version("apps/v1").group == "apps");
    CHECK(split_api_version("v1").group == "");
    CHECK(split_api_version("v1").version == "v1");
  }
}
