// identify-platform: a row for each signal, for each order of precedence, for each contradiction.
#include <doctest/doctest.h>
#include <ktel/abi/plugin.h>
#include <ktel/sdk/testing/fake_host.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alone.hpp"

using ktel::sdk::testing::FakeHost;
using ktel::sdk::testing::Object;
using ktel::sdk::testing::Outcome;

TEST_SUITE("plugins/jobs/identify_platform") {
  namespace {

  const ktel_job& job() { return ktel_plugin_v1(nullptr)->jobs[0]; }

  Object id(std::string provider_id) { return {{"spec.providerID", std::move(provider_id)}}; }
  Object label(const std::string& key, const std::string& value = "x") {
    return Object().label(key, value);
  }
  Object annotation(const std::string& key, const std::string& value = "x") {
    return Object().annotation(key, value);
  }
  Object info(const std::string& member, std::string value) {
    return {{"status.nodeInfo." + member, std::move(value)}};
  }
  Object named(std::string name) { return {{"metadata.name", std::move(name)}}; }

  using Nodes = std::vector<Object>;

  FakeHost host_of(const std::string& version, const Nodes& nodes) {
    FakeHost host(job());
    host.object("version", {{"gitVersion", version}, {"platform", "linux/amd64"}});
    // the host lists them once, for both reads
    for (const Object& node : nodes) host.object("nodes", node).object("node-info", node);
    return host;
  }
  Outcome run(const std::string& version, const Nodes& nodes) {
    Outcome outcome = host_of(version, nodes).run();
    CHECK(outcome.findings == std::vector<std::string>{});
    return outcome;
  }

  const std::string plain = "v1.31.1";

  Object aws_node() { return id("aws:///a/i-1"); }
  Object control_plane(Object node) {
    return node.label("node-role.kubernetes.io/control-plane", "");
  }

  using Fields = std::map<std::string, std::string>;

  // The entries of a map field, without its name.
  Fields entries(const Outcome& outcome, const std::string& field) {
    Fields found;
    for (const auto& [key, value] : outcome.fields) {
      if (key.starts_with(field + ".")) found.emplace(key.substr(field.size() + 1), value);
    }
    return found;
  }

  }  // namespace

  TEST_CASE("the version document gives version, os and arch, whatever its suffix") {
    for (const char* version :
         {"v1.23.4", "v1.24.1-gke.1400", "v0.0.0-master+$Format:%H$", "v1-custom"}) {
      const Outcome outcome = run(version, {});

      CHECK(outcome["kubernetes_version"] == version);
      CHECK(outcome["os"] == "linux");
      CHECK(outcome["arch"] == "amd64");
    }
  }

  TEST_CASE("the release begins with the numbers of the version, else it is major and minor") {
    struct Case {
      const char* version;
      const char* major;
      const char* minor;
      const char* release;  // the host cuts it behind the third number; "": absent
    };
    const Case cases[] = {
        {"v1.27.8+rke2r1", "1", "27", "v1.27.8+rke2r1"},
        {"v1.24.1-gke.1400", "1", "24+", "v1.24.1-gke.1400"},
        {"1.31.1", "1", "31", "v1.31.1"},
        {"v1.31", "1", "31", "v1.31"},
        {"v0.0.0-master+$Format:%H$", "0", "0", "v0.0.0-master+$Format:%H$"},
        {"v1-custom", "1", "24", "v1.24"},
        {"v1.-custom", "1", "22+", "v1.22+"},
        {"custom", "1", "24", "v1.24"},
        {"", "1", "24", "v1.24"},
        {"v1-custom", "", "24", ""},
        {"v1-custom", "1", "", ""},
        {"v1-custom", "one", "24", ""},
    };
    for (const Case& c : cases) {
      CAPTURE(std::string(c.version));
      FakeHost host(job());
      host.object("version", {{"gitVersion", c.version}, {"major", c.major}, {"minor", c.minor}});
      const Outcome outcome = host.run();
      const auto found = outcome.fields.find("kubernetes_release");
      CHECK((found == outcome.fields.end() ? "" : found->second) == c.release);
    }
  }

  TEST_CASE("fields carry Kong's compact keys; k8s_arch is made of two of them") {
    const std::map<std::string_view, std::string_view> aliases = {
        {"os", "k8s_arch"},
        {"arch", "k8s_arch"},
        {"provider", "k8s_provider"},
        {"kubernetes_version", "k8sv"},
        {"kubernetes_release", "k8sv_semver"},
        {"openshift_version", "openshift_version"},
    };
    for (std::uint32_t i = 0; i < job().field_count; ++i) {
      const ktel_field& field = job().fields[i];
      const auto found = aliases.find(field.name);
      CAPTURE(std::string(field.name));
      CHECK((field.alias == nullptr ? "" : std::string_view(field.alias)) ==
            (found == aliases.end() ? "" : found->second));
    }
  }

  TEST_CASE("the text of the version names the distribution") {
    const std::pair<const char*, const char*> cases[] = {
        {"v1.24.1-gke.1400", "gke"},
        {"v1.35.7-gke.1222000", "gke"},
        {"v1.22.10-eks-84b4fe6", "eks"},
        {"v1.33.1-eks-7308294", "eks"},
        {"v1.29.1-eks-1-29-12", "eks-anywhere"},
        {"v1.33.1--eks-7308294", "eks"},  // begins within what begins like it
        {"v1.29.1-eks-ours", "unknown"},  // only with the hash of a build
        {"v1.2.3-gke-a1fdc32f", "gke"},
        {"v1.27.8+rke2r1", "rke2"},
        {"v1.30.4+k3s1", "k3s"},
        {"v1.18.9-k3s1", "k3s"},
        {"v1.28.3+k0s", "k0s"},
        {"v1.19.3-k0s1", "k0s"},
        {"v1.25.13-rancher1-1", "rke"},
        {"v1.29.3+orb1", "orbstack"},
        {"v1.17.6+IKS", "iks"},
        {"v1.18.8-aliyun.1", "ack"},
        {"v1.22.5-tke.9", "tke"},
        {"v1.17.9-r0-CCE20.7.1.B003-17.36.3", "cce"},
        {"v1.24.9+vmware.1", "tkg"},
        {"v1.21.12-mirantis-1", "docker-ee"},
        {"v1.14.8-docker-1", "docker-ee"},
        {"v1.29.5+aba1e8d", "unknown"},  // OpenShift's kubelet says so too: never without a second
        {"v1.31.1", "unknown"},
    };
    for (const auto& [version, distribution] : cases) {
      CAPTURE(std::string(version));
      CHECK(run(version, {})["distribution"] == distribution);
    }
  }

  TEST_CASE("an edge or virtual node says nothing about the cluster") {
    const std::pair<Object, const char*> foreign[] = {
        {annotation("k3s.io/hostname"), "k3s"},
        {Object(id("aws:///a/i-1")).label("eks.amazonaws.com/nodegroup"), "eks"},
        {label("minikube.k8s.io/name"), "minikube"},
    };
    for (const auto& [marked, distribution] : foreign) {
      CHECK(run(plain, {marked})["distribution"] == distribution);
      for (const char* version : {"v1.19.3-kubeedge-v1.8.2", "v1.19.10-vk-azure-aci-1.4.1"}) {
        const Outcome outcome =
            run(plain, {Object(marked).set("status.nodeInfo.kubeletVersion", version)});

        CHECK(outcome["distribution"] == "unknown");
        CHECK(outcome["provider"] == "UNKNOWN");
        CHECK(outcome["cloud"] == "unknown");
      }
    }
  }

  TEST_CASE("the version of a kubelet stands in for the server's, and only then") {
    const auto kubelet = [](const char* version) { return info("kubeletVersion", version); };
    const auto without_version = [](const Nodes& nodes) {
      FakeHost host(job());
      host.ended("version", KTEL_E_FAILED);
      for (const Object& node : nodes) host.object("nodes", node);
      return host.run();
    };

    Outcome outcome = without_version({kubelet("v1.27.8+rke2r1")});
    CHECK(outcome["distribution"] == "rke2");
    CHECK(outcome["provider"] == "rke2");
    CHECK(outcome.fields.count("kubernetes_version") == 0);

    outcome = without_version({kubelet("v1.22.10-eks-84b4fe6"), kubelet("v1.22.17-eks-48e63af")});
    CHECK(outcome["distribution"] == "eks");
    CHECK(outcome["provider"] == "AWS");

    // a version that says nothing is one too
    outcome = without_version({kubelet("v1.31.1")});
    CHECK(outcome["distribution"] == "unknown");
    CHECK(outcome["provider"] == "UNKNOWN");

    // a virtual node's is not the cluster's
    outcome = without_version({kubelet("v1.19.10-vk-azure-aci-1.4.1")});
    CHECK(outcome.fields.count("distribution") == 0);

    CHECK(run(plain, {kubelet("v1.27.8+rke2r1")})["distribution"] == "unknown");
  }

  TEST_CASE("the scheme of the provider id names the cloud") {
    const std::pair<const char*, const char*> cases[] = {
        {"aws:///eu-west-1a/i-0123", "aws"},
        {"aws:////i-0123", "aws"},
        {"aws:///eu-west-1a/1234/fargate-ip-10-0-0-1", "aws"},
        {"eks-hybrid:///region/cluster/mi-1", "on-prem"},
        {"gce://project/zone/vm", "gcp"},
        {"azure:///subscriptions/1/resourceGroups/MC_x/aks-1", "azure"},
        {"kind://docker/kind/kind-control-plane", "none"},
        {"k3s://node", "none"},
        {"rke2://node", "none"},
        {"digitalocean://123", "digitalocean"},
        {"linode://123", "linode"},
        {"oci://ocid1.instance.oc1..x", "oci"},
        {"ocid1.instance.oc1.iad.x", "oci"},
        {"OCID1.Instance.oc1.iad.x", "oci"},
        {"ibm://account///cluster/worker", "ibm"},
        {"ibmcloud://x", "ibm"},
        {"ibmpowervs://x", "ibm"},
        {"alicloud://x", "alibaba"},
        {"cn-hangzhou.i-bp1234", "alibaba"},
        {"foo://cn-hangzhou.i-bp1234", "unknown"},  // no scheme, or it is not that
        {"harvester://a-b.i-c", "harvester"},
        {"foo://ocid1.instance.x", "unknown"},
        {"qcloud:///100003/ins-x", "tencent"},
        {"cce://x", "baidu"},
        {"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "unknown"},  // Huawei, and everybody else
        {"vultr://x", "vultr"},
        {"scaleway://instance/fr-par-1/x", "scaleway"},
        {"exoscale://x", "exoscale"},
        {"civo://x", "civo"},
        {"ionos://x", "ionos"},
        {"brightbox://x", "brightbox"},
        {"kamatera://x", "kamatera"},
        {"utho://x", "utho"},
        {"volcengine://x", "volcengine"},
        {"cherryservers://x", "cherryservers"},
        {"bizflycloud://x", "bizflycloud"},
        {"hcloud://123", "hetzner"},
        {"hcloud://bm-123", "hetzner"},
        {"hrobot://123", "hetzner"},
        {"equinixmetal://x", "equinix"},
        {"packet://x", "equinix"},
        {"openstack:///x", "openstack"},
        {"vsphere://4232-x", "vsphere"},
        {"cloudstack:///x", "cloudstack"},
        {"metal3://x", "metal3"},
        {"harvester://x", "harvester"},
        {"kubevirt://x", "kubevirt"},
        {"nutanix://x", "nutanix"},
        {"proxmox://x", "proxmox"},
        {"moc://x", "azure-stack"},
        {"talos://aws/10.0.0.1", "aws"},
        {"talos://gcp/10.0.0.1", "gcp"},
        {"talos://azure/10.0.0.1", "azure"},
        {"talos://digital-ocean/10.0.0.1", "digitalocean"},
        {"talos://akamai/10.0.0.1", "linode"},
        {"talos://oracle/10.0.0.1", "oci"},
        {"talos://vultr/10.0.0.1", "vultr"},
        {"talos://scaleway/10.0.0.1", "scaleway"},
        {"talos://exoscale/10.0.0.1", "exoscale"},
        {"talos://hcloud/10.0.0.1", "hetzner"},
        {"talos://equinixmetal/10.0.0.1", "equinix"},
        {"talos://openstack/10.0.0.1", "openstack"},
        {"talos://vmware/10.0.0.1", "vsphere"},
        {"talos://cloudstack/10.0.0.1", "cloudstack"},
        {"talos://metal/10.0.0.1", "unknown"},
        {"kwok://x", "none"},
        {"kubemark://x", "none"},
        {"//4232", "unknown"},  // malformed: the rest of it must not leave
        {"foo://bar", "unknown"},
    };
    for (const auto& [provider_id, cloud] : cases) {
      CAPTURE(std::string(provider_id));
      CHECK(run(plain, {id(provider_id)})["cloud"] == cloud);
    }
  }

  TEST_CASE("most nodes decide on the cloud, and the order of the table between equals") {
    CHECK(run(plain, {id("gce://a/b/c"), id("aws:///a/i-1"), id("aws:///a/i-2")})["cloud"] ==
          "aws");
    CHECK(run(plain, {id("gce://a/b/c"), id("aws:///a/i-1")})["cloud"] == "aws");
    CHECK(run(plain, {id("ibm://a"), id("ibmcloud://a"), id("gce://a/b/c")})["cloud"] == "ibm");
    CHECK(run(plain, {})["cloud"] == "unknown");
  }

  TEST_CASE("labels, annotations, images and names of nodes name the distribution") {
    const std::pair<Object, const char*> cases[] = {
        {label("cloud.google.com/gke-nodepool", "default-pool"), "gke"},
        {label("cloud.google.com/gke-provisioning", "standard"), "gke"},
        {label("topology.gke.io/zone"), "gke"},
        {annotation("container.googleapis.com/instance_id"), "gke"},
        // Autopilot is its labels; a name is anybody's
        {Object(named("gk3-a-pool-1")).label("cloud.google.com/gke-provisioning", "spot"), "gke"},
        {named("gk3-a-pool-1"), "unknown"},
        {label("baremetal.cluster.gke.io/node-pool"), "gke-onprem"},
        {Object(label("cloud.google.com/gke-on-prem-x")).label("cloud.google.com/gke-nodepool"),
         "gke-onprem"},
        {label("eks.amazonaws.com/nodegroup"), "eks"},
        {label("eks.amazonaws.com/compute-type", "fargate"), "eks"},
        {label("alpha.eksctl.io/cluster-name"), "eks"},
        {id("eks-hybrid:///r/c/mi-1"), "eks"},
        {label("karpenter.sh/nodepool"), "unknown"},
        {label("karpenter.k8s.aws/instance-family", "m5"), "unknown"},
        {label("kubernetes.azure.com/cluster"), "aks"},
        {label("kubernetes.azure.com/os-sku", "Ubuntu"), "aks"},
        {label("node.openshift.io/os_id", "rhcos"), "openshift"},
        {label("node.openshift.io/os_id", "rhel"), "openshift"},
        {label("node.openshift.io/os_id", "fedora"), "okd"},
        {label("node.openshift.io/os_id", "scos"), "okd"},
        {annotation("machineconfiguration.openshift.io/state", "Done"), "openshift"},
        {annotation("machine.openshift.io/machine"), "openshift"},
        {id("kind://docker/kind/kind-control-plane"), "kind"},
        {id("kind://podman/x/x-worker"), "kind"},
        {id("kind://docker/desktop/desktop-control-plane"), "docker-desktop"},
        {label("minikube.k8s.io/name", "minikube"), "minikube"},
        {annotation("k3s.io/hostname"), "k3s"},
        {annotation("k3s.io/internal-ip"), "k3s"},
        {annotation("k3s.io/node-config-hash"), "k3s"},
        {label("node.kubernetes.io/instance-type", "k3s"), "k3s"},
        {label("beta.kubernetes.io/instance-type", "k3s"), "k3s"},
        {label("node.kubernetes.io/instance-type", "m5.large"), "unknown"},
        {id("k3s://node"), "k3s"},
        {id("k3s://k3d-dev-server-0"), "k3d"},
        {named("k3d-dev-server-0"), "k3d"},
        {named("k3d-dev-agent-12"), "k3d"},
        {named("k3d-like"), "unknown"},
        {id("k3s://orbstack"), "orbstack"},
        {info("osImage", "OrbStack"), "orbstack"},
        {named("orbstack"), "orbstack"},
        {id("k3s://lima-rancher-desktop"), "rancher-desktop"},
        {named("lima-rancher-desktop"), "rancher-desktop"},
        {id("k3s://colima"), "colima"},
        {annotation("rke2.io/hostname"), "rke2"},
        {annotation("rke2.io/node-config-hash"), "rke2"},
        {label("node.kubernetes.io/instance-type", "rke2"), "rke2"},
        {label("beta.kubernetes.io/instance-type", "rke2"), "rke2"},
        {id("rke2://node"), "rke2"},
        {annotation("rke.cattle.io/internal-ip"), "rke"},
        {Object(annotation("rke.cattle.io/internal-ip")).annotation("rke2.io/hostname"), "rke2"},
        {label("harvesterhci.io/managed", "true"), "harvester"},
        {label("microk8s.io/cluster", "true"), "microk8s"},
        {label("node.kubernetes.io/microk8s-controlplane"), "microk8s"},
        {label("node.kubernetes.io/microk8s-worker"), "microk8s"},
        {label("node.k0sproject.io/role", "control-plane"), "k0s"},
        {annotation("cluster.talos.dev/node-id"), "talos"},
        {annotation("extensions.talos.dev/schematic"), "talos"},
        {label("extensions.talos.dev/i915", "20240101-v1.7.5"), "talos"},
        {id("talos://metal/10.0.0.1"), "talos"},
        {info("osImage", "Talos (v1.7.5)"), "talos"},
        {info("kernelVersion", "6.6.33-talos"), "talos"},
        {info("osImage", "Docker Desktop"), "docker-desktop"},
        {named("docker-desktop"), "docker-desktop"},
        {named("docker-for-desktop"), "docker-desktop"},
        {label("doks.digitalocean.com/node-pool"), "doks"},
        {label("lke.linode.com/pool-id"), "lke"},
        {Object(annotation("node.k8s.linode.com/private-ip"))
             .annotation("kubeadm.alpha.kubernetes.io/cri-socket"),
         "lke"},
        {label("oci.oraclecloud.com/fault-domain"), "oke"},
        {annotation("oci.oraclecloud.com/node-pool-id"), "oke"},
        {annotation("oci.oraclecloud.com/virtual-node-pool-id"), "oke"},
        {label("ibm-cloud.kubernetes.io/worker-version"), "iks"},
        {Object(label("ibm-cloud.kubernetes.io/worker-version"))
             .label("node.openshift.io/os_id", "rhel"),
         "openshift"},
        {label("ack.aliyun.com"), "ack"},
        {label("alibabacloud.com/nodepool-id"), "ack"},
        {label("node.alibabacloud.com/nodepool-id"), "ack"},
        {label("tke.cloud.tencent.com/nodepool-id"), "tke"},
        {label("node.tke.cloud.tencent.com/x"), "tke"},
        {label("cloud.tencent.com/node-instance-id"), "tke"},
        {label("cce.cloud.com/cce-nodepool"), "cce"},
        {label("vke.vultr.com/node-pool"), "vke"},
        {label("k8s.scaleway.com/kapsule"), "kapsule"},
        {label("node.exoscale.net/nodepool-id"), "sks"},
        {Object(label("kubernetes.civo.com/civo-node-pool")).set("spec.providerID", "k3s://node"),
         "civo"},
        {label("node.k8s.ovh/type"), "mks"},
        {label("node.kubernetes.ovhcloud.com/x"), "mks"},
        {label("run.tanzu.vmware.com/tkr"), "tkg"},
        {label("node.cluster.x-k8s.io/esxi-host"), "tkg"},
        {label("kops.k8s.io/instancegroup"), "kops"},
        {label("kurl.sh/cluster", "true"), "kurl"},
        {label("kots.io/embedded-cluster-role", "total-1"), "embedded-cluster"},
        {Object(label("kots.io/embedded-cluster-role")).label("node.k0sproject.io/role"),
         "embedded-cluster"},
        {label("com.docker.ucp.manager"), "docker-ee"},
        {annotation("node.aksedge.io/distro", "aks_edge_k3s"), "aks-edge"},
        {annotation("node.aksedge.io/distro", "aks_edge_k8s"), "aks-edge"},
        {label("worker.gardener.cloud/pool"), "unknown"},  // a manager, no distribution
        {annotation("management.cattle.io/pod-limits"), "unknown"},
        {annotation("kwok.x-k8s.io/node", "fake"), "kwok"},
        {label("type", "kwok"), "kwok"},
        {id("kwok://x"), "kwok"},
        {id("kubemark://x"), "kwok"},
        {annotation("kubeadm.alpha.kubernetes.io/cri-socket"), "kubeadm"},
        {Object(), "unknown"},
    };
    for (const auto& [node, distribution] : cases) {
      std::string shown;
      for (const auto& [path, value] : node.leaves()) {
        shown += path + "=" + std::get<std::string>(value) + " ";
      }
      CAPTURE(shown);
      CHECK(run(plain, {node})["distribution"] == distribution);
    }
  }

  TEST_CASE("an empty label is a label") {
    const Outcome outcome = run("v1.22.10-eks-84b4fe6",
                                {Object(aws_node()).label("node-role.kubernetes.io/master", "")});

    CHECK(outcome["distribution"] == "unknown");
  }

  TEST_CASE("one real node makes simulated ones no evidence") {
    const Object simulated = Object(annotation("kwok.x-k8s.io/node", "fake"))
                                 .set("spec.providerID", "aws:///a/i-1")
                                 .label("eks.amazonaws.com/nodegroup")
                                 .label("kubernetes.azure.com/cluster");
    const Outcome outcome = run(plain, {simulated, simulated, id("kind://docker/kind/a")});

    CHECK(outcome["distribution"] == "kind");
    CHECK(outcome["cloud"] == "none");
    CHECK(outcome["provider"] == "kind");
    CHECK(run(plain, {simulated, id("gce://a/b/c")})["cloud"] == "gcp");
    CHECK(run(plain, {simulated, Object()})["distribution"] == "unknown");
  }

  TEST_CASE("a cluster of simulated nodes is nobody's cloud, whatever their ids say") {
    const Outcome outcome =
        run(plain, {Object(annotation("kwok.x-k8s.io/node", "fake"))
                        .set("spec.providerID", "aws:///a/i-1")
                        .annotation("k3s.io/hostname"),
                    Object(id("kubemark://b")).label("kubernetes.azure.com/cluster")});

    CHECK(outcome["distribution"] == "kwok");
    CHECK(outcome["cloud"] == "none");
    CHECK(outcome["provider"] == "UNKNOWN");
  }

  TEST_CASE("what is specific comes before what it is built on") {
    struct Case {
      std::string version;
      Nodes nodes;
      const char* distribution;
    };
    const Case cases[] = {
        // an overlay before the service or the installer it is made of
        {"v1.27.8+rke2r1", {label("harvesterhci.io/managed", "true")}, "harvester"},
        {"v1.30.4+k3s1", {id("k3s://k3d-a-server-0")}, "k3d"},
        {"v1.29.1-gke.1400", {label("baremetal.cluster.gke.io/node-pool")}, "gke-onprem"},
        {"v1.30.4+k3s1", {annotation("node.aksedge.io/distro", "aks_edge_k3s")}, "aks-edge"},
        // a service before what it installs
        {"v1.30.4+k3s1", {label("kubernetes.civo.com/civo-node-pool")}, "civo"},
        // the version before marks
        {"v1.27.8+rke2r1", {annotation("rke.cattle.io/internal-ip")}, "rke2"},
        {"v1.30.4+k3s1", {annotation("rke2.io/hostname")}, "k3s"},
        // any node, not the first
        {plain,
         {named("virtual-node-aci-linux"),
          Object(id("azure:///x")).label("kubernetes.azure.com/cluster")},
         "aks"},
        // kubeadm last
        {plain,
         {Object(id("kind://docker/kind/x")).annotation("kubeadm.alpha.kubernetes.io/cri-socket")},
         "kind"},
        {plain,
         {Object(id("aws:///a/i-1"))
              .label("node-role.kubernetes.io/control-plane", "")
              .annotation("kubeadm.alpha.kubernetes.io/cri-socket")},
         "kubeadm"},
        // a provider id alone justifies the cloud only
        {plain, {id("aws:///a/i-1")}, "unknown"},
    };
    for (const Case& c : cases) {
      CAPTURE(c.distribution);
      CHECK(run(c.version, c.nodes)["distribution"] == c.distribution);
    }
  }

  TEST_CASE("signals that contradict each other are unknown, for provider and distribution alike") {
    const std::pair<std::string, Nodes> cases[] = {
        {"v1.22.10-eks-84b4fe6", {id("gce://a/b/c")}},
        {plain, {Object(aws_node()).label("kubernetes.azure.com/cluster")}},
        {"v1.22.10-eks-84b4fe6", {label("kubernetes.azure.com/cluster")}},
        {"v1.24.1-gke.1400", {id("vsphere://4232")}},
        {"v1.22.10-eks-84b4fe6", {control_plane(aws_node())}},
        {plain,
         {Object(aws_node())
              .label("alpha.eksctl.io/cluster-name")
              .label("node-role.kubernetes.io/master", "")}},
        {plain, {label("doks.digitalocean.com/node-pool"), label("lke.linode.com/pool-id")}},
        {plain,
         {Object(label("vke.vultr.com/node-pool")).label("oci.oraclecloud.com/fault-domain")}},
        // nobody's service runs a Kubernetes that users install
        {"v1.27.8+rke2r1", {label("eks.amazonaws.com/nodegroup")}},
        {"v1.30.4+k3s1", {label("kubernetes.azure.com/cluster")}},
        {"v1.28.3+k0s", {label("doks.digitalocean.com/node-pool")}},
        {"v1.25.13-rancher1-1", {label("cloud.google.com/gke-nodepool")}},
        {"v1.27.8+rke2r1", {label("kubernetes.civo.com/civo-node-pool")}},
    };
    for (const auto& [version, nodes] : cases) {
      CAPTURE(version);
      const Outcome outcome = run(version, nodes);

      CHECK(outcome["distribution"] == "unknown");
      CHECK(outcome["provider"] == "UNKNOWN");
    }
  }

  TEST_CASE("a managed service is at home in its own cloud, and nowhere else") {
    struct Service {
      const char* mark;
      const char* distribution;
      std::vector<std::string> homes;
    };
    const Service services[] = {
        {"cloud.google.com/gke-nodepool", "gke", {"gce://a/b/c"}},
        {"eks.amazonaws.com/nodegroup", "eks", {"aws:///a/i-1", "eks-hybrid:///r/c/mi-1"}},
        {"kubernetes.azure.com/cluster", "aks", {"azure:///x"}},
        {"doks.digitalocean.com/node-pool", "doks", {"digitalocean://1"}},
        {"lke.linode.com/pool-id", "lke", {"linode://1"}},
        {"oci.oraclecloud.com/fault-domain", "oke", {"ocid1.instance.oc1.x"}},
        {"ibm-cloud.kubernetes.io/worker-version", "iks", {"ibm://x"}},
        {"alibabacloud.com/nodepool-id", "ack", {"cn-hangzhou.i-bp1234"}},
        {"tke.cloud.tencent.com/nodepool-id", "tke", {"qcloud:///100003/ins-x"}},
        {"cce.cloud.com/cce-nodepool", "cce", {"openstack:///x"}},
        {"vke.vultr.com/node-pool", "vke", {"vultr://x"}},
        {"k8s.scaleway.com/kapsule", "kapsule", {"scaleway://instance/x"}},
        {"node.exoscale.net/nodepool-id", "sks", {"exoscale://x"}},
        {"kubernetes.civo.com/civo-node-pool", "civo", {"civo://x", "k3s://x"}},
        {"node.k8s.ovh/type", "mks", {"openstack:///x"}},
    };
    for (const Service& service : services) {
      CAPTURE(std::string(service.mark));
      const auto found_on = [&](const std::string& provider_id) {
        return run(
            plain,
            {Object(label(service.mark)).set("spec.providerID", provider_id)})["distribution"];
      };

      CHECK(found_on("") == service.distribution);
      for (const std::string& home : service.homes) CHECK(found_on(home) == service.distribution);
      CHECK(found_on("proxmox://x") == "unknown");
    }
  }

  TEST_CASE("an own cluster on somebody's machines contradicts nothing") {
    Outcome outcome = run(plain, {control_plane(aws_node()), aws_node()});
    CHECK(outcome["provider"] == "AWS");
    CHECK(outcome["distribution"] == "unknown");
    CHECK(outcome["cloud"] == "aws");

    outcome = run("v1.27.8+rke2r1", {control_plane(id("azure:///x"))});
    CHECK(outcome["provider"] == "rke2");
    CHECK(outcome["distribution"] == "rke2");
    CHECK(outcome["cloud"] == "azure");

    outcome =
        run("v1.30.4+k3s1", {Object(id("k3s://a")).label("kubernetes.civo.com/civo-node-pool")});
    CHECK(outcome["provider"] == "k3s");
    CHECK(outcome["distribution"] == "civo");

    // what a cloud's own controller writes on any cluster does not contradict an installer
    outcome = run("v1.30.4+k3s1", {Object(id("linode://1"))
                                       .annotation("node.k8s.linode.com/private-ip", "192.168.0.1")
                                       .annotation("k3s.io/node-config-hash")});
    CHECK(outcome["provider"] == "k3s");
    CHECK(outcome["distribution"] == "k3s");
    outcome =
        run("v1.27.8+rke2r1", {Object(id("oci://x")).label("oci.oraclecloud.com/fault-domain")});
    CHECK(outcome["distribution"] == "rke2");
  }

  TEST_CASE("what a cloud's own controllers leave on any cluster in it is no service") {
    const std::pair<Object, const char*> clouds[] = {
        {annotation("node.k8s.linode.com/private-ip").set("spec.providerID", "linode://1"), "lke"},
        {label("oci.oraclecloud.com/fault-domain").set("spec.providerID", "oci://x"), "oke"},
        {label("topology.gke.io/zone").set("spec.providerID", "gce://a/b/c"), "gke"},
    };
    for (const auto& [node, service] : clouds) {
      CAPTURE(std::string(service));
      const auto installed = [&node = node](const Object& more) {
        return run(plain, {node, more})["distribution"];
      };

      CHECK(installed(Object()) == service);
      CHECK(installed(info("osImage", "Talos (v1.7.5)")) == "talos");
      CHECK(installed(label("kops.k8s.io/instancegroup")) == "kops");
      CHECK(installed(label("microk8s.io/cluster", "true")) == "microk8s");
      CHECK(run("v1.27.8+rke2r1", {node})["distribution"] == "rke2");
      // LKE has kubeadm's mark too, and shows no node of its control plane
      CHECK(installed(annotation("kubeadm.alpha.kubernetes.io/cri-socket")) == service);
      CHECK(installed(control_plane(annotation("kubeadm.alpha.kubernetes.io/cri-socket"))) ==
            "kubeadm");
      CHECK(installed(control_plane(Object())) == "unknown");
    }
  }

  TEST_CASE("Cluster API on vSphere writes hosts of ESXi, whatever it installs") {
    const auto installed = [](const std::string& version, const Object& node) {
      return run(version, {Object(node).label("node.cluster.x-k8s.io/esxi-host")})["distribution"];
    };

    CHECK(installed("v1.27.8+rke2r1", id("vsphere://1")) == "rke2");
    CHECK(installed("v1.30.4+k3s1", id("vsphere://1")) == "k3s");
    CHECK(installed(plain, info("osImage", "Talos (v1.7.5)")) == "talos");
    CHECK(installed("v1.29.1-eks-1-29-12", id("vsphere://1")) == "eks-anywhere");
    CHECK(installed("v1.24.9+vmware.1", id("vsphere://1")) == "tkg");
    CHECK(installed(plain, annotation("kubeadm.alpha.kubernetes.io/cri-socket")) == "tkg");
  }

  TEST_CASE("what outranks a service is not contradicted by it") {
    const Outcome roks = run(plain, {Object(id("ibm://x"))
                                         .label("ibm-cloud.kubernetes.io/worker-version")
                                         .label("kubernetes.azure.com/cluster")
                                         .label("node.openshift.io/os_id", "rhel")});
    CHECK(roks["distribution"] == "openshift");
    CHECK(roks["provider"] == "Azure");

    const Outcome on_premises =
        run("v1.29.1-gke.1400",
            {Object(id("vsphere://4232")).label("baremetal.cluster.gke.io/node-pool")});
    CHECK(on_premises["distribution"] == "gke-onprem");
    CHECK(on_premises["provider"] == "GKE");
  }

  TEST_CASE("OpenShift is what it serves, on any cloud") {
    const auto served = [](const char* read, const char* kind) {
      FakeHost host = host_of("v1.29.5", {id("aws:///a/i-1")});
      host.object(read, {{"kind", kind}});
      return host;
    };

    const Outcome outcome = served("clusterversions", "ClusterVersion").run();
    CHECK(outcome["distribution"] == "openshift");
    CHECK(outcome["provider"] == "AWS");
    CHECK(outcome["cloud"] == "aws");

    CHECK(served("scc", "SecurityContextConstraints").run()["distribution"] == "openshift");
    CHECK(served("openshift-apps", "DeploymentConfig").run()["distribution"] == "openshift");
    CHECK(served("openshift-projects", "Project").run()["distribution"] == "openshift");
    // a service's marks are below it
    CHECK(host_of("v1.29.5", {Object(id("gce://a/b/c"))
                                  .label("cloud.google.com/gke-nodepool")
                                  .label("node.openshift.io/os_id", "rhcos")})
              .run()["distribution"] == "openshift");
  }

  TEST_CASE("OpenShift and Tanzu on machines of nobody are providers of their own") {
    CHECK(run(plain, {label("node.openshift.io/os_id", "rhcos")})["provider"] == "OpenShift");
    CHECK(run("v1.24.9+vmware.1", {id("vsphere://1")})["provider"] == "Tanzu");
    CHECK(run(plain, {label("run.tanzu.vmware.com/tkr")})["provider"] == "Tanzu");
    CHECK(run("v1.24.9+vmware.1", {aws_node()})["provider"] == "AWS");

    // whose the machines are is not known without nodes
    for (const char* read : {"clusterversions", "tanzu"}) {
      const Outcome outcome =
          host_of(plain, {}).object(read, {{"kind", "x"}}).ended("nodes", KTEL_E_DENIED).run();
      CHECK(outcome.fields.count("provider") == 0);
      // nor whether it is OKD; Tanzu has no such relative
      CHECK(outcome["distribution"] == (std::string(read) == "tanzu" ? "tkg" : ""));
    }
  }

  TEST_CASE("OpenShift's kubelet says nothing alone") {
    const Object node = info("kubeletVersion", "v1.29.5+aba1e8d");

    CHECK(run("v1.29.5+aba1e8d", {node})["distribution"] == "unknown");
    CHECK(run("v1.29.5+aba1e8d", {Object(node).label("node.openshift.io/os_id",
                                                     "rhcos")})["distribution"] == "openshift");
    CHECK(host_of("v1.29.5+aba1e8d", {node})
              .object("clusterversions", {{"kind", "ClusterVersion"}})
              .run()["distribution"] == "openshift");
  }

  TEST_CASE("OpenShift's version is a version, or stays away") {
    const auto version = [](const char* served, const std::string& desired) {
      FakeHost host = host_of(plain, {});
      host.object(served, {{"kind", "x"}});
      host.object("openshift-version", {{"status.desired.version", desired}});
      const Outcome outcome = host.run();
      CHECK(outcome.findings == std::vector<std::string>{});
      return outcome["openshift_version"];
    };

    for (const char* good : {"4.15.12", "4.16.0-rc.3", "4.14.0-0.okd-2024-01-26-175629"}) {
      CHECK(version("clusterversions", good) == good);
    }
    for (const char* bad : {"", "4", "4.15", "v4.15.12", "latest", "4.15.12 of acme", "4.15.12x",
                            "4.15.12-acme/mirror"}) {
      CHECK(version("clusterversions", bad) == "");
    }
    CHECK(version("clusterversions", "4.15.12-" + std::string(64, 'x')) == "");
    CHECK(version("scc", "4.15.12") == "");  // not asked for where it is not served
    CHECK(host_of(plain, {})
              .object("clusterversions", {{"kind", "ClusterVersion"}})
              .ended("openshift-version", KTEL_E_DENIED)
              .run()["openshift_version"] == "");
  }

  TEST_CASE("OpenShift's relatives are told apart") {
    const auto openshift = [] {
      FakeHost host = host_of("v1.29.5", {label("node.openshift.io/os_id", "rhcos")});
      host.object("clusterversions", {{"kind", "ClusterVersion"}});
      host.object("scc", {{"kind", "SecurityContextConstraints"}});
      return host;
    };
    const auto tagged = [](const char* key, const char* value) {
      const std::string tag = "status.platformStatus.aws.resourceTags[1].";
      return Object{{"status.platformStatus.aws.resourceTags[0].key", "owner"},
                    {tag + "key", key},
                    {tag + "value", value}};
    };

    CHECK(openshift().run()["distribution"] == "openshift");
    CHECK(openshift().object("aro", {{"kind", "Cluster"}}).run()["distribution"] == "aro");
    CHECK(openshift().object("aro-preview", {{"kind", "Cluster"}}).run()["distribution"] == "aro");
    CHECK(openshift()
              .object("infrastructure", tagged("red-hat-clustertype", "rosa"))
              .run()["distribution"] == "rosa");
    CHECK(openshift()
              .object("infrastructure", tagged("red-hat-clustertype", "osd"))
              .run()["distribution"] == "openshift");
    CHECK(openshift()
              .object("microshift", {{"metadata.name", "microshift-version"}})
              .run()["distribution"] == "microshift");
    // one that may be there is not ruled out
    for (const char* read :
         {"microshift", "aro", "aro-preview", "clusterversions", "infrastructure", "nodes"}) {
      for (const ktel_status state : {KTEL_E_DENIED, KTEL_E_FAILED}) {
        CAPTURE(std::string(read));
        CHECK(openshift().ended(read, state).run().fields.count("distribution") == 0);
      }
    }
    // MicroShift has no ClusterVersion
    CHECK(openshift().ended("scc", KTEL_E_FAILED).run()["distribution"] == "openshift");
    CHECK(host_of("v1.29.5", {label("node.openshift.io/os_id", "rhel")})
              .ended("scc", KTEL_E_FAILED)
              .run()
              .fields.count("distribution") == 0);
    CHECK(openshift()
              .object("aro", {{"kind", "Cluster"}})
              .ended("infrastructure", KTEL_E_DENIED)
              .run()["distribution"] == "aro");
  }

  TEST_CASE("OpenShift's own reads are not made elsewhere") {
    const Outcome outcome =
        host_of(plain, {})
            .object("microshift", {{"metadata.name", "microshift-version"}})
            .object("infrastructure", {{"status.platformStatus.aws.resourceTags[0].key", "x"}})
            .run();

    CHECK(outcome["distribution"] == "unknown");
  }

  TEST_CASE("the CRDs of GKE are in other clusters too, so they are not asked for") {
    for (std::uint32_t i = 0; i < job().read_count; ++i) {
      const char* group = job().reads[i].group;
      CHECK((group == nullptr || std::string_view(group) != "networking.gke.io"));
    }
  }

  TEST_CASE("Tanzu is what it serves") {
    for (const char* read : {"tanzu", "tanzu-core"}) {
      const Outcome outcome =
          host_of(plain, {}).object(read, {{"kind", "TanzuKubernetesRelease"}}).run();

      CHECK(outcome["distribution"] == "tkg");
      CHECK(outcome["provider"] == "Tanzu");
    }
  }

  TEST_CASE("provider: the version's word, before any node") {
    struct Case {
      const char* version;
      const char* id;
      const char* provider;
    };
    const Case cases[] = {
        {"v1.24.1-gke.1400", "gce://a/b/c", "GKE"},
        {"v1.24.1-gke.1400", "", "GKE"},
        {"v1.2.3-gke-a1fdc32f", "", "GKE"},
        {"v1.22.10-eks-84b4fe6", "aws:///a/i-1", "AWS"},
        {"v1.22.10-eks-84b4fe6", "k3s://a", "UNKNOWN"},  // not the version's word alone
        {"v1.27.8+rke2r1", "azure:///x", "rke2"},
        {"v1.31.1", "azure:///x", "Azure"},
        {"v1.31.1-geeks", "azure:///x", "Azure"},  // not anywhere in the text
        // EKS Distro is Amazon's only on Amazon's machines
        {"v1.29.1-eks-1-29-12", "aws:///a/i-1", "AWS"},
        {"v1.29.1-eks-1-29-12", "azure:///x", "Azure"},
        {"v1.29.1-eks-1-29-12", "vsphere://1", "UNKNOWN"},
        {"v1.29.1-eks-1-29-12", "", "UNKNOWN"},
    };
    for (const Case& c : cases) {
      CAPTURE(std::string(c.version) + " " + c.id);
      CHECK(run(c.version, {id(c.id)})["provider"] == c.provider);
    }
  }

  TEST_CASE("provider: most provider ids, then the order of the names") {
    CHECK(run(plain, {id("gce://a/b/c")})["provider"] == "GKE");
    CHECK(run(plain, {id("aws:///a/i-1")})["provider"] == "AWS");
    CHECK(run(plain, {id("azure:///a")})["provider"] == "Azure");
    CHECK(run(plain, {id("kind://docker/a/b")})["provider"] == "kind");
    CHECK(run(plain, {id("k3s://a")})["provider"] == "k3s");
    CHECK(run(plain, {id("aws:///a/i-1"), id("k3s://a"), id("k3s://b")})["provider"] == "k3s");
    CHECK(run(plain, {id("k3s://a"), id("aws:///a/i-1")})["provider"] == "AWS");
    CHECK(run(plain, {id("foo://a"), id("foo://b"), id("k3s://a")})["provider"] == "k3s");
    CHECK(run(plain, {id("foo://a")})["provider"] == "UNKNOWN");
  }

  TEST_CASE("provider: marks on nodes, the first node that has one") {
    CHECK(run(plain, {annotation("container.googleapis.com/instance_id")})["provider"] == "GKE");
    for (const char* key : {"hostname", "internal-ip", "node-config-hash"}) {
      CHECK(run(plain, {annotation(std::string("k3s.io/") + key)})["provider"] == "k3s");
    }
    for (const char* key : {"alpha.eksctl.io/cluster-name", "alpha.eksctl.io/instance-id"}) {
      CHECK(run(plain, {label(key)})["provider"] == "AWS");
    }
    for (const char* key : {"cluster", "os-sku", "role", "node-image-version"}) {
      CHECK(run(plain, {label(std::string("kubernetes.azure.com/") + key)})["provider"] == "Azure");
    }
    CHECK(run(plain, {Object(), label("kubernetes.azure.com/role"),
                      annotation("k3s.io/hostname")})["provider"] == "Azure");
    CHECK(run(plain, {Object(label("kubernetes.azure.com/role"))
                          .annotation("k3s.io/hostname")})["provider"] == "k3s");
  }

  TEST_CASE("what could not be read is not unknown") {
    const auto without_nodes = [](const char* version) {
      return host_of(version, {}).ended("nodes", KTEL_E_DENIED).run();
    };

    const Outcome plain_version = without_nodes("v1.31.1");
    CHECK(plain_version.fields.count("provider") == 0);
    CHECK(plain_version.fields.count("distribution") == 0);
    CHECK(plain_version.fields.count("cloud") == 0);
    CHECK(plain_version["arch"] == "amd64");

    // the version is the control plane's own word
    const Outcome gke = without_nodes("v1.24.1-gke.1400");
    CHECK(gke["provider"] == "GKE");
    CHECK(gke["distribution"] == "gke");
    CHECK(gke.fields.count("cloud") == 0);

    // without discovery it may be OpenShift, or Tanzu
    for (const char* read : {"clusterversions", "scc", "openshift-apps", "openshift-projects",
                             "tanzu", "tanzu-core"}) {
      const Outcome outcome = host_of("v1.31.1", {Object()}).ended(read, KTEL_E_FAILED).run();
      CHECK(outcome.fields.count("provider") == 0);
      CHECK(outcome.fields.count("distribution") == 0);
      CHECK(outcome["cloud"] == "unknown");
    }
    const Outcome contradicted =
        host_of("v1.22.10-eks-84b4fe6", {id("gce://a/b/c")}).ended("scc", KTEL_E_FAILED).run();
    CHECK(contradicted.fields.count("provider") == 0);
    CHECK(contradicted.fields.count("distribution") == 0);
    CHECK(host_of("v1.31.1", {aws_node()}).ended("scc", KTEL_E_FAILED).run()["provider"] == "AWS");

    FakeHost no_version(job());
    no_version.ended("version", KTEL_E_FAILED).object("nodes", id("gce://a/b/c"));
    const Outcome nodes_only = no_version.run();
    CHECK(nodes_only.fields.count("kubernetes_version") == 0);
    CHECK(nodes_only.fields.count("arch") == 0);
    CHECK(nodes_only["provider"] == "GKE");
    CHECK(nodes_only.fields.count("distribution") == 0);
    CHECK(nodes_only["cloud"] == "gcp");
  }

  TEST_CASE("nodes of which only some came are no evidence") {
    const Object node = Object(id("azure:///x"))
                            .label("kubernetes.azure.com/cluster")
                            .label("worker.gardener.cloud/pool")
                            .set("status.nodeInfo.architecture", "amd64");
    const Outcome outcome = host_of(plain, {node, node})
                                .ended("nodes", KTEL_E_FAILED)
                                .ended("node-info", KTEL_E_FAILED)
                                .run();

    CHECK(outcome.fields == Fields{{"arch", "amd64"},
                                   {"kubernetes_release", plain},
                                   {"kubernetes_version", plain},
                                   {"os", "linux"}});
  }

  TEST_CASE("members of another type are none, and cost nothing else") {
    FakeHost host(job());
    host.object("version", {{"gitVersion", std::int64_t{1}}, {"platform", true}});
    host.object("nodes", {{"metadata.name", 1.5},
                          {"spec.providerID", std::int64_t{7}},
                          {"status.nodeInfo", "none"},
                          {"metadata.labels['kubernetes.azure.com/cluster']", true},
                          {"metadata.labels['lke.linode.com/pool-id']", std::int64_t{1}},
                          {"metadata.labels['minikube.k8s.io/name']", std::int64_t{1}},
                          {"metadata.annotations", "none"}});
    host.object("nodes", {{"status.nodeInfo.kubeletVersion", "v1.27.8+rke2r1"}});
    host.object("node-info", {{"status.nodeInfo.architecture", false}});

    const Outcome outcome = host.run();
    CHECK(outcome.findings == std::vector<std::string>{});
    CHECK(outcome.fields == Fields{{"provider", "rke2"},
                                   {"distribution", "rke2"},
                                   {"cloud", "unknown"},
                                   {"management", "none"},
                                   {"nodes_by_arch.other", "1"},
                                   {"nodes_by_os.other", "1"}});
  }

  TEST_CASE("a hostile text costs time in proportion, and is nobody's mark") {
    const std::string hostile = "v1-eks-1" + std::string(4000, '-') + "1-eks-1-1-";
    std::string repeated;
    for (int i = 0; i < 600; ++i) repeated += "-eks-1";
    const Outcome outcome = run(hostile, {id(hostile), id(repeated + repeated),
                                          info("osImage", repeated), named(repeated)});

    CHECK(outcome["distribution"] == "unknown");
    CHECK(outcome["cloud"] == "unknown");
  }

  TEST_CASE("nodes are counted by processor and system, each once") {
    const auto node = [](const char* arch, const char* os) {
      return Object{{"status.nodeInfo.architecture", arch},
                    {"status.nodeInfo.operatingSystem", os}};
    };
    const Object simulated = Object(annotation("kwok.x-k8s.io/node", "fake"))
                                 .label("kubernetes.io/arch", "arm64")
                                 .label("beta.kubernetes.io/os", "linux");
    const Outcome outcome =
        run(plain, {node("amd64", "linux"), node("amd64", "windows"), node("arm64", "linux"),
                    node("sparc64", "plan9"), simulated, Object()});

    CHECK(entries(outcome, "nodes_by_arch") ==
          Fields{{"amd64", "2"}, {"arm64", "2"}, {"other", "2"}});
    CHECK(entries(outcome, "nodes_by_os") ==
          Fields{{"linux", "3"}, {"windows", "1"}, {"other", "2"}});
    CHECK(entries(run(plain, {}), "nodes_by_arch").empty());
  }

  TEST_CASE("what manages the cluster is told by nodes and by what is served") {
    const std::pair<Object, const char*> marks[] = {
        {label("worker.gardener.cloud/pool"), "gardener"},
        {label("topology.gardener.cloud/zone"), "gardener"},
        {label("run.tanzu.vmware.com/tkr"), "tanzu"},
        {annotation("management.cattle.io/pod-limits", "{}"), "rancher"},
        {label("cloud.google.com/gke-nodepool"), "none"},
        {Object(), "none"},
    };
    for (const auto& [node, manager] : marks) {
      CHECK(run(plain, {Object(), node})["management"] == manager);
    }
    const std::pair<const char*, const char*> served[] = {
        {"tanzu", "tanzu"},           {"tanzu-core", "tanzu"},
        {"rancher", "rancher"},       {"open-cluster-management", "open-cluster-management"},
        {"kubesphere", "kubesphere"}, {"arc", "arc"},
    };
    for (const auto& [read, manager] : served) {
      CHECK(host_of(plain, {}).object(read, {{"kind", "x"}}).run()["management"] == manager);
    }

    // what made the cluster, before what it was attached to
    CHECK(host_of(plain, {label("worker.gardener.cloud/pool")})
              .object("rancher", {{"kind", "Setting"}})
              .object("arc", {{"kind", "ConnectedCluster"}})
              .run()["management"] == "gardener");
    CHECK(host_of("v1.30.4+k3s1", {})
              .object("rancher", {{"kind", "Setting"}})
              .object("arc", {{"kind", "ConnectedCluster"}})
              .run()["management"] == "rancher");
  }

  TEST_CASE("a manager that could not be looked for is not none") {
    for (const char* read : {"node-info", "tanzu", "tanzu-core", "rancher",
                             "open-cluster-management", "kubesphere", "arc"}) {
      CHECK(host_of(plain, {}).ended(read, KTEL_E_FAILED).run().fields.count("management") == 0);
    }
    CHECK(host_of(plain, {})
              .ended("node-info", KTEL_E_DENIED)
              .object("arc", {{"kind", "ConnectedCluster"}})
              .run()["management"] == "arc");
  }

  TEST_CASE("each field names the reads it is made of") {
    const auto alone = [](auto make_host) { ktel::test::check_each_field_alone(job(), make_host); };

    alone([] { return host_of("v1.24.1-gke.1400", {id("gce://a/b/c")}); });
    alone([] { return host_of(plain, {label("worker.gardener.cloud/pool")}); });
    alone([] { return host_of(plain, {id("kwok://x")}); });
    alone([] {
      FakeHost host = host_of("v1.29.5", {label("node.openshift.io/os_id", "rhcos")});
      host.object("clusterversions", {{"kind", "ClusterVersion"}})
          .object("scc", {{"kind", "SecurityContextConstraints"}})
          .object("aro", {{"kind", "Cluster"}})
          .object("openshift-version", {{"status.desired.version", "4.15.12"}});
      return host;
    });
    alone([] {
      FakeHost host = host_of("v1.29.5", {id("vsphere://1")});
      host.object("tanzu", {{"kind", "TanzuKubernetesRelease"}}).object("rancher", {{"kind", "x"}});
      return host;
    });
    alone([] {
      FakeHost host(job());
      host.ended("version", KTEL_E_FAILED).object("nodes", info("kubeletVersion", "v1.28.3+k0s"));
      return host;
    });
  }

  TEST_CASE("a cluster without nodes is unknown, not unread") {
    const Outcome outcome = run(plain, {});

    CHECK(outcome["provider"] == "UNKNOWN");
    CHECK(outcome["distribution"] == "unknown");
  }

  TEST_CASE("a processor that is not listed is other") {
    FakeHost host(job());
    host.object("version", {{"gitVersion", "v1.31.1"}, {"platform", "plan9/vax"}});
    const Outcome outcome = host.run();

    CHECK(outcome["os"] == "other");
    CHECK(outcome["arch"] == "other");
  }

  TEST_CASE("the proposal's example") {
    const Outcome outcome =
        run("v1.23.4", {Object(id("gce://p/z/vm")).label("cloud.google.com/gke-nodepool")});

    CHECK(outcome["arch"] == "amd64");
    CHECK(outcome["os"] == "linux");
    CHECK(outcome["provider"] == "GKE");
    CHECK(outcome["kubernetes_version"] == "v1.23.4");
    CHECK(outcome["distribution"] == "gke");
    CHECK(outcome["cloud"] == "gcp");
    CHECK(outcome["management"] == "none");
  }
}
