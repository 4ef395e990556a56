# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may do what with a database, one schema and all that is in it, later objects included.

The same comparison as the module database_privileges, which puts right what it finds.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    acl,
    grant_statements,
    privileges,
    session,
)
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    foreign_database as foreign_sql,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    cause,
    schema,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.cause import Cause
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    Difference,
    difference,
    not_checked,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.foreign_database import (
    by_administrator,
)

OPTIONS = {
    "database": {"type": "str", "required": True},
    "schema": {"type": "str", "required": True},
    "owner": {"type": "str", "required": True},
    "grants": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": acl.grant_options(),
    },
    "adopt": {"type": "list", "elements": "str", "default": []},
    **session.login_options(),
    **session.network_options(),
}

CHECKS = {
    "owner": Check("error", "A migration ran as another of the application's roles."),
    "foreign": Check(
        "error",
        "Somebody created it by hand, a migration ran as an administrator, or it is another"
        " application's.",
    ),
    "role": Check("error", "The role was never created, or somebody dropped it."),
    "grant": Check("error", "Somebody used GRANT, REVOKE or ALTER DEFAULT PRIVILEGES by hand."),
}

MAXIMUM = 20


def identity(resource: Options) -> str:
    return f"{resource['database']}.{resource['schema']}"


def depends(resource: Options) -> list[cause.Cause]:
    return [
        *schema.depends(resource),
        cause.resource("schema", identity(resource)),
        cause.resource("package", "python3-psycopg2"),
    ]


def read(resource: Options, host: Host) -> Any:
    """What acl.read() returns; None where the schema is not there."""
    try:
        found = host.database(
            resource, resource["database"], resource["schema"], resource["owner"]
        ).privileges
    except session.PoolerError as exc:
        return {"unseen": str(exc)}
    if isinstance(found, Exception) or not resource["login_host"]:
        return None if isinstance(found, Exception) else found
    database = host.database(resource, resource["database"], resource["schema"], resource["owner"])
    return (*found, database.mine, database.roles)


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    if actual is None:
        return [
            difference(
                "grant", "as declared", "no such schema", "missing", because=depends(resource)
            )
        ]
    if "unseen" in actual:
        return [not_checked("grant", actual["unseen"])]
    if len(actual) > 3:
        return _compare_from_afar(resource, *actual)
    wanted = privileges.desired(actual[0], resource["schema"], resource["grants"])
    strangers = _strangers(resource, actual)
    found = [_foreign(resource, target, actual, wanted) for target in sorted(strangers)]
    (owners, following, grants), wanted = privileges.without(actual, wanted, strangers)
    found += [
        difference("owner", resource["owner"], owner, subject=_name(target))
        for target, owner in sorted(owners.items())
        # The kinds database and schema report their own.
        if owner != resource["owner"] and target not in following
        and target.kind not in ("database", "schema")
    ]  # fmt: skip
    changes = (("missing", wanted - grants), ("unexpected", grants - wanted))
    for direction, changed in changes:
        grouped = grant_statements.grouped(g for g in changed if g.grantee != resource["owner"])
        for (target, grantee), words in grouped:
            texts = [f"{grantee or 'PUBLIC'}: {', '.join(words)}", "no such grant"]
            expected, current = texts if direction == "missing" else reversed(texts)
            found.append(
                difference(
                    "grant", expected, current, direction, subject=f"on {_name(target)}",
                    # An owner has no grants; the sequence of a column goes with its table's.
                    because=_owner_of(target, following),
                )
            )  # fmt: skip
    return found[:MAXIMUM]


def _owner_of(target: acl.Target, following: dict[acl.Target, str]) -> list[Cause]:
    """The owner of a target, or of the table whose column a sequence belongs to, as Causes."""
    kinds = ("tables", "revisions") if target in following else (target.kind,)
    owned = [
        target._replace(kind=k, identity=following.get(target, target.identity)) for k in kinds
    ]
    return [
        cause.check("privileges", name, _name(each))
        for each in owned
        for name in ("owner", "foreign")
    ]


def _strangers(resource: Options, read: acl.Found) -> set[acl.Target]:
    ours = privileges.roles_of(resource["owner"], resource["grants"])
    return privileges.strangers(read[0], read[1], ours, resource["adopt"])


def _foreign(
    resource: Options,
    target: acl.Target,
    read: acl.Found,
    wanted: set[acl.Grant],
) -> Difference:
    """An object of others, which nobody adopts; the remedy makes it the owner's, as declared."""
    (owners, following, grants), wished = privileges.only(read, wanted, target)
    statements = grant_statements.statements(
        owners, following, grants, wished, resource["schema"], resource["owner"]
    )
    if resource["login_host"]:
        remedy = by_administrator(resource, session.sql.SQL("; ").join(statements))
    else:
        # The braces of a name are no place for another.
        texts = [foreign_sql.text(s).replace("{", "{{").replace("}", "}}") for s in statements]
        remedy = session.command(resource, *texts, database=resource["database"])
    expected, current = f"of {resource['owner']}", f"of {owners[target]}"
    return difference("foreign", expected, current, "unexpected", remedy, subject=_name(target))


def _compare_from_afar(
    resource: Options,
    owners: dict[acl.Target, str],
    following: dict[acl.Target, str],
    grants: set[acl.Grant],
    mine: Container[str],
    roles: Container[str],
) -> list[Difference]:
    """The same over the network, as the owner, who may not do all that an administrator may."""
    absent = [each["role"] for each in resource["grants"] if each["role"] not in roles]
    found = [
        # The kind foreign_database knows what its owner may do about it.
        difference(
            "role", "a role that may log in", "no such role", "missing",
            remedy=by_administrator(resource, grant_statements.create_role(name)),
            because=[cause.check("foreign_database", "role", name)], subject=name,
        )
        for name in absent
    ]  # fmt: skip
    read = (owners, following, grants)
    wanted = privileges.desired(owners, resource["schema"], resource["grants"])
    strangers = sorted(_strangers(resource, read))
    found += [_foreign(resource, target, read, wanted) for target in strangers]
    (owners, following, grants), wanted = privileges.without(read, wanted, strangers)
    found += [
        difference(
            "owner", resource["owner"], name, subject=_name(target),
            remedy=None if name in mine else by_administrator(
                resource, grant_statements.alter_owner(target, resource["owner"])),
        )
        for target, name in sorted(owners.items())
        if name != resource["owner"] and target not in following
        and target.kind not in ("database", "schema")
    ]  # fmt: skip
    for direction, changed in (("missing", wanted - grants), ("unexpected", grants - wanted)):
        for (target, grantee), words in grant_statements.grouped(changed):
            if grantee == resource["owner"] or grantee in absent:
                continue
            texts = [f"{grantee or 'PUBLIC'}: {', '.join(words)}", "no such grant"]
            expected, current = texts if direction == "missing" else reversed(texts)
            owner = privileges.creator_or_owner(target, owners, resource["owner"])
            where = (resource["schema"], resource["owner"])
            statements = (
                [grant_statements.change("GRANT", "TO", target, grantee, words, *where)]
                if direction == "missing"
                else grant_statements.revocations(target, grantee, words, *where)
            )
            joined = session.sql.SQL("; ").join(statements)
            remedy = None if owner in mine else by_administrator(resource, joined)
            found.append(
                difference(
                    "grant", expected, current, direction, remedy, subject=f"on {_name(target)}"
                )
            )
    return found[:MAXIMUM]


def _name(target: acl.Target) -> str:
    if target.kind == "columns":
        return f"column {target.identity}.{target.column}"
    if not target.kind.startswith("default "):
        return f"{target.kind} {target.identity}"
    creator = f" of {target.creator}" if target.creator else ""
    where = "everywhere" if target.everywhere else f"in {target.identity}"
    return f"later {target.kind[len('default ') :]}{creator} {where}"
