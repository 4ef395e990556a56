"""A pytest plugin for parts of a long run: FROM names the row to go on with, MINUTES bounds it.

A part that runs out of its time ends red, and says what to go on with.
"""

import os
import time

import pytest

ENDS = time.monotonic() + 60 * float(os.environ.get("MINUTES", "55"))
FROM = os.environ.get("FROM", "")


# After -k, which leaves one table of several with rows of one name.
@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Leave out what comes before the row that FROM names."""
    names = [_row(item) for item in items]
    if not FROM:
        return
    if FROM not in names:
        known = ", ".join(dict.fromkeys(names))
        raise pytest.UsageError(f"FROM={FROM!r} is none of the rows: {known}")
    first = names.index(FROM)
    config.hook.pytest_deselected(items=items[:first])
    del items[:first]


def pytest_runtest_setup(item):
    """End in time, between two tests."""
    if time.monotonic() > ENDS:
        item.session.shouldstop = f"out of time; go on with FROM={_row(item)!r}"


def _row(item):
    """What stands between the brackets of a test's name; the test's name where there are none."""
    return item.name.partition("[")[2].rstrip("]") or item.name
