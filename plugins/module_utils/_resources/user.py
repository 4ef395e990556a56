# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A system user: its shell, no password, no more groups than declared; and nobody else is it.

Of a user that others have made (own: false), such as PostgreSQL's, the latter alone is looked at.
"""

from __future__ import annotations

import grp
import pwd
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._host import accounts, sudoers
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    Found,
    Host,
    Options,
    lines,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources.difference import (
    Check,
    Difference,
    difference,
)

OPTIONS = {
    "name": {"type": "str", "required": True},
    "shell": {"type": "path"},
    "groups": {"type": "list", "elements": "str", "default": []},
    "group": {"type": "str"},
    "home": {"type": "path"},
    "own": {"type": "bool", "default": True},
}

CHECKS = {
    "exists": Check("error", "The user was removed."),
    "shell": Check("error", "Somebody gave a service's user a shell to log in with."),
    "password": Check("error", "Somebody gave a service's user a password to log in with."),
    "group": Check(
        "error", "Somebody added the user to a group, whose rights the service has now."
    ),
    "primary_group": Check("error", "Somebody changed the user's group, or the group's number."),
    "home": Check("warning", "Somebody edited /etc/passwd; keys and settings are read elsewhere."),
    "uid": Check("error", "Somebody edited /etc/passwd; one's files and rights are another's too."),
    "sudo": Check("error", "Somebody let a service's user run commands as another one."),
    "key": Check("error", "Somebody put a key there with which to log in as a service's user."),
    "job": Check("error", "Somebody has commands run as a service's user, which nobody declared."),
    "linger": Check("warning", "Somebody let units of a service's user run without a login."),
}


def identity(resource: Options) -> str:
    name: str = resource["name"]
    return name


def read(resource: Options, host: Host | None) -> Any:
    """What /etc and others say of the user; None where there is no such user."""
    name = resource["name"]
    try:
        account = pwd.getpwnam(name)
    except KeyError:
        return None
    groups = sorted(g.gr_name for g in grp.getgrall() if name in g.gr_mem)
    own_group = _group_name(account.pw_gid)
    return {
        "shell": account.pw_shell,
        "groups": groups,
        "has_password": _has_password(name),
        "home": account.pw_dir,
        "uid": account.pw_uid,
        "primary_group": own_group,
        "names": accounts.names_of(account.pw_uid),
        "free_uid": accounts.free_uid(name),
        "sudo": _sudo(account, own_group, host),
        "sudo_groups": [each for each in groups if _sudo_of_group(each, host)],
        "keys": accounts.key_files(account, _once(host, "keys", accounts.key_patterns)),
        "jobs": accounts.jobs(account),
        "lingers": accounts.lingers(name),
    }


def _once(host: Host | None, key: str, ask: Any) -> Any:
    return ask() if host is None else host.once(("user", key), ask)


def _group_name(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _sudo(
    account: pwd.struct_passwd, group: str, host: Host | None
) -> list[tuple[str, int, Sequence[str]]]:
    """(path, number, lines) of what sudo lets the user do, and no user before it."""
    names = [account.pw_name, f"#{account.pw_uid}", f"%{group}", f"%#{account.pw_gid}"]
    found = _once(host, "sudo", sudoers.lines)
    told: set[sudoers.Line] = _once(host, "told", set)
    own = [each for each in sudoers.naming(found, names) if each not in told]
    told.update(own)
    return [(each.path, each.number, each.texts) for each in own]


def _sudo_of_group(name: str, host: Host | None) -> bool:
    """Whether sudo lets a group do something that it does not let everybody do."""
    found = _once(host, "sudo", sudoers.lines)
    return len(sudoers.naming(found, [f"%{name}"])) > len(sudoers.naming(found, []))


def _has_password(name: str) -> bool:
    fields = accounts.field("/etc/shadow", name)
    return len(fields) > 1 and not fields[1].startswith(("!", "*"))


def compare(resource: Options, actual: Any) -> Sequence[Found]:
    if actual is None:
        return (
            [difference("exists", "a user", "no such user", "missing")] if resource["own"] else []
        )
    own = list(_compare_own(resource, actual)) if resource["own"] else []
    return [*own, *_compare_others(resource, actual)]


def _compare_own(resource: Options, actual: Mapping[str, Any]) -> Iterator[Difference]:
    """What the collection has made of the user, and what runs as it."""
    name = resource["name"]
    if resource["shell"] and resource["shell"] != actual["shell"]:
        yield difference("shell", resource["shell"], actual["shell"])
    if actual["has_password"]:
        yield difference("password", "none", "one is set", "unexpected")
    declared, current = set(resource["groups"]), set(actual["groups"])
    for group in sorted(declared - current):
        yield difference("group", "a member", "no member", "missing", subject=group)
    for group in sorted(current - declared):
        yield difference("group", "no member", "a member", "unexpected", subject=group)
    if resource["group"] and resource["group"] != actual["primary_group"]:
        yield difference("primary_group", resource["group"], actual["primary_group"])
    if resource["home"] and resource["home"] != actual["home"]:
        edit = f"s,^\\({name}:[^:]*:[^:]*:[^:]*:[^:]*:\\)[^:]*,\\1{resource['home']},"
        # usermod refuses it while the service runs.
        remedy = f"sed -i {shlex.quote(edit)} /etc/passwd"
        yield difference("home", resource["home"], actual["home"], remedy=remedy)
    for path in actual["jobs"]:
        remedy = f"rm {shlex.quote(path)}"
        yield difference("job", "none", "there is one", "unexpected", remedy, subject=path)
    if actual["lingers"]:
        path = shlex.quote(f"{accounts.LINGER}/{name}")
        remedy = f"loginctl disable-linger {name} || rm --force {path}"
        yield difference("linger", "not without a login", "at boot", "unexpected", remedy)


def _compare_others(resource: Options, actual: Mapping[str, Any]) -> Iterator[Difference]:
    """By what others are this user, or it is another one."""
    name = resource["name"]
    if not resource["own"] and actual["has_password"]:
        remedy = f"usermod --lock {name}"
        yield difference("password", "none", "one is set", "unexpected", remedy)
    yield from _compare_uid(name, actual)
    for path, number, texts in actual["sudo"]:
        remedy = f"{lines.removal(path, number, texts)} && visudo --check --quiet"
        shown = " ".join(text.strip() for text in texts)
        yield difference("sudo", "none", shown, "unexpected", remedy, subject=f"{path}:{number}")
    for group in actual["sudo_groups"] if not resource["own"] else ():
        remedy = f"gpasswd --delete {name} {shlex.quote(group)}"
        yield difference(
            "sudo", "none", f"a member of {group}", "unexpected", remedy, subject=group
        )
    for path in actual["keys"]:
        remedy = accounts.removal(path)
        yield difference("key", "none", "there is one", "unexpected", remedy, subject=path)


def _compare_uid(name: str, actual: Mapping[str, Any]) -> Iterator[Difference]:
    """Of two names with one number, the later one in /etc/passwd is the one that was added."""
    names = actual["names"]
    before = names[: names.index(name)] if name in names else []
    if before:
        uid, free = actual["uid"], actual["free_uid"]
        edit = f"s/^{name}:\\([^:]*\\):{uid}:/{name}:\\1:{free}:/"
        yield difference(
            "uid",
            "a number of its own",
            f"{uid}, which is {before[0]}'s",
            remedy=f"sed -i {shlex.quote(edit)} /etc/passwd",
            waits=True,
        )
        return
    for other in [each for each in names if each != name]:
        yield difference(
            "uid",
            "a number of its own",
            f"{other} has it too",
            "unexpected",
            f"userdel --force {shlex.quote(other)}",
            subject=other,
        )
