// The schema of reports: what each type becomes, and that everything that can leave keeps to it.
#include "standard/schema.hpp"

#include <doctest/doctest.h>
#include <ktel/abi/job.h>

#include <cmath>
#include <initializer_list>
#include <random>

#include <boost/json/object.hpp>

#include "json/canonical.hpp"
#include "sample.hpp"
#include "standard/part.hpp"
#include "support/json_schema.hpp"
#include "values.hpp"

using ktel::plugin::Field;
using ktel::plugin::Job;
using ktel::standard::report_schema;
using namespace ktel::test;

namespace {

std::string field_schema(const Field& field) {
  Job job;
  job.name = "sample";
  job.fields = {field};
  const auto schema = report_schema(std::vector{job});
  auto of_field = schema.at("properties").at("sample").at("properties").at("x").as_object();
  of_field.erase("description");
  of_field.erase("examples");
  return ktel::json::canonical(of_field);
}

template <class Change>
Field field_of(std::uint32_t type, std::uint32_t item, Change change) {
  Field field = make_field("x", type, item);
  change(field);
  return field;
}

}  // namespace

TEST_SUITE_BEGIN("core/standard/schema");

TEST_CASE("each type says what leaves") {
  const auto plain = [](Field&) {};
  const auto closed = [](Field& f) { f.values = {{"a", "A"}, {"b", "B"}}; };
  struct Row {
    Field field;
    std::string schema;
  };
  const Row rows[] = {
      {field_of(KTEL_T_BOOL, 0, plain), R"({"type":"boolean"})"},
      {field_of(KTEL_T_COUNT, 0, plain), R"({"minimum":0,"type":"integer"})"},
      {field_of(KTEL_T_INT, 0, plain), R"({"type":"integer"})"},
      {field_of(KTEL_T_INT, 0,
                [](Field& f) {
                  f.min = -5;
                  f.max = 5;
                }),
       R"({"maximum":5,"minimum":-5,"type":"integer"})"},
      // 5 leaves as 4.
      {field_of(KTEL_T_COUNT, 0,
                [](Field& f) {
                  f.min = 5;
                  f.max = 9;
                  f.granularity = KTEL_G_POW2;
                }),
       R"({"maximum":9,"minimum":0,"type":"integer"})"},
      {field_of(KTEL_T_RATIO, 0, plain), R"({"maximum":1,"minimum":0,"type":"number"})"},
      {field_of(KTEL_T_DURATION, 0, [](Field& f) { f.max = 0.5; }),
       R"({"maximum":0.5,"minimum":0,"type":"number"})"},
      {field_of(KTEL_T_BYTES, 0, plain), R"({"minimum":0,"type":"integer"})"},
      {field_of(KTEL_T_ENUM, 0, closed), R"({"enum":["a","b"]})"},
      {field_of(KTEL_T_SEMVER, 0, [](Field& f) { f.granularity = KTEL_G_MINOR; }),
       R"({"maxLength":64,"pattern":"^v?[0-9]+(\\.[0-9]+)?$","type":"string"})"},
      {field_of(KTEL_T_TIME, 0, [](Field& f) { f.granularity = KTEL_G_DAY; }),
       R"({"pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2} 00:00:00$","type":"string"})"},
      {field_of(KTEL_T_TOKEN, 0,
                [](Field& f) {
                  f.pattern = "a|b";
                  f.max_length = 3;
                }),
       R"({"maxLength":3,"minLength":1,"pattern":"^(?:a|b)$","type":"string"})"},
      {field_of(KTEL_T_LIST, KTEL_T_ENUM, closed),
       R"({"items":{"enum":["a","b"]},"maxItems":256,"type":"array","uniqueItems":true})"},
      {field_of(KTEL_T_MAP, KTEL_T_COUNT, closed),
       R"({"additionalProperties":false,"properties":{)"
       R"("a":{"description":"A","minimum":0,"type":"integer"},)"
       R"("b":{"description":"B","minimum":0,"type":"integer"}},"type":"object"})"},
      {field_of(KTEL_T_BOOL, 0, [](Field& f) { f.stability = KTEL_DEPRECATED; }),
       R"({"deprecated":true,"type":"boolean"})"},
  };
  for (const Row& row : rows) CHECK(field_schema(row.field) == row.schema);
}

TEST_CASE("the schema is closed: jobs, fields and keys") {
  const auto schema = report_schema(std::vector{sample_job()});
  const auto check = [&](const char* report) {
    return violation(schema, ktel::json::parse_strict(report).value());
  };
  CHECK(check("{}") == "");
  CHECK(check(R"({"identify-platform":{"provider":"GKE"}})") == "");
  CHECK(check(R"({"identify-platform":{}})") ==
        "/identify-platform: does not keep to minProperties");
  CHECK(check(R"({"other-job":{"a":1}})") == "/other-job: is not declared");
  CHECK(check(R"({"identify-platform":{"host":"a"}})") ==
        "/identify-platform/host: is not declared");
  CHECK(check(R"({"identify-platform":{"provider":"mine"}})") ==
        "/identify-platform/provider: does not keep to enum");
  CHECK(check(R"({"identify-platform":{"nodes_by_arch":{"riscv":4}}})") ==
        "/identify-platform/nodes_by_arch/riscv: is not declared");
}

namespace {

// Declarations and values at random, good and bad ones.
class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}

  std::uint32_t below(std::uint32_t n) { return std::uniform_int_distribution(0u, n - 1)(engine_); }
  template <class T>
  T one_of(std::initializer_list<T> all) {
    return all.begin()[below(static_cast<std::uint32_t>(all.size()))];
  }

  Field field(const std::string& name) {
    Field field = make_field(name.c_str(), KTEL_T_BOOL + below(KTEL_T_MAP - KTEL_T_BOOL + 1));
    std::uint32_t scalar = field.type;
    if (field.type == KTEL_T_LIST || field.type == KTEL_T_MAP) {
      field.item = KTEL_T_BOOL + below(KTEL_T_TOKEN - KTEL_T_BOOL + 1);
      if (field.type == KTEL_T_MAP && field.item == KTEL_T_ENUM) field.item = KTEL_T_COUNT;
      scalar = field.item;
    }
    if (field.type == KTEL_T_TEXT) field.type = scalar = KTEL_T_BOOL;
    if (field.type == KTEL_T_MAP || scalar == KTEL_T_ENUM) {
      field.values = {{"helm", ""}, {"v1.2", ""}, {"other", ""}};
      if (below(2) == 0) field.other = "other";
    }
    if (scalar == KTEL_T_TOKEN) {
      field.pattern = one_of<const char*>({"[a-z.0-9]+", "helm|flux", ".*", "x?"});
      field.max_length = 1 + below(64);
    }
    if (field.type == KTEL_T_LIST) field.max_items = 1 + below(4);
    if (below(3) == 0) {
      field.min = one_of({-10.0, 0.0, 0.25, 5.0});
      field.max = field.min + one_of({0.5, 7.0, 1e6});
    }
    switch (scalar) {
      case KTEL_T_TIME:
        field.granularity = one_of<std::uint32_t>({0, KTEL_G_SECOND, KTEL_G_HOUR, KTEL_G_DAY});
        break;
      case KTEL_T_SEMVER:
        field.granularity =
            one_of<std::uint32_t>({0, KTEL_G_MAJOR, KTEL_G_MINOR, KTEL_G_PATCH, KTEL_G_FULL});
        break;
      default:
        field.granularity = one_of<std::uint32_t>({0, KTEL_G_EXACT, KTEL_G_POW2});
    }
    return field;
  }

  ktel_value scalar() {
    switch (below(4)) {
      case 0:
        return integer(one_of<std::int64_t>({-7, 0, 1, 3, 5, 1000, 1651567582, INT64_MAX}));
      case 1:
        return number(one_of({-0.5, 0.0, 0.3, 1.0, 6.5, 1e300, std::nan("")}));
      case 2:
        return boolean(below(2) == 0);
      default:
        return text(
            one_of({"", "helm", "flux", "x", "v1.2", "v1.27.8+rke2r1", "1.2.3.4", "2022-05-03",
                    "2022-05-03T08:46:22Z", "10.0.0.1", "not listed", "\xc3\xa4"}));
    }
  }

  void put(ktel::standard::Part& part, std::uint32_t field) {
    const char* const key = one_of<const char*>({"helm", "v1.2", "other", "unlisted", ""});
    std::vector<ktel_value> items(below(5));
    for (ktel_value& item : items) item = scalar();
    switch (below(5)) {
      case 0:
        part.put(field, list(items));
        break;
      case 1:
        part.put_entry(field, key, scalar());
        break;
      case 2:
        part.add(field, key, one_of<std::int64_t>({-3, 1, 40}));
        break;
      default:
        part.put(field, scalar());
    }
  }

 private:
  std::mt19937 engine_;
};

}  // namespace

TEST_CASE("whatever a job puts into whatever it declares: what leaves keeps to the schema") {
  std::size_t left = 0;
  for (std::uint32_t seed = 1; seed <= 3000; ++seed) {
    Random random(seed);
    Job job;
    job.name = "sample";
    for (int i = 0; i < 6; ++i) job.fields.push_back(random.field("x" + std::to_string(i)));
    ktel::standard::Part part(job, {});
    for (int i = 0; i < 60; ++i) random.put(part, random.below(7));
    const boost::json::object fields = part.take();
    left += fields.size();
    if (fields.empty()) continue;
    const boost::json::object report = {{"sample", fields}};
    const std::string bad = violation(report_schema(std::vector{job}), report);
    CHECK_MESSAGE(bad.empty(),
                  "seed " << seed << ": " << bad << " in " << ktel::json::canonical(report));
  }
  CHECK(left > 3000);
}

TEST_SUITE_END();
