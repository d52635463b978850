// kube-apiserver for the tests in tests/real, built by tests/real/build_servers.sh.
module ktel.test/tools/kube-apiserver

go 1.26.0

require k8s.io/kubernetes v1.36.0
