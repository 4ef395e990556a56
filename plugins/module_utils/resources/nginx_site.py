# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A site of nginx: is it the only one that answers to its names on its ports?

nginx takes the first of several servers with one name, in the order of their files, and
only warns about the others.
"""

from __future__ import annotations

import contextlib
import glob
import os
import shlex

from ansible_collections.flaskops.stack.plugins.module_utils import nginx_configuration
from ansible_collections.flaskops.stack.plugins.module_utils.difference import Check, difference

OPTIONS = {
    "path": {"type": "path", "required": True},
    "server_names": {"type": "list", "elements": "str", "required": True},
    "ports": {"type": "list", "elements": "int", "required": True},
}

CHECKS = {
    "rival": Check("error", "Another site was enabled that answers to the same names."),
}

# What Debian's nginx.conf includes.
PATTERNS = ("/etc/nginx/conf.d/*.conf", "/etc/nginx/sites-enabled/*")


def identity(resource):
    return f"{' '.join(resource['server_names'])} in {resource['path']}"


def read(resource, _host):
    """The server blocks of every other enabled file, by path."""
    own = os.path.realpath(resource["path"])
    found = {}
    for path in sorted(path for pattern in PATTERNS for path in glob.glob(pattern)):
        if os.path.realpath(path) != own:
            with (
                contextlib.suppress(OSError),
                open(path, encoding="utf-8", errors="replace") as stream,
            ):
                found[path] = nginx_configuration.server_blocks(stream.read())
    return found


def compare(resource, actual):
    names = set(resource["server_names"])
    ports = {str(port) for port in resource["ports"]}
    found = []
    for path, blocks in actual.items():
        shared = {
            n for block in blocks if ports & set(block.ports) for n in names & set(block.names)
        }
        if shared:
            found.append(
                difference(
                    f"rival {path}",
                    "answers to other names",
                    f"answers to {' '.join(sorted(shared))} too",
                    "unexpected",
                    remedy=f"rm {shlex.quote(path)} && systemctl reload nginx",
                    because=[path],
                )
            )
    return found
