// A job that throws through the C interface, in a C++ so old that nothing keeps it from compiling.
#include <ktel/abi/plugin.h>

#include <stdexcept>

namespace {

ktel_status throw_it(ktel_call*, void*, const ktel_job*) {
  throw std::runtime_error("thrown by the job");
}

ktel_read a_read() {
  ktel_read read = {};
  read.id = "nodes";
  read.verb = KTEL_READ_COUNT;
  read.scope = KTEL_CLUSTER;
  read.versions = "v1";
  read.resource = "nodes";
  read.why = "A field is made of a read.";
  return read;
}

ktel_field a_field() {
  ktel_field field = {};
  field.name = "items_count";
  field.type = KTEL_T_COUNT;
  field.sensitivity = KTEL_S_SCALE;
  field.granularity = KTEL_G_EXACT;
  field.unit = "{item}";
  field.from = "nodes";
  field.description = "Items that are never counted.";
  field.example = "1";
  field.absent_when = "There are none.";
  return field;
}

const ktel_read reads[] = {a_read()};
const ktel_field fields[] = {a_field()};

ktel_job a_job() {
  ktel_job job = {};
  job.name = "acme-bad";
  job.title = "Bad";
  job.summary = "Throws.";
  job.question = "What happens then?";
  job.benefit = "Its own part is lost.";
  job.owner = "team-acme";
  job.contact = "https://acme.example";
  job.since = "1.0.0";
  job.expires = "2099-12-31";
  job.fields = fields;
  job.field_count = 1;
  job.field_stride = sizeof fields[0];
  job.reads = reads;
  job.read_count = 1;
  job.read_stride = sizeof reads[0];
  job.run = throw_it;
  return job;
}

const ktel_job jobs[] = {a_job()};

ktel_plugin a_plugin() {
  ktel_plugin plugin = {};
  plugin.struct_size = sizeof plugin;
  plugin.magic = KTEL_MAGIC;
  plugin.abi_major = KTEL_ABI_MAJOR;
  plugin.abi_minor = KTEL_ABI_MINOR;
  plugin.id = "io.acme.throw";
  plugin.version = "1.0.0";
  plugin.summary = "Throws";
  plugin.jobs = jobs;
  plugin.job_count = 1;
  plugin.job_stride = sizeof jobs[0];
  return plugin;
}

const ktel_plugin descriptor = a_plugin();

}  // namespace

const ktel_plugin* ktel_plugin_v1(const ktel_host_info*) { return &descriptor; }
