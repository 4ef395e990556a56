# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Does the service get a database URL from its environment file?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers.outcome import (
    Code,
    Outcome,
    failed,
    ok,
    warning,
)
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import database_variables
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import environment_file

if TYPE_CHECKING:
    from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.context import Case

NEEDS = ()

CODES = {
    "unit": Code(
        "The service was not installed, or has another name.",
        "Install it, or name the right unit.",
    ),
    "application": Code(
        "The application was not installed completely, or an option names another place.",
        "Install it (flaskops.stack.site), or correct the option.",
    ),
    "file_missing": Code(
        "The environment file was never written, or was removed.",
        "Write it (flaskops.stack.site does), or correct EnvironmentFile= of the unit.",
    ),
    "file_unreadable": Code(
        "Its mode, its owner, or that of a directory above it was changed, or it is no file.",
        "Let root own it, mode 0600 or 0640, and its directories be open to root.",
    ),
    "file_malformed": Code(
        "Somebody edited the file as a shell script; systemd passes over such lines in silence.",
        'Write NAME="value" on each line, without export, and close every quote.',
    ),
    "file_refused": Code(
        "A byte that is no UTF-8, NUL, or a character that Unicode reserves: systemd refuses the"
        " whole file and does not start the service.",
        "Write the value again; flaskops.stack.site writes the whole file.",
    ),
    "set_twice": Code(
        "The file was added to by hand, or two tools write it. systemd takes the last value.",
        "Remove the line that is wrong (flaskops.stack.site writes the whole file), and restart"
        " the service.",
    ),
    "crlf": Code(
        "The file was edited or copied from Windows. systemd takes the carriage return for the"
        " end of a line; a shell that sources the file makes it part of every value.",
        "Convert it: sed -i 's/\\r$//' FILE",
    ),
    "not_loaded": Code(
        "The unit, or a drop-in that empties EnvironmentFile=, does not name the file.",
        "Add EnvironmentFile= to the unit, then systemctl daemon-reload and restart.",
    ),
    "variable_missing": Code(
        "The variable is missing from the environment file, or is called something else there.",
        "Run flaskops.stack.site, with app_database_url_variable or app_database_variables where"
        " the application reads others; or add the variable to the file and restart the service.",
    ),
    "variable_empty": Code(
        "A template wrote the file without a value.",
        "Give the variable its value and restart the service.",
    ),
}


def check(case: Case) -> Outcome:
    """Read the environment as systemd would, and take the database URL from it."""
    if case.asked.unit and not case.service:
        return failed("unit", f"systemd knows no unit {case.asked.unit}")
    problems, variables = [], dict(case.service.get("environment", {}))
    for path in case.environment_files:
        content, outcome = _read(path)
        if outcome:
            return outcome
        variables.update(content.variables)
        problems += [(path, found) for found in content.problems]
    case.variables = {**variables, **case.overrides}
    return _judge(case, problems)


def _read(path: str) -> tuple[environment_file.Content | Any, Outcome | None]:
    try:
        content = environment_file.read(path)
    except FileNotFoundError:
        return None, failed("file_missing", f"{path} is not there", path=path)
    except OSError as exc:
        return None, failed("file_unreadable", f"{path}: {exc.strerror}", path=path)
    if content.refusal:
        line, reason = content.refusal
        return None, failed("file_refused", f"{path}, line {line}: {reason}", path=path)
    return content, None


def _judge(case: Case, problems: Sequence[tuple[str, environment_file.Problem]]) -> Outcome:
    wanted = database_variables.needed(case.asked.database_variables)
    name = next((each for each in wanted if not case.variables.get(each)), wanted[0])
    evidence = {"files": case.environment_files, "variables": sorted(case.variables)}
    broken = [(path, found) for path, found in problems if found.code == "malformed"]
    if not case.variables.get(name):
        if broken:
            return _malformed(broken, evidence)
        if name in case.variables:
            return failed("variable_empty", f"{name} is empty", **evidence)
        if not case.environment_files:
            service = case.asked.unit or "the service"
            return failed("not_loaded", f"{service} loads no environment file", **evidence)
        where = ", ".join(case.environment_files)
        return failed("variable_missing", f"{where} does not set {name}", **evidence)
    unloaded = case.unloaded_file()
    if unloaded:
        return failed("not_loaded", f"{case.asked.unit} does not load {unloaded}", **evidence)
    problem = case.load_application()
    if problem:
        return failed("application", problem, **evidence)
    if broken:
        return _malformed(broken, evidence)
    if problems:
        # What is wrong with the database's variable comes first.
        path, found = min(problems, key=lambda problem: problem[1].name not in wanted)
        return warning(found.code, f"{path}, line {found.line}: {found.reason}", **evidence)
    is_set = "is set" if len(wanted) == 1 else "are set"
    return ok(f"{database_variables.spoken(case.asked.database_variables)} {is_set}", **evidence)


def _malformed(
    broken: Sequence[tuple[str, environment_file.Problem]], evidence: Mapping[str, Any]
) -> Outcome:
    path, found = broken[0]
    message = f"{path}, line {found.line}: {found.reason}"
    return failed("file_malformed", message, **evidence)
