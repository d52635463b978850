package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

const (
	podsPerNode       = 40
	endpointsPerSlice = 100 // as the controller cuts them
	istioShare        = 0.4 // of namespaces
)

// app is what one team deploys: the template of its pods is the same, what tells them apart is not.
type app struct {
	namespace, name, hash string
	uid, replicaSetUID    types.UID
	injected              bool
	size                  int // of its template: environment, volumes, probes
	template              corev1.PodSpec
	labels                map[string]string
	annotations           map[string]string
}

type filler struct {
	*store
	*rand.Rand
	nodes []string
	born  time.Time
}

// fill writes nodes, namespaces, and apps until there are that many pods.
func fill(s *store, random *rand.Rand, pods int) error {
	f := &filler{store: s, Rand: random, born: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	for i := range pods/podsPerNode + 1 {
		if err := f.node(i); err != nil {
			return err
		}
	}
	// The product and the control plane of its mesh come first: each size has them.
	if err := f.namespace("istio-system", false); err != nil {
		return err
	}
	if err := f.service(&app{namespace: "istio-system"}, "istiod", nil); err != nil {
		return err
	}
	if err := f.namespace("kong", true); err != nil {
		return err
	}
	kong := f.app("kong", "kong", true)
	left := pods
	if err := f.deploy(kong, "kong-proxy", []string{"kong-controller-0", "kong-controller-1"}, &left); err != nil {
		return err
	}
	for n := 0; left > 0; n++ {
		namespace := fmt.Sprintf("%s-%s-%d", pick(f, teams), pick(f, stages), n)
		injected := f.Float64() < istioShare
		if err := f.namespace(namespace, injected); err != nil {
			return err
		}
		for range 3 + f.IntN(12) {
			a := f.app(namespace, fmt.Sprintf("%s-%s", pick(f, nouns), f.hex(4)), injected)
			var names []string
			for replicas := f.replicas(); len(names) < replicas; {
				if name := fmt.Sprintf("%s-%s-%s", a.name, a.hash, f.word(5)); !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
			service := a.name
			if f.Float64() < 0.3 {
				service = "" // a worker, nobody calls it
			}
			if err := f.deploy(a, service, names, &left); err != nil {
				return err
			}
		}
	}
	return nil
}

// replicas: most apps are small, a few are not.
func (f *filler) replicas() int {
	switch draw := f.Float64(); {
	case draw < 0.6:
		return 1 + f.IntN(4)
	case draw < 0.95:
		return 4 + f.IntN(20)
	default:
		return 40 + f.IntN(160)
	}
}

// deploy writes the app with those pods, as many as are left to write, and the service before it.
func (f *filler) deploy(a *app, service string, names []string, left *int) error {
	if *left == 0 {
		return nil
	}
	names = names[:min(len(names), *left)]
	*left -= len(names)
	if err := f.deployment(a, int32(len(names))); err != nil {
		return err
	}
	for _, name := range names {
		if err := f.pod(a, name); err != nil {
			return err
		}
	}
	if service == "" {
		return nil
	}
	if err := f.service(a, service, names); err != nil {
		return err
	}
	if f.Float64() < 0.3 {
		return f.ingress(a, service)
	}
	return nil
}

func (f *filler) meta(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace:         namespace,
		Name:              name,
		UID:               f.uid(),
		CreationTimestamp: f.time(),
	}
}

func typed(version, kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: version, Kind: kind}
}

func (f *filler) namespace(name string, injected bool) error {
	object := &corev1.Namespace{TypeMeta: typed("v1", "Namespace"), ObjectMeta: f.meta("", name)}
	object.Labels = map[string]string{"kubernetes.io/metadata.name": name, "team": pick(f, teams)}
	if injected {
		object.Labels["istio-injection"] = "enabled"
	}
	object.Spec.Finalizers = []corev1.FinalizerName{corev1.FinalizerKubernetes}
	object.Status.Phase = corev1.NamespaceActive
	return f.put("namespaces/"+name, object)
}

func (f *filler) node(i int) error {
	name := fmt.Sprintf("gke-prod-pool-%d-%s-%s", i%4, f.hex(8), f.word(4))
	f.nodes = append(f.nodes, name)
	object := &corev1.Node{TypeMeta: typed("v1", "Node"), ObjectMeta: f.meta("", name)}
	object.Labels = map[string]string{
		"kubernetes.io/arch":               "amd64",
		"kubernetes.io/os":                 "linux",
		"kubernetes.io/hostname":           name,
		"cloud.google.com/gke-nodepool":    fmt.Sprintf("pool-%d", i%4),
		"node.kubernetes.io/instance-type": "e2-standard-8",
		"topology.kubernetes.io/zone":      "europe-west1-" + string(rune('b'+i%3)),
	}
	object.Annotations = map[string]string{"container.googleapis.com/instance_id": f.digits(19)}
	object.Spec.ProviderID = "gce://acme-prod/europe-west1-b/" + name
	object.Status.NodeInfo = corev1.NodeSystemInfo{
		MachineID: f.hex(32), SystemUUID: string(f.uid()), BootID: string(f.uid()),
		KernelVersion: "6.6.93+", OSImage: "Container-Optimized OS from Google",
		ContainerRuntimeVersion: "containerd://2.0.5", KubeletVersion: "v1.36.0-gke.100",
		OperatingSystem: "linux", Architecture: "amd64",
	}
	object.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: f.ip(10)}}
	for range 20 + f.IntN(30) {
		image := f.image()
		object.Status.Images = append(object.Status.Images, corev1.ContainerImage{
			Names:     []string{image + "@sha256:" + f.hex(64), image + ":" + f.version()},
			SizeBytes: f.Int64N(900_000_000),
		})
	}
	object.ManagedFields = f.managed(object.ObjectMeta, nil)
	return f.put("minions/"+name, object)
}

func (f *filler) deployment(a *app, replicas int32) error {
	template := corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: a.labels, Annotations: a.annotations},
		Spec:       a.template,
	}
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{"app": a.labels["app"]}}

	deployment := &appsv1.Deployment{
		TypeMeta: typed("apps/v1", "Deployment"), ObjectMeta: f.meta(a.namespace, a.name)}
	deployment.UID = a.uid
	deployment.Labels = a.labels
	deployment.Annotations = map[string]string{"deployment.kubernetes.io/revision": "1"}
	deployment.Spec = appsv1.DeploymentSpec{Replicas: &replicas, Selector: selector, Template: template}
	deployment.Status = appsv1.DeploymentStatus{Replicas: replicas, ReadyReplicas: replicas,
		Conditions: []appsv1.DeploymentCondition{{Type: appsv1.DeploymentProgressing,
			Status: corev1.ConditionTrue, Reason: "NewReplicaSetAvailable",
			LastUpdateTime: f.time(), LastTransitionTime: f.time()}}}
	deployment.ManagedFields = f.managed(deployment.ObjectMeta, a.template.Containers)
	if err := f.put("deployments/"+a.namespace+"/"+a.name, deployment); err != nil {
		return err
	}

	set := &appsv1.ReplicaSet{
		TypeMeta: typed("apps/v1", "ReplicaSet"), ObjectMeta: f.meta(a.namespace, a.name+"-"+a.hash)}
	set.UID = a.replicaSetUID
	set.Labels = a.labels
	set.OwnerReferences = []metav1.OwnerReference{
		{APIVersion: "apps/v1", Kind: "Deployment", Name: a.name, UID: a.uid}}
	set.Spec = appsv1.ReplicaSetSpec{Replicas: &replicas, Selector: selector, Template: template}
	set.Status = appsv1.ReplicaSetStatus{Replicas: replicas, ReadyReplicas: replicas}
	return f.put("replicasets/"+a.namespace+"/"+set.Name, set)
}

// service writes it with the slices that point at those pods. It is headless: for the others the
// server keeps a table of addresses, which nobody has written here.
func (f *filler) service(a *app, name string, pods []string) error {
	service := &corev1.Service{TypeMeta: typed("v1", "Service"), ObjectMeta: f.meta(a.namespace, name)}
	service.Labels = a.labels
	service.Annotations = map[string]string{"acme.example/owner": pick(f, teams)}
	service.Spec = corev1.ServiceSpec{
		Selector: a.labels, ClusterIP: corev1.ClusterIPNone, ClusterIPs: []string{corev1.ClusterIPNone},
		Type:  corev1.ServiceTypeClusterIP,
		Ports: []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromInt32(8080)}},
	}
	service.ManagedFields = f.managed(service.ObjectMeta, nil)
	if err := f.put("services/specs/"+a.namespace+"/"+name, service); err != nil {
		return err
	}
	for first := 0; first < len(pods); first += endpointsPerSlice {
		part := name + "-" + f.word(5)
		slice := &discoveryv1.EndpointSlice{TypeMeta: typed("discovery.k8s.io/v1", "EndpointSlice"),
			ObjectMeta: f.meta(a.namespace, part), AddressType: discoveryv1.AddressTypeIPv4}
		slice.Labels = map[string]string{
			discoveryv1.LabelServiceName: name,
			discoveryv1.LabelManagedBy:   "endpointslice-controller.k8s.io",
		}
		slice.OwnerReferences = []metav1.OwnerReference{
			{APIVersion: "v1", Kind: "Service", Name: name, UID: service.UID}}
		for _, pod := range pods[first:min(first+endpointsPerSlice, len(pods))] {
			node, yes := pick(f, f.nodes), true
			slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{
				Addresses:  []string{f.ip(10)},
				Conditions: discoveryv1.EndpointConditions{Ready: &yes, Serving: &yes},
				NodeName:   &node,
				TargetRef: &corev1.ObjectReference{
					Kind: "Pod", Namespace: a.namespace, Name: pod, UID: f.uid()},
			})
		}
		if err := f.put("endpointslices/"+a.namespace+"/"+part, slice); err != nil {
			return err
		}
	}
	return nil
}

func (f *filler) ingress(a *app, service string) error {
	class, prefix := "kong", networkingv1.PathTypePrefix
	object := &networkingv1.Ingress{
		TypeMeta: typed("networking.k8s.io/v1", "Ingress"), ObjectMeta: f.meta(a.namespace, a.name)}
	object.Annotations = map[string]string{"konghq.com/strip-path": "true"}
	object.Spec = networkingv1.IngressSpec{IngressClassName: &class, Rules: []networkingv1.IngressRule{{
		Host: a.name + ".acme.example",
		IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{
			Paths: []networkingv1.HTTPIngressPath{{Path: "/", PathType: &prefix,
				Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
					Name: service, Port: networkingv1.ServiceBackendPort{Number: 80}}}}}}}}}}
	return f.put("ingress/"+a.namespace+"/"+a.name, object)
}

// Random text. One source, so that the same seed makes the same cluster.

func pick[T any](f *filler, from []T) T { return from[f.IntN(len(from))] }

func (f *filler) from(alphabet string, length int) string {
	text := make([]byte, length)
	for i := range text {
		text[i] = alphabet[f.IntN(len(alphabet))]
	}
	return string(text)
}

func (f *filler) hex(length int) string    { return f.from("0123456789abcdef", length) }
func (f *filler) digits(length int) string { return f.from("123456789", length) }
func (f *filler) word(length int) string   { return f.from("bcdfghjklmnpqrstvwxz2456789", length) }

func (f *filler) uid() types.UID {
	return types.UID(strings.Join([]string{f.hex(8), f.hex(4), "4" + f.hex(3), "a" + f.hex(3), f.hex(12)}, "-"))
}

func (f *filler) ip(first int) string {
	return fmt.Sprintf("%d.%d.%d.%d", first, f.IntN(256), f.IntN(256), 1+f.IntN(254))
}

func (f *filler) version() string {
	return fmt.Sprintf("v%d.%d.%d", f.IntN(4), f.IntN(30), f.IntN(20))
}

func (f *filler) image() string {
	return fmt.Sprintf("registry.acme.example/%s/%s-%s", pick(f, teams), pick(f, nouns), f.word(3))
}

func (f *filler) time() metav1.Time {
	return metav1.NewTime(f.born.Add(time.Duration(f.IntN(200*24*3600)) * time.Second))
}

var (
	teams  = []string{"payments", "search", "identity", "catalog", "shipping", "platform", "media", "growth"}
	stages = []string{"prod", "canary", "batch", "internal"}
	nouns  = []string{"api", "worker", "gateway", "indexer", "cache", "scheduler", "renderer", "ledger", "mailer"}
)
