// What a GKE cluster with Kong installed by Helm looks like to a job, written into a real API
// server.
#pragma once

#include "real/cluster.hpp"

namespace ktel::test {

// Two nodes, the namespace kong with a Deployment of chart kong-2.8.0 (its rollout at 2022-05-03
// 08:46:22), three pods, two services beside the API server's own.
void install_kong(Cluster& cluster);

// What the built-in jobs declare that they read, as rules of a ClusterRole.
extern const char* const built_in_job_rules;

}  // namespace ktel::test
