# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom the lines of others in pg_hba.conf and pg_ident.conf let in without a password.

Judged by the rules as the server reads them, from whichever file, in their order: the first that
matches a connection decides about it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import pg_hba_match
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.pg_hba_match import Rule

# Without a map, "peer" lets a system user in as the role of the same name, as Debian's own do.
WITHOUT_PASSWORD = ("trust", "ident")
ENCRYPTED = ("hostssl", "hostnossl", "hostgssenc", "hostnogssenc")
# A row of pg_ident_file_mappings.
UserMapping = Mapping[str, Any]


class Ours:
    """What nobody else may come to: databases, roles, and who is superuser.

    members are the names of the members of each role, as pg_auth_members has them.
    """

    def __init__(
        self,
        databases: Iterable[str],
        roles: Iterable[str],
        superusers: Iterable[str],
        members: Mapping[str, Iterable[str]],
    ) -> None:
        self.databases = set(databases)
        self.roles = set(roles)
        self.superusers = set(superusers)
        self._members = members

    def hit(self, names: Collection[str]) -> set[str]:
        """Those of the roles and superusers that some name of a rule means."""
        known = self.roles | self.superusers
        return {role for role in known for name in names if self._is_user(name, role)}

    def is_database(self, names: Iterable[str]) -> bool:
        """Whether a name of a rule means one of the databases."""
        return any(
            _is_database(name, ours, self.roles) for name in names for ours in self.databases
        )

    def _is_user(self, name: str, role: str) -> bool:
        if name == "all":
            return True
        if name.startswith("+"):
            return role == name[1:] or role in self._all_members(name[1:], set())
        return _is_name(name, role)

    def _all_members(self, name: str, seen: set[str]) -> set[str]:
        for member in set(self._members.get(name, ())) - seen:
            seen.add(member)
            self._all_members(member, seen)
        return seen


def _is_database(name: str, ours: str, roles: Collection[str]) -> bool:
    if name == "all":
        return True
    if name in ("sameuser", "samerole", "samegroup"):
        return ours in roles
    return name != "replication" and _is_name(name, ours)


def _is_name(pattern: str, name: str) -> bool:
    if not pattern.startswith("/"):
        return pattern == name
    try:
        return re.search(pattern[1:], name) is not None
    except re.error:
        # The server's expressions know more; what may mean it counts.
        return True


def reason(rules: Sequence[Rule], number: int, ours: Ours) -> str:
    """Whom the rule of this number lets in without a password, in words; "" if nobody of ours.

    rules are rows of pg_hba_file_rules in their order.
    """
    rule = rules[number]
    if rule["auth_method"] not in WITHOUT_PASSWORD:
        return ""
    if any(_covers(earlier, rule) for earlier in rules[:number]):
        return ""
    found = ours.hit(rule["user_name"])
    if found & ours.superusers:
        return "lets in a superuser without a password"
    if found:
        return f"lets in {', '.join(sorted(found))} without a password"
    if ours.is_database(rule["database"]):
        return "lets in without a password"
    return ""


def mapped(
    rules: Sequence[Rule],
    mappings: Iterable[UserMapping],
    ours: Ours,
    declared: Collection[int],
) -> Iterator[tuple[UserMapping, str]]:
    """(mapping, words) of each that lets a system user in as somebody of ours.

    mappings are rows of pg_ident_file_mappings. declared are the numbers of the rules that
    somebody declared, with the map that they name: of those, the roles are meant.
    """
    for mapping in mappings:
        found: set[str] = set()
        for number, rule in enumerate(rules):
            if f"map={mapping['map_name']}" not in (rule["options"] or ()):
                continue
            reached = ours.hit(rule["user_name"]) & _targets(mapping, ours)
            found |= reached & ours.superusers if number in declared else reached
        # As whom they are, they come in without a map.
        found -= {mapping["sys_name"]}
        if found:
            yield mapping, f"lets {mapping['sys_name']} in as {', '.join(sorted(found))}"


def _targets(mapping: UserMapping, ours: Ours) -> set[str]:
    name = mapping["pg_username"]
    if "\\1" in name:
        return ours.roles | ours.superusers
    return ours.hit([name])


def _covers(earlier: Rule, later: Rule) -> bool:
    """Whether all that a rule would match is matched by an earlier one."""
    kinds = (earlier["type"], later["type"])
    if kinds[0] != kinds[1] and not (kinds[0] == "host" and kinds[1] in ENCRYPTED):
        return False
    return (
        _has_all(earlier["database"], later["database"], besides={"replication"})
        and _has_all(earlier["user_name"], later["user_name"])
        and _has_address(earlier, later)
    )


def _has_all(
    earlier: Collection[str], later: Iterable[str], besides: Set[str] = frozenset()
) -> bool:
    everything = {"all"} if "all" in earlier else set()
    rest = set(later) - set(earlier)
    return not rest or bool(everything and not rest & besides)


def _has_address(earlier: Rule, later: Rule) -> bool:
    if earlier["type"] == "local" or earlier["address"] == "all":
        return True
    if (earlier["address"], earlier["netmask"]) == (later["address"], later["netmask"]):
        return True
    networks: list[Any] = [pg_hba_match.network(earlier), pg_hba_match.network(later)]
    return (
        None not in networks
        and networks[0].version == networks[1].version
        and networks[1].subnet_of(networks[0])
    )
