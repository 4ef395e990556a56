# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What other tools have locked: each package that this host needs, with its digests.

All of them write the whole answer of their resolver down, for every platform. What is read here is
the part of this host and its Python, without the groups and extras that nobody asked for; pip
installs it without resolving anything. The formats: uv.lock (version 1), poetry.lock (2.1),
Pipfile.lock (6), and pylock.toml (PEP 751).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._application.requirement import (
    Requirement,
    normal,
)

# The content of a lock, or of a part of it.
Table = Mapping[str, Any]
PYPI = re.compile(r"https://pypi\.(python\.)?org/simple/?")


class Pin(NamedTuple):
    """text: the requirement of one version, "click==8.1.7", or of an archive, "x @ https://…";
    digests: those of the files that may be it, such as "sha256:…"."""

    text: str
    digests: tuple[str, ...]


class Locked(NamedTuple):
    """pins, in the lock's order; places: the requirements without a digest, which are commits of
    repositories and folders of the source; indexes: the addresses besides that of PyPI; python:
    the versions of Python that the lock allows; is_built: whether the folder itself is locked;
    names: all that is locked, for other hosts too, normalised."""

    pins: list[Pin]
    places: list[str]
    indexes: list[str]
    python: str
    is_built: bool
    names: frozenset[str] = frozenset()


class LockError(ValueError):
    """Why a lock cannot be installed, and what to do; without its path."""


def read(name: str, data: Table) -> Locked:
    """What the content of a lock of this name asks for on this host. Raises LockError."""
    try:
        names = data["default"] if name == "Pipfile.lock" else [
            package["name"] for package in data.get("package", data.get("packages", []))
        ]  # fmt: skip
        return READERS[name](data)._replace(names=frozenset(map(normal, names)))
    except (KeyError, TypeError, AttributeError, IndexError) as exc:
        raise LockError(f"is no {name} as its tool writes it ({exc!r}); lock anew") from exc


def _applies(marker: str | None) -> bool:
    return not marker or Requirement(f"x; {marker}").applies()


def _pin(name: str, text: str, digests: Iterable[str]) -> Pin:
    found = tuple(dict.fromkeys(digests))
    if not found:
        raise LockError(f"has no digest of {name}; lock anew, from an index that has them")
    return Pin(text, found)


def _commit(name: str, url: str, commit: str, folder: str | None = None) -> str:
    """The requirement of a commit of a repository."""
    url = re.sub(r"^git@([^:/]+):", r"ssh://git@\1/", url)
    return f"{name} @ git+{url}@{commit}" + (f"#subdirectory={folder}" if folder else "")


def _place(path: str) -> str:
    """The requirement of a folder or file of the source."""
    return path if path.startswith(("/", ".")) else f"./{path}"


def _index(url: str | None) -> list[str]:
    is_other = url and url.startswith(("http://", "https://")) and not PYPI.fullmatch(url)
    return [url] if url and is_other else []


def _collect(
    packages: Iterable[Table],
    one: Callable[[Table], tuple[list[Pin], list[str], list[str]]],
    python: str = "",
    is_built: bool = False,
) -> Locked:
    """All that is locked; one says of a package: (its pins, its places, its indexes)."""
    found = Locked([], [], [], python, is_built)
    for package in packages:
        pins, places, indexes = one(package)
        found.pins.extend(pins)
        found.places.extend(places)
        found.indexes.extend(url for url in indexes if url not in found.indexes)
    return found


# uv.lock


def _uv(data: Table) -> Locked:
    if data["version"] != 1:
        raise LockError(f"has the format {data['version']}, and what is known is 1")
    packages = data.get("package", [])
    root = next((p for p in packages if _folder(p) == "."), None)
    if root is None:
        raise LockError("is of a workspace; lock the application in a folder of its own")
    needed = [package for package in _uv_needed(packages, root) if package is not root]
    return _collect(
        needed, _uv_one, data.get("requires-python", ""), "virtual" not in root["source"]
    )


def _folder(package: Table) -> str | None:
    source: Table = package["source"]
    found: str | None = source.get("virtual", source.get("editable", source.get("directory")))
    return found


def _uv_needed(packages: list[Table], root: Table) -> Iterator[Table]:
    """The packages that the root needs here, itself included; each once."""
    seen: set[int] = set()
    queue: list[tuple[Table, str]] = [(root, "")]
    known: set[tuple[int, str]] = set()
    while queue:
        package, extra = queue.pop(0)
        if (id(package), extra) in known:
            continue
        known.add((id(package), extra))
        if id(package) not in seen:
            seen.add(id(package))
            yield package
        optional = package.get("optional-dependencies", {})
        for needed in optional.get(extra, []) if extra else package.get("dependencies", []):
            if _applies(needed.get("marker")):
                target = _meant(packages, needed)
                queue += [(target, each) for each in ["", *needed.get("extra", [])]]


def _meant(packages: list[Table], needed: Table) -> Table:
    """The package that a dependency means: where several have its name, it says more."""
    told = {key: needed[key] for key in ("name", "version", "source") if key in needed}
    for package in packages:
        if all(package.get(key) == value for key, value in told.items()):
            return package
    raise LockError(f"has no {needed['name']}, which another of its packages needs; lock anew")


def _uv_one(package: Table) -> tuple[list[Pin], list[str], list[str]]:
    name, source = package["name"], package["source"]
    if "virtual" in source:
        return [], [], []
    if "git" in source:
        url, _mark, commit = source["git"].partition("#")
        folder = re.search(r"[?&]subdirectory=([^&]+)", url)
        bare = url.partition("?")[0]
        return [], [_commit(name, bare, commit, folder[1] if folder else None)], []
    files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
    if "registry" in source:
        digests = [each["hash"] for each in files if "hash" in each]
        pin = _pin(name, f"{name}=={package['version']}", digests)
        return [pin], [], _index(source["registry"])
    if "url" in source:
        return [_pin(name, f"{name} @ {source['url']}", [f["hash"] for f in files])], [], []
    return [], [_place(source.get("path") or _folder(package) or source["path"])], []


# poetry.lock


def _poetry(data: Table) -> Locked:
    version = str(data["metadata"]["lock-version"])
    if not version.startswith("2.") or version == "2.0":
        raise LockError(
            f"has the format {version}, which does not say what is for production; run"
            ' "poetry lock" with Poetry 2, which keeps the versions'
        )
    packages = [p for p in data.get("package", []) if "main" in p["groups"] and _is_poetrys(p)]
    return _collect(packages, _poetry_one, _caret(data["metadata"].get("python-versions", "")))


def _is_poetrys(package: Table) -> bool:
    markers = package.get("markers")
    return _applies(markers.get("main") if isinstance(markers, Mapping) else markers)


def _caret(text: str) -> str:
    """Poetry's ^3.9 and ~3.9 as others write them; what else is Poetry's own is not looked at."""
    found = re.sub(r"\^(\d+)((?:\.\d+)*)", lambda m: f">={m[0][1:]},<{int(m[1]) + 1}", text)
    found = re.sub(r"(?<![\d.])~(\d+\.\d+)(?!\.)\b", r"==\1.*", found)
    return "" if found == "*" or "|" in found or "~" in found.replace("~=", "") else found


def _poetry_one(package: Table) -> tuple[list[Pin], list[str], list[str]]:
    name, source = package["name"], package.get("source", {})
    digests = [each["hash"] for each in package.get("files", [])]
    kind, url = source.get("type", ""), source.get("url", "")
    if kind == "git":
        text = _commit(name, url, source["resolved_reference"], source.get("subdirectory"))
        return [], [text], []
    if kind == "directory" or kind == "file":
        return [], [_place(url)], []
    if kind == "url":
        return [_pin(name, f"{name} @ {url}", digests)], [], []
    return [_pin(name, f"{name}=={package['version']}", digests)], [], _index(url)


# Pipfile.lock


def _pipenv(data: Table) -> Locked:
    meta = data["_meta"]
    urls = {each["name"]: each["url"] for each in meta.get("sources", [])}
    requires = meta.get("requires", {})
    version = requires.get("python_full_version") or requires.get("python_version")
    python = f"=={version}.*" if version else ""
    packages = [
        {**each, "name": name} for name, each in data["default"].items()
        if _applies(each.get("markers"))
    ]  # fmt: skip

    def one(package: Table) -> tuple[list[Pin], list[str], list[str]]:
        name = package["name"]
        if "git" in package:
            return (
                [],
                [_commit(name, package["git"], package["ref"], package.get("subdirectory"))],
                [],
            )
        for key in ("path", "file"):
            if key in package and "://" not in package[key]:
                return [], [_place(package[key])], []
        text = f"{name} @ {package['file']}" if "file" in package else name + package["version"]
        # A package without an index may come from any.
        indexes = [urls[package["index"]]] if package.get("index") in urls else list(urls.values())
        pin = _pin(name, text, package.get("hashes", []))
        return [pin], [], [url for each in indexes for url in _index(each)]

    return _collect(packages, one, python)


# pylock.toml


def _pylock(data: Table) -> Locked:
    if not str(data["lock-version"]).startswith("1."):
        raise LockError(f"has the format {data['lock-version']}, and what is known is 1.0")
    packages = [p for p in data["packages"] if _applies(p.get("marker"))]
    is_built = any(_is_itself(package) for package in packages)
    others = [package for package in packages if not _is_itself(package)]
    return _collect(others, _pylock_one, data.get("requires-python", ""), is_built)


def _is_itself(package: Table) -> bool:
    return package.get("directory", {}).get("path") in (".", "./")


def _pylock_one(package: Table) -> tuple[list[Pin], list[str], list[str]]:
    name = package["name"]
    if "vcs" in package:
        vcs = package["vcs"]
        url = vcs.get("url") or vcs["path"]
        return [], [_commit(name, url, vcs["commit-id"], vcs.get("subdirectory"))], []
    if "directory" in package:
        return [], [_place(package["directory"]["path"])], []
    if "archive" in package:
        archive = package["archive"]
        if "url" not in archive:
            return [], [_place(archive["path"])], []
        return [_pin(name, f"{name} @ {archive['url']}", _digests([archive]))], [], []
    files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
    pin = _pin(name, f"{name}=={package['version']}", _digests(files))
    return [pin], [], _index(package.get("index"))


def _digests(files: Iterable[Table]) -> list[str]:
    return [f"{kind}:{digest}" for each in files for kind, digest in each["hashes"].items()]


READERS: dict[str, Callable[[Table], Locked]] = {
    "uv.lock": _uv,
    "poetry.lock": _poetry,
    "pylock.toml": _pylock,
    "Pipfile.lock": _pipenv,
}
