// What gives a platform away: tables, in the order in which they are tried.
//
// Read by evidence.hpp, which looks for them, and by identify_platform.cpp, which concludes. The
// order is the rule. A new platform is a rule, the label of its value, and a line of the test; a
// managed service has a home too, and a mark that no rule has used needs its path in `nodes`, which
// is full: a read has 64 paths. Patterns are those of pattern.hpp.
#pragma once

#include <ktel/sdk/job.hpp>

#include <cstdint>

namespace platform {

namespace sdk = ktel::sdk;

// ---- what is read ----

// The groups of this table are on discovery's own list, so asking for them costs no request.
constexpr ktel_read served(const char* id, const char* group, const char* resource,
                           const char* why) {
  return {.id = id,
          .verb = KTEL_READ_SERVED,
          .group = group,
          .versions = "v1 *",
          .resource = resource,
          .paths = "kind",
          .why = why};
}

// A mark counts by being there, but its value comes along: so of several that always come together
// the one is read that is short and says least. Not read are node-args and node-env of k3s and RKE2
// and the configurations of OpenShift's machines, which have no bound; nor node.gke.io/* and
// networking.talos.dev/*, beside which there is always another mark.
constexpr ktel_read reads[] = {
    {.id = "version",
     .verb = KTEL_READ_RAW,
     .url = "/version",
     .paths = "gitVersion platform major minor",
     .why = "The API server's own version and processor."},
    {.id = "nodes",
     .verb = KTEL_READ_LIST,
     .scope = KTEL_CLUSTER,
     .versions = "v1",
     .resource = "nodes",
     .paths = "metadata.name "
              "spec.providerID "
              "status.nodeInfo.kubeletVersion "
              "status.nodeInfo.osImage "
              "status.nodeInfo.kernelVersion "
              "metadata.annotations['cluster.talos.dev/node-id'] "
              "metadata.annotations['container.googleapis.com/instance_id'] "
              "metadata.annotations['extensions.talos.dev/*'] "
              "metadata.annotations['k3s.io/hostname'] "
              "metadata.annotations['k3s.io/internal-ip'] "
              "metadata.annotations['k3s.io/node-config-hash'] "
              "metadata.annotations['kubeadm.alpha.kubernetes.io/cri-socket'] "
              "metadata.annotations['kwok.x-k8s.io/node'] "
              "metadata.annotations['machine.openshift.io/machine'] "
              "metadata.annotations['machineconfiguration.openshift.io/state'] "
              "metadata.annotations['node.aksedge.io/distro'] "
              "metadata.annotations['node.k8s.linode.com/private-ip'] "
              "metadata.annotations['oci.oraclecloud.com/node-pool-id'] "
              "metadata.annotations['oci.oraclecloud.com/virtual-node-pool-id'] "
              "metadata.annotations['rke.cattle.io/*'] "
              "metadata.annotations['rke2.io/hostname'] "
              "metadata.annotations['rke2.io/node-config-hash'] "
              "metadata.labels['ack.aliyun.com'] "
              "metadata.labels['alibabacloud.com/nodepool-id'] "
              "metadata.labels['alpha.eksctl.io/*'] "
              "metadata.labels['baremetal.cluster.gke.io/*'] "
              "metadata.labels['beta.kubernetes.io/instance-type'] "
              "metadata.labels['cce.cloud.com/cce-nodepool'] "
              "metadata.labels['cloud.google.com/gke-*'] "
              "metadata.labels['cloud.google.com/gke-on-prem*'] "
              "metadata.labels['cloud.tencent.com/*'] "
              "metadata.labels['com.docker.ucp*'] "
              "metadata.labels['doks.digitalocean.com/*'] "
              "metadata.labels['eks.amazonaws.com/*'] "
              "metadata.labels['extensions.talos.dev/*'] "
              "metadata.labels['harvesterhci.io/managed'] "
              "metadata.labels['ibm-cloud.kubernetes.io/*'] "
              "metadata.labels['k8s.scaleway.com/kapsule'] "
              "metadata.labels['kops.k8s.io/instancegroup'] "
              "metadata.labels['kots.io/embedded-cluster-role'] "
              "metadata.labels['kubernetes.azure.com/*'] "
              "metadata.labels['kubernetes.civo.com/*'] "
              "metadata.labels['kurl.sh/cluster'] "
              "metadata.labels['lke.linode.com/pool-id'] "
              "metadata.labels['microk8s.io/cluster'] "
              "metadata.labels['minikube.k8s.io/*'] "
              "metadata.labels['node-role.kubernetes.io/control-plane'] "
              "metadata.labels['node-role.kubernetes.io/master'] "
              "metadata.labels['node.alibabacloud.com/*'] "
              "metadata.labels['node.cluster.x-k8s.io/esxi-host'] "
              "metadata.labels['node.exoscale.net/nodepool-id'] "
              "metadata.labels['node.k0sproject.io/role'] "
              "metadata.labels['node.k8s.ovh/type'] "
              "metadata.labels['node.kubernetes.io/instance-type'] "
              "metadata.labels['node.kubernetes.io/microk8s-*'] "
              "metadata.labels['node.kubernetes.ovhcloud.com/*'] "
              "metadata.labels['node.openshift.io/os_id'] "
              "metadata.labels['node.tke.cloud.tencent.com/*'] "
              "metadata.labels['oci.oraclecloud.com/fault-domain'] "
              "metadata.labels['run.tanzu.vmware.com/*'] "
              "metadata.labels['tke.cloud.tencent.com/*'] "
              "metadata.labels['topology.gke.io/zone'] "
              "metadata.labels['type'] "
              "metadata.labels['vke.vultr.com/node-pool']",
     .why = "Provider ids, and the marks that managed services and installers leave on nodes."},
    // A second read of them because the first is full; they are listed once.
    {.id = "node-info",
     .verb = KTEL_READ_LIST,
     .scope = KTEL_CLUSTER,
     .versions = "v1",
     .resource = "nodes",
     .paths = "status.nodeInfo.architecture "
              "status.nodeInfo.operatingSystem "
              "metadata.annotations['management.cattle.io/pod-limits'] "
              "metadata.labels['beta.kubernetes.io/arch'] "
              "metadata.labels['beta.kubernetes.io/os'] "
              "metadata.labels['kubernetes.io/arch'] "
              "metadata.labels['kubernetes.io/os'] "
              "metadata.labels['run.tanzu.vmware.com/*'] "
              "metadata.labels['topology.gardener.cloud/*'] "
              "metadata.labels['worker.gardener.cloud/*']",
     .why = "Processors and systems of nodes, and the marks of what manages them."},
    served("clusterversions", "config.openshift.io", "clusterversions", "OpenShift serves it."),
    served("scc", "security.openshift.io", "securitycontextconstraints",
           "OpenShift and MicroShift serve it."),
    served("openshift-apps", "apps.openshift.io", nullptr, "OpenShift serves it."),
    served("openshift-projects", "project.openshift.io", nullptr, "OpenShift serves it."),
    served("aro", "aro.openshift.io", nullptr, "Azure Red Hat OpenShift serves it."),
    served("aro-preview", "preview.aro.openshift.io", nullptr,
           "Older Azure Red Hat OpenShift serves it."),
    served("tanzu", "run.tanzu.vmware.com", nullptr, "Tanzu serves it."),
    served("tanzu-core", "core.tanzu.vmware.com", nullptr, "Tanzu serves it."),
    served("rancher", "management.cattle.io", nullptr, "Rancher and its agents serve it."),
    served("open-cluster-management", "work.open-cluster-management.io", "appliedmanifestworks",
           "Clusters that Open Cluster Management manages serve it."),
    served("kubesphere", "tenant.kubesphere.io", nullptr, "KubeSphere serves it."),
    served("arc", "arc.azure.com", "connectedclusters", "Clusters in Azure Arc serve it."),
    {.id = "microshift",
     .verb = KTEL_READ_GET,
     .flags = KTEL_READ_OPTIONAL,
     .versions = "v1",
     .resource = "configmaps",
     .ns = "kube-public",
     .name = "microshift-version",
     .paths = "metadata.name",
     .when = "scc",
     .why = "Tells MicroShift from OpenShift; asked for only where one of them is served."},
    {.id = "infrastructure",
     .verb = KTEL_READ_GET,
     .scope = KTEL_CLUSTER,
     .flags = KTEL_READ_OPTIONAL,
     .group = "config.openshift.io",
     .versions = "v1",
     .resource = "infrastructures",
     .name = "cluster",
     .paths = "status.platformStatus.aws.resourceTags[*].key "
              "status.platformStatus.aws.resourceTags[*].value",
     .when = "clusterversions",
     .why = "Tells ROSA from OpenShift on AWS; asked for only where OpenShift is served."},
    {.id = "openshift-version",
     .verb = KTEL_READ_GET,
     .scope = KTEL_CLUSTER,
     .flags = KTEL_READ_OPTIONAL,
     .group = "config.openshift.io",
     .versions = "v1",
     .resource = "clusterversions",
     .name = "version",
     .paths = "status.desired.version",
     .when = "clusterversions",
     .why = "OpenShift's own version; asked for only where OpenShift is served."},
};

constexpr const ktel_read& node_read = reads[sdk::index_of(reads, "nodes")];
constexpr const ktel_read& info_read = reads[sdk::index_of(reads, "node-info")];

// The cell of a node's row. A path that the read does not have does not compile.
consteval std::uint32_t cell(const char* path) { return sdk::path_of(node_read, path); }
consteval std::uint32_t info_cell(const char* path) { return sdk::path_of(info_read, path); }

constexpr std::uint32_t node_name = cell("metadata.name");
constexpr std::uint32_t provider_id = cell("spec.providerID");
constexpr std::uint32_t kubelet_version = cell("status.nodeInfo.kubeletVersion");
constexpr std::uint32_t os_image = cell("status.nodeInfo.osImage");
constexpr std::uint32_t instance_type = cell("metadata.labels['node.kubernetes.io/instance-type']");
constexpr std::uint32_t old_instance_type =
    cell("metadata.labels['beta.kubernetes.io/instance-type']");

// ---- rules: of a text, a version or a provider id; of a node's row ----

struct TextRule {
  const char* name;  // what it gives away
  const char* pattern;
};

struct NodeRule {
  const char* name;
  std::uint32_t cell;
  const char* pattern = "*";
};

// ---- distribution: in each tier the version first, it is the control plane's own word ----

// Overlays: they look like what they are built on, so they come before it. The first rule wins.
constexpr TextRule overlay_versions[] = {
    {"eks-anywhere", "*-eks-#-#-#*"},  // EKS Distro: not the managed service
    {"orbstack", "*+orb*"},
    {"tkg", "*+vmware*"},
};
constexpr NodeRule overlay_marks[] = {
    {"gke-onprem", cell("metadata.labels['baremetal.cluster.gke.io/*']")},
    {"gke-onprem", cell("metadata.labels['cloud.google.com/gke-on-prem*']")},
    {"harvester", cell("metadata.labels['harvesterhci.io/managed']"), "true"},
    {"embedded-cluster", cell("metadata.labels['kots.io/embedded-cluster-role']")},
    {"k3d", provider_id, "k3s://k3d-*"},
    {"k3d", node_name, "k3d-*-server-#"},
    {"k3d", node_name, "k3d-*-agent-#"},
    {"docker-desktop", provider_id, "kind://*/desktop/*"},
    {"orbstack", os_image, "OrbStack"},
    {"orbstack", provider_id, "k3s://orbstack"},
    {"orbstack", node_name, "orbstack"},
    {"rancher-desktop", provider_id, "k3s://lima-rancher-desktop"},
    {"rancher-desktop", node_name, "lima-rancher-desktop"},
    {"colima", provider_id, "k3s://colima*"},
    {"aks-edge", cell("metadata.annotations['node.aksedge.io/distro']"), "aks_edge_*"},
    {"tkg", cell("metadata.labels['run.tanzu.vmware.com/*']")},
};

// Managed services. Two of them in one cluster are a contradiction, not a majority; see also
// `homes`.
constexpr TextRule managed_versions[] = {
    {"gke", "*-gke.*"},   {"gke", "*-gke-%"}, {"eks", "*-eks-%"},   {"iks", "*+IKS*"},
    {"ack", "*-aliyun*"}, {"tke", "*-tke.*"}, {"cce", "*-r#-CCE*"},
};
constexpr NodeRule managed_marks[] = {
    {"gke", cell("metadata.labels['cloud.google.com/gke-*']")},
    {"gke", cell("metadata.annotations['container.googleapis.com/instance_id']")},
    {"eks", cell("metadata.labels['eks.amazonaws.com/*']")},
    {"eks", cell("metadata.labels['alpha.eksctl.io/*']")},
    {"eks", provider_id, "eks-hybrid://*"},
    {"aks", cell("metadata.labels['kubernetes.azure.com/*']")},
    {"doks", cell("metadata.labels['doks.digitalocean.com/*']")},
    {"lke", cell("metadata.labels['lke.linode.com/pool-id']")},
    {"oke", cell("metadata.annotations['oci.oraclecloud.com/node-pool-id']")},
    {"oke", cell("metadata.annotations['oci.oraclecloud.com/virtual-node-pool-id']")},
    {"iks", cell("metadata.labels['ibm-cloud.kubernetes.io/*']")},
    {"ack", cell("metadata.labels['ack.aliyun.com']")},
    {"ack", cell("metadata.labels['alibabacloud.com/nodepool-id']")},
    {"ack", cell("metadata.labels['node.alibabacloud.com/*']")},
    {"tke", cell("metadata.labels['tke.cloud.tencent.com/*']")},
    {"tke", cell("metadata.labels['node.tke.cloud.tencent.com/*']")},
    {"tke", cell("metadata.labels['cloud.tencent.com/*']")},
    {"cce", cell("metadata.labels['cce.cloud.com/cce-nodepool']")},
    {"vke", cell("metadata.labels['vke.vultr.com/node-pool']")},
    {"kapsule", cell("metadata.labels['k8s.scaleway.com/kapsule']")},
    {"sks", cell("metadata.labels['node.exoscale.net/nodepool-id']")},
    {"civo", cell("metadata.labels['kubernetes.civo.com/*']")},
    {"mks", cell("metadata.labels['node.k8s.ovh/type']")},
    {"mks", cell("metadata.labels['node.kubernetes.ovhcloud.com/*']")},
};

// Marks of managed services that the cloud's own controllers and drivers leave on any cluster in
// that cloud, so they say nothing where an installer is named or a node of the control plane shown.
constexpr NodeRule controller_marks[] = {
    {"gke", cell("metadata.labels['topology.gke.io/zone']")},
    {"lke", cell("metadata.annotations['node.k8s.linode.com/private-ip']")},
    {"oke", cell("metadata.labels['oci.oraclecloud.com/fault-domain']")},
};

// The clouds in which a managed service can be; "none" is k3s's own provider id, which Civo has.
struct Home {
  const char* service;
  const char* cloud;
};
constexpr Home homes[] = {
    {"gke", "gcp"},           {"eks", "aws"},      {"eks", "on-prem"},   {"aks", "azure"},
    {"doks", "digitalocean"}, {"lke", "linode"},   {"oke", "oci"},       {"iks", "ibm"},
    {"ack", "alibaba"},       {"tke", "tencent"},  {"cce", "openstack"}, {"vke", "vultr"},
    {"kapsule", "scaleway"},  {"sks", "exoscale"}, {"civo", "civo"},     {"civo", "none"},
    {"mks", "openstack"},
};

// The service that is built on something users install too: its version names that.
constexpr struct {
  const char* service;
  const char* installer;
} built_on = {"civo", "k3s"};

// Installed by their users. The first rule wins.
constexpr TextRule installed_versions[] = {
    {"rke2", "*+rke2*"},
    {"k3s", "*+k3s*"},
    {"k3s", "*-k3s#*"},
    {"k0s", "*+k0s*"},
    {"k0s", "*-k0s*"},
    {"rke", "*-rancher*"},
    {"docker-ee", "*-mirantis-*"},
    {"docker-ee", "*-docker-*"},
};
// kubeadm is inside many others, so it comes last. Of recent releases it leaves no mark on nodes;
// its ConfigMap kube-system/kubeadm-config would tell, but no `when` keeps that request from
// clusters that are not kubeadm's, and with it the built-in jobs would make nine on the plainest.
constexpr NodeRule installed_marks[] = {
    {"rke2", cell("metadata.annotations['rke2.io/hostname']")},
    {"rke2", cell("metadata.annotations['rke2.io/node-config-hash']")},
    {"rke2", instance_type, "rke2"},
    {"rke2", old_instance_type, "rke2"},
    {"rke2", provider_id, "rke2://*"},
    {"k3s", cell("metadata.annotations['k3s.io/hostname']")},
    {"k3s", cell("metadata.annotations['k3s.io/internal-ip']")},
    {"k3s", cell("metadata.annotations['k3s.io/node-config-hash']")},
    {"k3s", instance_type, "k3s"},
    {"k3s", old_instance_type, "k3s"},
    {"k3s", provider_id, "k3s://*"},
    {"k0s", cell("metadata.labels['node.k0sproject.io/role']")},
    {"rke", cell("metadata.annotations['rke.cattle.io/*']")},
    {"microk8s", cell("metadata.labels['microk8s.io/cluster']"), "true"},
    {"microk8s", cell("metadata.labels['node.kubernetes.io/microk8s-*']")},
    {"kind", provider_id, "kind://*"},
    {"minikube", cell("metadata.labels['minikube.k8s.io/*']")},
    {"talos", os_image, "Talos (*"},
    {"talos", cell("status.nodeInfo.kernelVersion"), "*-talos"},
    {"talos", provider_id, "talos://*"},
    {"talos", cell("metadata.annotations['cluster.talos.dev/node-id']")},
    {"talos", cell("metadata.annotations['extensions.talos.dev/*']")},
    {"talos", cell("metadata.labels['extensions.talos.dev/*']")},
    {"docker-desktop", os_image, "Docker Desktop"},
    {"docker-desktop", node_name, "docker-desktop"},
    {"docker-desktop", node_name, "docker-for-desktop"},
    {"kops", cell("metadata.labels['kops.k8s.io/instancegroup']")},
    {"docker-ee", cell("metadata.labels['com.docker.ucp*']")},
    {"kurl", cell("metadata.labels['kurl.sh/cluster']"), "true"},
    // not Tanzu's alone: Cluster API on vSphere writes it, whatever it installs
    {"tkg", cell("metadata.labels['node.cluster.x-k8s.io/esxi-host']")},
    {"kubeadm", cell("metadata.annotations['kubeadm.alpha.kubernetes.io/cri-socket']")},
};

// Nodes of OpenShift; what it serves is asked in evidence.hpp.
constexpr NodeRule openshift_marks[] = {
    {"okd", cell("metadata.labels['node.openshift.io/os_id']"), "fedora"},
    {"okd", cell("metadata.labels['node.openshift.io/os_id']"), "scos"},
    {"openshift", cell("metadata.labels['node.openshift.io/os_id']")},
    {"openshift", cell("metadata.annotations['machineconfiguration.openshift.io/state']")},
    {"openshift", cell("metadata.annotations['machine.openshift.io/machine']")},
};

// Nodes that say nothing about the cluster they are in: simulated, virtual, at the edge.
struct NoEvidence {
  bool simulated;
  std::uint32_t cell;
  const char* pattern;
};
constexpr NoEvidence no_evidence[] = {
    {true, cell("metadata.annotations['kwok.x-k8s.io/node']"), "fake"},
    {true, cell("metadata.labels['type']"), "kwok"},
    {true, provider_id, "kwok://*"},
    {true, provider_id, "kubemark://*"},
    {false, kubelet_version, "*-kubeedge-*"},
    {false, kubelet_version, "*-vk-*"},
};

// A node of the control plane, which EKS never shows.
constexpr std::uint32_t control_plane_marks[] = {
    cell("metadata.labels['node-role.kubernetes.io/control-plane']"),
    cell("metadata.labels['node-role.kubernetes.io/master']"),
};

// ---- cloud ----

// By the provider id, in lower case; a pattern without "://" is for ids without a scheme. The order
// breaks ties between equally many nodes.
constexpr TextRule clouds[] = {
    {"aws", "aws://*"},
    {"gcp", "gce://*"},
    {"azure", "azure://*"},
    {"on-prem", "eks-hybrid://*"},
    {"digitalocean", "digitalocean://*"},
    {"linode", "linode://*"},
    {"oci", "oci://*"},
    {"oci", "ocid1.instance.*"},
    {"ibm", "ibm://*"},
    {"ibm", "ibmcloud://*"},
    {"ibm", "ibmpowervs://*"},
    {"alibaba", "alicloud://*"},
    {"alibaba", "*-*.i-*"},  // <region>.i-<instance>, without a scheme
    {"tencent", "qcloud://*"},
    {"baidu", "cce://*"},
    {"vultr", "vultr://*"},
    {"scaleway", "scaleway://*"},
    {"exoscale", "exoscale://*"},
    {"civo", "civo://*"},
    {"ionos", "ionos://*"},
    {"brightbox", "brightbox://*"},
    {"kamatera", "kamatera://*"},
    {"utho", "utho://*"},
    {"volcengine", "volcengine://*"},
    {"cherryservers", "cherryservers://*"},
    {"bizflycloud", "bizflycloud://*"},
    {"hetzner", "hcloud://*"},
    {"hetzner", "hrobot://*"},
    {"equinix", "equinixmetal://*"},
    {"equinix", "packet://*"},
    {"openstack", "openstack://*"},
    {"vsphere", "vsphere://*"},
    {"cloudstack", "cloudstack://*"},
    {"metal3", "metal3://*"},
    {"harvester", "harvester://*"},
    {"kubevirt", "kubevirt://*"},
    {"nutanix", "nutanix://*"},
    {"proxmox", "proxmox://*"},
    {"azure-stack", "moc://*"},
    {"aws", "talos://aws/*"},
    {"gcp", "talos://gcp/*"},
    {"azure", "talos://azure/*"},
    {"digitalocean", "talos://digital-ocean/*"},
    {"linode", "talos://akamai/*"},
    {"oci", "talos://oracle/*"},
    {"vultr", "talos://vultr/*"},
    {"scaleway", "talos://scaleway/*"},
    {"exoscale", "talos://exoscale/*"},
    {"hetzner", "talos://hcloud/*"},
    {"equinix", "talos://equinixmetal/*"},
    {"openstack", "talos://openstack/*"},
    {"vsphere", "talos://vmware/*"},
    {"cloudstack", "talos://cloudstack/*"},
    {"none", "kind://*"},
    {"none", "k3s://*"},
    {"none", "rke2://*"},
};

// ---- provider: the names and the order of Kong's own telemetry ----

constexpr TextRule provider_versions[] = {
    {"GKE", "*-gke.*"}, {"GKE", "*-gke-%"}, {"AWS", "*-eks-%"}, {"rke2", "*+rke2*"}};
// By the provider id. The most nodes win; the order breaks ties.
constexpr TextRule provider_ids[] = {{"GKE", "gce://*"},
                                     {"AWS", "aws://*"},
                                     {"Azure", "azure://*"},
                                     {"kind", "kind://*"},
                                     {"k3s", "k3s://*"}};
// The first node that has one wins.
constexpr NodeRule provider_marks[] = {
    {"GKE", cell("metadata.annotations['container.googleapis.com/instance_id']")},
    {"k3s", cell("metadata.annotations['k3s.io/hostname']")},
    {"k3s", cell("metadata.annotations['k3s.io/internal-ip']")},
    {"k3s", cell("metadata.annotations['k3s.io/node-config-hash']")},
    {"AWS", cell("metadata.labels['alpha.eksctl.io/*']")},
    {"Azure", cell("metadata.labels['kubernetes.azure.com/*']")},
};

// ---- management: by marks on nodes, of node-info, and by what is served ----

constexpr NodeRule manager_marks[] = {
    {"gardener", info_cell("metadata.labels['worker.gardener.cloud/*']")},
    {"gardener", info_cell("metadata.labels['topology.gardener.cloud/*']")},
    {"tanzu", info_cell("metadata.labels['run.tanzu.vmware.com/*']")},
    {"rancher", info_cell("metadata.annotations['management.cattle.io/pod-limits']")},
};

struct ServedRule {
  const char* name;
  std::uint32_t read;
};
constexpr ServedRule served_managers[] = {
    {"tanzu", sdk::index_of(reads, "tanzu")},
    {"tanzu", sdk::index_of(reads, "tanzu-core")},
    {"rancher", sdk::index_of(reads, "rancher")},
    {"open-cluster-management", sdk::index_of(reads, "open-cluster-management")},
    {"kubesphere", sdk::index_of(reads, "kubesphere")},
    {"arc", sdk::index_of(reads, "arc")},
};

// ---- what the values mean ----

constexpr ktel_label providers[] = {
    {"GKE", "Google"},
    {"AWS", "Amazon"},
    {"Azure", "Microsoft"},
    {"kind", "kind"},
    {"k3s", "k3s"},
    {"rke2", "RKE2"},
    {"OpenShift", "OpenShift, on machines of nobody above"},
    {"Tanzu", "Tanzu, on machines of nobody above"},
    {"UNKNOWN", "not recognised, or the signals contradict each other"},
};

constexpr ktel_label distributions[] = {
    {"ack", "Alibaba ACK"},
    {"aks", "Azure AKS"},
    {"aks-edge", "AKS Edge Essentials"},
    {"aro", "Azure Red Hat OpenShift"},
    {"cce", "Huawei CCE"},
    {"civo", "Civo"},
    {"colima", "Colima"},
    {"docker-desktop", "Docker Desktop"},
    {"docker-ee", "Mirantis Kubernetes Engine, formerly Docker EE"},
    {"doks", "DigitalOcean Kubernetes"},
    {"eks", "Amazon EKS"},
    {"eks-anywhere", "EKS Anywhere, or another cluster of EKS Distro"},
    {"embedded-cluster", "Replicated Embedded Cluster"},
    {"gke", "Google GKE"},
    {"gke-onprem", "Google Distributed Cloud"},
    {"harvester", "Harvester"},
    {"iks", "IBM Cloud Kubernetes Service"},
    {"k0s", "k0s"},
    {"k3d", "k3d"},
    {"k3s", "k3s"},
    {"kapsule", "Scaleway Kapsule"},
    {"kind", "kind"},
    {"kops", "kOps"},
    {"kubeadm", "kubeadm, nothing more specific"},
    {"kurl", "kURL"},
    {"kwok", "simulated nodes only"},
    {"lke", "Akamai (Linode) LKE"},
    {"microk8s", "MicroK8s"},
    {"microshift", "MicroShift"},
    {"minikube", "minikube"},
    {"mks", "OVHcloud Managed Kubernetes"},
    {"oke", "Oracle OKE"},
    {"okd", "OKD"},
    {"openshift", "OpenShift"},
    {"orbstack", "OrbStack"},
    {"rancher-desktop", "Rancher Desktop"},
    {"rke", "RKE, the first"},
    {"rke2", "RKE2"},
    {"rosa", "Red Hat OpenShift on AWS"},
    {"sks", "Exoscale SKS"},
    {"talos", "Talos Linux"},
    {"tke", "Tencent TKE"},
    {"tkg", "VMware Tanzu"},
    {"vke", "Vultr Kubernetes Engine"},
    {"unknown", "not recognised, or the signals contradict each other"},
};

constexpr ktel_label cloud_names[] = {
    {"alibaba", "Alibaba Cloud"},
    {"aws", "Amazon Web Services"},
    {"azure", "Microsoft Azure"},
    {"azure-stack", "Azure Stack HCI"},
    {"baidu", "Baidu Cloud"},
    {"bizflycloud", "Bizfly Cloud"},
    {"brightbox", "Brightbox"},
    {"cherryservers", "Cherry Servers"},
    {"civo", "Civo"},
    {"cloudstack", "Apache CloudStack"},
    {"digitalocean", "DigitalOcean"},
    {"equinix", "Equinix Metal"},
    {"exoscale", "Exoscale"},
    {"gcp", "Google Cloud"},
    {"harvester", "Harvester"},
    {"hetzner", "Hetzner"},
    {"ibm", "IBM Cloud"},
    {"ionos", "IONOS"},
    {"kamatera", "Kamatera"},
    {"kubevirt", "KubeVirt"},
    {"linode", "Akamai (Linode)"},
    {"metal3", "Metal3"},
    {"none", "no cloud: ids of kind, k3s or RKE2, or only simulated nodes"},
    {"nutanix", "Nutanix"},
    {"oci", "Oracle Cloud"},
    {"on-prem", "the user's own machines, as hybrid nodes of EKS"},
    {"openstack", "OpenStack"},
    {"proxmox", "Proxmox"},
    {"scaleway", "Scaleway"},
    {"tencent", "Tencent Cloud"},
    {"utho", "Utho"},
    {"volcengine", "Volcengine"},
    {"vsphere", "VMware vSphere"},
    {"vultr", "Vultr"},
    {"unknown", "no node has an id that is known"},
};

// The first of them that is there: what made the cluster, before what it was attached to later.
constexpr ktel_label managers[] = {
    {"gardener", "Gardener"},
    {"tanzu", "VMware Tanzu"},
    {"rancher", "Rancher, above the cluster or in it"},
    {"open-cluster-management", "Open Cluster Management, or Red Hat's product of it"},
    {"kubesphere", "KubeSphere, in the cluster or above it"},
    {"arc", "Azure Arc"},
    {"none", "no manager that is known"},
};

constexpr ktel_label archs[] = {
    {"386", "32-bit x86"},        {"amd64", "64-bit x86"},  {"arm", "32-bit Arm"},
    {"arm64", "64-bit Arm"},      {"loong64", "LoongArch"}, {"ppc64le", "64-bit POWER"},
    {"riscv64", "64-bit RISC-V"}, {"s390x", "IBM Z"},       {"other", "any other"},
};

constexpr ktel_label systems[] = {
    {"darwin", "macOS"}, {"linux", "Linux"}, {"windows", "Windows"}, {"other", "any other"}};

constexpr ktel_label node_systems[] = {
    {"linux", "Linux"}, {"windows", "Windows"}, {"other", "any other"}};

}  // namespace platform
