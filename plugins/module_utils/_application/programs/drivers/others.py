# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drivers without a way to make a session read-only, which open none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from ansible_collections.flaskops.stack.plugins.module_utils._application.programs import read_only

NAMES = (
    "pg8000", "pg8000.dbapi", "pg8000.legacy", "pg8000.native", "psycopg2cffi", "pgdb", "pymysql",
    "MySQLdb", "mysql.connector", "mariadb", "aiomysql", "asyncmy", "oracledb", "cx_Oracle",
    "pyodbc", "pymssql",
)  # fmt: skip


def _wrap(module: Any) -> None:
    def connect(*_arguments: Any, **_options: Any) -> NoReturn:
        read_only.refuse(read_only.unguarded, f"a session of the driver {module.__name__}")

    names = ["connect", "create_pool"]
    if module.__name__ == "pg8000.native":
        names.append("Connection")
    for name in names:
        if name in vars(module):
            setattr(module, name, connect)


WRAPPERS: dict[str, Callable[[Any], None]] = dict.fromkeys(NAMES, _wrap)
