#!/usr/bin/python
# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: drift_info
short_description: Compare declared resources with the host, in one execution
version_added: 1.0.0
author: flaskops.stack contributors (@flaskops)
description:
  - Compares lists of declared resources with the host, reading only, and returns what differs, in
    both directions. What is missing or different is found, and so is what is there and was not
    declared.
  - Tells causes from consequences. Where the server is stopped, that is the one difference, and
    that its roles cannot be read merely follows from it.
  - A restart or a reload follows from what this module finds, never from the memory of an
    earlier task. A play that was interrupted before its restart finds the same difference again.
  - What takes the start of the application to find out is kept in C(/var/lib/flaskops), which is
    root's alone and holds no secret, and asked again where the release, the environment file, the
    database or the process is another, or with O(prove).
  - Passwords, and values of environment variables, are compared and never returned or logged.
attributes:
  check_mode:
    support: full
    description: The module only reads, and keeps nothing in check mode.
  diff_mode:
    support: full
    description: Shows what differs.
  platform:
    support: full
    platforms: debian
    description: Hosts with systemd and a Linux C(/proc).
requirements:
  - psycopg2 on the host, to compare what is in a PostgreSQL server
options:
  resources:
    description:
      - The declared resources, in lists by the name of who declares them, such as a role. Each
        resource has a C(kind), and the options of its kind. C(_mistakes) in their place is a list
        of texts, for which there is nothing to compare; they are returned.
      - C(package) is a Debian package. Option C(name).
      - C(user) is a system user without a password, whom nobody else can become. Options C(name),
        C(shell), C(groups), C(group) (the first one), C(home), C(own) (whether this collection has
        made it; of PostgreSQL's and others only who else it is counts).
      - C(ancestors) is all the folders above what is declared, to which nobody else may write.
        Options C(paths), C(users) (who have to come through).
      - C(application_name) is a name that is free, or this collection's already. Options C(name),
        C(home), C(accounts) (homes by the names of users), C(units), C(state) (the directory of its
        data).
      - C(commands) is the commands that M(flaskops.stack.application_commands) has run for an
        application. Options C(application), C(release), C(each_release) (the names of those that
        run for each release), C(ever) (of those that run once).
      - C(group) is a system group. Options C(name), C(members).
      - C(directory) is a directory. Options C(path), C(owner), C(group), C(mode) (four octal
        digits).
      - C(file) is a file. Options C(path), C(content), C(secret) (no line of it is shown),
        C(owner), C(group), C(mode).
      - C(environment_file) is a systemd environment file. Options C(path), C(variables),
        C(owner), C(group), C(mode).
      - C(link) is a symbolic link. Options C(path), C(target), C(state).
      - C(unit) is a systemd unit that is enabled and active. Options C(unit), C(file)
        (where its file is; a package's own by default), C(requires) (units that it does not run
        without), C(drop_ins) (paths of those that are declared).
      - C(process) is the running process of a systemd service. Options C(unit), C(user),
        C(working_directory) (links are followed), C(environment_file) (each variable must have the
        same value in the process), C(program) (the interpreter or the script that runs),
        C(newer_than) (files or links that must not have changed since the start; the unit's own
        files are always among them), C(workers_newer_than) (the same for the child processes that
        take new work), C(nginx) (whether other files that nginx reads are told of, where they
        changed since, without the C(declared) ones). A variable of systemd's manager is told of.
      - C(unix_socket) is a socket on the file system. Options C(path), C(unit), C(owner),
        C(group), C(mode).
      - C(port) is a TCP port on which no other program listens. Options C(port), C(unit) (whose
        process may), C(variable) (of the role, for the remedy).
      - C(release) is a deployed release whose code is that of its manifest, and root's to write and
        everybody's to read. Options C(path), C(repository) (whether
        it came with git, and so from a tag or a commit), C(build) (the
        commands that have made a part of it), C(shared) (paths that are links to folders
        of the application's own), C(state) (the directory in which these are), C(user) (whose).
      - C(virtualenv) is a virtual environment. Options C(path), C(packages) (requirements),
        C(directory) (the application's folder) and C(requirements) (the requirements file in it, or
        V(pyproject.toml)). Its files must be those with which it was made.
      - C(postgresql_cluster) is a cluster whose data is not in one of another version, that starts
        at boot, and beside which no other server does. Options C(version), C(cluster).
      - C(postgresql_configuration) is a server that has taken over its configuration files. Options
        C(unit), C(files) (the declared ones), C(settings) (the names of the declared settings).
        This and every following kind but the last four take C(login_user) (default V(postgres)),
        C(login_unix_socket) (a directory, default V(/var/run/postgresql)) and C(login_port)
        (default V(5432)) as well.
      - C(postgresql_settings) is a file that decides settings; all others are as PostgreSQL or
        Debian has them. Options C(file), C(settings), C(unit) (the server's, for the remedy).
      - C(privileged_roles) is the list of roles that may have more attributes than C(LOGIN).
        Option C(declared).
      - C(postgresql_role) is a role. Options C(name), C(password) or C(password_file), C(database)
        (the one in which alone it is at home), C(confined) (whether it may connect to no other;
        what is granted to everybody counts, except on the database postgres), C(attributes),
        C(member_of), C(settings), C(connection_limit).
      - C(database) is a database. Options C(name), C(owner), C(encoding), C(locale).
      - C(schema) is a schema. Options C(name), C(database), C(owner).
      - C(extensions) is the list of a database's extensions. Options C(names), C(database),
        C(schema), C(owner).
      - C(privileges) is ownership and grants as M(flaskops.stack.database_privileges) takes them.
        Options C(database), C(schema), C(owner), C(grants), C(adopt) (names of objects of others
        that are to be the owner's), and for a login over the network C(login_host),
        C(login_password), C(login_sslmode), C(login_sslrootcert).
      - C(structure) is what an application's migrations made of a database; what is there when a
        revision is seen first is kept in C(/var/lib/flaskops). Options C(database), C(schema),
        C(owner), C(roles) (those of the application besides), C(without_revisions) (whether no
        table of revisions says which migration made it; then only what is of others is found), and
        for a login over the network those of C(privileges).
      - C(foreign_database) is a database on a server that somebody else runs, as
        M(flaskops.stack.foreign_database) takes it. Options C(database), C(schema), C(owner),
        C(role), C(extensions), C(settings), C(connection_limit), C(login_host),
        C(login_password), C(login_sslmode), C(login_sslrootcert).
      - C(pg_hba) is a block of C(pg_hba.conf) as M(flaskops.stack.pg_hba_block) takes it. Options
        C(path), C(marker), C(entries).
      - C(nginx_site) is a site that no other one rivals. Options C(path), C(server_names),
        C(ports), C(ipv6) (whether it listens on IPv6 too).
      - C(service_processes) is all that runs of a service. Options C(unit), C(user) (of whom there
        are to be no others), C(restart) (whether a restart takes over new files of packages),
        C(sockets) (on which alone it listens; it is not looked at without).
      - C(connection) is the application's own way to its database. Options C(user),
        C(directory), C(virtualenv), C(environment_file), C(database_variables) (what its
        variables have, as M(flaskops.stack.connection_info) takes them), C(settings_file).
      - C(migrations) is a database at the newest revision. Options as C(connection), and
        C(release), C(scripts), C(method) and C(alembic_config) (both as
        M(flaskops.stack.connection_info) takes them), C(command) (that migrates by the method
        C(command)), C(models) (whether to compare the models too, which takes the application's
        start).
      - C(used_database) is the database that the running application really uses. Options as
        C(connection), and C(unit) (the service), C(wsgi) (what Gunicorn runs, where the environment
        file has no C(FLASK_APP)), C(scripts), C(method), C(alembic_config).
      - C(request) is a live request. Options C(url), C(host), C(status) (a list), C(timeout) (in
        seconds), C(units) (nothing is asked unless they are active), C(site) (the site of the role
        nginx that has to answer), C(socket) (the unix socket on which nobody else may listen than
        the C(service)).
    type: dict
    required: true
  accepted:
    description:
      - Findings that are none here, for a reason. They are returned apart.
    type: list
    elements: dict
    default: []
    suboptions:
      id:
        description: The id of the finding, such as V(unit.drop_in).
        type: str
        required: true
      subject:
        description: The subject of the finding, such as a path; empty for all of the id.
        type: str
        default: ""
      reason:
        description: Why it is right here.
        type: str
        required: true
      until:
        description: The last day, which is only returned here.
        type: str
        default: ""
  fail_on_difference:
    description:
      - Whether to fail, naming what differs, rather than to return it.
      - What is there and is not for the collection to remove is returned in either case.
    type: bool
    default: false
  prove:
    description: Whether to ask the application anew, whatever was found out before.
    type: bool
    default: false
seealso:
  - module: flaskops.stack.audit_report
"""

EXAMPLES = r"""
- name: See whether the service runs what its files declare
  flaskops.stack.drift_info:
    resources:
      guestbook:
        - kind: unit
          unit: guestbook.service
        - kind: process
          unit: guestbook.service
          environment_file: /etc/flask/guestbook.env
          working_directory: /srv/guestbook/current
  become: true
  register: drift

- name: Restart the service where it does not
  ansible.builtin.systemd_service:
    name: guestbook.service
    state: "{{ 'restarted' if drift.differences else 'started' }}"
  become: true
"""

RETURN = r"""
differences:
  description: What differs, in the order of the declared resources. Empty if nothing does.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The check, as C(KIND.ATTRIBUTE). Stable.
      type: str
    role:
      description: Who declared the resource.
      type: str
    kind:
      description: The kind of the resource.
      type: str
    resource:
      description: Which resource of its kind.
      type: str
    attribute:
      description: What of the resource differs, which is check and subject.
      type: str
    check:
      description: The check of its kind.
      type: str
    subject:
      description: What of the resource it was found in, such as a variable's name; or empty.
      type: str
    direction:
      description: One of V(missing), V(different) and V(unexpected).
      type: str
    severity:
      description: One of V(error) and V(warning).
      type: str
    expected:
      description: What was declared. Never a secret.
      type: str
    actual:
      description: What was found. Never a secret.
      type: str
    cause:
      description: How hosts usually come to differ in this.
      type: str
    remedy:
      description: What puts it right. Where it is not for the collection to decide, a command.
      type: str
    owned:
      description: Whether the roles put it right; otherwise people decide.
      type: bool
    live:
      description:
        - Whether it shows that the site does not work, or hides what is declared. With
          O(fail_on_difference) that fails, whatever the reason.
      type: bool
    because:
      description: What it follows from; always empty here.
      type: list
      elements: str
    waits:
      description:
        - Whether nobody declared it, and the next reload or restart would bring it into effect.
      type: bool
  sample:
    - id: process.environment
      role: gunicorn
      kind: process
      resource: guestbook.service
      attribute: environment DATABASE_URL
      check: environment
      subject: DATABASE_URL
      direction: different
      severity: error
      expected: as in the file
      actual: another
      cause: The environment file changed without a restart of the service.
      remedy: Run flaskops.stack.site.
      owned: true
      live: false
      because: []
      waits: false
accepted:
  description:
    - What O(accepted) has an entry for, and would be a difference otherwise; with V(reason) and
      V(until) of the entry.
  returned: success
  type: list
  elements: dict
consequences:
  description:
    - What follows from the differences, or has to be looked at again once they are put right.
      The latter have role, kind, resource and because only.
  returned: success
  type: list
  elements: dict
not_checked:
  description:
    - What could not be looked at, and why. It is neither as declared nor different, and fails
      nothing.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The check, as C(KIND.ATTRIBUTE). Stable.
      type: str
    role:
      description: Who declared the resource.
      type: str
    kind:
      description: The kind of the resource.
      type: str
    resource:
      description: Which resource of its kind.
      type: str
    attribute:
      description: What of the resource was not looked at, which is check and subject.
      type: str
    check:
      description: The check of its kind.
      type: str
    subject:
      description: What of the resource was not looked at; or empty.
      type: str
    reason:
      description: Why not.
      type: str
mistakes:
  description: The C(_mistakes) that O(resources) has in the place of resources.
  returned: where there are some
  type: list
  elements: str
compared:
  description: Role, kind and identity of everything that was compared.
  returned: success
  type: list
  elements: list
roles:
  description: Whose resources have to be converged.
  returned: success
  type: list
  elements: str
  sample: [app, gunicorn]
kinds:
  description:
    - The kinds of what differs or has to be looked at again, by the names of the roles; also of
      what is not for the roles to put right.
  returned: success
  type: dict
  sample: {app: [environment_file], gunicorn: [process]}
restarts:
  description:
    - What the roles would do to units, C(reload), C(start) or C(restart) by their names, as far as
      it can be told before.
  returned: success
  type: dict
  sample: {guestbook.service: restart, nginx.service: reload}
report:
  description: The differences, the consequences and what was not checked, as lines for people.
  returned: success
  type: list
  elements: str
  sample:
    - "missing     app: link /srv/guestbook/current"
    - "follows     gunicorn: process guestbook.service"
"""

import contextlib
import os
import pwd
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.flaskops.stack.plugins.module_utils._application import proofs
from ansible_collections.flaskops.stack.plugins.module_utils._comparison import (
    accepted,
    compare,
    declared,
)
from ansible_collections.flaskops.stack.plugins.module_utils._comparison.finding import (
    Finding,
    Follower,
    Unseen,
)
from ansible_collections.flaskops.stack.plugins.module_utils._host import readings
from ansible_collections.flaskops.stack.plugins.module_utils._module import AnsibleModule
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import units

NOT_ROOT = (
    "This needs root on the host, and runs as {}: let the connection's user become root"
    " (sudo, and no ansible_become: false), or connect as root."
)
RETURNED = ("differences", "accepted", "consequences", "not_checked", "compared", "roles", "report")
# Checks that say no more than that a resource is there.
EXISTENCE = ("exists", "installed", "loaded", "complete")


def describe(found: Finding) -> str:
    """A difference as a line for people."""
    text = f"{found.direction:<10}  {found.role}: {found.kind} {found.resource}"
    if found.direction == "missing" and found.check in EXISTENCE:
        return text
    if "\n" in found.actual:
        return f"{text}: {found.attribute}"
    return f"{text}: {found.attribute}: {found.actual} (declared: {found.expected})"


def describe_consequence(found: Finding | Follower) -> str:
    """A consequence as a line for people; its own words merely repeat its cause's."""
    return f"follows     {found.role}: {found.kind} {found.resource}"


def describe_unseen(found: Unseen) -> str:
    """What was not looked at as a line for people."""
    place = f"{found.role}: {found.kind} {found.resource}"
    return f"not checked {place}: {found.attribute}: {found.reason}"


def diff(differences: Sequence[Finding], report: list[str]) -> dict[str, str]:
    """The report with the lines that differ in files, for --diff."""
    lines = []
    for found, line in zip(differences, report):
        lines.append(line)
        if "\n" in found.actual:
            lines += [f"            {text}" for text in found.actual.splitlines()]
    lines += report[len(differences) :]
    return {"prepared": "".join(f"{line}\n" for line in lines)}


def keep(learned: Mapping[str, tuple[Any, Any]]) -> None:
    """Keep what was proven; where that fails, it is asked again the next time."""
    for name, (key, proven) in learned.items():
        with contextlib.suppress(OSError):
            proofs.write(name, key, proven)


def diagnose(given: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """(Case, verdict) of a connection that fails; given are options of connection_info."""
    # Here, because they take long to load, and are rarely needed.
    from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis import (  # noqa: PLC0415
        context,
        ladder,
        options,
    )

    asked = context.Case(options.asked(given))
    verdict, _layers = ladder.diagnose(asked, last="database")
    return asked, verdict


def explain(failure: Any) -> tuple[str, str]:
    """(what is wrong, remedy) of an exception of the application."""
    # Here, because it is rarely needed.
    from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis import (  # noqa: PLC0415
        recognition,
    )

    return recognition.explain(failure)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "resources": {"type": "dict", "required": True},
            "fail_on_difference": {"type": "bool", "default": False},
            "prove": {"type": "bool", "default": False},
            "accepted": accepted.OPTION,
        },
        supports_check_mode=True,
    )
    mistakes = module.params["resources"].get("_mistakes")
    if mistakes:
        nothing: dict[str, Any] = {**{key: [] for key in RETURNED}, "kinds": {}, "restarts": {}}
        module.exit_json(changed=False, msg=" ".join(mistakes), mistakes=mistakes, **nothing)
    if os.geteuid() != 0:
        module.fail_json(msg=NOT_ROOT.format(pwd.getpwuid(os.geteuid()).pw_name))
    try:
        found = compare.compare(
            module.params["resources"],
            module.params["prove"],
            readings.Experts(diagnose, explain),
            module.params["accepted"],
        )
    except (declared.DeclarationError, units.SystemdError) as exc:
        module.fail_json(msg=str(exc))
    if not module.check_mode:
        keep(found.learned)
    consequences: list[Finding | Follower] = [*found.consequences, *found.again]
    report = [describe(each) for each in found.differences]
    report += [describe_consequence(each) for each in consequences]
    result = {
        "differences": [each.as_dict() for each in found.differences],
        "accepted": [
            {**each.as_dict(), "reason": entry["reason"], "until": entry["until"]}
            for each, entry in found.accepted
        ],
        "consequences": [each.as_dict() for each in consequences],
        "not_checked": [each.as_dict() for each in found.not_checked],
        "compared": found.compared,
        "roles": compare.to_converge(found),
        "kinds": compare.kinds(found),
        "restarts": found.restarts,
        "report": report + [describe_unseen(each) for each in found.not_checked],
        "diff": diff(found.differences, report),
    }
    wrong = [
        describe(each) + ("" if each.owned else f"; remedy: {each.remedy}")
        for each in compare.still_wrong(found)
    ]
    if wrong and module.params["fail_on_difference"]:
        # A person reads this, who need not see what is right.
        del result["compared"]
        module.fail_json(msg="Not as declared: " + "; ".join(wrong), **result)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
