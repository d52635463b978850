package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// app draws one: its containers, its environment and what its owners wrote on it.
func (f *filler) app(namespace, name string, injected bool) *app {
	a := &app{
		namespace: namespace, name: name, hash: f.word(10),
		uid: f.uid(), replicaSetUID: f.uid(), injected: injected,
		size: f.IntN(20) * f.IntN(4),
		labels: map[string]string{
			"app":                          name,
			"app.kubernetes.io/name":       name,
			"app.kubernetes.io/version":    f.version(),
			"app.kubernetes.io/managed-by": "Helm",
			"team":                         pick(f, teams),
		},
		annotations: map[string]string{"checksum/config": f.hex(64)},
	}
	if a.size > 10 {
		a.annotations["prometheus.io/scrape"] = "true"
		a.annotations["prometheus.io/port"] = "9090"
		a.annotations["acme.example/release-notes"] = f.text(40 + f.IntN(80))
	}
	a.template = corev1.PodSpec{
		RestartPolicy:      corev1.RestartPolicyAlways,
		DNSPolicy:          corev1.DNSClusterFirst,
		ServiceAccountName: name,
		SchedulerName:      "default-scheduler",
		Containers:         []corev1.Container{f.container("app", a.size)},
	}
	if f.Float64() < 0.2 {
		a.template.Containers = append(a.template.Containers, f.container("exporter", 2))
	}
	if f.Float64() < 0.2 {
		a.template.InitContainers = append(a.template.InitContainers, f.container("migrate", a.size/2))
	}
	for i := range a.size / 8 {
		a.template.Volumes = append(a.template.Volumes, corev1.Volume{
			Name: fmt.Sprintf("config-%d", i),
			VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
				LocalObjectReference: corev1.LocalObjectReference{Name: name + "-" + f.word(6)}}}})
	}
	return a
}

func (f *filler) container(name string, size int) corev1.Container {
	c := corev1.Container{
		Name:            name,
		Image:           f.image() + "@sha256:" + f.hex(64),
		ImagePullPolicy: corev1.PullIfNotPresent,
		Ports:           []corev1.ContainerPort{{ContainerPort: 8080, Protocol: corev1.ProtocolTCP}},
		Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
			corev1.ResourceCPU:    *resource.NewMilliQuantity(int64(10+f.IntN(990)), resource.DecimalSI),
			corev1.ResourceMemory: *resource.NewQuantity(int64(16+f.IntN(2000))<<20, resource.BinarySI),
		}},
		TerminationMessagePath:   "/dev/termination-log",
		TerminationMessagePolicy: corev1.TerminationMessageReadFile,
		VolumeMounts: []corev1.VolumeMount{{Name: "kube-api-access-" + f.word(5), ReadOnly: true,
			MountPath: "/var/run/secrets/kubernetes.io/serviceaccount"}},
	}
	for i := range size {
		value := f.hex(8 + f.IntN(32))
		if i%3 == 0 {
			value = "https://" + pick(f, nouns) + "." + pick(f, teams) + ".svc.cluster.local:8443/v1"
		}
		c.Env = append(c.Env, corev1.EnvVar{
			Name: fmt.Sprintf("%s_%s_%d", strings.ToUpper(pick(f, nouns)), strings.ToUpper(f.word(4)), i), Value: value})
	}
	return c
}

// sidecar is what Istio's webhook puts into a pod.
func (f *filler) sidecar(spec *corev1.PodSpec, meta *metav1.ObjectMeta) {
	proxy := f.container("istio-proxy", 12)
	proxy.Image = "docker.io/istio/proxyv2:1.27.1"
	proxy.Args = []string{"proxy", "sidecar", "--domain", "$(POD_NAMESPACE).svc.cluster.local",
		"--proxyLogLevel=warning", "--proxyComponentLogLevel=misc:error", "--log_output_level=default:info"}
	spec.Containers = append(spec.Containers, proxy)
	init := f.container("istio-init", 0)
	init.Image = proxy.Image
	init.Args = []string{"istio-iptables", "-p", "15001", "-z", "15006", "-u", "1337", "-m", "REDIRECT",
		"-i", "*", "-x", "", "-b", "*", "-d", "15090,15021,15020"}
	spec.InitContainers = append(spec.InitContainers, init)
	meta.Annotations["sidecar.istio.io/status"] =
		`{"initContainers":["istio-init"],"containers":["istio-proxy"],"revision":"default"}`
	meta.Annotations["istio.io/rev"] = "default"
	meta.Labels["security.istio.io/tlsMode"] = "istio"
	meta.Labels["service.istio.io/canonical-name"] = meta.Labels["app"]
}

func (f *filler) pod(a *app, name string) error {
	pod := &corev1.Pod{TypeMeta: typed("v1", "Pod"), ObjectMeta: f.meta(a.namespace, name)}
	pod.GenerateName = a.name + "-" + a.hash + "-"
	pod.Labels = maps.Clone(a.labels)
	pod.Labels["pod-template-hash"] = a.hash
	pod.Annotations = maps.Clone(a.annotations)
	pod.OwnerReferences = []metav1.OwnerReference{
		{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: a.name + "-" + a.hash, UID: a.replicaSetUID}}
	a.template.DeepCopyInto(&pod.Spec)
	pod.Spec.NodeName = pick(f, f.nodes)
	if a.injected {
		f.sidecar(&pod.Spec, &pod.ObjectMeta)
	}
	pod.Status = f.podStatus(pod)
	pod.ManagedFields = f.managed(pod.ObjectMeta, pod.Spec.Containers)
	return f.put("pods/"+a.namespace+"/"+name, pod)
}

func (f *filler) podStatus(pod *corev1.Pod) corev1.PodStatus {
	address, started := f.ip(10), f.time()
	status := corev1.PodStatus{
		Phase: corev1.PodRunning, HostIP: f.ip(172), PodIP: address,
		PodIPs: []corev1.PodIP{{IP: address}}, StartTime: &started, QOSClass: corev1.PodQOSBurstable,
	}
	if f.Float64() < 0.05 {
		status.Phase = corev1.PodSucceeded
	}
	for _, condition := range []corev1.PodConditionType{corev1.PodReadyToStartContainers, corev1.PodInitialized,
		corev1.PodReady, corev1.ContainersReady, corev1.PodScheduled} {
		status.Conditions = append(status.Conditions, corev1.PodCondition{
			Type: condition, Status: corev1.ConditionTrue, LastTransitionTime: f.time()})
	}
	for _, container := range pod.Spec.Containers {
		yes := true
		status.ContainerStatuses = append(status.ContainerStatuses, corev1.ContainerStatus{
			Name: container.Name, Ready: true, Started: &yes, RestartCount: int32(f.IntN(4)),
			Image: container.Image, ImageID: container.Image, ContainerID: "containerd://" + f.hex(64),
			State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: f.time()}}})
	}
	return status
}

// managed says who wrote which fields, as long as the server would: it names each that is there.
func (f *filler) managed(meta metav1.ObjectMeta, containers []corev1.Container) []metav1.ManagedFieldsEntry {
	var text strings.Builder
	text.WriteString(`{"f:metadata":{"f:annotations":{".":{}`)
	for _, key := range sorted(meta.Annotations) {
		fmt.Fprintf(&text, `,"f:%s":{}`, key)
	}
	text.WriteString(`},"f:labels":{".":{}`)
	for _, key := range sorted(meta.Labels) {
		fmt.Fprintf(&text, `,"f:%s":{}`, key)
	}
	text.WriteString(`}},"f:spec":{"f:containers":{`)
	for i, container := range containers {
		if i > 0 {
			text.WriteString(",")
		}
		fmt.Fprintf(&text, `"k:{\"name\":\"%s\"}":{".":{},"f:env":{".":{}`, container.Name)
		for _, variable := range container.Env {
			fmt.Fprintf(&text, `,"k:{\"name\":\"%s\"}":{".":{},"f:name":{},"f:value":{}}`, variable.Name)
		}
		text.WriteString(`},"f:image":{},"f:imagePullPolicy":{},"f:name":{},"f:ports":{".":{}},"f:resources":{}}`)
	}
	text.WriteString(`},"f:dnsPolicy":{},"f:restartPolicy":{},"f:schedulerName":{}}}`)
	when := f.time()
	return []metav1.ManagedFieldsEntry{{Manager: "kube-controller-manager", APIVersion: "v1",
		Operation: metav1.ManagedFieldsOperationUpdate, Time: &when, FieldsType: "FieldsV1",
		FieldsV1: &metav1.FieldsV1{Raw: []byte(text.String())}}}
}

func (f *filler) text(words int) string {
	all := make([]string, words)
	for i := range all {
		all[i] = f.word(2 + f.IntN(8))
	}
	return strings.Join(all, " ")
}

// sorted: a map's own order would not be the same for the same seed.
func sorted(of map[string]string) []string { return slices.Sorted(maps.Keys(of)) }
