# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why pip failed, in one line with what to do, by what it said."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from typing import NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._application.requirement import (
    RequirementError,
    Version,
)

NO_VERSION = re.compile(
    r"Could not find a version that satisfies the requirement (?P<text>[^;(\n]+?)\s*"
    r"(?:;[^(\n]*)?(?:\(from (?!versions).*?\)\s*)?\(from versions: (?P<versions>[^)]*)\)"
)
# Of a file of a pinned version that pip passes over (-vv), and whose Python it is for.
OTHER_WHEEL = re.compile(
    r"none of the wheel's tags \((?:cp|py|pp)(\d)(\d*)[^)]*\).*?/[^/\s-]+-([^/\s-]+)-[^/\s]+\.whl"
)
OTHER_PYTHON = re.compile(r"([^\s;,]+) Requires-Python ([^;\n]+)")
LIMIT = 3


class Failure(NamedTuple):
    """sign: a pattern; told: cause and remedy, of what the pattern has matched, the whole text and
    the version of the host's Python."""

    sign: str
    told: Callable[[re.Match[str], str, str], str]


def explain(text: str, python: str, passed_over: str = "") -> str:
    """Cause and remedy in one line; "" where the words of pip tell none that is known.

    python is the version of the host's Python, as "3.11.2"; passed_over what pip said of the files
    of the requirement of which it found no version (sought()), with -vv.
    """
    for failure in FAILURES:
        found = re.search(failure.sign, text, re.MULTILINE)
        if found:
            return failure.told(found, text, python)
    found = NO_VERSION.search(text)
    if found:
        return _no_version(found, text, python, passed_over)
    for failure in BUILDS:
        found = re.search(failure.sign, text, re.MULTILINE)
        if found:
            return failure.told(found, text, python)
    return ""


def sought(text: str) -> str | None:
    """The requirement of one version of which pip found none, for a question with -vv."""
    found = NO_VERSION.search(text)
    named = found["text"].strip() if found else ""
    return named if re.fullmatch(r"[\w.\[\],-]+==[^*,\s]+", named) else None


def _no_version(found: re.Match[str], text: str, python: str, passed_over: str) -> str:
    named = found["text"].strip()
    name, _sign, version = named.partition("==")
    minor = ".".join(python.split(".")[:2])
    for other, wanted in OTHER_PYTHON.findall(text):
        if _is_same(other, version):
            return (
                f"{named} is for Python {wanted.strip()}, and this host has {python}; ask for a"
                f" version that this Python may have (app_requirements){_newest(found)}, or take a"
                " release of Debian with another Python"
            )
    pythons = sorted(
        {(int(a), int(b or 0)) for a, b, each in OTHER_WHEEL.findall(passed_over)
         if _is_same(each, version)}
    )  # fmt: skip
    if pythons:
        known = ", ".join(f"{major}.{minor}" for major, minor in pythons)
        return (
            f"{named} has wheels for Python {known} alone and no source, and this host has {minor};"
            f" ask for a version that has one for it (app_requirements){_newest(found)}"
        )
    if found["versions"] in ("", "none"):
        bare = re.split(r"[\s\[<>=!~]", name)[0]
        return (
            f"{_index(text)} has no package {bare} for this host; correct its name, or declare the"
            " index that has it: app_pip_environment: {PIP_INDEX_URL: …} or PIP_EXTRA_INDEX_URL"
        )
    return (
        f"{_index(text)} has no {named} for this host; ask for a version that is there"
        f" (app_requirements){_newest(found)}"
    )


def _is_same(one: str, other: str) -> bool:
    with contextlib.suppress(RequirementError):
        return Version(one).key == Version(other).key
    return False


def _newest(found: re.Match[str]) -> str:
    versions = [each.strip() for each in found["versions"].split(",") if each.strip() != "none"]
    return f", such as {', '.join(reversed(versions[-LIMIT:]))}" if versions else ""


def _index(text: str) -> str:
    """The host of the index that pip has asked, as it names it where it is not PyPI. No more of the
    address: that may be a secret."""
    found = re.search(r"^Looking in indexes: \w+://(?:[^/\s]*@)?([^/\s,]+)", text, re.MULTILINE)
    return f"the index {found[1] if found else 'PyPI'}"


def _untrusted(found: re.Match[str], text: str, _python: str) -> str:
    return (
        f"the certificate of {_index(text)} is not trusted ({found[1]}); declare the file that has"
        " its authority's: app_pip_environment: {PIP_CERT: /etc/ssl/certs/ca-certificates.crt}"
    )


def _unreachable(found: re.Match[str], text: str, _python: str) -> str:
    reason = re.search(r"\[Errno -?\d+\] ([^'\")]+)|(timed out)", found[0])
    told = f" ({reason[1] or reason[2]})" if reason else ""
    return (
        f"{_index(text)} does not answer this host{told}; declare an index that does, or the proxy:"
        " app_pip_environment: {PIP_INDEX_URL: …} or {https_proxy: …}"
    )


def _refused(found: re.Match[str], _text: str, _python: str) -> str:
    return (
        f"the index refuses the credentials ({found[1]}) for {found[2]}; correct those of"
        " PIP_INDEX_URL in app_pip_environment"
    )


def _another_hash(found: re.Match[str], _text: str, _python: str) -> str:
    return (
        f"{found[1]} has another hash than is declared ({found[2]}); if its project has put another"
        " file in its place, lock anew (app_requirements), and else do not trust it"
    )


def _without_hash(found: re.Match[str], _text: str, _python: str) -> str:
    return (
        f"{found[1]} has no hash, and others have; pip takes all with one or none, and also what"
        " these need: lock all of them (app_requirements), as pip-compile --generate-hashes does"
    )


def _conflict(found: re.Match[str], text: str, _python: str) -> str:
    causes = re.search(r"The conflict is caused by:\n((?:[ \t]+\S.*\n?)+)", text)
    lines = [line.strip() for line in causes[1].splitlines()] if causes else []
    told = "; ".join(lines)
    return (
        f"{found[1].strip()} exclude each other{told and f' ({told})'}; loosen one of them in what"
        " the application asks for (app_requirements), or in app_packages"
    )


def _another_python(found: re.Match[str], _text: str, python: str) -> str:
    return (
        f"{found[1]} requires Python {found[2]}, and this host has {python}; ask for a version that"
        " allows it (app_requirements), or take a release of Debian with another Python"
    )


def _first(found: re.Match[str], _text: str, _python: str) -> str:
    hint = found.groupdict().get("hint")
    told = f" ({hint.strip()})" if hint else ""
    return f"{found[1].strip()}{told}; correct it (app_requirements)"


def _flat(_found: re.Match[str], _text: str, _python: str) -> str:
    return (
        "setuptools does not know which folders of the application are its packages; write into its"
        ' pyproject.toml "[tool.setuptools]" with "py-modules = []" where the code runs from its'
        " place, else name them there"
    )


def _hatch(_found: re.Match[str], _text: str, _python: str) -> str:
    return (
        "hatchling does not know which folders of the application are its packages; write into its"
        ' pyproject.toml "[tool.hatch.build.targets.wheel]" with "bypass-selection = true" where'
        " the code runs from its place, else name them there"
    )


def _poetry(found: re.Match[str], _text: str, _python: str) -> str:
    return (
        f"Poetry finds no folder of the package {found[1]}; write into pyproject.toml"
        ' "[tool.poetry]" with "package-mode = false" where the code runs from its place'
    )


def _no_build(found: re.Match[str], text: str, _python: str) -> str:
    before = text[: found.start()]
    names = re.findall(r"^\s*(?:Collecting|Processing|Obtaining) (\S+)", before, re.MULTILINE)
    named = re.search(r"Failed building wheel for (\S+)", text)
    what = named[1] if named else names[-1] if names else "a package"
    lines = [line.strip() for line in found[1].splitlines() if line.strip()]
    return (
        f"{what} cannot be built: {lines[-1] if lines else 'nothing was said'}; mend its setup.py"
        " or pyproject.toml, or ask for a version that has a wheel (app_requirements)"
    )


def _full(_found: re.Match[str], _text: str, _python: str) -> str:
    return (
        "there is no space left on the device; make room in /srv, /tmp and the folder of"
        " PIP_CACHE_DIR (app_pip_environment)"
    )


# The first whose sign is there counts.
FAILURES = [
    Failure(r"No space left on device", _full),
    Failure(r"CERTIFICATE_VERIFY_FAILED\] certificate verify failed: ([^(\n]+?) \(", _untrusted),
    Failure(r"(40[13]) (?:Error|Client Error).*? for (?:url: )?(https?://[^\s'\"]+)", _refused),
    Failure(r"Retry\(total=0,.*connection broken by .*", _unreachable),
    Failure(r"^    (\S+) from .*\n(?:\s+(?:Expected|or) .*\n)+\s+Got\s+(\S+)", _another_hash),
    Failure(r"pinned with ==. These do not:\n\s+(\S+)", _without_hash),
    Failure(r"Hashes are required in --require-hashes mode.*\n\s+(\S+)", _without_hash),
    Failure(r"Can't verify hashes for these .*\n\s+(\S+)", _without_hash),
    Failure(r"Cannot install (.+?) because these package versions have conflict", _conflict),
    Failure(r"Package '?([^'\s]+)'? requires a different Python: \S+ not in '([^']+)'",
            _another_python),
    Failure(r"ERROR: (Invalid requirement: .*)(?:\n(?P<hint>Hint: .*))?", _first),
    Failure(r"ERROR: (Could not open requirements file: .*)", _first),
]  # fmt: skip
BUILDS = [
    Failure(r"Multiple top-level (?:packages|modules) discovered in a flat-layout", _flat),
    Failure(r"Unable to determine which files to ship inside the wheel", _hatch),
    Failure(r"No file/folder found for package (\S+)", _poetry),
    Failure(r"╰─> \[\d+ lines? of output\]\n((?:.*\n)*?)\s*\[end of output\]", _no_build),
    Failure(r"╰─> \[?(.*)\n", _no_build),
]  # fmt: skip
