// `prepare`: from names to what a run will do: jobs with those they need, masks, parameters, reads.
//
// Pure, but for the variables that jobs name for their parameters. Fed by the catalog and the
// operator's choice; read by the engine, by plan and describe commands. The catalog must outlive
// what is made here.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <ktel/report.hpp>
#include <ktel/result.hpp>

#include "base/env.hpp"
#include "plugin/catalog.hpp"
#include "plugin/param_value.hpp"
#include "standard/policy.hpp"
#include "workflow/plan.hpp"

namespace ktel::workflow {

struct Selection {
  std::vector<std::string> jobs;              // names; "all" is every job
  std::map<std::string, std::string> params;  // "JOB.NAME" -> text
  standard::Policy policy;
  std::string today;  // "2026-11-25", UTC
  // Where parameters may take their values from the variables they name. Empty: it is not known in
  // which environment the run will be, and reads that wait for such a value stay, with ${param}.
  Env env = {};
};

struct PreparedJob {
  plugin::JobRef ref;
  bool selected = false;                   // else it only runs for a job that needs it
  std::vector<bool> masked;                // by field
  std::vector<plugin::ParamValue> params;  // by parameter
  std::vector<plugin::Read> reads;         // ${param} put in
  std::vector<bool> wanted;                // by read

  const plugin::Job& job() const { return ref.job(); }
  bool withheld() const;  // every field is masked
  // The declaration as this run carries it out: fields that may leave, reads that are made.
  plugin::Job narrowed() const;
};

struct Prepared {
  std::vector<PreparedJob> jobs;
  std::vector<Finding> findings;      // of what is withheld
  std::vector<std::string> withheld;  // "job.field: why"
  std::vector<bool> loss_masked;      // by field of standard::loss_job()
};

// bad_input: no jobs, an unknown job (with the nearest name), a parameter that is unknown, missing
// or does not fit, a circular need, a policy that names no field there is.
Result<Prepared> prepare(const plugin::Catalog& catalog, const Selection& selection);

// The order in which its jobs run. bad_input: as prepare(), which has asked.
Result<Plan> plan_of(const Prepared& prepared);

// Why there is no such job: refused, or the nearest name. not_found.
Error unknown_job(const plugin::Catalog& catalog, const std::string& name);

}  // namespace ktel::workflow
