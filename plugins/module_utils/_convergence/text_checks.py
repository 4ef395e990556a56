# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the program that reads a file says of its text, before the text takes the file's place."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping

# Runs a command with more variables in its environment; (exit status, standard output and error).
Run = Callable[[list[str], Mapping[str, str]], tuple[int, str, str]]


def unit(path: str, texts: Mapping[str, bytes], run: Run) -> str:
    """Return what systemd has against a unit, or "".

    It reads a unit by the name of its file, and with those that belong to it: texts has all by
    their paths. Units of other folders are those of the host.
    """
    with tempfile.TemporaryDirectory() as folder:
        for other, text in texts.items():
            _write(os.path.join(folder, os.path.basename(other)), text)
        file = os.path.join(folder, os.path.basename(path))
        # What ends with a colon is followed by systemd's own folders; see systemd.unit(5).
        code, output, error = run(
            ["systemd-analyze", "verify", file], {"SYSTEMD_UNIT_PATH": f"{folder}:"}
        )
    return (error or output).strip() or "it is refused without a word" if code else ""


def nginx_site(path: str, texts: Mapping[str, bytes], run: Run) -> str:
    """Return what nginx has against a site, alone in a minimal configuration, or ""."""
    with tempfile.TemporaryDirectory() as folder:
        site, configuration = (os.path.join(folder, name) for name in ("site", "nginx.conf"))
        _write(site, texts[path])
        text = f"pid {folder}/pid; events {{}} http {{ include {site}; }}"
        _write(configuration, text.encode())
        code, output, error = run(["nginx", "-t", "-q", "-c", configuration], {})
    return (error or output).strip() or "it is refused without a word" if code else ""


CHECKS = {"nginx_site": nginx_site, "unit": unit}


def _write(path: str, text: bytes) -> None:
    with open(path, "wb") as stream:
        stream.write(text)
