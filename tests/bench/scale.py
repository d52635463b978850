#!/usr/bin/env python3
"""ktel beside its peer, Kong's Go library, on real API servers of several sizes.

scale.py --build BUILD --servers DIR --definitions DIR --tools DIR [--rows ROW,...] [--rounds N] [--pinned]
         [--writes N] [--out FILE] [PODS...]

Started by `./dev bench scale`, which makes what it needs. Prints markdown, and writes each round as
JSON; docs/performance.md says what is measured and how. Bars are those of the last, largest size.
"""
import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import scale_compare as compare
import scale_replay as replay
from scale_cluster import Cluster
from scale_measure import Program, alternate, median, pinned
from scale_report import Bars, side_by_side

MESH_OF = ("kong", "kong-controller-0", "kong-proxy")  # namespace, pod, service: the loader makes them
OF_A_CLUSTER = ("count", "mesh", "identity", "catalog", "gateway")
ROWS = ("start", "engine") + OF_A_CLUSTER  # in this order: what takes no cluster is over in a minute
LIMITED_ROUNDS = 3  # client-go's limiter takes minutes, and always the same ones
KONG, GATEWAY = "kong-ingress-controller", "gateway-api-v1.4.1-experimental"  # definitions


class Bench:
    def __init__(self, options):
        self.options = options
        self.ktel = options.build / "bin" / "ktel"
        self.home = Path(tempfile.mkdtemp(prefix="ktel-bench-home-"))
        self.env = {"HOME": str(self.home), "XDG_STATE_HOME": str(self.home / "state"),
                    "XDG_CACHE_HOME": str(self.home / "cache")}
        for name in ("DO_NOT_TRACK", "KTEL_TELEMETRY", "KUBECONFIG", "HTTPS_PROXY", "https_proxy"):
            os.environ.pop(name, None)
        self.raw = {"machine": machine(), "sizes": {}}
        self.bars = Bars()
        self.peaks = []  # objects read, peak memory of the whole catalog

    def run(self):
        if "start" in self.options.rows:
            self.start()
        if "engine" in self.options.rows:
            self.engine()
        for pods in self.options.pods if set(OF_A_CLUSTER) & self.options.rows else []:
            with Cluster(self.options.servers, self.options.pinned, self.options.writes) as cluster:
                self.size(cluster, pods, largest=pods == self.options.pods[-1])
        if len(self.peaks) > 1:
            (few, small), (many, large) = self.peaks[0], self.peaks[-1]
            self.bars.at_most(f"whole catalog: peak memory an object, from {few:,} to {many:,} pods",
                              (large - small) * 1024 / (many - few), 100, " bytes")
        say(f"## Bars\n\n{self.bars.table()}")
        self.options.out.write_text(json.dumps(self.raw, indent=1))
        say(f"Each round is in {self.options.out}.")

    def size(self, cluster, pods, largest):
        loaded = cluster.fill(self.options.tools / "load", pods)
        cluster.define(self.options.definitions / KONG)
        say(f"## {pods:,} pods\n\n{loaded}\n")
        self.raw["sizes"][pods] = {"loaded": loaded}
        bars, rows = self.bars if largest else Bars(), self.options.rows
        if "count" in rows:
            self.counting(cluster, pods, bars, "counting", "cluster-state")
        if "mesh" in rows:
            self.mesh(cluster, pods, bars)
        if "identity" in rows:
            self.identify(cluster, pods)
        if "catalog" in rows:
            self.catalog(cluster, pods, bars)
        if "gateway" in rows:  # last, since it makes a cluster whose catalog asks for a dozen kinds more
            cluster.define(self.options.definitions / GATEWAY)
            cluster.install_gateway()
            self.counting(cluster, pods, bars, "counting with Gateway API", "cluster-state,gateway-api")

    # The programs.

    def ktel_run(self, cluster, jobs, *arguments, kubeconfig=None):
        """Timed without a ledger; what it asked for is told by the record of a run before."""
        argv = [self.ktel, "workflows", "run", "--kubeconfig", kubeconfig or cluster.kubeconfig(),
                "--jobs", jobs, *arguments, "-q"]
        Program("ktel", argv, self.env).run()
        record = json.loads(subprocess.check_output([self.ktel, "reports", "show", "--record"],
                                                    env={**os.environ, **self.env}))
        asked = {"requests": record["requests"], "bytes": record["bytes"]}
        return Program("ktel", self.on_one_core(argv + ["--dry-run"]), self.env,
                       lambda out: {"report": json.loads(out), **asked})

    def peer(self, cluster, work, name="peer", *arguments):
        return Program(name, self.on_one_core([self.options.tools / "peer", "-kubeconfig", cluster.kubeconfig(),
                                               "-work", work, *arguments]), read=json.loads)

    def on_one_core(self, argv):
        return pinned(0, argv) if self.options.pinned else argv

    # The rows.

    def peers(self, cluster, pods, what, work, ktel, *arguments):
        """ktel, the peer, and the peer without gzip in turn; then the peer with its limiter."""
        programs = [ktel, self.peer(cluster, work, "peer", *arguments),
                    self.peer(cluster, work, "peer, no gzip", "-gzip=false", *arguments)]
        taken = alternate(programs, self.options.rounds, cluster)
        limited = self.peer(cluster, work, "peer, its limiter on", "-limiter", "default", *arguments)
        taken |= alternate([limited], LIMITED_ROUNDS, cluster)
        self.keep(pods, what, taken)
        say(side_by_side(what[0].upper() + what[1:], taken))
        for name, rounds in taken.items():
            for one in rounds:
                if one["requests"] != one["requests_audited"]:
                    say(f"{name} says {one['requests']} requests, the server's log {one['requests_audited']}\n")
                    break
        return taken

    def counting(self, cluster, pods, bars, what, jobs):
        taken = self.peers(cluster, pods, what, "count", self.ktel_run(cluster, jobs))
        self.compared(what, taken, compare.counts, bars)
        ours, theirs = taken["ktel"], taken["peer"]
        bars.at_least(f"{what}: wall", ratio(ours, theirs, "wall_s"), 250)
        bars.at_least(f"{what}: server CPU", ratio(ours, theirs, "api_server_cpu_s"), 50)

    def mesh(self, cluster, pods, bars):
        namespace, pod, service = MESH_OF
        ktel = self.ktel_run(cluster, "service-mesh", "--param", f"service-mesh.pod_namespace={namespace}",
                             "--param", f"service-mesh.pod_name={pod}",
                             "--param", f"service-mesh.proxy_service={namespace}/{service}")
        taken = self.peers(cluster, pods, "mesh job", "mesh", ktel, "-pod", f"{namespace}/{pod}",
                           "-service", f"{namespace}/{service}")
        self.compared("mesh", taken, compare.meshes, bars)
        ours, theirs = taken["ktel"], taken["peer"]
        bars.at_least("mesh: wall", ratio(ours, theirs, "wall_s"), 3)
        bars.at_least("mesh: client CPU", ratio(ours, theirs, "client_cpu_s"), 6)
        bars.at_least("mesh: peak memory", ratio(ours, theirs, "client_rss_kib"), 30)
        bars.at_least("mesh: server CPU", ratio(ours, theirs, "api_server_cpu_s"), 1)

    def identify(self, cluster, pods):
        self.peers(cluster, pods, "platform identity", "identify", self.ktel_run(cluster, "identify-platform"))

    def catalog(self, cluster, pods, bars):
        ktel = self.ktel_run(cluster, "all")
        requests = replay.requests_of(
            cluster, lambda url: self.ktel_run(cluster, "all", kubeconfig=cluster.kubeconfig(url)))
        config = self.home / "curl.config"
        config.write_text(replay.curl_config(cluster, requests))
        config.chmod(0o600)
        curl = Program("curl", self.on_one_core(["curl", "--disable", "--config", config]),
                       read=lambda out: {"bytes": sum(int(line) for line in out.split()), "requests": len(requests)})
        taken = alternate([ktel, curl], self.options.rounds, cluster)
        self.keep(pods, "catalog", taken)
        say(side_by_side("Whole catalog, beside curl for the same URLs", taken))
        ours = taken["ktel"]
        self.peaks.append((pods, median(ours, "client_rss_kib")))
        bars.at_most("whole catalog: requests", median(ours, "requests_audited"), 25)
        bars.at_most("whole catalog: wall, of curl's", 1 / ratio(ours, taken["curl"], "wall_s"), 1.2, "x")
        bars.at_most("whole catalog: peak memory", median(ours, "client_rss_kib") / 1024, 64, " MiB")

    def start(self):
        plugins = self.home / "plugins"
        subprocess.check_call([Path(__file__).parent / "plugins.sh", plugins])
        hello = Program("hello with client-go", [self.options.tools / "hello"])
        programs = [Program("ktel version", [self.ktel, "version"], self.env),
                    Program("kubectl version --client", ["kubectl", "version", "--client"])
                    if shutil.which("kubectl") else hello, hello,
                    Program("ktel jobs list", [self.ktel, "jobs", "list", "--plugin-dir", plugins], self.env)]
        taken = alternate(list({p.name: p for p in programs}.values()), 3 * self.options.rounds)
        self.raw["start"] = taken
        say("## Start\n\n" + side_by_side("Whole processes", taken))
        version = median(taken["ktel version"], "wall_s")
        other = programs[1].name
        self.bars.at_least(f"start: {other} / ktel version", median(taken[other], "wall_s") / version, 5)
        self.bars.at_most("start: jobs list with 20 plugins / ktel version",
                          median(taken["ktel jobs list"], "wall_s") / version, 2, "x")

    def engine(self):
        bench = [self.options.build / "bin" / "ktel_bench_engine"]
        programs = [Program("ktel", bench + ["abi"], read=per_job),
                    Program("peer", [self.options.tools / "pool"], read=per_job),
                    Program("bare asio::post", bench + ["bare"], read=per_job)]
        taken = {name: [{"job_ns": one["job_ns"]} for one in rounds]
                 for name, rounds in alternate(programs, self.options.rounds).items()}
        self.raw["engine"] = taken
        say("## Engine, 1,000 jobs that do nothing\n\n" + side_by_side("Each round is the median of 20", taken))
        self.bars.at_least("engine: peer's pool / ktel", ratio(taken["ktel"], taken["peer"], "job_ns"), 10)
        self.bars.at_least("engine: bare asio::post / ktel",
                           ratio(taken["ktel"], taken["bare asio::post"], "job_ns"), 0.5)

    def compared(self, what, taken, of_report, bars):
        found = {line for ours in taken["ktel"] for theirs in taken["peer"]
                 for line in compare.differences(of_report(ours["report"]), theirs["report"])}
        for line in sorted(found):
            say(f"- {line}")
        bars.holds(f"{what}: reports, field by field", f"{len(found)} differ", "the same", not found)

    def keep(self, pods, what, taken):
        self.raw["sizes"][pods][what] = taken


def ratio(ours, theirs, key):
    return median(theirs, key) / max(median(ours, key), 1e-9)


def per_job(out):
    rounds = sorted(int(line) for line in out.split())
    return {"job_ns": rounds[len(rounds) // 2]}


def machine():
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // (1 << 20)
    return f"{os.cpu_count()} {platform.machine()} cores, {memory} GiB of memory"


def rows(text):
    chosen = set(text.split(","))
    if not chosen <= set(ROWS):
        raise argparse.ArgumentTypeError(f"rows are {', '.join(ROWS)}")
    return chosen


def say(text):
    print(text, flush=True)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers end, too
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("build", "servers", "definitions", "tools"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--out", type=Path, default=Path("scale.json"))
    parser.add_argument("--rows", type=rows, default=set(ROWS))
    parser.add_argument("--pinned", action="store_true", help="clients on core 0, servers on core 1")
    parser.add_argument("--writes", type=int, default=0, help="a second, of what nobody reads")
    parser.add_argument("pods", type=int, nargs="*", default=[1000, 10000, 50000])
    options = parser.parse_args()
    options.pods.sort()
    bench = Bench(options)
    load = os.getloadavg()[0]
    series = ["; clients on one core, servers on another" if options.pinned else "",
              f"; {options.writes} writes a second" if options.writes else ""]
    say(f"{bench.raw['machine']}{''.join(series)}; load before the run {load:.1f}; {options.rounds} rounds in turn, "
        "a cold one before them not counted; median (least–most).\n")
    if load > 0.5:
        print("scale: the machine is not idle, these figures will be noise", file=sys.stderr)
    try:
        bench.run()
    finally:
        shutil.rmtree(bench.home, ignore_errors=True)


if __name__ == "__main__":
    main()
