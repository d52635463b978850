"""The table of a run: what was measured, the bar, and whether it is met. Markdown."""
from scale_measure import median, spread

UNITS = {"wall_s": ("wall", 1e3, "ms"), "client_cpu_s": ("client CPU", 1e3, "ms"),
         "client_rss_kib": ("peak memory", 1 / 1024, "MiB"), "api_server_cpu_s": ("server CPU", 1e3, "ms"),
         "etcd_cpu_s": ("etcd CPU", 1e3, "ms"), "requests": ("requests", 1, ""), "bytes": ("bytes", 1e-6, "MB"),
         "job_ns": ("time a job", 1, "ns")}


def figure(value, unit=""):
    digits = 0 if value >= 100 or value == int(value) else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}".strip()


def cell(rounds, key):
    """The median, and from the least to the most."""
    _, scale, unit = UNITS[key]
    middle, least, most = (value * scale for value in spread(rounds, key))
    if least == most:
        return figure(middle, unit)
    return f"{figure(middle, unit)} ({figure(least)}–{figure(most)})"


def side_by_side(title, taken):
    """A column for each program, a row for each measure; and how many times the first is better."""
    names = list(taken)
    lines = [f"### {title}", "", f"| | {' | '.join(names)} | {names[1]} / {names[0]} |",
             "|---|" + "---|" * (len(names) + 1)]
    for key, (label, _, _) in UNITS.items():
        if not any(key in taken[name][0] for name in names):
            continue
        cells = [cell(taken[name], key) if key in taken[name][0] else "" for name in names]
        both = all(key in taken[name][0] for name in names[:2])
        first = median(taken[names[0]], key) if both else 0
        ratio = f"{figure(median(taken[names[1]], key) / first)}x" if first else ""
        lines.append(f"| {label} | {' | '.join(cells)} | {ratio} |")
    return "\n".join(lines) + "\n"


class Bars:
    def __init__(self):
        self.rows = []

    def at_least(self, what, measured, bar, unit="x"):
        self._add(what, measured, f"≥ {figure(bar)}{unit}", unit, measured >= bar)

    def at_most(self, what, measured, bar, unit=""):
        self._add(what, measured, f"≤ {figure(bar)}{unit}", unit, measured <= bar)

    def holds(self, what, found, bar, met):
        self.rows.append(f"| {what} | {found} | {bar} | {'met' if met else '**missed**'} |")

    def _add(self, what, measured, bar, unit, met):
        self.holds(what, figure(measured) + unit, bar, met)

    def table(self):
        return "\n".join(["| bar | measured | must be | |", "|---|---|---|---|"] + self.rows) + "\n"
