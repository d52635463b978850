// What gives a platform away: tables, in the order in which they are tried.
//
// Read by identify_platform.cpp. A new platform is a line here and a line of its test; the order is
// the rule. Patterns: '*' is any text, '#' is a number, everything else is itself.
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

constexpr ktel_read reads[] = {
    {.id = "version",
     .verb = KTEL_READ_RAW,
     .url = "/version",
     .paths = "gitVersion platform",
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
              "metadata.annotations['k3s.io/*'] "
              "metadata.annotations['kubeadm.alpha.kubernetes.io/cri-socket'] "
              "metadata.annotations['kwok.x-k8s.io/node'] "
              "metadata.annotations['machine.openshift.io/*'] "
              "metadata.annotations['machineconfiguration.openshift.io/*'] "
              "metadata.annotations['networking.talos.dev/*'] "
              "metadata.annotations['node.aksedge.io/distro'] "
              "metadata.annotations['node.gke.io/*'] "
              "metadata.annotations['node.k8s.linode.com/private-ip'] "
              "metadata.annotations['oci.oraclecloud.com/*'] "
              "metadata.annotations['rke.cattle.io/*'] "
              "metadata.annotations['rke2.io/node-args'] "
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
};

constexpr const ktel_read& node_read = reads[sdk::index_of(reads, "nodes")];

// The cell of a node's row. A path that the read does not have does not compile.
consteval std::uint32_t cell(const char* path) { return sdk::path_of(node_read, path); }

constexpr std::uint32_t name = cell("metadata.name");
constexpr std::uint32_t provider_id = cell("spec.providerID");
constexpr std::uint32_t kubelet_version = cell("status.nodeInfo.kubeletVersion");
constexpr std::uint32_t os_image = cell("status.nodeInfo.osImage");
constexpr std::uint32_t version_text = 1000;  // not of a node: gitVersion of /version

// ---- distribution ----

struct Rule {
  const char* distribution;
  std::uint32_t cell;  // of a node's row, or version_text
  const char* pattern = "*";
};

// Overlays: they look like what they are built on, so they come before it. The first hit wins.
constexpr Rule overlays[] = {
    {"gke-onprem", cell("metadata.labels['baremetal.cluster.gke.io/*']")},
    {"gke-onprem", cell("metadata.labels['cloud.google.com/gke-on-prem*']")},
    {"eks-anywhere", version_text, "*-eks-#-#-#*"},  // EKS Distro: not the managed service
    {"harvester", cell("metadata.labels['harvesterhci.io/managed']"), "true"},
    {"embedded-cluster", cell("metadata.labels['kots.io/embedded-cluster-role']")},
    {"k3d", provider_id, "k3s://k3d-*"},
    {"k3d", name, "k3d-*-server-#"},
    {"k3d", name, "k3d-*-agent-#"},
    {"docker-desktop", provider_id, "kind://*/desktop/*"},
    {"orbstack", version_text, "*+orb*"},
    {"orbstack", os_image, "OrbStack"},
    {"orbstack", provider_id, "k3s://orbstack"},
    {"orbstack", name, "orbstack"},
    {"rancher-desktop", provider_id, "k3s://lima-rancher-desktop"},
    {"rancher-desktop", name, "lima-rancher-desktop"},
    {"colima", provider_id, "k3s://colima*"},
    {"aks-edge", cell("metadata.annotations['node.aksedge.io/distro']"), "aks_edge_*"},
    {"tkg", version_text, "*+vmware*"},
    {"tkg", cell("metadata.labels['run.tanzu.vmware.com/*']")},
    {"tkg", cell("metadata.labels['node.cluster.x-k8s.io/esxi-host']")},
};

// Managed services. All hits must agree, and fit the cloud (see `homes`): two services in one
// cluster are a contradiction, not a majority.
constexpr Rule managed[] = {
    {"gke", version_text, "*-gke.*"},
    {"eks", version_text, "*-eks-*"},
    {"iks", version_text, "*+IKS*"},
    {"ack", version_text, "*-aliyun*"},
    {"tke", version_text, "*-tke.*"},
    {"cce", version_text, "*-r#-CCE*"},
    {"gke", cell("metadata.labels['cloud.google.com/gke-*']")},
    {"gke", cell("metadata.labels['topology.gke.io/zone']")},
    {"gke", cell("metadata.annotations['container.googleapis.com/instance_id']")},
    {"gke", cell("metadata.annotations['node.gke.io/*']")},
    {"eks", cell("metadata.labels['eks.amazonaws.com/*']")},
    {"eks", cell("metadata.labels['alpha.eksctl.io/*']")},
    {"eks", provider_id, "eks-hybrid://*"},
    {"aks", cell("metadata.labels['kubernetes.azure.com/*']")},
    {"doks", cell("metadata.labels['doks.digitalocean.com/*']")},
    {"lke", cell("metadata.labels['lke.linode.com/pool-id']")},
    {"lke", cell("metadata.annotations['node.k8s.linode.com/private-ip']")},
    {"oke", cell("metadata.labels['oci.oraclecloud.com/fault-domain']")},
    {"oke", cell("metadata.annotations['oci.oraclecloud.com/*']")},
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

// Installed by their users. The version is the control plane's own word and comes first; kubeadm is
// inside many others and comes last. The first hit wins.
constexpr Rule installed[] = {
    {"rke2", version_text, "*+rke2*"},
    {"k3s", version_text, "*+k3s*"},
    {"k3s", version_text, "*-k3s#*"},
    {"k0s", version_text, "*+k0s*"},
    {"k0s", version_text, "*-k0s*"},
    {"rke", version_text, "*-rancher*"},
    {"docker-ee", version_text, "*-mirantis-*"},
    {"docker-ee", version_text, "*-docker-*"},
    {"rke2", cell("metadata.annotations['rke2.io/node-args']")},
    {"rke2", cell("metadata.labels['node.kubernetes.io/instance-type']"), "rke2"},
    {"rke2", cell("metadata.labels['beta.kubernetes.io/instance-type']"), "rke2"},
    {"rke2", provider_id, "rke2://*"},
    {"k3s", cell("metadata.annotations['k3s.io/*']")},
    {"k3s", cell("metadata.labels['node.kubernetes.io/instance-type']"), "k3s"},
    {"k3s", cell("metadata.labels['beta.kubernetes.io/instance-type']"), "k3s"},
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
    {"talos", cell("metadata.annotations['networking.talos.dev/*']")},
    {"talos", cell("metadata.annotations['cluster.talos.dev/node-id']")},
    {"talos", cell("metadata.annotations['extensions.talos.dev/*']")},
    {"docker-desktop", os_image, "Docker Desktop"},
    {"docker-desktop", name, "docker-desktop"},
    {"docker-desktop", name, "docker-for-desktop"},
    {"kops", cell("metadata.labels['kops.k8s.io/instancegroup']")},
    {"docker-ee", cell("metadata.labels['com.docker.ucp*']")},
    {"kurl", cell("metadata.labels['kurl.sh/cluster']"), "true"},
    {"kubeadm", cell("metadata.annotations['kubeadm.alpha.kubernetes.io/cri-socket']")},
};

// Nodes of OpenShift; what it serves is asked in identify_platform.cpp.
constexpr Rule openshift[] = {
    {"okd", cell("metadata.labels['node.openshift.io/os_id']"), "fedora"},
    {"okd", cell("metadata.labels['node.openshift.io/os_id']"), "scos"},
    {"openshift", cell("metadata.labels['node.openshift.io/os_id']")},
    {"openshift", cell("metadata.annotations['machineconfiguration.openshift.io/*']")},
    {"openshift", cell("metadata.annotations['machine.openshift.io/*']")},
};

// Nodes that say nothing about the cluster they are in: simulated, virtual, at the edge.
constexpr Rule no_evidence[] = {
    {"kwok", cell("metadata.annotations['kwok.x-k8s.io/node']"), "fake"},
    {"kwok", cell("metadata.labels['type']"), "kwok"},
    {"kwok", provider_id, "kwok://*"},
    {"kwok", provider_id, "kubemark://*"},
    {"", kubelet_version, "*-kubeedge-*"},
    {"", kubelet_version, "*-vk-*"},
};

// Nodes of a control plane, which EKS never shows.
constexpr Rule control_plane[] = {
    {"", cell("metadata.labels['node-role.kubernetes.io/control-plane']")},
    {"", cell("metadata.labels['node-role.kubernetes.io/master']")},
};

// The clouds in which a managed service can be; "none" is k3s's own provider id, which Civo has.
struct Home {
  const char* distribution;
  const char* cloud;
};
constexpr Home homes[] = {
    {"gke", "gcp"},           {"eks", "aws"},      {"eks", "on-prem"},   {"aks", "azure"},
    {"doks", "digitalocean"}, {"lke", "linode"},   {"oke", "oci"},       {"iks", "ibm"},
    {"ack", "alibaba"},       {"tke", "tencent"},  {"cce", "openstack"}, {"vke", "vultr"},
    {"kapsule", "scaleway"},  {"sks", "exoscale"}, {"civo", "civo"},     {"civo", "none"},
    {"mks", "openstack"},
};

// ---- cloud ----

// By the provider id, in lower case. The order breaks ties between equally many nodes.
struct Cloud {
  const char* cloud;
  const char* pattern;
};
constexpr Cloud clouds[] = {
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

struct Provider {
  const char* provider;
  std::uint32_t cell;
  const char* pattern = "*";
};

constexpr Provider by_version[] = {
    {"GKE", version_text, "*-gke*"},
    {"AWS", version_text, "*-eks*"},
    {"rke2", version_text, "*+rke2*"},
};
// The most nodes win; the order breaks ties.
constexpr Provider by_vote[] = {
    {"GKE", provider_id, "gce://*"},     {"AWS", provider_id, "aws://*"},
    {"Azure", provider_id, "azure://*"}, {"kind", provider_id, "kind://*"},
    {"k3s", provider_id, "k3s://*"},
};
// The first node that has one wins.
constexpr Provider by_mark[] = {
    {"GKE", cell("metadata.annotations['container.googleapis.com/instance_id']")},
    {"k3s", cell("metadata.annotations['k3s.io/*']")},
    {"AWS", cell("metadata.labels['alpha.eksctl.io/*']")},
    {"Azure", cell("metadata.labels['kubernetes.azure.com/*']")},
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
    {"UNKNOWN", "not recognised"},
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
    {"none", "no cloud integration: the ids are those of kind, k3s or RKE2"},
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

constexpr ktel_label archs[] = {
    {"386", "32-bit x86"},        {"amd64", "64-bit x86"},  {"arm", "32-bit Arm"},
    {"arm64", "64-bit Arm"},      {"loong64", "LoongArch"}, {"ppc64le", "64-bit POWER"},
    {"riscv64", "64-bit RISC-V"}, {"s390x", "IBM Z"},       {"other", "any other"},
};

constexpr ktel_label systems[] = {
    {"darwin", "macOS"}, {"linux", "Linux"}, {"windows", "Windows"}, {"other", "any other"}};

}  // namespace platform
