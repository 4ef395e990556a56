# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the site needs to work, step by step, as Causes: an error in it explains a step that fails.

Each step names what it needs and no more. A request that fails while somebody has another fault,
which cannot be the reason, is two findings.
"""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.flaskops.stack.plugins.module_utils._resources import cause
from ansible_collections.flaskops.stack.plugins.module_utils._resources.cause import Cause

_ENVIRONMENT = (
    cause.kind("environment_file"),
    # A settings file, and the certificates.
    cause.kind("file", "/etc/flask"),
    cause.kind("directory"),
    cause.check("ancestors", "closed"),
)
_USER = (cause.kind("user"), cause.kind("group"), cause.kind("application_name"))
_CODE = (
    cause.kind("release"),
    cause.kind("virtualenv"),
    cause.kind("link"),
    cause.kind("directory"),
    cause.check("ancestors", "closed"),
)
_SERVER = (
    cause.kind("package", "postgresql"),
    cause.kind("unit", "postgresql"),
    cause.kind("file", "/etc/postgresql"),
    cause.kind("port"),
    cause.kind("postgresql_cluster"),
    cause.kind("postgresql_configuration"),
    cause.kind("postgresql_settings"),
)
_LOGIN = (
    cause.kind("pg_hba"),
    cause.kind("postgresql_role"),
    cause.kind("foreign_database"),
    *_ENVIRONMENT,
)
_DATABASE = (
    cause.kind("database"),
    cause.kind("schema"),
    cause.kind("extensions"),
    cause.kind("privileges"),
    cause.kind("structure"),
)
_SERVICE = (cause.kind("unit"), cause.kind("process"), cause.kind("unix_socket"))
_PROXY = (
    cause.kind("package", "nginx"),
    cause.kind("file", "/etc/nginx"),
    cause.kind("link", "/etc/nginx"),
    cause.kind("nginx_site"),
    cause.kind("port"),
    *_SERVICE,
)

# By the layer of the diagnosis that fails.
CONNECTION: Mapping[str, tuple[Cause, ...]] = {
    "config": (*_ENVIRONMENT, *_USER),
    "url": _ENVIRONMENT,
    "driver": (*_CODE, *_USER),
    "dns": _ENVIRONMENT,
    "tcp": (*_SERVER, *_ENVIRONMENT),
    "tls": (*_SERVER, *_LOGIN),
    "auth": (*_SERVER, *_LOGIN),
    "database": (*_DATABASE, *_LOGIN, cause.kind("postgresql_settings")),
    "privileges": (*_DATABASE, *_LOGIN),
    "capacity": (*_SERVER, *_DATABASE, *_LOGIN),
}

# A request with an exception that no database has to do with.
CODE: tuple[Cause, ...] = (*_CODE, *_ENVIRONMENT, *_USER)

# An application that cannot be loaded, or says nothing of itself.
APPLICATION: tuple[Cause, ...] = (
    cause.kind("connection"),
    # Which those who are connected already do not notice.
    cause.check("postgresql_configuration", "answers"),
    *CODE,
)

# A request that the application does not get.
PROXY: tuple[Cause, ...] = _PROXY

# One that it fails, or that nginx has no answer to.
PAGE: tuple[Cause, ...] = (
    cause.kind("migrations"),
    cause.kind("used_database"),
    *APPLICATION,
    *_PROXY,
    *_DATABASE,
    *_LOGIN,
    *_SERVER,
)
