// identify-platform: a row for each signal, for each order of precedence, for each contradiction.
#include <doctest/doctest.h>
#include <ktel/abi/plugin.h>
#include <ktel/sdk/testing/fake_host.hpp>

#include <string>
#include <utility>
#include <vector>

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
    for (const Object& node : nodes) host.object("nodes", node);
    return host;
  }
  Outcome run(const std::string& version, const Nodes& nodes) {
    Outcome outcome = host_of(version, nodes).run();
    CHECK(outcome.findings == std::vector<std::string>{});
    return outcome;
  }

  const std::string plain = "v1.31.1";

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

  TEST_CASE("the text of the version names the distribution") {
    const std::pair<const char*, const char*> cases[] = {
        {"v1.24.1-gke.1400", "gke"},
        {"v1.35.7-gke.1222000", "gke"},
        {"v1.22.10-eks-84b4fe6", "eks"},
        {"v1.29.1-eks-1-29-12", "eks-anywhere"},
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

  TEST_CASE("a version of an edge or virtual node says nothing about the cluster") {
    const Outcome outcome =
        run(plain, {Object(info("kubeletVersion", "v1.19.3-kubeedge-v1.8.2")).label("k3s.io/x"),
                    Object(info("kubeletVersion", "v1.19.10-vk-azure-aci-1.4.1"))
                        .label("minikube.k8s.io/name")});

    CHECK(outcome["distribution"] == "unknown");
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
        {"talos://hcloud/10.0.0.1", "hetzner"},
        {"talos://metal/10.0.0.1", "unknown"},
        {"kwok://x", "unknown"},
        {"kubemark://x", "unknown"},
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
        {annotation("node.gke.io/last-applied-node-labels"), "gke"},
        {label("baremetal.cluster.gke.io/node-pool"), "gke-onprem"},
        {Object(label("cloud.google.com/gke-on-prem-x")).label("cloud.google.com/gke-nodepool"),
         "gke-onprem"},
        {label("eks.amazonaws.com/nodegroup"), "eks"},
        {label("eks.amazonaws.com/compute-type", "fargate"), "eks"},
        {label("alpha.eksctl.io/cluster-name"), "eks"},
        {id("eks-hybrid:///r/c/mi-1"), "eks"},
        {label("karpenter.sh/nodepool"), "unknown"},
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
        {annotation("rke2.io/node-args"), "rke2"},
        {label("node.kubernetes.io/instance-type", "rke2"), "rke2"},
        {id("rke2://node"), "rke2"},
        {annotation("rke.cattle.io/internal-ip"), "rke"},
        {Object(annotation("rke.cattle.io/internal-ip")).annotation("rke2.io/node-args"), "rke2"},
        {label("harvesterhci.io/managed", "true"), "harvester"},
        {label("microk8s.io/cluster", "true"), "microk8s"},
        {label("node.kubernetes.io/microk8s-controlplane"), "microk8s"},
        {label("node.kubernetes.io/microk8s-worker"), "microk8s"},
        {label("node.k0sproject.io/role", "control-plane"), "k0s"},
        {annotation("networking.talos.dev/self-ips"), "talos"},
        {annotation("cluster.talos.dev/node-id"), "talos"},
        {annotation("extensions.talos.dev/x"), "talos"},
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
    const Outcome outcome =
        run("v1.22.10-eks-84b4fe6",
            {Object(id("aws:///a/i-1")).label("node-role.kubernetes.io/master", "")});

    CHECK(outcome["distribution"] == "unknown");
  }

  TEST_CASE("one real node makes simulated ones no evidence") {
    const Outcome outcome = run(plain, {Object(annotation("kwok.x-k8s.io/node", "fake"))
                                            .set("spec.providerID", "aws:///a/i-1")
                                            .label("eks.amazonaws.com/nodegroup"),
                                        id("kind://docker/kind/kind-control-plane")});

    CHECK(outcome["distribution"] == "kind");
    CHECK(outcome["cloud"] == "none");
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
        {"v1.30.4+k3s1", {annotation("rke2.io/node-args")}, "k3s"},
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

  TEST_CASE("signals that contradict each other are unknown") {
    const std::pair<std::string, Nodes> cases[] = {
        {"v1.22.10-eks-84b4fe6", {id("gce://a/b/c")}},
        {plain, {Object(id("aws:///a/i-1")).label("kubernetes.azure.com/cluster")}},
        {"v1.22.10-eks-84b4fe6", {label("kubernetes.azure.com/cluster")}},
        {"v1.24.1-gke.1400", {id("vsphere://4232")}},
        {"v1.22.10-eks-84b4fe6",
         {Object(id("aws:///a/i-1")).label("node-role.kubernetes.io/control-plane", "")}},
        {plain,
         {Object(id("aws:///a/i-1"))
              .label("alpha.eksctl.io/cluster-name")
              .label("node-role.kubernetes.io/master", "")}},
        {plain, {label("doks.digitalocean.com/node-pool"), label("lke.linode.com/pool-id")}},
    };
    for (const auto& [version, nodes] : cases) {
      CAPTURE(version);
      CHECK(run(version, nodes)["distribution"] == "unknown");
    }
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
    CHECK(openshift().ended("infrastructure", KTEL_E_DENIED).run()["distribution"] == "openshift");
  }

  TEST_CASE("OpenShift's own reads are not made elsewhere") {
    const Outcome outcome =
        host_of(plain, {})
            .object("microshift", {{"metadata.name", "microshift-version"}})
            .object("infrastructure", {{"status.platformStatus.aws.resourceTags[0].key", "x"}})
            .run();

    CHECK(outcome["distribution"] == "unknown");
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
    const std::pair<const char*, const char*> cases[] = {
        {"v1.24.1-gke.1400", "GKE"},     {"v1.2.3-gke-a1fdc32f", "GKE"},
        {"v1.22.10-eks-84b4fe6", "AWS"}, {"v1.29.1-eks-1-29-12", "AWS"},
        {"v1.27.8+rke2r1", "rke2"},      {"v1.31.1", "Azure"},
        {"v1.31.1-geeks", "Azure"},  // not anywhere in the text
    };
    for (const auto& [version, provider] : cases) {
      CAPTURE(std::string(version));
      CHECK(run(version, {id("azure:///x")})["provider"] == provider);
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
    for (const char* key :
         {"hostname", "internal-ip", "node-args", "node-config-hash", "node-env"}) {
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

    // without discovery it may be OpenShift
    const Outcome no_discovery =
        host_of("v1.31.1", {Object()}).ended("clusterversions", KTEL_E_FAILED).run();
    CHECK(no_discovery["provider"] == "UNKNOWN");
    CHECK(no_discovery.fields.count("distribution") == 0);

    FakeHost no_version(job());
    no_version.ended("version", KTEL_E_FAILED).object("nodes", id("gce://a/b/c"));
    const Outcome nodes_only = no_version.run();
    CHECK(nodes_only.fields.count("kubernetes_version") == 0);
    CHECK(nodes_only.fields.count("arch") == 0);
    CHECK(nodes_only["provider"] == "GKE");
    CHECK(nodes_only.fields.count("distribution") == 0);
    CHECK(nodes_only["cloud"] == "gcp");
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
  }
}
