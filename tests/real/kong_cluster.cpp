// The objects of install_kong, as kubectl would show them.
#include "real/kong_cluster.hpp"

namespace ktel::test {
namespace {

std::string node(const std::string& name) {
  return R"({"metadata":{"name":")" + name +
         R"(","labels":{"cloud.google.com/gke-nodepool":"default","kubernetes.io/arch":"amd64"}},
     "spec":{"providerID":"gce://acme-prod/europe-west1-b/)" +
         name + R"("},
     "status":{"nodeInfo":{"architecture":"amd64","operatingSystem":"linux",
       "kubeletVersion":"v1.36.0-gke.100","osImage":"Container-Optimized OS","kernelVersion":"6.6",
       "containerRuntimeVersion":"containerd://2.0","kubeProxyVersion":"","machineID":"","systemUUID":"",
       "bootID":""}}})";
}

const char* const deployment = R"({"apiVersion":"apps/v1","kind":"Deployment",
  "metadata":{"name":"edge-kong","namespace":"kong",
    "labels":{"app.kubernetes.io/name":"kong","app.kubernetes.io/instance":"edge",
              "app.kubernetes.io/managed-by":"Helm","app.kubernetes.io/version":"2.8",
              "helm.sh/chart":"kong-2.8.0"},
    "annotations":{"meta.helm.sh/release-name":"edge","meta.helm.sh/release-namespace":"kong"}},
  "spec":{"replicas":2,"selector":{"matchLabels":{"app":"edge-kong"}},
    "template":{"metadata":{"labels":{"app":"edge-kong"}},"spec":{"containers":[
      {"name":"ingress-controller","image":"kong/kubernetes-ingress-controller:2.3.1"},
      {"name":"proxy","image":"kong:2.8.0","env":[{"name":"KONG_DATABASE","value":"off"}]}]}}}})";

const char* const deployment_status = R"({"status":{"conditions":[
  {"type":"Progressing","status":"True","reason":"NewReplicaSetAvailable",
   "lastUpdateTime":"2022-05-03T08:46:22Z","lastTransitionTime":"2022-05-03T08:40:00Z"}]}})";

std::string pod(const std::string& name) {
  return R"({"metadata":{"name":")" + name +
         R"("},"spec":{"containers":[{"name":"c","image":"i"}]}})";
}

std::string service(const std::string& name) {
  return R"({"metadata":{"name":")" + name + R"("},"spec":{"ports":[{"port":80}]}})";
}

}  // namespace

const char* const built_in_job_rules = R"([
  {"apiGroups":[""],"resources":["namespaces","nodes","pods","services"],"verbs":["list"]},
  {"apiGroups":["apps"],"resources":["daemonsets","deployments","statefulsets"],"verbs":["list"]},
  {"apiGroups":["networking.k8s.io"],"resources":["ingresses"],"verbs":["list"]},
  {"nonResourceURLs":["/version"],"verbs":["get"]}])";

void install_kong(Cluster& cluster) {
  cluster.create("/api/v1/nodes", node("gke-a"));
  cluster.create("/api/v1/nodes", node("gke-b"));
  cluster.create("/api/v1/namespaces", R"({"metadata":{"name":"kong"}})");
  cluster.create("/apis/apps/v1/namespaces/kong/deployments", deployment);
  // Statuses are the server's: they are written through the subresource alone.
  cluster.merge("/apis/apps/v1/namespaces/kong/deployments/edge-kong/status", deployment_status);
  for (const char* name : {"edge-kong-1", "edge-kong-2", "job-done"}) {
    cluster.create("/api/v1/namespaces/kong/pods", pod(name));
  }
  for (const char* name : {"edge-kong-proxy", "edge-kong-admin"}) {
    cluster.create("/api/v1/namespaces/kong/services", service(name));
  }
}

}  // namespace ktel::test
