//go:build tools

// Pins the kube-apiserver that the real-server tests run; go.mod says which and why it is long.
package tools

import _ "k8s.io/kubernetes/cmd/kube-apiserver"
