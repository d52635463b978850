// The report is on stdout; the rest is in the run record, which is read from the ledger.
#include "real/jobs_run.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <stdexcept>

#include "support/json_schema.hpp"
#include "support/process.hpp"

namespace ktel::test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

using Words = std::vector<std::string>;

Words joined(Words left, const Words& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

std::string output(const TempDir& home, const Words& arguments) {
  RunOptions options;
  options.deadline = std::chrono::seconds(120);
  options.unset = {"DO_NOT_TRACK", "KTEL_TELEMETRY", "KUBECONFIG", "HTTPS_PROXY", "https_proxy"};
  options.env = {{"HOME", home.path()},
                 {"XDG_STATE_HOME", home / "state"},
                 {"XDG_CACHE_HOME", home / "cache"}};
  RunResult done = run(joined({KTEL_PROGRAM}, arguments), options);
  if (done.exit_code != 0) {
    throw std::runtime_error("exit code " + std::to_string(done.exit_code) + ":\n" + done.err);
  }
  return std::move(done.out);
}

std::string text(const json::value& object, const char* member) {
  return std::string(object.at(member).as_string());
}

void take_fields(const json::object& report, JobsRun& run) {
  for (const auto& job : report) {
    for (const auto& field : job.value().as_object()) {
      const std::string name = std::string(job.key()) + "." + std::string(field.key());
      run.fields[name] = json::serialize(field.value());
      if (!field.value().is_object()) {
        run.entries[name] = run.fields[name];
        continue;
      }
      for (const auto& entry : field.value().get_object()) {
        run.entries[name + "." + std::string(entry.key())] = json::serialize(entry.value());
      }
    }
  }
}

void take_record(const json::value& record, JobsRun& run) {
  run.requests = record.at("requests").to_number<std::uint64_t>();
  run.bytes = record.at("bytes").to_number<std::uint64_t>();
  for (const json::value& finding : record.at("findings").as_array()) {
    if (text(finding, "level") == "note") continue;
    run.findings.push_back(text(finding, "job") + ": " + text(finding, "text"));
  }
  std::sort(run.findings.begin(), run.findings.end());
  for (const json::value& job : record.at("jobs").as_array()) {
    const std::string state = text(job, "state");
    if (state != "ok" && state != "nothing") run.not_ok[text(job, "name")] = state;
  }
}

JobsRun run_in(const TempDir& home, const Words& source, const Words& options) {
  JobsRun run;
  run.report = output(home, joined(joined({"workflows", "run"}, source), options));
  const json::value report = json::parse(run.report);
  const std::string bad =
      violation(json::parse(output(home, {"jobs", "docs", "--format", "jsonschema"})), report);
  if (!bad.empty()) throw std::runtime_error(bad + " in " + run.report);
  take_fields(report.as_object(), run);
  take_record(json::parse(output(home, {"reports", "show", "--record"})), run);
  return run;
}

}  // namespace

std::string JobsRun::lines() const {
  const json::value parsed = json::parse(report);
  std::string all;
  for (const auto& job : parsed.as_object()) {
    all += std::string(job.key()) + " " + json::serialize(job.value()) + "\n";
  }
  return all;
}

JobsRun run_jobs(const fs::path& kubeconfig, const std::vector<std::string>& options) {
  return run_in(TempDir("ktel-jobs-run"), {"--kubeconfig", kubeconfig}, options);
}

JobsRun run_jobs_on_snapshot(const fs::path& kubeconfig, const std::vector<std::string>& options) {
  const TempDir home("ktel-jobs-run");
  const std::string snapshot = home / "snapshot";
  output(home, joined({"snapshot", "save", snapshot, "--kubeconfig", kubeconfig}, options));
  return run_in(home, {"--snapshot", snapshot}, options);
}

std::string ktel_output(const std::vector<std::string>& arguments) {
  return output(TempDir("ktel-jobs-run"), arguments);
}

}  // namespace ktel::test
