# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs of an application, run as its user, with its installed environment."""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import pwd
import re
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Collection, Mapping
from types import ModuleType
from typing import IO, Any, NamedTuple

from ansible_collections.flaskops.stack.plugins.module_utils._application import as_user, programs
from ansible_collections.flaskops.stack.plugins.module_utils._host import masking
from ansible_collections.flaskops.stack.plugins.module_utils._machine import (
    pace,
    process,
    regular_file,
)
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import (
    database_variables,
)
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import environment_file, units

# Seconds for what only asks; an upgrade takes as long as it takes.
QUESTION_TIMEOUT = 60
# Of a settings file, in bytes.
MAXIMUM_SIZE = 1 << 20
# Makes a program say where it is.
STACK = signal.SIGUSR1
FRAME = re.compile(r'File "(/[^"]+)", line (\d+)')
# What of an answer may have a text in it that is not this collection's.
TEXTS = {
    "error", "raised", "statement", "sql", "models", "sessions", "committed", "earlier", "applied",
    "unloaded",
}  # fmt: skip


class ApplicationError(Exception):
    """A program of the application failed; secrets in the message are masked."""


class Application(NamedTuple):
    """environment: the whole environment of the programs; secrets: the texts that must not be seen
    in their output."""

    user: pwd.struct_passwd
    directory: str
    virtualenv: str
    environment: dict[str, str]
    secrets: Collection[str]


class Settings(NamedTuple):
    """How the application gets what it needs: names of database_variables.py, and the text of its
    settings file, in which secrets are known by their names."""

    names: Mapping[str, str] = database_variables.DEFAULT
    text: str = ""


def load(
    user: str, directory: str, virtualenv: str, environment_path: str, settings: Settings
) -> Application:
    """The application as it is installed."""
    for path in (directory, virtualenv + "/bin/python"):
        if not os.path.exists(path):
            raise ApplicationError(f"{path} is not there")
    return make(user, directory, virtualenv, read_environment(environment_path), settings)


def read_settings(path: str) -> str:
    """The text of a settings file; "" where there is none. What the application says of one that
    it cannot read is told by itself."""
    try:
        with open(path, encoding="utf-8", errors="replace", opener=regular_file.opener) as stream:
            return stream.read(MAXIMUM_SIZE)
    except OSError:
        return ""


def read_environment(path: str) -> dict[str, str]:
    """The variables of an environment file, by systemd's rules."""
    try:
        content = environment_file.read(path)
    except OSError as exc:
        raise ApplicationError(f"{path}: {exc.strerror}") from exc
    if content.refusal:
        line, reason = content.refusal
        raise ApplicationError(f"systemd refuses {path}: line {line}: {reason}")
    return content.variables


def account_of(user: str) -> pwd.struct_passwd | None:
    """The system user of a name; None where there is none."""
    try:
        return pwd.getpwnam(user)
    except KeyError:
        return None


def make(
    user: str,
    directory: str,
    virtualenv: str,
    variables: Mapping[str, str],
    settings: Settings,
) -> Application:
    """The application with these variables."""
    account = account_of(user)
    if account is None:
        raise ApplicationError(f"there is no system user {user}")
    environment = {
        "HOME": account.pw_dir,
        "LANG": "C.UTF-8",
        "PATH": f"{virtualenv}/bin:/usr/local/bin:/usr/bin:/bin",
        # The service does not read .env files either.
        "FLASK_SKIP_DOTENV": "1",
        "PGCONNECT_TIMEOUT": "10",
        "PYTHONDONTWRITEBYTECODE": "1",
        **variables,
    }
    url = database_variables.as_url(settings.names, variables)
    public = masking.public_words({**variables, "": url}, user, directory, virtualenv)
    secrets = masking.secrets_of({**variables, "": url}, public)
    secrets |= masking.secrets_of_settings(settings.text, public)
    return Application(account, directory, virtualenv, environment, secrets)


def ask(
    application: Application,
    program: ModuleType,
    question: Mapping[str, Any],
    timeout: float | None = QUESTION_TIMEOUT,
) -> dict[str, Any]:
    """Run a program of programs/ in the virtual environment; returns its answer.

    timeout is in seconds; None for no limit. Raises ApplicationError, and pace.Slow where there is
    no answer in time.

    question is a dict, which the program finds in its environment, where no process list shows
    it; secrets in the answer are masked. Its "output" is what the program has printed last.
    """
    return Asked(application, program, question, timeout).answer()


class Asked:
    """A program that has been started, so that other things can be done before its answer."""

    _process: subprocess.Popen[bytes] | _Child

    def __init__(
        self,
        application: Application,
        program: ModuleType,
        question: Mapping[str, Any],
        timeout: float | None = QUESTION_TIMEOUT,
    ) -> None:
        self._application = application
        self._limit = pace.Limit(timeout, "the application's Python")
        # What it prints goes to a file, which no dying reader can close.
        self._output = tempfile.TemporaryFile()
        self._receive, send = os.pipe()
        try:
            self._begin(program, question, send)
        except BaseException:
            os.close(self._receive)
            self._output.close()
            raise
        finally:
            os.close(send)

    def _begin(self, program: ModuleType, question: Mapping[str, Any], send: int) -> None:
        self._process = process = _start(self._application, question, send, self._output)
        stdin: IO[bytes] = process.stdin  # type: ignore[assignment]  # it is a pipe
        with contextlib.suppress(BrokenPipeError), stdin as stream:
            stream.write(_source(program).encode())

    def waits(self, seconds: float) -> bool:
        """Whether there is no answer after so many seconds, and the program computes nothing."""
        ready, _writable, _broken = select.select([self._receive], [], [], seconds)
        return not ready and not units.computes(self._process.pid)

    def abandon(self) -> None:
        """End the program, whose answer nobody wants any more."""
        self._process.kill()
        self._process.wait()
        os.close(self._receive)
        self._output.close()

    def answer(self) -> dict[str, Any]:
        """Wait for the answer; see ask()."""
        with self._output, os.fdopen(self._receive, "rb") as stream:
            try:
                text = self._read(stream)
                code = self._await_end()
            except pace.Slow as exc:
                exc.place = self._place()
                raise
            finally:
                self._process.kill()
                self._process.wait()
            tail = _tail(self._application, self._output)
        if not text:
            raise ApplicationError(f"the application's Python ended with {code}: {tail}")
        found = {**json.loads(text), "output": tail}
        for key in TEXTS & set(found):
            found[key] = masking.mask_all(found[key], self._application.secrets)
        return found

    def _left(self) -> float | None:
        return self._limit.left(lambda: units.cpu_seconds(self._process.pid))

    def _place(self) -> str:
        """Where in the application's own files a program is, as FILE, line N; "" if not known."""
        before = self._output.seek(0, os.SEEK_END)
        self._process.send_signal(STACK)
        # The signal's handler writes, in a moment of the program's own.
        limit = time.monotonic() + pace.stretched(0.5)
        while not (text := self._printed(before)) and time.monotonic() < limit:
            time.sleep(0.05)
        return place_of(text, self._application.directory)

    def _printed(self, start: int) -> str:
        self._output.seek(start)
        return self._output.read().decode("utf-8", "replace")

    def _await_end(self) -> int:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return self._process.wait(self._left())

    def _read(self, stream: IO[bytes]) -> str:
        """All that is written until the program's end; raises pace.Slow."""
        parts: list[bytes] = []
        while True:
            ready, _writable, _broken = select.select([stream], [], [], self._left())
            if not ready:
                continue
            part = os.read(stream.fileno(), 65536)
            if not part:
                return b"".join(parts).decode("utf-8")
            parts.append(part)


class Forked(Asked):
    """A program's answer, by a copy of this process that becomes the application's user.

    For what this process has imported already; the application's Python has no part in it.
    Needs root.
    """

    def _begin(self, program: ModuleType, question: Mapping[str, Any], send: int) -> None:
        self._process = _Child(os.fork())
        if self._process.pid == 0:
            try:
                _become(self._application, self._output)
                text = json.dumps(program.answer(question))
                with os.fdopen(send, "w", encoding="utf-8") as stream:
                    stream.write(text)
            finally:
                # Nothing of the other process may be ended or written by this one.
                os._exit(0)

    def _place(self) -> str:
        return ""


def place_of(stack: str, directory: str) -> str:
    """Of a stack by faulthandler, the innermost place in a directory, less its .venv; else the
    innermost of all that are in a file."""
    frames = FRAME.findall(stack)
    folders = {directory, os.path.realpath(directory)}
    own = [
        frame
        for frame in frames
        if any(frame[0].startswith(f"{folder}/") for folder in folders)
        and "/.venv/" not in frame[0]
    ]
    if not own and not frames:
        return ""
    path, line = (own or frames)[0]
    return f"{path}, line {line}"


class _Child:
    """As much of subprocess.Popen as a forked process needs."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None

    def wait(self, _timeout: float | None = None) -> int:
        """The exit code; it has given its answer or was killed, and does not take long to end."""
        if self._code is None:
            self._code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._code

    def send_signal(self, number: int) -> None:
        if self._code is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _become(application: Application, output: IO[bytes]) -> None:
    """The user, the environment and the directory with which the application's programs start."""
    account = application.user
    for descriptor in (1, 2):
        os.dup2(output.fileno(), descriptor)
    os.setgroups(as_user.groups_of(account))
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    os.umask(0o077)
    os.chdir(_folder(application))
    os.environ.clear()
    os.environ.update(application.environment)


# What a program imports of the others is made from their sources, under the names that they
# have here.
LOADER = """
import faulthandler, sys, types
faulthandler.register({stack!r}, all_threads=False)
for name, source in {sources!r}:
    for end in (i for i, c in enumerate(name) if c == "."):
        parent = sys.modules.setdefault(name[:end], types.ModuleType(name[:end]))
        parent.__path__ = []
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(source, name, "exec"), module.__dict__)
    setattr(sys.modules[name.rpartition(".")[0]], name.rpartition(".")[2], module)
exec(compile({program!r}, {file!r}, "exec"), {{"__name__": "__main__"}})
"""


def _source(program: ModuleType) -> str:
    """The text of a program with all that it imports of programs/."""
    needed = list(_imported(program))
    sources = [(module.__name__, inspect.getsource(module)) for module in needed]
    return LOADER.format(
        stack=int(STACK), sources=sources, program=inspect.getsource(program), file=program.__name__
    )


def _imported(program: ModuleType) -> dict[ModuleType, None]:
    """The modules of programs/ that a program imports, those that they import first."""
    package = programs.__name__
    found: dict[ModuleType, None] = {}
    for module in vars(program).values():
        if inspect.ismodule(module) and module.__name__.startswith(package + "."):
            found.update(dict.fromkeys(_imported(module)))
            found[module] = None
    return found


def _start(
    application: Application, question: Mapping[str, Any], send: int, output: IO[bytes]
) -> subprocess.Popen[bytes]:
    account = application.user
    identity: dict[str, Any] = {}
    if os.geteuid() == 0:
        identity = {
            "user": account.pw_uid,
            "group": account.pw_gid,
            "extra_groups": as_user.groups_of(account),
        }
    return process.start(
        [f"{application.virtualenv}/bin/python", "-", str(send)],
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=_folder(application),
        env={**application.environment, "FLASKOPS_QUESTION": json.dumps(question)},
        pass_fds=(send,),
        umask=0o077,
        **identity,
    )


def _folder(application: Application) -> str:
    return application.directory if os.path.isdir(application.directory) else "/"


def _tail(application: Application, output: IO[bytes], lines: int = 25) -> str:
    output.seek(0)
    # Masked as a whole, because a secret may have several lines.
    text = masking.mask(output.read().decode("utf-8", "replace"), application.secrets)
    return "\n".join(text.strip().splitlines()[-lines:])
