# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """How a module reaches the PostgreSQL server as its administrator."""

    DOCUMENTATION = r"""
options:
  login_user:
    description:
      - The database superuser to work as.
      - A module that runs as root becomes the system user of the same name to connect, for peer
        authentication.
    type: str
    default: postgres
  login_unix_socket:
    description: The directory of the server's unix socket.
    type: path
    default: /var/run/postgresql
  login_port:
    description: The port of the server.
    type: int
    default: 5432
"""
