"""What a program takes: wall, CPU and peak memory of the process, CPU of the servers, their audit log."""
import os
import statistics
import subprocess
import tempfile
import time
from contextlib import nullcontext


class Program:
    """A command line under a name; `read` takes its stdout and returns what it said of itself."""

    def __init__(self, name, argv, env=None, read=lambda out: {}):
        self.name, self.argv, self.read = name, [str(a) for a in argv], read
        self.env = {**os.environ, **(env or {})}

    def run(self, cluster=None):
        before = cluster and cluster.cpu()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, \
                tempfile.NamedTemporaryFile("r") as memory:
            # The peak of a process counts from its fork: from this one, every program would seem to
            # need what Python does.
            small = ["/usr/bin/time", "-f", "%M", "-o", memory.name]
            start = time.perf_counter()
            process = subprocess.Popen(small + self.argv, stdout=out, stderr=err, env=self.env)
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            after = cluster and cluster.cpu()
            out.seek(0)
            err.seek(0)
            if process.returncode != 0:
                raise SystemExit(f"scale: {self.name} ended with {process.returncode}: "
                                 f"{' '.join(self.argv)}\n{err.read().decode(errors='replace')}")
            took = {"wall_s": wall, "client_cpu_s": usage.ru_utime + usage.ru_stime,
                    "client_rss_kib": int(memory.read())}
            if cluster:
                took["api_server_cpu_s"] = after["api_server"] - before["api_server"]
                took["etcd_cpu_s"] = after["etcd"] - before["etcd"]
            return {**took, **self.read(out.read().decode())}


def pinned(core, argv):
    return ["taskset", "--cpu-list", str(core), *argv]


def alternate(programs, rounds, cluster=None):
    """A-B-A-B: a round is each program once. Returns the rounds of each; a first one, cold, is not counted."""
    taken = {program.name: [] for program in programs}
    for number in range(rounds + 1):
        for program in programs:
            if cluster:
                cluster.settle()
                seen = len(cluster.audited())
            with cluster.written() if cluster else nullcontext():
                one = program.run(cluster)
            if cluster:
                one["requests_audited"] = len(cluster.audited()) - seen
            if number > 0:
                taken[program.name].append(one)
    return taken


def median(rounds, key):
    return statistics.median(one[key] for one in rounds)


def spread(rounds, key):
    values = [one[key] for one in rounds]
    return statistics.median(values), min(values), max(values)
