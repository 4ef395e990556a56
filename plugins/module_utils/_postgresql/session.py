# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A session of the database administrator, and what a server says of its configuration."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shlex
import socket
import time
import traceback
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._machine import file_times, pace
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import administrator

try:
    import psycopg2
    import psycopg2.extras
    import psycopg2.sql

    sql, RealDictCursor = psycopg2.sql, psycopg2.extras.RealDictCursor
    PSYCOPG2_IMPORT_ERROR = None
except ImportError:
    psycopg2 = sql = RealDictCursor = None
    PSYCOPG2_IMPORT_ERROR = traceback.format_exc()


# What pg_file_settings says of a value that needs a restart, or that is no valid one.
NOT_APPLIED = "setting could not be applied"


# Names without a schema are the system's own, whatever a database sets; messages about
# configuration files are compared; compiling a query on the catalogue takes longer than running
# it. What a role or a file loads into each session is not run here, and keeps nobody out. A lock on
# the catalogue is a finding, and not the end of an audit.
WRITING = (
    "-c search_path=pg_catalog -c lc_messages=C -c jit=off"
    " -c session_preload_libraries= -c local_preload_libraries="
)
LIMIT = 30  # seconds
READING = f"{WRITING} -c statement_timeout={LIMIT}s"


# How PgBouncer refuses what it does not know; the server has not been asked then. PostgreSQL names
# the user whose password is wrong.
POOLER = re.compile(
    r"no such user|no such database|unsupported startup parameter|pgbouncer"
    r"|password authentication failed(?! for user)"
)

# What login_options() says, and network_options() where there are any.
Login = Mapping[str, Any]


class ServerError(Exception):
    """PostgreSQL cannot be reached or refuses; the message is the server's own."""


class LockedOut(ServerError):
    """The server does not let its administrator in; remedy is a command for root's shell, and loads
    the one that has the server follow."""

    def __init__(self, reason: str, remedy: str, loads: str = "") -> None:
        command = " && ".join(filter(None, (remedy, loads)))
        super().__init__(f"{reason}; to let the administrator in again, run as root: {command}")
        self.reason = reason
        self.remedy = remedy
        self.loads = loads


class AnswerError(ServerError):
    """A server listens, and this is what it says, or what is wrong with what it says."""


class PoolerError(ServerError):
    """A pooler between here and the server has refused; nothing is known of the server."""


def login_options() -> dict[str, dict[str, Any]]:
    """The module options that every module with an administrator's session shares."""
    return {
        "login_user": {"type": "str", "default": "postgres"},
        "login_unix_socket": {"type": "path", "default": "/var/run/postgresql"},
        "login_port": {"type": "int", "default": 5432},
    }


def network_options() -> dict[str, dict[str, Any]]:
    """What a login over the network takes besides, which is the owner's where no administrator is
    at hand; without login_host the login is the administrator's."""
    return {
        "login_host": {"type": "str", "default": ""},
        "login_password": {"type": "str", "default": "", "no_log": True},
        "login_sslmode": {"type": "str", "default": ""},
        "login_sslrootcert": {"type": "str", "default": ""},
    }


@contextlib.contextmanager
def _as_system_user(name: str) -> Iterator[None]:
    """Be this system user for a while: peer authentication goes by the effective user."""
    if os.geteuid() != 0:
        yield
        return
    try:
        account = pwd.getpwnam(name)
    except KeyError:
        raise ServerError(
            f"there is no system user {name} to connect as; is PostgreSQL installed?"
        ) from None
    os.setegid(account.pw_gid)
    os.seteuid(account.pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@contextlib.contextmanager
def session(login: Login, database: str = "postgres", readonly: bool = False) -> Iterator[Any]:
    """A cursor over the server's unix socket, in one transaction; login as login_options().

    The transaction is committed at the end and rolled back by any exception. Rows are
    dicts. Raises ServerError for whatever the server refuses, and pace.Slow where what only reads
    has run out of its time on a machine that is slow.
    """
    if PSYCOPG2_IMPORT_ERROR:
        raise ServerError("Python's psycopg2 is not installed on this host")
    connection = None
    began = time.monotonic()
    try:
        connection = _connect(login, database, READING if readonly else WRITING)
        connection.set_session(readonly=readonly)
        with connection, connection.cursor(cursor_factory=RealDictCursor) as cursor:
            if login.get("login_host"):
                # The language of messages is a superuser's to set, and a pooler takes no options;
                # what is set for longer than the transaction, it hands on to the next client.
                cursor.execute("SET LOCAL search_path = pg_catalog")
                cursor.execute(f"SET LOCAL statement_timeout = '{LIMIT}s'")
            yield cursor
    except psycopg2.Error as exc:
        elapsed = time.monotonic() - began
        if readonly and elapsed >= LIMIT and pace.slowness(pace.measure()) > 1:
            raise pace.Slow("the server", LIMIT, elapsed, str(exc).strip()) from exc
        if login.get("login_host") and POOLER.search(str(exc)):
            raise PoolerError(f"a pooler refuses the login: {str(exc).strip()}") from exc
        raise AnswerError(str(exc).strip()) from exc
    except UnicodeDecodeError as exc:
        raise AnswerError(f"the catalogue of {database} has a name that is not UTF-8") from exc
    finally:
        if connection is not None:
            connection.close()


def _connect(login: Login, database: str, settings: str) -> Any:
    common = {
        "port": login["login_port"], "user": login["login_user"], "dbname": database,
        "connect_timeout": 10, "application_name": "flaskops.stack", "client_encoding": "UTF8",
    }  # fmt: skip
    if not login.get("login_host"):
        try:
            with _as_system_user(login["login_user"]):
                return psycopg2.connect(host=login["login_unix_socket"], options=settings, **common)
        except psycopg2.OperationalError as exc:
            reason = locked_out(login)
            if reason:
                edit = administrator.remedy(login, is_loaded=False)
                raise LockedOut(reason, edit, administrator.reload(login)) from exc
            if not _is_listened_at(f"{login['login_unix_socket']}/.s.PGSQL.{login['login_port']}"):
                raise ServerError(str(exc).strip()) from exc
            raise
    tls = {name: login[f"login_{name}"] for name in ("sslmode", "sslrootcert")}
    several = {"target_session_attrs": "read-write"} if "," in login["login_host"] else {}
    return psycopg2.connect(
        host=login["login_host"], password=login["login_password"], **common, **several,
        **{name: value for name, value in tls.items() if value},
    )  # fmt: skip


def _is_listened_at(path: str) -> bool:
    """Whether a server would answer, whatever it then says; libpq's own words for it depend on the
    language."""
    with socket.socket(socket.AF_UNIX) as attempt:
        attempt.settimeout(1)
        try:
            attempt.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except OSError:
            pass
    return True


def locked_out(login: Login) -> str:
    """Why the server does not let its administrator in; "" where it does, or nobody can tell."""
    with _as_system_user(login["login_user"]):
        return administrator.refusal(login)


def command(login: Login, *statements: str | tuple[str, ...], database: str = "postgres") -> str:
    """A shell command that runs statements as the administrator, for people to run as root.

    A statement is its text, or (text with {} for identifiers, *identifiers).
    """
    words = ["runuser", "-u", login["login_user"], "--", "psql", "-p", str(login["login_port"])]
    words += ["-d", database]
    for statement in statements:
        text, *names = (statement,) if isinstance(statement, str) else statement
        quoted = ['"' + name.replace('"', '""') + '"' for name in names]
        words += ["-c", text.format(*quoted)]
    return " ".join(shlex.quote(word) for word in words)


# What is known of the configuration files of a running server: {path: why} of those that it has not
# read since they changed, and of those of which nobody can tell.
class Files(NamedTuple):
    unloaded: dict[str, str]
    unseen: dict[str, str]


def read_files(cursor: Any) -> Files:
    """The Files that changed after the running server last read its configuration.

    The files of the server's certificate are among them, because a reload reads those again too.
    """
    cursor.execute(
        """
        SELECT extract(epoch FROM pg_conf_load_time())::float8 AS loaded,
               extract(epoch FROM clock_timestamp())::float8 AS now,
               current_setting('data_directory') AS data,
               array(SELECT DISTINCT sourcefile FROM pg_file_settings
                       -- Of a line that went and that only a restart takes away, none is named.
                       WHERE sourcefile IS NOT NULL
                     UNION SELECT setting FROM pg_settings
                     WHERE setting <> '' AND (name IN ('config_file', 'hba_file', 'ident_file')
                        OR (name IN ('ssl_cert_file', 'ssl_key_file', 'ssl_ca_file')
                            AND current_setting('ssl')::boolean))) AS files
        """
    )
    row = cursor.fetchone()
    changed: dict[str, float | None] = {}
    for path in row["files"]:
        # What is not there, or not for this user to see, has not been changed by us.
        with contextlib.suppress(OSError):
            # Of a link, it is the file behind it that the server reads.
            changed[path] = file_times.changed(os.path.realpath(os.path.join(row["data"], path)))
    return judge_files(row["loaded"], row["now"], changed)


def judge_files(loaded: float, now: float, changed: Mapping[str, float | None]) -> Files:
    """The Files for when the server read them, the time now, and {path: when it changed}, in
    seconds; None for a file whose times are all in the future."""
    if loaded > now:
        # A clock that was wrong, after which every change looks older. A reload ends that.
        return Files(dict.fromkeys(changed, "read at a time that is in the future"), {})
    return Files(
        {path: "changed later" for path, when in changed.items() if when and when > loaded},
        {
            path: f"the times of {path} are in the future, so nobody can tell whether the server"
            f" has read it since it changed; touch {shlex.quote(path)}, and run flaskops.stack.site"
            for path, when in changed.items()
            if when is None
        },
    )


def rejected_lines(cursor: Any) -> list[dict[str, Any]]:
    """The lines of the configuration files, as they are now, that the server rejects.

    To be asked once the files are loaded: before that, a setting that merely needs a
    restart looks like a rejected one.
    """
    cursor.execute(
        """
        SELECT sourcefile AS file, sourceline AS line, error
        FROM pg_file_settings
        WHERE error IS NOT NULL AND sourcefile IS NOT NULL
          AND coalesce(name, '') NOT IN (SELECT s.name FROM pg_settings s WHERE s.pending_restart)
        ORDER BY 1, 2
        """
    )
    return [dict(row) for row in cursor.fetchall()]


def attempt(cursor: Any, query: str) -> list[dict[str, Any]] | None:
    """The rows of what fails where the server cannot open a file that it shows; None then, and the
    transaction goes on."""
    cursor.execute("SAVEPOINT attempted")
    try:
        cursor.execute(query)
    except psycopg2.Error as exc:
        # insufficient_privilege, and the system's errors.
        if not (exc.pgcode == "42501" or (exc.pgcode or "").startswith("58")):
            raise
        cursor.execute("ROLLBACK TO SAVEPOINT attempted")
        return None
    return [dict(row) for row in cursor.fetchall()]


def settings_pending_restart(cursor: Any) -> list[str]:
    """The names of the settings whose new value waits for a restart."""
    # One whose line went before any restart still counts in the server, and waits for nothing: the
    # value is the built-in one.
    cursor.execute(
        """
        SELECT name FROM pg_settings s WHERE pending_restart
          AND NOT (setting IS NOT DISTINCT FROM boot_val AND NOT EXISTS (
                   SELECT FROM pg_file_settings f WHERE lower(f.name) = lower(s.name)))
        ORDER BY name
        """
    )
    return [row["name"] for row in cursor.fetchall()]
