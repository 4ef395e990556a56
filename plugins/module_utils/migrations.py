# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs of an application, run as its user, with its installed environment."""

from __future__ import annotations

import grp
import inspect
import json
import os
import pwd
import subprocess
from collections import namedtuple

from ansible_collections.flaskops.stack.plugins.module_utils import (
    alembic_revisions,
    database_probe,
    environment_file,
    masking,
)

# Seconds for what only asks; an upgrade takes as long as it takes.
QUESTION_TIMEOUT = 60


class MigrationError(Exception):
    """A program of the application failed; secrets in the message are masked."""


# user: a system user, as pwd has it; environment: the whole environment of the programs;
# secrets: the texts that must not be seen in their output.
Application = namedtuple("Application", "user directory virtualenv environment secrets")


def load(user, directory, virtualenv, environment_path, overrides):
    """The application as it is installed; overrides win over the environment file."""
    try:
        with open(environment_path, encoding="utf-8") as stream:
            variables = environment_file.parse(stream.read())
    except OSError as exc:
        raise MigrationError(f"{environment_path}: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise MigrationError(f"{environment_path} is not a text file: {exc}") from exc
    for path in (directory, virtualenv + "/bin/python"):
        if not os.path.exists(path):
            raise MigrationError(f"{path} is not there")
    try:
        account = pwd.getpwnam(user)
    except KeyError:
        raise MigrationError(f"there is no system user {user}") from None
    environment = {
        "HOME": account.pw_dir,
        "LANG": "C.UTF-8",
        "PATH": f"{virtualenv}/bin:/usr/local/bin:/usr/bin:/bin",
        # The service does not read .env files either.
        "FLASK_SKIP_DOTENV": "1",
        "PGCONNECT_TIMEOUT": "10",
        "PYTHONDONTWRITEBYTECODE": "1",
        **variables,
        **overrides,
    }
    secrets = masking.secrets_of(variables) | masking.secrets_of(overrides)
    return Application(account, directory, virtualenv, environment, secrets)


def revisions(application, directory="", target="heads"):
    """What alembic_revisions.revisions() returns, asked in the application's environment."""
    found = _ask(application, alembic_revisions, directory, target)
    if "error" in found:
        raise MigrationError(f"Alembic could not be asked: {found['error']}")
    return found


def probe(application, variable):
    """What database_probe.probe() returns, asked in the application's environment."""
    return _ask(application, database_probe, variable)


def _ask(application, program, *arguments):
    """Run a program of one file in the virtual environment; returns its answer, errors masked."""
    receive, send = os.pipe()
    with os.fdopen(receive, encoding="utf-8") as answer:
        try:
            done = _run(
                application,
                ["-", str(send), *arguments],
                stdin=inspect.getsource(program),
                pass_fds=(send,),
                timeout=QUESTION_TIMEOUT,
            )
        except subprocess.TimeoutExpired:
            raise MigrationError(
                f"the application's Python gave no answer within {QUESTION_TIMEOUT} s"
            ) from None
        finally:
            os.close(send)
        text = answer.read()
    if not text:
        raise MigrationError(f"the application's Python gave no answer: {_tail(application, done)}")
    found = json.loads(text)
    if "error" in found:
        found["error"] = masking.mask(found["error"], application.secrets)
    return found


def upgrade(application, directory="", target="heads"):
    """Run flask db upgrade; returns its output, masked."""
    arguments = ["-m", "flask", "db", "upgrade"]
    arguments += ["--directory", directory] if directory else []
    done = _run(application, [*arguments, target])
    output = _tail(application, done)
    if done.returncode != 0:
        raise MigrationError(f"flask db upgrade ended with {done.returncode}: {output}")
    return output


def _run(application, arguments, stdin="", pass_fds=(), timeout=None):
    account = application.user
    identity = {}
    if os.geteuid() == 0:
        groups = [g.gr_gid for g in grp.getgrall() if account.pw_name in g.gr_mem]
        identity = {
            "user": account.pw_uid,
            "group": account.pw_gid,
            "extra_groups": sorted({account.pw_gid, *groups}),
        }
    return subprocess.run(
        [f"{application.virtualenv}/bin/python", *arguments],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        cwd=application.directory,
        env=application.environment,
        pass_fds=pass_fds,
        umask=0o077,
        timeout=timeout,
        **identity,
    )


def _tail(application, done, lines=25):
    output = "\n".join((done.stdout + done.stderr).strip().splitlines()[-lines:])
    return masking.mask(output, application.secrets)
