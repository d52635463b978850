//go:build tools

// Pins the kube-apiserver that the real-server tests run, and the kubectl of that release, which
// ktel is compared with; go.mod says which and why it is long.
package tools

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kubectl"
)
