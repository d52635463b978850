//go:build tools

// Pins the etcd that stores the real-server tests' objects.
package tools

import _ "go.etcd.io/etcd/server/v3"
