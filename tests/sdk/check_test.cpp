// What the compile-time checks refuse. Here they run, so that the sentence can be looked at.
#include <doctest/doctest.h>
#include <ktel/sdk/job.hpp>

#include <functional>
#include <string>

namespace sdk = ktel::sdk;

TEST_SUITE("sdk/check") {
  namespace {

  constexpr ktel_label sizes[] = {{"small", "up to ten"}, {"other", "more"}};

  // A job that is right; each case spoils one thing.
  struct Sample {
    ktel_read reads[2] = {{.id = "pods",
                           .verb = KTEL_READ_COUNT,
                           .versions = "v1",
                           .resource = "pods",
                           .why = "Counts them."},
                          {.id = "nodes",
                           .verb = KTEL_READ_LIST,
                           .scope = KTEL_CLUSTER,
                           .versions = "v1",
                           .resource = "nodes",
                           .paths = "metadata.labels['a b']",
                           .when = "pods",
                           .why = "Groups them."}};
    ktel_field fields[2] = {{.name = "pods_count",
                             .type = KTEL_T_COUNT,
                             .sensitivity = KTEL_S_SCALE,
                             .unit = "{pod}",
                             .from = "pods",
                             .description = "Pods in all namespaces.",
                             .example = "7",
                             .absent_when = "Pods cannot be counted."},
                            {.name = "size",
                             .type = KTEL_T_ENUM,
                             KTEL_VALUES(sizes),
                             .other = "other",
                             .sensitivity = KTEL_S_SCALE,
                             .from = "pods nodes",
                             .description = "The size of the cluster in words.",
                             .example = "small",
                             .absent_when = "Nodes cannot be listed."}};
    ktel_job job = {
        .name = "sample-job",
        .title = "Sample",
        .summary = "A sample.",
        .question = "How many?",
        .benefit = "You know.",
        .owner = "team",
        .contact = "https://ktel.io",
        .since = "1.0.0",
        .expires = "2028-06-30",
        KTEL_FIELDS(fields),
        KTEL_READS(reads),
        .run = [](ktel_call*, void*, const ktel_job*) noexcept { return ktel_status{}; }};
  };

  struct Spoiled {
    const char* rule;
    std::function<void(Sample&)> spoil;
  };

  }  // namespace

  TEST_CASE("a job that is right passes") { CHECK(sdk::check(Sample().job)); }

  TEST_CASE("each broken rule is named") {
    const Spoiled cases[] = {
        {"a job's name is words of lower-case letters and digits joined by '-', 3 to 40 characters",
         [](Sample& s) { s.job.name = "Sample_job"; }},
        {"names that begin with ktel are the host's", [](Sample& s) { s.job.name = "ktel-loss"; }},
        {"a job needs a title", [](Sample& s) { s.job.title = ""; }},
        {"a job needs a question, with its question mark",
         [](Sample& s) { s.job.question = "How many."; }},
        {"`expires` is a date: 2028-06-30", [](Sample& s) { s.job.expires = "never"; }},
        {"a job needs `run`", [](Sample& s) { s.job.run = nullptr; }},
        {"a job needs fields: without one it has nothing to report",
         [](Sample& s) { s.job.field_count = 0; }},
        {"give the fields with KTEL_FIELDS(fields)", [](Sample& s) { s.job.field_stride = 8; }},
        {"a read needs an id", [](Sample& s) { s.reads[0].id = nullptr; }},
        {"a read's verb is unknown", [](Sample& s) { s.reads[0].verb = 99; }},
        {"a read needs `why`: one sentence for the operator",
         [](Sample& s) { s.reads[0].why = nullptr; }},
        {"Secrets, and every resource, cannot be read",
         [](Sample& s) { s.reads[0].resource = "secrets"; }},
        {"COUNT, LIST and GET need versions, best first",
         [](Sample& s) { s.reads[0].versions = nullptr; }},
        {"`name` belongs to GET, and GET needs it",
         [](Sample& s) { s.reads[1].verb = KTEL_READ_GET; }},
        {"`url` belongs to RAW and METRICS, and they need it",
         [](Sample& s) { s.reads[1].verb = KTEL_READ_RAW; }},
        {"every read but COUNT needs paths, and COUNT has none",
         [](Sample& s) { s.reads[1].paths = nullptr; }},
        {"two reads have one id", [](Sample& s) { s.reads[1].id = "pods"; }},
        {"`when` must name an earlier read of the job",
         [](Sample& s) { s.reads[1].when = "!nodes"; }},
        {"no field names this read in `from`", [](Sample& s) { s.fields[1].from = "pods"; }},
        {"`from` names a read that the job does not declare",
         [](Sample& s) { s.fields[1].from = "pods nodes services"; }},
        {"two fields have one name", [](Sample& s) { s.fields[1].name = "pods_count"; }},
        {"a field's name is words of lower-case letters and digits joined by '_', 40 characters at "
         "most",
         [](Sample& s) { s.fields[0].name = "pods-count"; }},
        {"a number needs a unit: \"{pod}\", \"s\"", [](Sample& s) { s.fields[0].unit = nullptr; }},
        {"a field needs a sensitivity", [](Sample& s) { s.fields[0].sensitivity = 0; }},
        {"a field needs a description, one whole sentence",
         [](Sample& s) { s.fields[0].description = "Pods count"; }},
        {"a field needs an example", [](Sample& s) { s.fields[0].example = nullptr; }},
        {"a field needs absent_when: when it is left out",
         [](Sample& s) { s.fields[0].absent_when = nullptr; }},
        {"an ENUM needs its values, a MAP its keys",
         [](Sample& s) { s.fields[1].value_count = 0; }},
        {"an ENUM needs `other`, for what is not listed",
         [](Sample& s) { s.fields[1].other = nullptr; }},
        {"`other` must be one of the field's own values",
         [](Sample& s) { s.fields[1].other = "huge"; }},
        {"a TOKEN needs a pattern, and a max_length of 1 to 64",
         [](Sample& s) { s.fields[1].type = KTEL_T_TOKEN; }},
        {"a LIST or MAP needs an item type, a scalar",
         [](Sample& s) { s.fields[1].type = KTEL_T_MAP; }},
        {"replaced_by belongs to DEPRECATED, and DEPRECATED needs it",
         [](Sample& s) { s.fields[1].stability = KTEL_DEPRECATED; }},
    };

    for (const Spoiled& spoiled : cases) {
      Sample sample;
      spoiled.spoil(sample);
      CAPTURE(std::string(spoiled.rule));

      CHECK_THROWS_WITH(sdk::check(sample.job), spoiled.rule);
    }
  }

  TEST_CASE("an index is found by name when the job is compiled") {
    static constexpr ktel_read reads[] = {{.id = "pods"}, {.id = "nodes"}};
    static constexpr ktel_field fields[] = {{.name = "a"}, {.name = "b"}};

    static_assert(sdk::index_of(reads, "nodes") == 1);
    static_assert(sdk::index_of(fields, "a") == 0);
    static_assert(sdk::path_of({.paths = "a.b c['d e'] f"}, "f") == 2);
  }
}
