// The rules of a declaration, each with a way to break it.
#include "sample_plugin.hpp"

namespace ktel::test {
namespace {

constexpr auto control = "a text of a declaration holds no control character";
constexpr auto flags = "a bit of `flags` from 16 on is none that is known";
constexpr auto naming_variable =
    "a variable that stands in names an object: upper-case words, at the end _NAME, _NAMESPACE, "
    "_SERVICE or _CLASS";
constexpr auto paths =
    "a path is member names joined by '.', [*], ['key'] and ['prefix*'] (see job.h)";
constexpr auto url =
    "`url` is an absolute path of [A-Za-z0-9._/-], without // or .. and not below /api or /apis";
constexpr auto reserved = "names that begin with ktel are the host's";
constexpr auto unknown_bit = 1u << 20;

}  // namespace

const std::vector<Spoiled>& spoiled_samples() {
  static const std::vector<Spoiled> samples = {
      // The plugin.
      {"make the descriptor with KTEL_PLUGIN(...)", [](Sample& s) { s.plugin.magic = 1; }},
      {"make the descriptor with KTEL_PLUGIN(...)", [](Sample& s) { s.plugin.struct_size = 8; }},
      {"make the descriptor with KTEL_PLUGIN(...)", [](Sample& s) { s.plugin.abi_min_minor = 7; }},
      {"a plugin's id is reverse DNS in [a-z0-9.-], 64 bytes at most: io.acme.storage",
       [](Sample& s) { s.plugin.id = "io.acme/x"; }},
      {"a plugin's id is reverse DNS in [a-z0-9.-], 64 bytes at most: io.acme.storage",
       [](Sample& s) { s.plugin.id = "acme"; }, Also::catalog},
      {"a plugin's version is three numbers: 1.0.0", [](Sample& s) { s.plugin.version = "1.0"; }},
      {"a plugin needs a summary", [](Sample& s) { s.plugin.summary = nullptr; }},
      {control, [](Sample& s) { s.plugin.vendor = "Acme\nInc."; }},
      {flags, [](Sample& s) { s.plugin.flags = unknown_bit; }},
      {"a plugin has a job or a backend",
       [](Sample& s) { s.plugin.job_count = s.plugin.backend_count = 0; }},
      {"256 jobs and 16 backends are the most", [](Sample& s) { s.plugin.backend_count = 17; }},
      {"give the jobs with KTEL_JOBS(jobs)", [](Sample& s) { s.plugin.job_stride = 7; }},
      {"give the backends with KTEL_BACKENDS(backends)",
       [](Sample& s) { s.plugin.backends = nullptr; }},
      {"the name of a job or backend begins with its vendor, the second word of the id: acme-",
       [](Sample& s) { s.jobs[0].name = "acmesample"; }, Also::catalog},
      {"the name of a job or backend begins with its vendor, the second word of the id: acme-",
       [](Sample& s) { s.backends[0].name = "sink"; }, Also::catalog},
      {"two jobs have one name",
       [](Sample& s) {
         static ktel_job twice[2];
         twice[0] = twice[1] = s.jobs[0];
         s.plugin.jobs = twice;
         s.plugin.job_count = 2;
       }},
      {"two backends have one name",
       [](Sample& s) {
         static ktel_backend twice[2];
         twice[0] = twice[1] = s.backends[0];
         s.plugin.backends = twice;
         s.plugin.backend_count = 2;
       }},

      // A job.
      {"a job's name is lower-case words joined by '-', 3 to 40 characters",
       [](Sample& s) { s.jobs[0].name = "acme_job"; }},
      {"a job's name is lower-case words joined by '-', 3 to 40 characters",
       [](Sample& s) { s.jobs[0].name = "acme--job"; }},
      {reserved, [](Sample& s) { s.jobs[0].name = "ktel-loss"; }},
      {"a job needs a title", [](Sample& s) { s.jobs[0].title = ""; }},
      {"a job needs a summary", [](Sample& s) { s.jobs[0].summary = nullptr; }},
      {"a job needs a question", [](Sample& s) { s.jobs[0].question = nullptr; }},
      {"a job's question ends with a question mark",
       [](Sample& s) { s.jobs[0].question = "How many."; }, Also::standard},
      {"a job needs a benefit: what the operator gets from it",
       [](Sample& s) { s.jobs[0].benefit = nullptr; }},
      {"a job needs an owner", [](Sample& s) { s.jobs[0].owner = nullptr; }},
      {"a job needs a contact", [](Sample& s) { s.jobs[0].contact = nullptr; }},
      {"`since` is a version of the plugin: 1.0.0", [](Sample& s) { s.jobs[0].since = "1.0"; }},
      {"`since` is a version of the plugin: 1.0.0", [](Sample& s) { s.jobs[0].since = "1.0.0-"; }},
      {"`expires` is a day: 2028-06-30", [](Sample& s) { s.jobs[0].expires = "never"; }},
      {"`expires` is a day: 2028-06-30", [](Sample& s) { s.jobs[0].expires = "2027-02-29"; }},
      {"`expires` is a day: 2028-06-30", [](Sample& s) { s.jobs[0].expires = "2028-6--30"; }},
      {"a job's stability is unknown", [](Sample& s) { s.jobs[0].stability = 9; }},
      {flags, [](Sample& s) { s.jobs[0].flags = unknown_bit; }},
      {"a job needs `run`", [](Sample& s) { s.jobs[0].run = nullptr; }},
      {"a text of a declaration has 4096 bytes at most",
       [](Sample& s) { s.jobs[0].title = s.long_text.c_str(); }},
      {"a job needs fields: without one it has nothing to report",
       [](Sample& s) { s.jobs[0].field_count = 0; }},
      {"200 fields are the most", [](Sample& s) { s.jobs[0].field_count = 201; }},
      {"give the fields with KTEL_FIELDS(fields)", [](Sample& s) { s.jobs[0].field_stride = 8; }},
      {"give the reads with KTEL_READS(reads)", [](Sample& s) { s.jobs[0].reads = nullptr; }},
      {"64 reads are the most", [](Sample& s) { s.jobs[0].read_count = 65; }},

      // Needs and parameters.
      {"a need names a job", [](Sample& s) { s.needs[0].job = "Platform"; }},
      {paths, [](Sample& s) { s.needs[0].paths = "provider."; }},
      {flags, [](Sample& s) { s.needs[0].flags = unknown_bit; }},
      {"give the needs with KTEL_NEEDS(needs)", [](Sample& s) { s.jobs[0].need_stride = 0; }},
      {"16 needs are the most", [](Sample& s) { s.jobs[0].need_count = 17; }},
      {"a parameter's name is lower-case words joined by '-' or '_', 40 characters at most",
       [](Sample& s) { s.params[1].name = "Level"; }},
      {"a parameter's type is unknown, or no single value",
       [](Sample& s) { s.params[1].type = KTEL_T_LIST; }},
      {flags, [](Sample& s) { s.params[1].flags = unknown_bit; }},
      {"a parameter needs a description", [](Sample& s) { s.params[1].description = nullptr; }},
      {"a variable stands in for parameters of jobs alone, of type TEXT",
       [](Sample& s) { s.params[1].env = "POD_NAME"; }},
      {naming_variable, [](Sample& s) { s.params[0].env = "pod_name"; }},
      {naming_variable, [](Sample& s) { s.params[0].env = "SPLUNK_TOKEN"; }},
      {naming_variable, [](Sample& s) { s.params[0].env = "KTEL_TOKEN_NAME"; }},
      {"a parameter of type ENUM has values, any other has none",
       [](Sample& s) { s.params[0].type = KTEL_T_ENUM; }},
      {"no job is granted secrets", [](Sample& s) { s.params[0].flags = KTEL_PARAM_SECRET; }},
      {"a parameter that is SECRET or REQUIRED has no default",
       [](Sample& s) { s.params[1].flags = KTEL_PARAM_REQUIRED; }},
      {"a parameter that is SECRET or REQUIRED has no default",
       [](Sample& s) { s.options[1].default_text = "secret"; }},
      {"two parameters have one name", [](Sample& s) { s.params[1].name = "app"; }},
      {"give the parameters with KTEL_PARAMS(params)",
       [](Sample& s) { s.jobs[0].param_stride = 4; }},
      {"64 parameters are the most", [](Sample& s) { s.jobs[0].param_count = 65; }},

      // Reads.
      {"a read needs an id: lower-case words joined by '-' or '_', 40 characters at most",
       [](Sample& s) { s.reads[0].id = nullptr; }},
      {"two reads have one id", [](Sample& s) { s.reads[1].id = "pods"; }},
      {"a read's verb is unknown", [](Sample& s) { s.reads[0].verb = 99; }},
      {"a read's scope is unknown", [](Sample& s) { s.reads[0].scope = 2; }},
      {flags, [](Sample& s) { s.reads[0].flags = unknown_bit; }},
      {"group, versions and resource are for COUNT, LIST, GET and SERVED",
       [](Sample& s) { s.reads[Sample::version].group = "apps"; }},
      {"`ns` is for COUNT, LIST and GET", [](Sample& s) { s.reads[Sample::apis].ns = "a"; }},
      {"selectors are for COUNT and LIST",
       [](Sample& s) { s.reads[Sample::config].label_selector = "a=b"; }},
      {"`name` belongs to GET, and GET needs it",
       [](Sample& s) { s.reads[Sample::config].name = nullptr; }},
      {"`name` belongs to GET, and GET needs it",
       [](Sample& s) { s.reads[Sample::nodes].name = "n1"; }},
      {"`url` belongs to RAW and METRICS, and they need it",
       [](Sample& s) { s.reads[Sample::version].url = nullptr; }},
      {"`url` belongs to RAW and METRICS, and they need it",
       [](Sample& s) { s.reads[Sample::pods].url = "/version"; }},
      {url, [](Sample& s) { s.reads[Sample::version].url = "version"; }},
      {url, [](Sample& s) { s.reads[Sample::version].url = "/api/v1/secrets"; }},
      {url, [](Sample& s) { s.reads[Sample::version].url = "/apis"; }},
      {url, [](Sample& s) { s.reads[Sample::version].url = "/a/../api"; }},
      {url, [](Sample& s) { s.reads[Sample::version].url = "//api"; }},
      {url, [](Sample& s) { s.reads[Sample::version].url = "/a/%2e"; }},
      {url, [](Sample& s) { s.reads[Sample::version].url = "/version?x=1"; }},
      {"`metrics` belongs to METRICS, and METRICS needs it",
       [](Sample& s) { s.reads[Sample::up].metrics = " "; }},
      {"64 metrics are the most",
       [](Sample& s) {
         s.long_text.clear();
         for (int i = 0; i < 65; ++i) s.long_text += "up ";
         s.reads[Sample::up].metrics = s.long_text.c_str();
       }},
      {"a COUNT has no paths", [](Sample& s) { s.reads[Sample::pods].paths = "metadata.name"; }},
      {"COUNT, LIST and GET need versions, best first",
       [](Sample& s) { s.reads[Sample::pods].versions = nullptr; }},
      {"COUNT, LIST and GET need a resource: the plural",
       [](Sample& s) { s.reads[Sample::pods].resource = nullptr; }},
      {"`group` is an API group: \"apps\"", [](Sample& s) { s.reads[Sample::pods].group = "*"; }},
      {"versions are API versions, \"v1 v1beta1\"; a * stands last",
       [](Sample& s) { s.reads[Sample::pods].versions = "* v1"; }},
      {"versions are API versions, \"v1 v1beta1\"; a * stands last",
       [](Sample& s) { s.reads[Sample::pods].versions = "V1"; }},
      {"Secrets, and every resource, cannot be read",
       [](Sample& s) { s.reads[Sample::pods].resource = "secrets"; }},
      {"Secrets, and every resource, cannot be read",
       [](Sample& s) { s.reads[Sample::apis].resource = "*"; }},
      {"`resource` is a plural in lower case: \"pods\"",
       [](Sample& s) { s.reads[Sample::pods].resource = "pods/log"; }},
      {"`ns` is given for a CLUSTER scope", [](Sample& s) { s.reads[Sample::nodes].ns = "a"; }},
      {"a ${ is not closed by }", [](Sample& s) { s.reads[Sample::pods].ns = "${app"; }},
      {"a ${param} names no parameter of the job",
       [](Sample& s) { s.reads[Sample::config].name = "${apps}"; }},
      {"in a label_selector ${param} stands once, as one whole value",
       [](Sample& s) { s.reads[Sample::pods].label_selector = "app=x-${app}"; }},
      {"in a label_selector ${param} stands once, as one whole value",
       [](Sample& s) { s.reads[Sample::pods].label_selector = "a=${app},b=${app}"; }},
      {"in a label_selector ${param} stands once, as one whole value",
       [](Sample& s) { s.reads[Sample::pods].label_selector = "${app}=a"; }},
      {"in a field_selector no ${param} can stand",
       [](Sample& s) { s.reads[Sample::pods].field_selector = "metadata.name=${app}"; }},
      {paths, [](Sample& s) { s.reads[Sample::nodes].paths = "metadata.labels[a]"; }},
      {paths, [](Sample& s) { s.reads[Sample::nodes].paths = "metadata.labels['a"; }},
      {paths, [](Sample& s) { s.reads[Sample::nodes].paths = "metadata.labels['a'"; }},
      {paths, [](Sample& s) { s.reads[Sample::nodes].paths = "metadata.labels['']"; }},
      {paths, [](Sample& s) { s.reads[Sample::nodes].paths = "metadata.labels['*a']"; }},
      {paths, [](Sample& s) { s.reads[Sample::nodes].paths = "metadata.labels['a']b"; }},
      {paths, [](Sample& s) { s.reads[Sample::nodes].paths = "a..b"; }},
      {paths, [](Sample& s) { s.reads[Sample::nodes].paths = ".a"; }},
      {paths, [](Sample& s) { s.reads[Sample::nodes].paths = "a.b/c"; }},
      {"64 paths are the most",
       [](Sample& s) {
         s.long_text.clear();
         for (int i = 0; i < 65; ++i) s.long_text += "a ";
         s.reads[Sample::nodes].paths = s.long_text.c_str();
       }},
      {"`when` must name an earlier read of the job",
       [](Sample& s) { s.reads[Sample::pods].when = "nodes"; }},
      {"`when` must name an earlier read of the job",
       [](Sample& s) { s.reads[Sample::nodes].when = "!!pods"; }},
      {"a read needs `why`: one sentence for the operator",
       [](Sample& s) { s.reads[0].why = nullptr; }},
      {control, [](Sample& s) { s.reads[Sample::pods].field_selector = "a=\tb"; }},
      {"no field names this read in `from`",
       [](Sample& s) { s.fields[Sample::versions].from = "nodes"; }, Also::standard},

      // Fields.
      {"a field's name is lower-case words joined by '_', 40 characters at most",
       [](Sample& s) { s.fields[0].name = "pods-count"; }},
      {reserved, [](Sample& s) { s.fields[0].name = "ktel_count"; }},
      {"two fields have one name", [](Sample& s) { s.fields[1].name = "pods_count"; }},
      {"a field's type is unknown, or TEXT: no free text leaves",
       [](Sample& s) { s.fields[0].type = KTEL_T_TEXT; }},
      {"a LIST or MAP has an item type, a single value; any other has none",
       [](Sample& s) { s.fields[Sample::versions].item = KTEL_T_MAP; }},
      {"a LIST or MAP has an item type, a single value; any other has none",
       [](Sample& s) { s.fields[0].item = KTEL_T_COUNT; }},
      {"the values of a MAP are its keys: its item is no ENUM",
       [](Sample& s) { s.fields[Sample::by_size].item = KTEL_T_ENUM; }},
      {"give the values of a closed set with KTEL_VALUES(values)",
       [](Sample& s) { s.fields[1].value_stride = 12; }},
      {"a closed set has 1024 values at most", [](Sample& s) { s.fields[1].value_count = 1025; }},
      {"a value of a closed set is empty", [](Sample& s) { s.sizes[0].value = ""; }},
      {"a value of a closed set needs a label that says what it means",
       [](Sample& s) { s.sizes[0].label = nullptr; }},
      {"a value of a closed set has 64 bytes at most",
       [](Sample& s) {
         s.long_text.resize(65);
         s.sizes[0].value = s.long_text.c_str();
       }},
      {"a closed set names a value twice", [](Sample& s) { s.sizes[0].value = "other"; }},
      {"an ENUM has values and a MAP has keys; any other type has none",
       [](Sample& s) { s.fields[Sample::by_size].value_count = 0; }},
      {"an ENUM has values and a MAP has keys; any other type has none",
       [](Sample& s) {
         s.fields[0].values = s.sizes;
         s.fields[0].value_count = 2;
         s.fields[0].value_stride = sizeof(ktel_label);
       }},
      {"an ENUM needs `other`, for what is not listed",
       [](Sample& s) { s.fields[1].other = nullptr; }, Also::standard},
      {"`other` must be one of the field's own values",
       [](Sample& s) { s.fields[1].other = "huge"; }},
      {"a TOKEN needs a pattern", [](Sample& s) { s.fields[Sample::flavour].pattern = nullptr; }},
      {"a TOKEN's max_length is 1 to 64",
       [](Sample& s) { s.fields[Sample::flavour].max_length = 65; }},
      {"pattern and max_length are for TOKEN", [](Sample& s) { s.fields[0].max_length = 4; }},
      {"a LIST has max_items, 1 to 256; any other has none",
       [](Sample& s) { s.fields[Sample::versions].max_items = 257; }},
      {"a LIST has max_items, 1 to 256; any other has none",
       [](Sample& s) { s.fields[0].max_items = 1; }},
      {"`min` and `max` are finite", [](Sample& s) { s.fields[0].max = 1e308 * 10; }},
      {"`min` is above `max`", [](Sample& s) { s.fields[0].min = 1; }},
      {"`min` and `max` are for numbers", [](Sample& s) { s.fields[1].max = 1; }},
      {"a number needs a unit: \"{pod}\", \"s\"", [](Sample& s) { s.fields[0].unit = nullptr; }},
      {"a field's metric is unknown, or it is no number",
       [](Sample& s) { s.fields[1].metric = KTEL_M_GAUGE; }},
      {"a field needs a sensitivity", [](Sample& s) { s.fields[0].sensitivity = 0; }},
      {"a field's granularity does not fit its type",
       [](Sample& s) { s.fields[0].granularity = KTEL_G_DAY; }},
      {"a field's granularity does not fit its type",
       [](Sample& s) { s.fields[Sample::versions].granularity = 10; }},
      {"`from` names a read that the job does not declare",
       [](Sample& s) { s.fields[1].from = "pods nodes services"; }},
      {"a field needs a description", [](Sample& s) { s.fields[0].description = nullptr; }},
      {"a field's description is one whole sentence",
       [](Sample& s) { s.fields[0].description = "Pods count"; }, Also::standard},
      {"a field needs an example", [](Sample& s) { s.fields[0].example = nullptr; }},
      {"a field needs absent_when: when it is left out",
       [](Sample& s) { s.fields[0].absent_when = nullptr; }},
      {"`since` is a version of the plugin: 1.0.0", [](Sample& s) { s.fields[0].since = "v1"; }},
      {"`expires` is a day: 2028-06-30", [](Sample& s) { s.fields[0].expires = "2028-13-01"; }},
      {"a field's stability is unknown", [](Sample& s) { s.fields[0].stability = 4; }},
      {"a DEPRECATED field needs replaced_by: the one that follows it",
       [](Sample& s) { s.fields[0].stability = KTEL_DEPRECATED; }},
      {flags, [](Sample& s) { s.fields[0].flags = unknown_bit; }},
      {control, [](Sample& s) { s.fields[0].alias = "\x7f"; }},

      // A backend.
      {"a backend's name is lower-case words joined by '-', 40 characters at most",
       [](Sample& s) { s.backends[0].name = "acme_sink"; }},
      {reserved, [](Sample& s) { s.backends[0].name = "ktel-sink"; }},
      {"a backend needs a summary", [](Sample& s) { s.backends[0].summary = ""; }},
      {"a backend needs schemes: the URLs it takes",
       [](Sample& s) { s.backends[0].schemes = nullptr; }},
      {"a scheme is like splunk+http, in lower case",
       [](Sample& s) { s.backends[0].schemes = "acme +http"; }},
      {"the scheme stdout is the host's own",
       [](Sample& s) { s.backends[0].schemes = "acme stdout"; }},
      {flags, [](Sample& s) { s.backends[0].flags = unknown_bit; }},
      {"a parameter of a backend has a name that is the host's own in every URL",
       [](Sample& s) { s.options[0].name = "timeout"; }},
      {"a parameter of a backend has a name that is the host's own in every URL",
       [](Sample& s) { s.options[0].name = "ca"; }},
      {"ca, cert, key, pin and server_name are what the host makes of the URL: give them type "
       "TEXT, no flags and no default",
       [](Sample& s) {
         s.backends[0].flags = KTEL_BACKEND_OWN_IO;
         s.backends[0].deliver = encode_nothing;
         s.options[0] = {.name = "key",
                         .type = KTEL_T_TEXT,
                         .flags = KTEL_PARAM_SECRET,
                         .description = "The key."};
       }},
      {"a backend needs open, encode and close", [](Sample& s) { s.backends[0].close = nullptr; }},
      {"a backend needs decode, or with OWN_IO deliver",
       [](Sample& s) { s.backends[0].decode = nullptr; }},
      {"a backend needs decode, or with OWN_IO deliver",
       [](Sample& s) { s.backends[0].flags = KTEL_BACKEND_OWN_IO; }},
      {"a backend needs decode, or with OWN_IO deliver",
       [](Sample& s) { s.backends[0].deliver = encode_nothing; }},
      {"HAS_ACK promises encode_poll and decode_poll",
       [](Sample& s) { s.backends[0].flags = KTEL_BACKEND_HAS_ACK; }},
  };
  return samples;
}

}  // namespace ktel::test
