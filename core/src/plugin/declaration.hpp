// What plugins declare, as the host keeps it: checked copies of the C descriptors of plugin_api.
//
// Made by descriptor.hpp in the scan child, carried as canonical JSON, kept by `Catalog`.
// Everything above (plan, standard, docs, roles) reads these and never a plugin's memory. Values,
// immutable.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "json/path.hpp"

namespace ktel::plugin {

struct Label {
  std::string value;
  std::string label;
  bool operator==(const Label&) const = default;
};

struct Param {
  std::string name;
  std::uint32_t type = 0;  // KTEL_T_*
  bool required = false;
  bool secret = false;
  std::string description;
  bool has_default = false;
  std::string default_text;
  std::string env;  // variable that stands in for the operator; empty: none
  std::vector<Label> values;
};

struct Read {
  std::string id;
  std::uint32_t verb = 0;  // KTEL_READ_*
  bool cluster_scoped = false;
  bool optional = false;
  std::uint32_t max_age_s = 0;
  std::string group;                  // "": the core group; SERVED: "*" is every group
  std::vector<std::string> versions;  // best first; a last "*" is any other
  std::string resource;
  std::string ns;  // "": all namespaces; may hold ${param}
  std::string name;
  std::string label_selector;
  std::string field_selector;
  std::string url;
  std::vector<std::string> metrics;
  std::vector<json::Path> paths;
  std::string when_read;     // id of an earlier read; empty: always made
  bool when_absent = false;  // made if that one has no row
  std::string why;
};

struct Field {
  std::string name;
  std::uint32_t type = 0;  // KTEL_T_*
  std::uint32_t item = 0;
  std::vector<Label> values;
  std::string other;
  std::string pattern;
  std::uint32_t max_length = 0;
  std::uint32_t max_items = 0;
  double min = 0;
  double max = 0;
  std::uint32_t sensitivity = 0;  // KTEL_S_*
  std::uint32_t granularity = 0;  // KTEL_G_*
  std::string unit;
  std::vector<std::string> from;
  std::string description, example, absent_when;
  std::string alias, replaced_by;
  // These hold the job's where the field has none of its own.
  std::string question, benefit, owner, since, expires;
  std::uint32_t stability = 0;  // KTEL_STABLE, ...; never 0
  std::uint32_t metric = 0;
};

struct Need {
  std::string job;
  std::vector<json::Path> paths;
  bool optional = false;
};

struct Job {
  std::string name, title, summary, question, benefit, owner, contact, since, expires;
  std::uint32_t stability = 0;  // never 0
  bool reentrant = false;
  bool partial_ok = false;
  std::uint32_t timeout_ms = 0;
  std::vector<Field> fields;
  std::vector<Read> reads;
  std::vector<Need> needs;
  std::vector<Param> params;
  std::uint32_t index = 0;  // in the plugin's descriptor, where refused ones count too
};

struct Backend {
  std::string name, summary;
  std::vector<std::string> schemes;
  bool idempotent = false;
  bool has_ack = false;
  bool own_io = false;
  std::uint32_t timeout_ms = 0;
  std::vector<Param> params;
  std::uint32_t index = 0;  // in the plugin's descriptor
};

struct Plugin {
  std::string id, version, vendor, summary, license, url;
  std::uint16_t abi_minor = 0;
  bool isolate = false;
  std::vector<Job> jobs;
  std::vector<Backend> backends;
};

}  // namespace ktel::plugin
