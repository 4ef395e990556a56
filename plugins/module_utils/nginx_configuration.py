# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nginx's configuration files: which server answers to which name on which port."""

from __future__ import annotations

import re
from collections import namedtuple

# names and ports of one server block; ports are "80", "443" and so on.
ServerBlock = namedtuple("ServerBlock", "names ports")

WORD = re.compile(
    r"""\#[^\n]* | "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | [{};] | [^\s{};"'#]+""", re.X | re.S
)


def server_blocks(text):
    """The server blocks of a file, whatever else is in it."""
    found, stack, statement = [], [], []
    for word in WORD.findall(text):
        if word.startswith("#"):
            continue
        if word == "{":
            stack.append(statement[0] if statement else "")
            if stack[-1] == "server":
                found.append(ServerBlock([], []))
        elif word == "}" and stack:
            stack.pop()
        elif word == ";" and stack and stack[-1] == "server" and statement:
            _directive(found[-1], statement)
        if word in "{};":
            statement = []
        else:
            statement.append(word.strip("\"'"))
    # Without a word about it, a server answers on port 80 to the empty name.
    return [ServerBlock(b.names or [""], b.ports or ["80"]) for b in found]


def _directive(block, statement):
    if statement[0] == "server_name":
        block.names.extend(statement[1:])
    elif statement[0] == "listen" and len(statement) > 1:
        port = statement[1].rpartition(":")[2]
        block.ports.append(port if port.isdigit() else "80")
