# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a unit's file or drop-in says, how grave that is, and how it is shown without secrets."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from typing import NamedTuple

# What says how much, how fast and how long, where it is noted, and in which order. Whatever else is
# said may have the service run other code, as somebody else, with more rights or to others.
MILD = re.compile(
    r"Nice|OOM\w+|(Startup)?(CPU|IO|Memory|BlockIO|AllowedCPUs|AllowedMemoryNodes)(?!DenyWrite)\w*|Tasks\w+"
    r"|Default(CPU|IO|Memory|Tasks|BlockIO|Limit|Timeout|StartLimit|OOM|Restart|TimerAccuracy)\w*"
    r"|Limit\w+|Log(?!sDirectory)\w+|Syslog\w+|Restart\w*|Timeout\w+|StartLimit\w+|RuntimeMaxSec|Watchdog\w+"
    r"|RuntimeWatchdog\w+|RebootWatchdog\w+|KillMode|KillSignal|RestartKillSignal|FinalKillSignal|SendSIG\w+"
    r"|SuccessExitStatus|TimerSlackNSec|Description|Documentation|Slice|After|Before|Backlog|KeepAlive\w*"
    r"|NoDelay|Priority|ReceiveBuffer|SendBuffer|StatusUnitFormat|ShowStatus|CrashShell|DumpCore|CtrlAlt\w+"
    r"|Accounting|Managed\w+|IPAccounting|Installation|ReadKMsg"
)
# Characters of a file that are shown.
MOST = 200


class Directive(NamedTuple):
    section: str
    name: str
    value: str


def parse(text: str) -> list[Directive]:
    """The directives of a unit's file, by the grammar of systemd.syntax(7)."""
    found, section, joined = [], "", ""
    for raw in text.splitlines():
        line = raw.strip()
        # A comment between continued lines is passed over.
        if line[:1] in ("#", ";") or (not line and not joined):
            continue
        joined = f"{joined} {line}".strip()
        if joined.endswith("\\"):
            joined = joined[:-1]
            continue
        line, joined = joined, ""
        if line.startswith("["):
            section = line.strip("[]")
        elif "=" in line:
            name, _assigned, value = line.partition("=")
            found.append(Directive(section, name.strip(), value.strip()))
    return found


def severity(directives: Iterable[Directive]) -> str:
    """ "error" or "warning", by what the gravest of them may do."""
    return "warning" if all(_is_mild(each) for each in directives) else "error"


def _is_mild(directive: Directive) -> bool:
    if directive.section == "Install":
        # It takes effect by "systemctl enable" only.
        return True
    if re.fullmatch("Standard(Output|Error)", directive.name):
        # A file would be written by root.
        return ":" not in directive.value
    return MILD.fullmatch(directive.name) is not None


def shown(directives: Iterable[Directive]) -> str:
    """The directives in one line, without the values that may be secrets."""
    return "; ".join(_shown(each) for each in directives)[:MOST] or "nothing"


def _shown(directive: Directive) -> str:
    name, value = directive.name, directive.value
    if name in ("Environment", "DefaultEnvironment", "ManagerEnvironment"):
        value = " ".join(f"{word}=..." for word in variables(value))
    elif name.startswith("SetCredential"):
        value = f"{value.partition(':')[0]}:..." if value else ""
    elif name.startswith("Exec"):
        program, space, _arguments = value.partition(" ")
        value = f"{program} ..." if space else program
    return f"{name}={value}"


def variables(value: str) -> list[str]:
    """The names of the variables that a value of Environment= assigns."""
    try:
        words = shlex.split(value)
    except ValueError:
        words = value.split()
    return [word.partition("=")[0] for word in words if "=" in word]
