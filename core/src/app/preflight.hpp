// `Preflight`: what a run would need that is not in its hands: permissions, and report servers.
//
// Pure: what there is to ask, and what the answers mean. check.hpp asks; `ktel workflows check`
// prints it.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <ktel/result.hpp>

#include "app/run_plan.hpp"
#include "base/http.hpp"
#include "base/secrets.hpp"
#include "cluster/access_review.hpp"
#include "delivery/sink.hpp"

namespace ktel::app {

struct NeededRule {
  enum class Verdict { unknown, allowed, denied };

  std::string permission = {};  // "list pods in namespace shop", "get /version"
  bool optional = false;        // its jobs are of use without it
  std::map<std::string, std::vector<std::string>> fields = {};  // made of it, by job; sorted
  std::string rule = {};  // "{apiGroups: [\"\"], resources: [\"pods\"], verbs: [\"list\"]}"
  std::string role = {};  // whose rule that is: "ClusterRole", "Role in namespace shop"
  cluster::Permission asks = {};
  Verdict verdict = Verdict::unknown;
  std::string said = {};  // the server's reason for a denial; often empty
};

// One host of a report server that was connected to.
struct ProbedHost {
  std::string host = {};  // "10.0.0.1:8088"
  std::string text = {};  // what it answered, or why it did not
  std::optional<Errc> failed = {};
};

// A report server that its backend has opened: its parameters, token and files are good.
struct CheckedServer {
  std::string url = {};   // as it is shown
  std::string text = {};  // why there are no hosts, or what those reached do not prove
  std::vector<ProbedHost> hosts = {};
};

struct Preflight {
  std::string off = {};      // consent: nothing was looked at, and why
  std::string notice = {};   // reports would not be sent, and why
  std::string cluster = {};  // "https://10.0.0.1:6443", "snapshot DIR"; empty: nothing is read
  std::vector<NeededRule> rules = {};  // in the order of the plan; of a snapshot none
  std::optional<Error> cluster_error = {};
  std::vector<CheckedServer> servers = {};
};

// Each permission of the plan once, not yet asked after. Optional is what only optional reads need.
std::vector<NeededRule> needed_rules(const RunPlan& plan);

// OPTIONS for the URL that reports go to: it changes nothing, and of the report it has neither a
// header nor a secret. `preview`: of any report. Trusts and goes the way a report does.
HttpRequest probe_request(const delivery::Preview& preview,
                          const delivery::Destination& destination, std::string proxy,
                          std::chrono::milliseconds limit);

// What came of it.
ProbedHost probed(const std::string& host, const HttpResponse& response, const Secrets& secrets);

// What an operator has to do something about, in one sentence each: the cluster, then the report
// servers. Empty: a run has what it needs, as far as can be known.
std::vector<Error> problems(const Preflight& preflight);

}  // namespace ktel::app
