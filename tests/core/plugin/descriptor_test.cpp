// Every rule of a declaration: a good one with one thing wrong, and the sentence.
#include <doctest/doctest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "plugin/descriptor.hpp"
#include "sample_plugin.hpp"

using namespace ktel;
using test::SamplePlugin;

namespace {

struct Row {
  std::function<void(SamplePlugin&)> spoil;
  std::string why;
};

plugin::Description described(const SamplePlugin& sample) {
  const auto description = plugin::describe(sample.get());
  REQUIRE_MESSAGE(description.has_value(), description.error().message);
  return description.value();
}

// Each row's spoilt thing is the one refused, with `prefix` and the row's sentence.
void check_rows(const std::string& item, const std::string& prefix, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    SamplePlugin sample;
    row.spoil(sample);
    CAPTURE(row.why);

    const plugin::Description description = described(sample);

    REQUIRE(description.refused.size() == 1);
    CHECK(description.refused[0].item == item);
    CHECK(description.refused[0].why == prefix + row.why);
  }
}

}  // namespace

TEST_SUITE("core/plugin/descriptor") {
  TEST_CASE("a good descriptor is copied, and fields inherit from their job") {
    const SamplePlugin sample;

    const plugin::Description description = described(sample);

    CHECK(description.refused.empty());
    const plugin::Plugin& plugin = description.plugin;
    CHECK(plugin.id == "io.example.shape");
    REQUIRE(plugin.jobs.size() == 1);
    const plugin::Job& job = plugin.jobs[0];
    CHECK(job.partial_ok);
    CHECK_FALSE(job.reentrant);
    CHECK(job.stability == KTEL_STABLE);
    CHECK(job.reads[1].versions == std::vector<std::string>{"v1", "v1beta1", "*"});
    CHECK(job.reads[1].cluster_scoped);
    CHECK(job.reads[1].when_read == "pods");
    CHECK_FALSE(job.reads[1].when_absent);
    REQUIRE(job.reads[1].paths.size() == 1);
    CHECK(job.reads[1].paths[0].text == "status.nodeInfo.architecture");
    CHECK(job.fields[0].question == "How large are clusters?");
    CHECK(job.fields[0].owner == "team-example");
    CHECK(job.fields[0].expires == "2028-06-30");
    CHECK(job.fields[0].stability == KTEL_STABLE);
    CHECK(job.fields[0].metric == KTEL_M_GAUGE);
    CHECK(job.fields[2].stability == KTEL_DEVELOPMENT);
    CHECK(job.fields[1].values[1] == plugin::Label{"other", "any other"});
    CHECK(job.fields[1].from == std::vector<std::string>{"nodes", "pods"});
    CHECK(job.needs[0].optional);
    CHECK(job.params[0].default_text == "web");
    REQUIRE(plugin.backends.size() == 1);
    CHECK(plugin.backends[0].schemes == std::vector<std::string>{"example", "example+http"});
    CHECK(plugin.backends[0].idempotent);
  }

  TEST_CASE("a job declares who it is") {
    check_rows("job example-shape", "jobs[0] (example-shape): ",
               {{[](auto& s) { s.job.title = nullptr; }, "title is missing"},
                {[](auto& s) { s.job.question = ""; }, "question is missing"},
                {[](auto& s) { s.job.contact = nullptr; }, "contact is missing"},
                {[](auto& s) { s.job.since = "1.0"; },
                 "since \"1.0\" must be a version of the plugin, like 1.0.0"},
                {[](auto& s) { s.job.expires = "2028-02-30"; },
                 "expires \"2028-02-30\" must be a day, like 2028-06-30"},
                {[](auto& s) { s.job.stability = 9; },
                 "stability is 9, which this ktel does not know: get a newer ktel"},
                {[](auto& s) { s.job.flags = 1u << 17; },
                 "flags has bit 17, which this ktel does not know: get a newer ktel"},
                {[](auto& s) { s.job.run = nullptr; }, "run is missing"},
                {[](auto& s) { s.job.field_count = 0; },
                 "declares no field: nothing of it could be reported"},
                {[](auto& s) { s.job.summary = "caf\xff"; }, "summary is not UTF-8"},
                {[](auto& s) { s.job.summary = "a\nb"; },
                 "summary, byte 2: a control character cannot stand in a declaration"},
                {[](auto& s) { s.needs[0].job = "No"; }, "needs[0] (No): \"No\" is no job name"}});
  }

  TEST_CASE("the name of a job follows the standard") {
    SamplePlugin sample;
    sample.job.name = "Example_Shape";
    CHECK(described(sample).refused[0] ==
          plugin::RefusedItem{"job 0",
                              "jobs[0] (Example_Shape): name \"Example_Shape\" must be lower-case "
                              "words joined by -, 3 to 40 bytes, like cluster-state"});
    sample.job.name = "ktel-shape";
    CHECK(described(sample).refused[0].why ==
          "jobs[0] (ktel-shape): name \"ktel-shape\" is reserved: names that begin with ktel are "
          "the host's");
  }

  TEST_CASE("a read of objects says what and why") {
    check_rows(
        "job example-shape", "jobs[0] (example-shape): reads[1] (nodes): ",
        {{[](auto& s) { s.reads[1].verb = 99; },
          "verb is 99, which this ktel does not know: get a newer ktel"},
         {[](auto& s) { s.reads[1].scope = 5; },
          "scope is 5, which this ktel does not know: get a newer ktel"},
         {[](auto& s) { s.reads[1].versions = nullptr; }, "versions is missing"},
         {[](auto& s) { s.reads[1].versions = "* v1"; },
          "versions: \"*\" must be an API version, like v1; a * stands last"},
         {[](auto& s) { s.reads[1].resource = nullptr; }, "resource is missing"},
         {[](auto& s) { s.reads[1].resource = "secrets"; }, "resource secrets cannot be read"},
         {[](auto& s) { s.reads[1].resource = "*"; },
          "resource * cannot be read: name what is needed"},
         {[](auto& s) { s.reads[1].resource = "pods/log"; },
          "resource \"pods/log\" must be a plural in lower case, like pods"},
         {[](auto& s) { s.reads[1].group = "*"; }, "group \"*\" must be an API group, like apps"},
         {[](auto& s) { s.reads[1].why = nullptr; }, "why is missing"},
         {[](auto& s) { s.reads[1].url = "/version"; }, "url has no meaning for this verb"},
         {[](auto& s) { s.reads[1].name = "n1"; }, "name has no meaning for this verb"},
         {[](auto& s) { s.reads[1].ns = "kube-system"; }, "ns is given for a CLUSTER scope"},
         {[](auto& s) { s.reads[1].flags = 1u << 30; },
          "flags has bit 30, which this ktel does not know: get a newer ktel"},
         {[](auto& s) { s.reads[1].paths = "metadata..name"; },
          "path \"metadata..name\", byte 10: a member name belongs here; other characters go into "
          "['...']"},
         {[](auto& s) { s.reads[1].paths = "metadata.name metadata.labels"; },
          "path metadata.labels ends on an object: name the member that is needed"},
         {[](auto& s) { s.reads[1].when = "services"; },
          "when names \"services\", which is no earlier read of this job"},
         {[](auto& s) { s.reads[1].when = "!nodes"; },
          "when names \"nodes\", which is no earlier read of this job"},
         {[](auto& s) { s.reads[1].label_selector = "app=${nobody}"; },
          "label_selector names ${nobody}, which is no parameter"},
         {[](auto& s) { s.reads[1].label_selector = "app=${prefix}-x"; },
          "label_selector: ${param} may stand once, as one whole value"},
         {[](auto& s) { s.reads[1].field_selector = "x=${prefix}"; },
          "field_selector: ${param} cannot stand here"}});
  }

  TEST_CASE("a read that counts has no cells, one that gets has a name") {
    check_rows(
        "job example-shape", "jobs[0] (example-shape): reads[0] (pods): ",
        {{[](auto& s) { s.reads[0].paths = "metadata.name"; },
          "paths has no meaning for this verb"},
         {[](auto& s) { s.reads[0].verb = KTEL_READ_GET; }, "name is missing"},
         {[](auto& s) { s.reads[0].ns = "${nobody"; }, "ns: the ${ at byte 1 is not closed"}});
  }

  TEST_CASE("parameters may stand in names and in one label value") {
    SamplePlugin sample;
    sample.reads[0].ns = "${prefix}-system";
    sample.reads[0].label_selector = "app=${prefix},tier=web";

    CHECK(described(sample).refused.empty());
  }

  TEST_CASE("a URL read stays away from objects and queries") {
    const std::string where = "jobs[0] (example-shape): reads[0] (pods): ";
    const auto raw = [](const char* url) {
      return [url](SamplePlugin& s) {
        s.reads[0] = {.id = "pods", .verb = KTEL_READ_RAW, .url = url, .why = "Asks."};
      };
    };
    check_rows("job example-shape", where,
               {{raw(nullptr), "url is missing"},
                {raw("version"), "URL \"version\" is no absolute path, like /version"},
                {raw("/api/v1/secrets"),
                 "URL \"/api/v1/secrets\" lies below /api or /apis: objects are read with LIST, "
                 "GET or COUNT"},
                {raw("/apis"),
                 "URL \"/apis\" lies below /api or /apis: objects are read with LIST, GET or "
                 "COUNT"},
                {raw("/x/../api"), "URL \"/x/../api\" holds a . or .. segment"},
                {raw("//api"), "URL \"//api\" holds //"},
                {raw("/version?a=b"),
                 "URL \"/version?a=b\" holds more than [A-Za-z0-9._/-]: a query cannot be asked"},
                {[](auto& s) {
                   s.reads[0] = {
                       .id = "pods", .verb = KTEL_READ_METRICS, .url = "/metrics", .why = "Asks."};
                 },
                 "metrics is missing"}});
  }

  TEST_CASE("a field says what leaves") {
    check_rows(
        "job example-shape", "jobs[0] (example-shape): fields[0] (pods_count): ",
        {{[](auto& s) { s.fields[0].type = 0; }, "type is missing"},
         {[](auto& s) { s.fields[0].type = 77; },
          "type is 77, which this ktel does not know: get a newer ktel"},
         {[](auto& s) { s.fields[0].type = KTEL_T_TEXT; }, "type is TEXT: no free text leaves"},
         {[](auto& s) { s.fields[0].item = KTEL_T_COUNT; }, "item is for LIST and MAP alone"},
         {[](auto& s) { s.fields[0].unit = nullptr; },
          "unit is missing: a number has one, \"1\" if none"},
         {[](auto& s) { s.fields[0].sensitivity = 0; }, "sensitivity is missing"},
         {[](auto& s) { s.fields[0].sensitivity = 6; },
          "sensitivity is 6, which this ktel does not know: get a newer ktel"},
         {[](auto& s) { s.fields[0].granularity = KTEL_G_DAY; },
          "granularity 5 does not fit the type"},
         {[](auto& s) { s.fields[0].from = "pods services"; },
          "from names \"services\", which is no read of this job"},
         {[](auto& s) { s.fields[0].description = nullptr; }, "description is missing"},
         {[](auto& s) { s.fields[0].example = nullptr; }, "example is missing"},
         {[](auto& s) { s.fields[0].absent_when = nullptr; }, "absent_when is missing"},
         {[](auto& s) { s.fields[0].max = std::numeric_limits<double>::infinity(); },
          "min and max must be finite"},
         {[](auto& s) { s.fields[0].min = 3, s.fields[0].max = 2; }, "min 3 is above max 2"},
         {[](auto& s) { s.fields[0].pattern = "x"; }, "pattern and max_length are for TOKEN alone"},
         {[](auto& s) { s.fields[0].max_items = 3; }, "max_items is for LIST alone"},
         {[](auto& s) { s.fields[0].metric = 4; },
          "metric is 4, which this ktel does not know: get a newer ktel"},
         {[](auto& s) { s.fields[0].stability = KTEL_DEPRECATED; },
          "replaced_by is missing: a DEPRECATED field names the one that follows it"},
         {[](auto& s) { s.fields[0].since = "one"; },
          "since \"one\" must be a version of the plugin, like 1.0.0"},
         {[](auto& s) { s.fields[0].expires = "never"; },
          "expires \"never\" must be a day, like 2028-06-30"}});
  }

  TEST_CASE("sets, tokens and lists are closed") {
    check_rows(
        "job example-shape", "jobs[0] (example-shape): ",
        {{[](auto& s) { s.fields[1].value_count = 0, s.fields[1].other = nullptr; },
          "fields[1] (nodes_by_arch): values is missing: the set is closed"},
         {[](auto& s) { s.fields[1].other = "riscv"; },
          "fields[1] (nodes_by_arch): other \"riscv\" is none of values"},
         {[](auto& s) { s.archs[1].value = "amd64"; },
          "fields[1] (nodes_by_arch): values[1] (amd64): stands there twice"},
         {[](auto& s) { s.archs[0].label = nullptr; },
          "fields[1] (nodes_by_arch): values[0] (amd64): label is missing"},
         {[](auto& s) { s.fields[1].item = KTEL_T_ENUM; },
          "fields[1] (nodes_by_arch): item is ENUM: the values of a map's field are its keys"},
         {[](auto& s) { s.fields[1].item = KTEL_T_MAP; },
          "fields[1] (nodes_by_arch): item must be a single value: no list, map or text"},
         {[](auto& s) { s.fields[2].pattern = nullptr; },
          "fields[2] (flavour): pattern is missing"},
         {[](auto& s) { s.fields[2].max_length = 65; },
          "fields[2] (flavour): max_length is 65: 1 to 64"},
         {[](auto& s) { s.fields[3].max_items = 0; },
          "fields[3] (versions): max_items is 0: 1 to 256"},
         {[](auto& s) { s.fields[3].granularity = KTEL_G_POW2; },
          "fields[3] (versions): granularity 2 does not fit the type"},
         {[](auto& s) { s.fields[3].name = "pods_count"; },
          "fields[3] (pods_count): stands there twice"},
         {[](auto& s) { s.fields[3].name = "Versions"; },
          "fields[3] (Versions): name \"Versions\" must be lower-case words joined by _, 40 bytes "
          "at most, like pods_count"},
         {[](auto& s) { s.fields[3].name = "ktel_versions"; },
          "fields[3] (ktel_versions): name \"ktel_versions\" is reserved: names that begin with "
          "ktel are the host's"}});
  }

  TEST_CASE("a pattern must be understood, and have no back-reference") {
    for (const char* pattern : {"[a-z", "(a)\\1"}) {
      SamplePlugin sample;
      sample.fields[2].pattern = pattern;

      const plugin::Description description = described(sample);

      REQUIRE(description.refused.size() == 1);
      CHECK(
          description.refused[0].why.starts_with("jobs[0] (example-shape): fields[2] (flavour): "
                                                 "pattern " +
                                                 std::string(pattern) + " is not understood: "));
    }
  }

  TEST_CASE("parameters are single values with a description") {
    check_rows("job example-shape", "jobs[0] (example-shape): params[0] (prefix): ",
               {{[](auto& s) { s.params[0].type = KTEL_T_LIST; },
                 "type is a list or a map: a parameter is one value"},
                {[](auto& s) { s.params[0].description = nullptr; }, "description is missing"},
                {[](auto& s) { s.params[0].env = "POD_NAME"; },
                 "env is for parameters of jobs alone, of type TEXT"},
                {[](auto& s) {
                   s.params[0].type = KTEL_T_TEXT;
                   s.params[0].env = "KTEL_TOKEN";
                 },
                 "env \"KTEL_TOKEN\" must be a variable that names an object: upper-case words, at "
                 "the end _NAME, _NAMESPACE, _SERVICE or _CLASS"},
                {[](auto& s) { s.params[0].flags = KTEL_PARAM_SECRET; },
                 "is SECRET: no job is granted secrets"},
                {[](auto& s) { s.params[0].flags = KTEL_PARAM_REQUIRED; },
                 "is REQUIRED and has a default_text: leave out one of the two"},
                {[](auto& s) { s.params[0].type = KTEL_T_ENUM; }, "values is missing"},
                {[](auto& s) { s.params[0].type = KTEL_T_COUNT; },
                 "default_text \"web\" does not fit: parameter prefix takes a whole number"}});
  }

  TEST_CASE("a backend has the functions for what it says it can do") {
    check_rows(
        "backend example-sink", "backends[0] (example-sink): ",
        {{[](auto& s) { s.backend.summary = nullptr; }, "summary is missing"},
         {[](auto& s) { s.backend.schemes = nullptr; }, "schemes is missing"},
         {[](auto& s) { s.backend.schemes = "Example"; },
          "schemes: \"Example\" must be like splunk+http, in lower case"},
         {[](auto& s) { s.backend.schemes = "stdout"; }, "schemes: stdout is the host's own"},
         {[](auto& s) { s.backend.open = nullptr; }, "open is missing"},
         {[](auto& s) { s.backend.encode = nullptr; }, "encode is missing"},
         {[](auto& s) { s.backend.decode = nullptr; }, "decode is missing"},
         {[](auto& s) { s.backend.close = nullptr; }, "close is missing"},
         {[](auto& s) { s.backend.flags = KTEL_BACKEND_OWN_IO; },
          "deliver is missing: a backend with OWN_IO carries reports itself"},
         {[](auto& s) { s.backend.deliver = test::encode_nothing; },
          "deliver is for backends with OWN_IO alone"},
         {[](auto& s) { s.backend.flags = KTEL_BACKEND_HAS_ACK; },
          "encode_poll or decode_poll is missing: HAS_ACK promises both"},
         {[](auto& s) { s.backend.flags = 1u << 18; },
          "flags has bit 18, which this ktel does not know: get a newer ktel"},
         {[](auto& s) {
            s.backend.params = s.params.data();
            s.backend.param_count = 1;
            s.backend.param_stride = sizeof(ktel_param);
            s.params[0].name = "insecure";
          },
          "params[0] (insecure): is the host's own in every URL: choose another name"},
         {[](auto& s) {
            s.backend.params = s.params.data();
            s.backend.param_count = 1;
            s.backend.param_stride = sizeof(ktel_param);
            s.params[0].name = "ca";
          },
          "params[0] (ca): is the host's own in every URL: choose another name"},
         {[](auto& s) {
            s.backend.flags = KTEL_BACKEND_OWN_IO;
            s.backend.deliver = test::encode_nothing;
            s.backend.params = s.params.data();
            s.backend.param_count = 1;
            s.backend.param_stride = sizeof(ktel_param);
            s.params[0].name = "proxy";
          },
          "params[0] (proxy): is the host's own in every URL: choose another name"},
         {[](auto& s) {
            s.backend.flags = KTEL_BACKEND_OWN_IO;
            s.backend.deliver = test::encode_nothing;
            s.backend.params = s.params.data();
            s.backend.param_count = 1;
            s.backend.param_stride = sizeof(ktel_param);
            s.params[0].name = "key";
          },
          "params[0] (key): is what the host makes of the URL: give it type TEXT, no flags, no "
          "default_text"}});
  }

  TEST_CASE("tables that do not fit together refuse the whole descriptor") {
    const std::vector<Row> rows = {
        {[](auto& s) { s.plugin.magic = 1; },
         "the descriptor's magic is 0x00000001, not 0x4c45544b: fill it in with KTEL_PLUGIN"},
        {[](auto& s) { s.plugin.struct_size = 121; },
         "the descriptor's struct_size is 121: it must be at least 120 and a multiple of 8"},
        {[](auto& s) { s.plugin.abi_major = 2; }, "the descriptor says ABI 2, its entry 1"},
        {[](auto& s) { s.plugin.abi_min_minor = 3; },
         "needs ktel ABI 1.3, this is 1.0: get a newer ktel"},
        {[](auto& s) { s.plugin.id = nullptr; }, "id is missing"},
        {[](auto& s) { s.plugin.version = "1"; },
         "plugin io.example.shape: version \"1\" must be three numbers, like 1.0.0"},
        {[](auto& s) { s.plugin.flags = 1u << 31; },
         "plugin io.example.shape: flags has bit 31, which this ktel does not know: get a newer "
         "ktel"},
        {[](auto& s) { s.plugin.job_count = s.plugin.backend_count = 0; },
         "plugin io.example.shape: declares neither a job nor a backend"},
        {[](auto& s) { s.plugin.job_count = 257; }, "257 jobs are declared, 256 is the most"},
        {[](auto& s) { s.plugin.jobs = nullptr; }, "1 jobs are declared at no address"},
        {[](auto& s) { s.job.field_stride = 184; },
         "jobs[0] (example-shape): the stride of fields is 184: it must be the size of an element, "
         "at least 192 and a multiple of 8"},
        {[](auto& s) { s.job.read_count = 65; },
         "jobs[0] (example-shape): 65 reads are declared, 64 is the most"},
    };
    for (const Row& row : rows) {
      SamplePlugin sample;
      row.spoil(sample);
      CAPTURE(row.why);

      const auto description = plugin::describe(sample.get());

      REQUIRE_FALSE(description.has_value());
      CHECK(description.error().code == Errc::bad_input);
      CHECK(description.error().message == row.why);
    }
  }

  TEST_CASE("a newer plugin's longer elements are read by their stride") {
    struct LongJob {
      ktel_job job;
      std::uint64_t newer[4];
    };
    SamplePlugin sample;
    LongJob jobs[2] = {{sample.job, {1, 2, 3, 4}}, {sample.job, {5, 6, 7, 8}}};
    jobs[1].job.name = "example-second";
    sample.plugin.jobs = &jobs[0].job;
    sample.plugin.job_count = 2;
    sample.plugin.job_stride = sizeof(LongJob);

    const plugin::Description description = described(sample);

    REQUIRE(description.plugin.jobs.size() == 2);
    CHECK(description.plugin.jobs[1].name == "example-second");
    CHECK(description.plugin.jobs[1].index == 1);
  }

  TEST_CASE("two jobs of one name leave the first") {
    SamplePlugin sample;
    const ktel_job jobs[2] = {sample.job, sample.job};
    sample.plugin.jobs = jobs;
    sample.plugin.job_count = 2;

    const plugin::Description description = described(sample);

    CHECK(description.plugin.jobs.size() == 1);
    REQUIRE(description.refused.size() == 1);
    CHECK(description.refused[0].why == "jobs[1] (example-shape): jobs[0] has this name too");
  }
}
