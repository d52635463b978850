// `run_jobs`: `ktel workflows run` on a cluster, and what came of it taken apart.
//
//   const auto run = test::run_jobs(cluster.kubeconfig(account.token), {"--jobs", "all"});
//   CHECK(run.fields.at("cluster-state.pods_count") == "3");
//
// Each run has a home of its own, and leaves nothing behind. Throws std::runtime_error, with what
// the command said, if it made no report, or one that does not keep to the schema of reports.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ktel::test {

struct JobsRun {
  std::string report = {};                          // canonical, as printed
  std::map<std::string, std::string> fields = {};   // "job.field" to its value
  std::map<std::string, std::string> entries = {};  // the same; of maps "job.field.key"
  std::vector<std::string> findings = {};           // "job: text"; no notes
  std::map<std::string, std::string> not_ok = {};   // job to state, of those that did not end well
  std::uint64_t requests = 0;                       // as the run counted them
  std::uint64_t bytes = 0;

  // The report, a line a job.
  std::string lines() const;
};

JobsRun run_jobs(const std::filesystem::path& kubeconfig, const std::vector<std::string>& options);

// The same on a snapshot, which is saved of the cluster for the same options.
JobsRun run_jobs_on_snapshot(const std::filesystem::path& kubeconfig,
                             const std::vector<std::string>& options);

// What `ktel` with these arguments prints, which must end well.
std::string ktel_output(const std::vector<std::string>& arguments);

}  // namespace ktel::test
