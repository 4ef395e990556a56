# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Is the database URL one that SQLAlchemy and libpq understand?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers.outcome import (
    Code,
    Outcome,
    failed,
    ok,
    warning,
)
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    database_variables,
    url,
)

if TYPE_CHECKING:
    from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.context import Case

NEEDS = ("config",)

CODES = {
    "malformed": Code(
        "A part is missing, or a character in the user or the password was not encoded.",
        "Write postgresql://USER:PASSWORD@HOST:PORT/DATABASE, each part percent-encoded.",
    ),
    "scheme": Code(
        "Some hosting providers hand out postgres://; SQLAlchemy refuses it since version 1.4.",
        "Write postgresql:// in its place.",
    ),
    "not_postgresql": Code(
        "The development database's URL was deployed.",
        "Set the URL of the PostgreSQL database.",
    ),
    "unknown_driver": Code(
        "The name after the plus sign is mistyped.",
        "Write postgresql+psycopg2:// or postgresql+psycopg://, as it is installed.",
    ),
    "unencoded_password": Code(
        "The password was put into the URL as it is.",
        "Percent-encode the user and the password: @ is %40, : is %3A, / is %2F, # is %23,"
        " ? is %3F, % is %25.",
    ),
    "option": Code(
        "A parameter behind the question mark is mistyped.",
        "Use libpq's names and values, such as sslmode=require.",
    ),
    "no_database": Code(
        "The URL ends after the host, so that libpq takes the user's name for the database's.",
        "Add /DATABASE to the URL.",
    ),
}


def check(case: Case) -> Outcome:
    """Parse the URL into the target of all later layers."""
    name = database_variables.spoken(case.asked.database_variables)
    try:
        target = database_variables.target(case.asked.database_variables, case.variables)
    except url.TargetError as exc:
        return failed(exc.code, f"{name}: {exc}")
    case.target = target
    places = [f"{e.host}:{e.port}" for e in target.endpoints]
    evidence = {
        "hosts": places,
        "user": target.parameters.get("user", ""),
        "database": target.parameters.get("dbname", ""),
        "driver": target.driver,
        "sslmode": target.parameters.get("sslmode", "prefer"),
    }
    if not target.parameters.get("dbname"):
        return failed("no_database", f"{name} names no database", **evidence)
    if target.warnings:
        return warning(
            "unencoded_password",
            f"the password in {name} has {' '.join(target.warnings)} as it stands, which"
            " SQLAlchemy understands and psql does not",
            **evidence,
        )
    return ok(f"{', '.join(places)}, database {evidence['database']}", **evidence)
