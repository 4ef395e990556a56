# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster of PostgreSQL as Debian names it: is its data in one of another version?

A new version's cluster of the same name would be empty, and nobody's data would be in it.
"""

from __future__ import annotations

import glob
import os
import shlex
from collections.abc import Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._resources import Found, Host, Options
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    difference,
)

OPTIONS = {
    "version": {"type": "str", "required": True},
    "cluster": {"type": "str", "required": True},
}

CHECKS = {
    "version": Check("error", "The data is in another version than the declared one."),
    "beside": Check("warning", "The cluster was upgraded, and the former one was not dropped."),
}

CONFIGURATION = "/etc/postgresql"


def identity(resource: Options) -> str:
    return f"{resource['version']}/{resource['cluster']}"


def read(resource: Options, _host: Host) -> Any:
    """The versions in which there is a cluster of this name."""
    paths = glob.glob(f"{CONFIGURATION}/*/{glob.escape(resource['cluster'])}/postgresql.conf")
    return sorted(path[len(CONFIGURATION) :].split(os.sep)[1] for path in paths)


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    """Attributes: "version" (only other versions have it), "beside" (others have it too)."""
    version, cluster = resource["version"], resource["cluster"]
    others = [other for other in actual if other != version]
    if version in actual:
        # It keeps its data under another name.
        return [
            difference(
                "beside", "no other version", other, "unexpected",
                shlex.join(["pg_renamecluster", other, cluster, f"{cluster}_{other}"]),
                subject=other,
            )
            for other in others
        ]  # fmt: skip
    return [
        difference(
            "version", version, other,
            remedy=shlex.join(["pg_upgradecluster", "-v", version, other, cluster]),
        )
        for other in others
    ]  # fmt: skip
