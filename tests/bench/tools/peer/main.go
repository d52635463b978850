// Peer runs one workflow of Kong's Go library against a cluster, and prints as JSON what it reported
// and how many requests and bytes of bodies it took.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"

	"github.com/kong/kubernetes-telemetry/pkg/telemetry"
	"k8s.io/apimachinery/pkg/runtime"
	apitypes "k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

var requests, bytes atomic.Int64

// counted counts at the transport, below everything that might read or retry.
type counted struct{ next http.RoundTripper }

func (c counted) RoundTrip(request *http.Request) (*http.Response, error) {
	requests.Add(1)
	response, err := c.next.RoundTrip(request)
	if err == nil {
		response.Body = countedBody{response.Body}
	}
	return response, err
}

type countedBody struct{ io.ReadCloser }

func (b countedBody) Read(into []byte) (int, error) {
	n, err := b.ReadCloser.Read(into)
	bytes.Add(int64(n))
	return n, err
}

func counting(config *rest.Config) (telemetry.Workflow, error) {
	d, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	hc, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	mapper, err := apiutil.NewDynamicRESTMapper(config, hc)
	if err != nil {
		return nil, err
	}
	return telemetry.NewClusterStateWorkflow(d, mapper)
}

func mesh(config *rest.Config, pod, service string) (telemetry.Workflow, error) {
	built := runtime.NewScheme()
	if err := scheme.AddToScheme(built); err != nil {
		return nil, err
	}
	c, err := client.New(config, client.Options{Scheme: built})
	if err != nil {
		return nil, err
	}
	return telemetry.NewMeshDetectWorkflow(c, name(pod), name(service))
}

func identify(config *rest.Config) (telemetry.Workflow, error) {
	kc, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	return telemetry.NewIdentifyPlatformWorkflow(kc)
}

func name(text string) apitypes.NamespacedName {
	namespace, name, _ := strings.Cut(text, "/")
	return apitypes.NamespacedName{Namespace: namespace, Name: name}
}

func run() error {
	work := flag.String("work", "count", "count, mesh or identify")
	kubeconfig := flag.String("kubeconfig", "", "file")
	limiter := flag.String("limiter", "off", "off, or client-go's default")
	gzip := flag.Bool("gzip", true, "ask for it, as client-go does by itself")
	pod := flag.String("pod", "", "NAMESPACE/NAME of the pod that mesh detection is in")
	service := flag.String("service", "", "NAMESPACE/NAME of the service before it")
	flag.Parse()

	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	// controller-runtime switches the limiter off by itself where nothing is said; what counts here
	// is the same for all workflows.
	if *limiter == "default" {
		config.QPS, config.Burst = rest.DefaultQPS, rest.DefaultBurst
	} else {
		config.QPS = -1
	}
	config.DisableCompression = !*gzip
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return counted{next} })

	var workflow telemetry.Workflow
	switch *work {
	case "count":
		workflow, err = counting(config)
	case "mesh":
		workflow, err = mesh(config, *pod, *service)
	case "identify":
		workflow, err = identify(config)
	default:
		err = fmt.Errorf("there is no -work %s: count, mesh and identify are", *work)
	}
	if err != nil {
		return err
	}
	report, err := workflow.Execute(context.Background())
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"report": report, "requests": requests.Load(), "bytes": bytes.Load()})
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}
