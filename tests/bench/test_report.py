"""The benchmark's table and plot, from results that are made up."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import report


def run(contender, mode, seconds, number=1, hosts=1, code=0):
    return {
        "contender": contender, "mode": mode, "hosts": hosts, "round": number,
        "seconds": seconds, "cpu": 1.0, "memory": 60, "executions": 4, "code": code,
    }  # fmt: skip


RESULTS = [
    run("collection", "again", 2.0),
    run("collection", "again", 3.0, 2),
    run("collection", "again", 9.0, 3),
    run("pyinfra", "again", 6.0),
    run("idiomatic", "dry", 15.0, code=2),
    run("collection", "again", 8.0, hosts=8),
]


def test_the_median_of_the_rounds_counts():
    medians = report.summarize(RESULTS)
    own = [m for m in medians if (m["contender"], m["hosts"]) == ("collection", 1)]
    assert [(m["seconds"], m["runs"]) for m in own] == [(3.0, 3)]


def test_the_page_has_ratios_and_says_what_fails():
    page = report.page(report.summarize(RESULTS), RESULTS)
    assert "| nothing to change | pyinfra | 6.0 | 2.00 |" in page
    assert "idiomatic playbook (fails)" in page
    assert "## 8 hosts" in page


@pytest.mark.parametrize("text", ["pyinfra", "3.0 s", "6.0 s", "nothing to change"])
def test_the_plot_shows_one_host(text):
    plot = report.plot(report.summarize(RESULTS))
    assert text in plot
    assert "8.0 s" not in plot
