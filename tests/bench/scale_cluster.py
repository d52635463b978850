"""Cluster: one etcd and one kube-apiserver on loopback, filled by the loader, for one size.

Both are the servers of tests/real (build_servers.sh). Requests of the user `bench` are in the audit
log; it is bound to cluster-admin, not a member of system:masters, so that priority and fairness
apply to it as to people. etcd is never compacted: the tokens of pages stay good for the whole run.
"""
import http.client
import json
import os
import secrets
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from scale_measure import pinned

AUDIT_POLICY = """apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules:
- {level: Metadata, users: [bench]}
- {level: None}
"""

BINDING = """apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: bench}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: bench}]
"""

GATEWAY_OBJECTS = [  # what little of Gateway API a cluster has
    ("gatewayclasses", "GatewayClass",
     {"metadata": {"name": "kong"}, "spec": {"controllerName": "konghq.com/gateway-operator"}}),
    ("namespaces/kong/gateways", "Gateway",
     {"metadata": {"name": "edge"}, "spec": {"gatewayClassName": "kong", "listeners": [
         {"name": "http", "port": 80, "protocol": "HTTP"}]}}),
] + [
    ("namespaces/kong/httproutes", "HTTPRoute",
     {"metadata": {"name": f"route-{i}"}, "spec": {"parentRefs": [{"name": "edge"}], "rules": [
         {"backendRefs": [{"name": "kong-proxy", "port": 80}]}]}})
    for i in range(20)
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


WRITTEN = "/apis/coordination.k8s.io/v1/namespaces/default/leases/bench"  # as the heartbeat of a node


class Cluster:
    def __init__(self, servers: Path, one_core: bool, writes: int):
        """On core 1, if on one; with so many writes a second while something is measured."""
        self.one_core, self.writes = one_core, writes
        self.dir = Path(tempfile.mkdtemp(prefix="ktel-bench-"))
        self.processes = []
        self._tokens = {"admin": secrets.token_hex(16), "bench": secrets.token_hex(16)}
        try:
            self._start_etcd(servers / "etcd")
            self._start_api_server(servers / "kube-apiserver")
            self._post("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", BINDING)
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        for process in reversed(self.processes):  # the API server first: without etcd it would wait
            process.kill()
            process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def _start(self, name, argv):
        if self.one_core:
            argv = pinned(1, argv)
        log = open(self.dir / f"{name}.log", "wb")
        process = subprocess.Popen([str(a) for a in argv], stdout=log, stderr=log, cwd=self.dir)
        self.processes.append(process)
        return process

    def _start_etcd(self, program):
        self.etcd_url = f"http://127.0.0.1:{free_port()}"
        peer = f"http://127.0.0.1:{free_port()}"
        self.etcd = self._start("etcd", [
            program, "--data-dir", self.dir / "etcd", "--listen-client-urls", self.etcd_url,
            "--advertise-client-urls", self.etcd_url, "--listen-peer-urls", peer,
            "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}",
            "--unsafe-no-fsync", "--quota-backend-bytes", 8 << 30, "--log-level", "warn"])
        self._wait("etcd", self.etcd, lambda: urllib.request.urlopen(self.etcd_url + "/readyz", timeout=5))

    def _start_api_server(self, program):
        port = free_port()
        self.url = f"https://127.0.0.1:{port}"
        key = self._write("service-account.key", subprocess.check_output(
            ["openssl", "genrsa", "2048"], stderr=subprocess.DEVNULL, text=True))
        self._write("tokens.csv", f"{self._tokens['admin']},admin,admin,\"system:masters\"\n"
                                  f"{self._tokens['bench']},bench,bench\n")
        self.api_server = self._start("kube-apiserver", [
            program, f"--etcd-servers={self.etcd_url}", "--etcd-compaction-interval=0",
            "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none",
            f"--secure-port={port}", f"--cert-dir={self.dir}", "--service-cluster-ip-range=10.96.0.0/16",
            f"--token-auth-file={self.dir / 'tokens.csv'}", "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}", "--disable-admission-plugins=ServiceAccount",
            f"--audit-policy-file={self._write('audit-policy.yaml', AUDIT_POLICY)}",
            f"--audit-log-path={self.dir / 'audit.log'}", "--audit-log-mode=blocking"])
        self._wait("kube-apiserver", self.api_server, lambda: self.get("/readyz"))

    def _wait(self, name, process, ready, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end and process.poll() is None:
            try:
                ready()
                return
            except OSError as error:
                why = error
                time.sleep(0.05)
        log = (self.dir / f"{name}.log").read_text(errors="replace")
        raise SystemExit(f"scale: {name} is not ready: {why}\n{log[-4000:]}")

    def _write(self, name, text):
        path = self.dir / name
        path.write_text(text)
        path.chmod(0o600)
        return path

    @property
    def ca(self):  # the server makes its certificate itself, and the authority follows it in the file
        return self.dir / "apiserver.crt"

    @property
    def token(self):
        return self._tokens["bench"]

    def kubeconfig(self, url=None):
        """Of the user bench; with a URL, of whatever stands before the server and logs in for it."""
        cluster = {"server": url} if url else {"server": self.url, "certificate-authority": str(self.ca)}
        return self._write(f"kubeconfig-{secrets.token_hex(4)}", json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "bench",
            "clusters": [{"name": "bench", "cluster": cluster}],
            "users": [{"name": "bench", "user": {"token": self.token}}],
            "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "bench"}}]}))

    def context(self):
        return ssl.create_default_context(cafile=self.ca)

    def _request(self, path, body=None, user="admin"):
        request = urllib.request.Request(self.url + path, body, {
            "Authorization": f"Bearer {self._tokens[user]}", "Content-Type": "application/yaml"})
        with urllib.request.urlopen(request, timeout=60, context=self.context()) as answer:
            return answer.read()

    def get(self, path, user="admin"):
        return self._request(path, user=user)

    def _post(self, path, text):
        self._request(path, text.encode())

    def fill(self, loader: Path, pods: int):
        """Loads the cluster, and returns what the loader says of it."""
        said = subprocess.check_output([loader, "-endpoint", self.etcd_url, "-pods", str(pods)], text=True)
        self._wait("kube-apiserver", self.api_server, lambda: self._has_pods(pods), seconds=600)
        return said.strip()

    def define(self, folder: Path):
        """Installs the custom resource definitions of the folder."""
        for file in sorted(folder.glob("*.yaml")):
            for text in file.read_text().split("\n---\n"):
                if "kind: CustomResourceDefinition" in text:
                    self._post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", text)
        time.sleep(2)  # discovery follows a moment later

    def install_gateway(self):
        for collection, kind, text in GATEWAY_OBJECTS:
            self._post("/apis/gateway.networking.k8s.io/v1/" + collection, json.dumps({
                "apiVersion": "gateway.networking.k8s.io/v1", "kind": kind, **text}))

    def _has_pods(self, pods):
        page = json.loads(self.get("/api/v1/pods?limit=1"))
        found = len(page["items"]) + page["metadata"].get("remainingItemCount", 0)
        if found < pods:
            raise OSError(f"{found} pods of {pods}")

    def audited(self):
        """All requests of bench so far that have ended, oldest first."""
        marker = f"/api/v1/namespaces/audit-{secrets.token_hex(4)}"
        try:
            self.get(marker, user="bench")
        except urllib.error.HTTPError:
            pass
        while marker not in (log := (self.dir / "audit.log").read_text()):
            time.sleep(0.01)
        events = [json.loads(line) for line in log.splitlines()]
        return [e for e in events if "/audit-" not in e["requestURI"]]

    @contextmanager
    def written(self):
        """Meanwhile something changes that nobody reads, which fresh reads have to wait for."""
        if not self.writes:
            yield
            return
        stop, refused = threading.Event(), []
        writer = threading.Thread(target=self._write_until, args=(stop, refused))
        writer.start()
        time.sleep(0.2)
        try:
            yield
        finally:
            stop.set()
            writer.join()
        if refused:
            raise SystemExit(f"scale: a write was refused: {refused[0]}")

    def _write_until(self, stop, refused):
        connection = http.client.HTTPSConnection(urllib.parse.urlsplit(self.url).netloc, context=self.context())
        while not stop.wait(1 / self.writes):
            connection.request("PATCH", WRITTEN + "?fieldManager=bench&force=true", json.dumps({
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "bench"},
                "spec": {"holderIdentity": secrets.token_hex(4)}}), {
                "Authorization": f"Bearer {self._tokens['admin']}", "Content-Type": "application/apply-patch+yaml"})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status >= 300:
                refused.append(body.decode())
        connection.close()

    def cpu(self):
        """CPU seconds of both servers so far."""
        return {"api_server": cpu_of(self.api_server.pid), "etcd": cpu_of(self.etcd.pid)}

    def settle(self):
        """Waits until what the last run left behind, such as garbage, is done with."""
        quiet = 0
        for _ in range(100):
            before = sum(self.cpu().values())
            time.sleep(0.1)
            quiet = quiet + 1 if sum(self.cpu().values()) - before < 0.01 else 0
            if quiet == 3:
                return


def cpu_of(pid):
    """From the scheduler, in nanoseconds: /proc/PID/stat counts in ticks of 10 ms, longer than a count takes."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            total += int(Path(f"/proc/{pid}/task/{thread}/schedstat").read_text().split()[0])
        except (FileNotFoundError, ProcessLookupError):
            pass  # ended meanwhile
    return total / 1e9
