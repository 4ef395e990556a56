# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server's settings are where nobody has declared them, and how grave another value is.

PostgreSQL has its own values, and Debian's pg_createcluster writes some others into postgresql.conf
(PgCommon.pm and pg_createcluster of postgresql-common, and initdb). Sessions take further ones from
ALTER ROLE and ALTER DATABASE.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import NamedTuple

# The certificate that the package ssl-cert makes, with which Debian's clusters are born.
SNAKEOIL = "/etc/ssl/certs/ssl-cert-snakeoil.pem"
SNAKEOIL_KEY = "/etc/ssl/private/ssl-cert-snakeoil.key"
# Chosen when the cluster is made, by the host's locale and time zone.
BORN_WITH = frozenset(
    ("datestyle", "default_text_search_config", "lc_messages", "lc_monetary", "lc_numeric",
     "lc_time", "log_timezone", "timezone")
)  # fmt: skip
# Where the server's own files are, whoever has set it; pg_settings calls these "override".
PLACES = ("config_file", "data_directory", "hba_file", "ident_file")

# What loses data or lets it be damaged, opens the server, runs code, decides what statements mean,
# or hides what happens. All others cost time or memory.
GRAVE = re.compile(
    r"fsync|full_page_writes|synchronous_commit|zero_damaged_pages|ignore_\w+|data_sync_retry"
    r"|wal_level|wal_log_hints|restart_after_crash|allow_\w+"
    r"|listen_addresses|port|unix_socket_\w+|password_encryption|db_user_namespace|krb_\w+|gss_\w+"
    r"|ssl(_\w+)?|row_security|lo_compat_privileges|createrole_self_grant|trusted_extension\w*"
    r"|\w+_preload_libraries|dynamic_library_path|extension_control_path|jit_provider"
    r"|archive_(command|library|cleanup_command)|restore_command|recovery_\w+|primary_\w+"
    r"|.*\.(\w*on_\w*init|start_proc)"
    r"|config_file|data_directory|hba_file|ident_file|external_pid_file"
    r"|event_triggers|session_replication_role|search_path|role|session_authorization"
    r"|default_transaction_\w+|standard_conforming_strings|backslash_quote|client_encoding"
    r"|log_(statement|parameter_max_length(_on_error)?|min_messages|min_error_statement|destination"
    r"|directory|filename|file_mode|min_duration_statement)|logging_collector|debug_print_\w+"
)
# What has credentials in it, or may have.
CONNECTION = re.compile(r"primary_conninfo|ssl_passphrase_command")
COMMAND = re.compile(
    r"(?i)((?:pass(?:word|wd)?|pwd|secret|token|key)\s*[=:]\s*|://[^\s:/@]*:)[^\s@'\"]+"
)


class Cluster(NamedTuple):
    """A cluster as Debian names it, by its folder of configuration; version is "" for another's."""

    folder: str
    version: str
    name: str

    @property
    def file(self) -> str:
        """Its postgresql.conf."""
        return f"{self.folder}/postgresql.conf"

    @property
    def unit(self) -> str:
        """Debian's unit for it; "" for another's."""
        return f"postgresql@{self.version}-{self.name}.service" if self.version else ""


def cluster_of(path: str) -> Cluster:
    """The Cluster in whose folder conf.d a file is."""
    return cluster_in(os.path.dirname(os.path.dirname(path)))


def cluster_in(folder: str) -> Cluster:
    """The Cluster with this folder."""
    found = re.fullmatch(r"/etc/postgresql/([0-9.]+)/([^/]+)", folder)
    return Cluster(folder, *(found.groups() if found else ("", "")))


def distribution(cluster: Cluster, has_certificate: bool) -> dict[str, str]:
    """{setting: value} that Debian gives to a cluster's postgresql.conf, where PostgreSQL has
    another; has_certificate: whether SNAKEOIL is there."""
    if not cluster.version:
        return {}
    version, name = cluster.version, cluster.name
    secure = {"ssl": "on", "ssl_cert_file": SNAKEOIL, "ssl_key_file": SNAKEOIL_KEY}
    return {
        "config_file": cluster.file,
        "data_directory": f"/var/lib/postgresql/{version}/{name}",
        "hba_file": f"{cluster.folder}/pg_hba.conf",
        "ident_file": f"{cluster.folder}/pg_ident.conf",
        "external_pid_file": f"/var/run/postgresql/{version}-{name}.pid",
        "cluster_name": f"{version}/{name}",
        "log_line_prefix": "%m [%p] %q%u@%d ",
        "stats_temp_directory": f"/var/run/postgresql/{version}-{name}.pg_stat_tmp",
        **(secure if has_certificate else {}),
    }


# What has no effect on anybody where it is not as Debian has it, and only its own name in it.
OF_ITS_OWN = frozenset(("external_pid_file", "cluster_name", "stats_temp_directory"))


def severity(name: str) -> str:
    """How grave another value of a setting is: "error" or "warning"."""
    return "error" if GRAVE.fullmatch(name.lower()) else "warning"


def shown(name: str, value: str) -> str:
    """A setting's value for people, without what may be a secret in it."""
    if CONNECTION.fullmatch(name.lower()):
        return "a value that is not shown"
    return COMMAND.sub(r"\1********", value) if value else "''"


def measured(value: str, unit: str | None) -> str:
    """A value of pg_settings with its unit, such as "4096 kB"; "16384 x 8kB" where that has a
    number."""
    between = " x " if (unit or "")[:1].isdigit() else " "
    return f"{value}{between}{unit}" if unit else value


def options(text: str) -> Mapping[str, str]:
    """{setting: value} of a postmaster's arguments, each ended by NUL as in /proc; those that say
    where its configuration is are left out."""
    words = text.rstrip("\0").split("\0")[1:]
    found: dict[str, str] = {}
    for number, word in enumerate(words):
        long = word[2:] if word.startswith("--") else word[2:] if word.startswith("-c") else ""
        if word == "-c" and number + 1 < len(words):
            long = words[number + 1]
        name, equals, value = long.partition("=")
        if equals:
            found[name.strip().lower().replace("-", "_")] = value
        elif word == "-F":
            found["fsync"] = "off"
    found.pop("config_file", None)
    return found
