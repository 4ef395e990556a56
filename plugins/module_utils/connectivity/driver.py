# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Can the driver be imported in the virtual environment that Gunicorn uses?"""

from __future__ import annotations

from ansible_collections.flaskops.stack.plugins.module_utils import application
from ansible_collections.flaskops.stack.plugins.module_utils.connectivity.outcome import (
    Code,
    failed,
    ok,
)

NEEDS = ("config", "url")

CODES = {
    "missing": Code(
        "The driver is not among the requirements, or was installed in another environment.",
        "Add psycopg2-binary (or psycopg[binary]) to the requirements and deploy again.",
    ),
    "broken": Code(
        "The driver was built for another Python, or a library that it needs is gone.",
        "Reinstall it in the virtual environment.",
    ),
    "python": Code(
        "The virtual environment is incomplete, or the Python under it was upgraded or removed.",
        "Make the virtual environment again (flaskops.stack.site does).",
    ),
}


def check(case):
    """Import the driver, without a connection yet."""
    try:
        found = case.ask_driver()
    except (application.ApplicationError, OSError) as exc:
        return failed("python", str(exc))
    if "error" in found:
        code = "missing" if found.get("missing") else "broken"
        return failed(code, f"{case.application.virtualenv}: {found['error']}")
    driver = found["driver"]
    version = _libpq(driver["libpq"])
    text = f"{driver['name']} {driver['version']}" + (f", libpq {version}" if version else "")
    return ok(text, name=driver["name"], version=driver["version"], libpq=version)


def _libpq(number):
    return f"{number // 10000}.{number % 10000}" if number else ""
