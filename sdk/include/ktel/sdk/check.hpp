// What the host would refuse at the scan, found when the plugin is compiled.
//
//   KTEL_PLUGIN(.id = "io.acme.pods", ...);
//   static_assert(sdk::check(ktel_descriptor));
//
// A broken rule is a compile error, and the compiler's trace prints the sentence that require() was
// called with and the element it was called for. At run time the same functions throw that sentence
// as std::logic_error, which is how they are tested. The host checks everything again: this is a
// courtesy, not the border.
//
// Beyond what the host refuses, four things that the telemetry standard calls mistakes are errors
// here: a question without a question mark, a description under 20 characters, an ENUM without
// `other`, and a read that no field is made `from`. Left to the scan: that texts are UTF-8, that a
// pattern is a regular expression and a default fits its type, paths that end on an object, and the
// names other plugins claim.
#pragma once

#include <ktel/abi/plugin.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <ktel/sdk/detail/check_field.hpp>
#include <ktel/sdk/detail/check_parts.hpp>
#include <ktel/sdk/detail/check_read.hpp>

namespace ktel::sdk {
namespace detail {

constexpr void check_needs(const ktel_job& job) {
  check_table(job.needs, job.need_count, job.need_stride, "give the needs with KTEL_NEEDS(needs)");
  require(job.need_count <= 16, "16 needs are the most");
  for (std::uint32_t i = 0; i < job.need_count; ++i) {
    require(name(text(job.needs[i].job), "-", 3), "a need names a job");
    check_paths(job.needs[i].paths);
    check_flags(job.needs[i].flags, 0);
  }
}

constexpr void check_words(const ktel_job& job) {
  require(name(text(job.name), "-", 3),
          "a job's name is lower-case words joined by '-', 3 to 40 characters");
  require(!reserved(text(job.name)), "names that begin with ktel are the host's");
  check_required(job.title, "a job needs a title");
  check_required(job.summary, "a job needs a summary");
  check_required(job.question, "a job needs a question");
  require(text(job.question).ends_with('?'), "a job's question ends with a question mark");
  check_required(job.benefit, "a job needs a benefit: what the operator gets from it");
  check_required(job.owner, "a job needs an owner");
  check_required(job.contact, "a job needs a contact");
  require(version(text(job.since)), "`since` is a version of the plugin: 1.0.0");
  require(day(text(job.expires)), "`expires` is a day: 2028-06-30");
}

constexpr void check_backend(const ktel_backend& backend) {
  require(name(text(backend.name), "-"),
          "a backend's name is lower-case words joined by '-', 40 characters at most");
  require(!reserved(text(backend.name)), "names that begin with ktel are the host's");
  check_required(backend.summary, "a backend needs a summary");
  check_required(backend.schemes, "a backend needs schemes: the URLs it takes");
  std::string_view schemes = backend.schemes;
  std::string_view scheme;
  while (next_word(schemes, scheme)) {
    bool fits = scheme.size() <= 40 && lower(scheme.front());
    for (const char c : scheme) {
      fits = fits && (lower(c) || digit(c) || std::string_view("+-.").find(c) != schemes.npos);
    }
    require(fits, "a scheme is like splunk+http, in lower case");
    require(scheme != "stdout", "the scheme stdout is the host's own");
  }
  check_flags(backend.flags, KTEL_BACKEND_OWN_IO);
  const bool own_io = (backend.flags & KTEL_BACKEND_OWN_IO) != 0;
  check_params(backend.params, backend.param_count, backend.param_stride,
               own_io ? ParamOf::own_io_backend : ParamOf::backend);
  require(there(backend.open) && there(backend.encode) && there(backend.close),
          "a backend needs open, encode and close");
  require(own_io ? there(backend.deliver) : there(backend.decode) && !there(backend.deliver),
          "a backend needs decode, or with OWN_IO deliver");
  require((backend.flags & KTEL_BACKEND_HAS_ACK) == 0 ||
              (there(backend.encode_poll) && there(backend.decode_poll)),
          "HAS_ACK promises encode_poll and decode_poll");
}

// "acme" of "io.acme.storage"; "" if there is no second word.
constexpr std::string_view vendor(std::string_view id) {
  const std::size_t dot = id.find('.');
  if (dot == id.npos) return {};
  const std::string_view rest = id.substr(dot + 1);
  return rest.substr(0, rest.find('.'));
}

// Whoever is not built in has its vendor in front of its names, so that no two take one.
constexpr void check_prefix(const char* id, std::string_view name) {
  const std::string_view prefix = vendor(id);
  require(name.starts_with(prefix) && name.substr(prefix.size()).starts_with('-'),
          "the name of a job or backend begins with its vendor, the second word of the id: acme-");
}

constexpr bool plugin_id(std::string_view id) {
  for (const char c : id) {
    if (!lower(c) && !digit(c) && c != '.' && c != '-') return false;
  }
  return id.size() <= 64 && !vendor(id).empty();
}

}  // namespace detail

constexpr bool check(const ktel_job& job) {
  detail::check_words(job);
  require(job.stability <= KTEL_DEPRECATED, "a job's stability is unknown");
  detail::check_flags(job.flags, 0);
  require(detail::there(job.run), "a job needs `run`");
  detail::check_params(job.params, job.param_count, job.param_stride, detail::ParamOf::job);
  detail::check_needs(job);
  detail::check_table(job.reads, job.read_count, job.read_stride,
                      "give the reads with KTEL_READS(reads)");
  require(job.read_count <= 64, "64 reads are the most");
  for (std::uint32_t i = 0; i < job.read_count; ++i) detail::check_read(job, i);
  require(job.field_count > 0, "a job needs fields: without one it has nothing to report");
  require(job.field_count <= 200, "200 fields are the most");
  detail::check_table(job.fields, job.field_count, job.field_stride,
                      "give the fields with KTEL_FIELDS(fields)");
  for (std::uint32_t i = 0; i < job.field_count; ++i) detail::check_field(job, i);
  for (std::uint32_t i = 0; i < job.read_count; ++i) {
    bool used = false;
    for (std::uint32_t k = 0; k < job.field_count; ++k) {
      used = used || detail::holds(detail::text(job.fields[k].from), job.reads[i].id);
    }
    require(used, "no field names this read in `from`");
  }
  return true;
}

template <std::size_t n>
constexpr bool check(const ktel_job (&jobs)[n]) {
  for (const ktel_job& job : jobs) check(job);
  return true;
}

// Of a plugin that ktel does not bring along: its names carry its vendor.
constexpr bool check(const ktel_plugin& plugin) {
  using detail::text;
  require(plugin.struct_size == sizeof(ktel_plugin) && plugin.magic == KTEL_MAGIC &&
              plugin.abi_major == KTEL_ABI_MAJOR && plugin.abi_min_minor <= KTEL_ABI_MINOR,
          "make the descriptor with KTEL_PLUGIN(...)");
  require(detail::plugin_id(text(plugin.id)),
          "a plugin's id is reverse DNS in [a-z0-9.-], 64 bytes at most: io.acme.storage");
  require(detail::version(text(plugin.version)), "a plugin's version is three numbers: 1.0.0");
  detail::check_required(plugin.summary, "a plugin needs a summary");
  for (const char* member : {plugin.vendor, plugin.license, plugin.url}) detail::check_text(member);
  detail::check_flags(plugin.flags, KTEL_PLUGIN_ISOLATE);
  require(plugin.job_count + plugin.backend_count > 0, "a plugin has a job or a backend");
  require(plugin.job_count <= 256 && plugin.backend_count <= 16,
          "256 jobs and 16 backends are the most");
  detail::check_table(plugin.jobs, plugin.job_count, plugin.job_stride,
                      "give the jobs with KTEL_JOBS(jobs)");
  for (std::uint32_t i = 0; i < plugin.job_count; ++i) {
    check(plugin.jobs[i]);
    detail::check_prefix(plugin.id, plugin.jobs[i].name);
    for (std::uint32_t k = 0; k < i; ++k) {
      require(text(plugin.jobs[i].name) != plugin.jobs[k].name, "two jobs have one name");
    }
  }
  detail::check_table(plugin.backends, plugin.backend_count, plugin.backend_stride,
                      "give the backends with KTEL_BACKENDS(backends)");
  for (std::uint32_t i = 0; i < plugin.backend_count; ++i) {
    detail::check_backend(plugin.backends[i]);
    detail::check_prefix(plugin.id, plugin.backends[i].name);
    for (std::uint32_t k = 0; k < i; ++k) {
      require(text(plugin.backends[i].name) != plugin.backends[k].name,
              "two backends have one name");
    }
  }
  return true;
}

}  // namespace ktel::sdk
