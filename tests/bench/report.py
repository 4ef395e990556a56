"""bench.json, and the table and the plot that are made of it."""

import json
import os
import statistics
from datetime import date
from html import escape

import contenders

MODES = {
    "fresh": "bare host",
    "again": "nothing to change",
    "dry": "dry run or audit",
    "environment": "one environment variable",
    "pg_hba": "one line of pg_hba.conf",
    "release": "a release with one migration",
}
COLOURS = {"hand": "#8c8c8c", "idiomatic": "#c58b3b", "pyinfra": "#5b7fb5", "collection": "#2f7d4f"}
HEAD = """\
# Benchmark

The same work by each contender, on Debian 12 in containers alike, over SSH with pipelining, in
turns (24 hosts: one contender after the other); medians of {rounds} on {cores} cores, {day}.
`make bench` repeats it and writes this page. The contenders are in `tests/bench`. The memory is
that of the controller's largest process.

![Seconds for one host](benchmark.svg)

"""


def write(checkout, results):
    """Write all three."""
    medians = summarize(results)
    (checkout / "bench.json").write_text(
        json.dumps({"medians": medians, "runs": results}, indent=1) + "\n"
    )
    (checkout / "docs" / "benchmark.md").write_text(page(medians, results))
    (checkout / "docs" / "benchmark.svg").write_text(plot(medians))


def summarize(results):
    """The medians of each (hosts, mode, contender), as a list of dicts."""
    groups = {}
    for one in results:
        groups.setdefault((one["hosts"], one["mode"], one["contender"]), []).append(one)
    return [
        {
            "hosts": hosts, "mode": mode, "contender": contender, "runs": len(runs),
            **{
                key: round(statistics.median(run[key] for run in runs), 2)
                for key in ("seconds", "cpu", "memory", "executions")
            },
            "failed": sum(bool(run["code"]) for run in runs),
        }
        for (hosts, mode, contender), runs in groups.items()
    ]  # fmt: skip


def page(medians, results):
    rounds = max(run["round"] for run in results)
    told = "1 round" if rounds == 1 else f"{rounds} rounds"
    text = HEAD.format(rounds=told, cores=os.cpu_count(), day=date.today())
    for hosts in sorted({one["hosts"] for one in medians}):
        text += f"## {hosts} host{'s' if hosts > 1 else ''}\n\n"
        text += "| | | s | of this collection's | controller CPU s | MB | modules a host |\n"
        text += "| --- | --- | --- | --- | --- | --- | --- |\n"
        for mode, label in MODES.items():
            text += "".join(rows(medians, hosts, mode, label))
        text += "\n"
    return text


def rows(medians, hosts, mode, label):
    found = {m["contender"]: m for m in medians if (m["hosts"], m["mode"]) == (hosts, mode)}
    own = found.get("collection", {}).get("seconds")
    for name, title in contenders.NAMES.items():
        if name in found:
            one = found[name]
            ratio = f"{one['seconds'] / own:.2f}" if own else ""
            failed = " (fails)" if one["failed"] else ""
            modules = f"{one['executions']:g}" if name in ("idiomatic", "collection") else ""
            yield (
                f"| {label} | {title}{failed} | {one['seconds']:.1f} | {ratio} | {one['cpu']:.1f} |"
                f" {one['memory']:g} | {modules} |\n"
            )


def plot(medians):
    """Bars for one host, as SVG."""
    one = {(m["mode"], m["contender"]): m["seconds"] for m in medians if m["hosts"] == 1}
    bars = [(mode, name) for mode in MODES for name in contenders.NAMES if (mode, name) in one]
    longest = max(one.values())
    lines, y, last = [], 10, None
    for mode, name in bars:
        if mode != last:
            y += 14
            lines.append(f'<text x="10" y="{y}" font-weight="bold">{escape(MODES[mode])}</text>')
            y, last = y + 6, mode
        width = 430 * one[mode, name] / longest
        lines.append(f'<text x="10" y="{y + 11}">{contenders.NAMES[name]}</text>')
        lines.append(
            f'<rect x="140" y="{y}" width="{width:.1f}" height="14" fill="{COLOURS[name]}"/>'
            f'<text x="{146 + width:.1f}" y="{y + 11}">{one[mode, name]:.1f} s</text>'
        )
        y += 17
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 {y + 10}" '
        'font-family="sans-serif" font-size="11">'
        f'<rect width="640" height="{y + 10}" fill="#fff"/>' + "".join(lines) + "</svg>\n"
    )
