# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Can the driver be imported in the virtual environment that Gunicorn uses?"""

from __future__ import annotations

import glob
import os
from typing import TYPE_CHECKING

from ansible_collections.flaskops.stack.plugins.module_utils._application import runner
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers.outcome import (
    Code,
    Outcome,
    failed,
    ok,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import virtualenv

if TYPE_CHECKING:
    from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.context import Case

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
        "The virtual environment is incomplete, or the Python that it was made with was upgraded or"
        " removed; a virtual environment is for one version.",
        "Run flaskops.stack.site, which makes it anew; or make it anew by hand: python3 -m venv"
        " --clear, and pip install of the requirements.",
    ),
}


def check(case: Case) -> Outcome:
    """Import the driver, without a connection yet."""
    try:
        found = case.ask_driver()
    except (runner.ApplicationError, OSError) as exc:
        why = virtualenv.without_python(case.application.virtualenv)
        return failed("python", why if isinstance(exc, FileNotFoundError) else str(exc))
    if "error" in found:
        others = other_versions(case.application.virtualenv, found.get("python", ""))
        if others:
            text = f"the packages of {case.application.virtualenv} are for {others}"
            return failed("python", f"{text}, and its interpreter is {found['python']}")
        code = "missing" if found.get("missing") else "broken"
        return failed(code, f"{case.application.virtualenv}: {found['error']}")
    driver = found["driver"]
    version = _libpq(driver["libpq"])
    text = f"{driver['name']} {driver['version']}" + (f", libpq {version}" if version else "")
    return ok(text, name=driver["name"], version=driver["version"], libpq=version)


def other_versions(root: str, python: str) -> str:
    """The versions of Python, in words, that a virtual environment has packages for, where that of
    its interpreter (such as python3.13) is none of them; else ""."""
    folders = {os.path.basename(path) for path in glob.glob(f"{glob.escape(root)}/lib/python3*")}
    return ", ".join(sorted(folders)) if python and python not in folders else ""


def _libpq(number: int | None) -> str:
    return f"{number // 10000}.{number % 10000}" if number else ""
