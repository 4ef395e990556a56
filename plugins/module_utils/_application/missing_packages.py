# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Debian packages a build lacked, by what it said."""

from __future__ import annotations

import re
from collections.abc import Callable

# Programs that a build starts.
PROGRAMS = {
    "brz": "brz", "bzr": "brz", "cargo": "cargo", "cc": "build-essential", "c++": "build-essential",
    "cmake": "cmake", "curl-config": "libcurl4-openssl-dev", "g++": "build-essential",
    "gcc": "build-essential", "gdal-config": "libgdal-dev", "geos-config": "libgeos-dev",
    "gfortran": "gfortran", "git": "git", "hg": "mercurial", "krb5-config": "libkrb5-dev",
    "make": "build-essential", "mariadb_config": "libmariadb-dev", "msgfmt": "gettext",
    "mysql_config": "default-libmysqlclient-dev", "ninja": "ninja-build", "node": "nodejs",
    "npm": "npm", "pg_config": "libpq-dev", "pkg-config": "pkg-config", "rustc": "rustc",
    "sassc": "sassc", "svn": "subversion", "swig": "swig", "yarnpkg": "yarnpkg",
    "xml2-config": "libxml2-dev", "xslt-config": "libxslt1-dev",
}  # fmt: skip
# Headers, by their name or by the beginning of it.
HEADERS = {
    "Python.h": "python3-dev", "bzlib.h": "libbz2-dev", "cairo": "libcairo2-dev",
    "curl/": "libcurl4-openssl-dev", "expat.h": "libexpat1-dev", "ffi.h": "libffi-dev",
    "freetype": "libfreetype-dev", "ft2build.h": "libfreetype-dev", "gdal": "libgdal-dev",
    "geos_c.h": "libgeos-dev", "gmp.h": "libgmp-dev", "gssapi": "libkrb5-dev",
    "hdf5.h": "libhdf5-dev", "jpeglib.h": "libjpeg-dev", "krb5": "libkrb5-dev",
    "lber.h": "libldap-dev", "ldap.h": "libldap-dev", "libpq-fe.h": "libpq-dev",
    "libpq/": "libpq-dev", "libxml/": "libxml2-dev", "libxslt/": "libxslt1-dev",
    "lzma.h": "liblzma-dev", "mysql": "default-libmysqlclient-dev", "openssl/": "libssl-dev",
    "pcre2.h": "libpcre2-dev", "pcre.h": "libpcre3-dev", "pg_config.h": "libpq-dev",
    "postgresql/": "libpq-dev", "sasl/": "libsasl2-dev", "snappy": "libsnappy-dev",
    "sql.h": "unixodbc-dev", "sqlite3.h": "libsqlite3-dev", "systemd/": "libsystemd-dev",
    "unicode/": "libicu-dev", "xmlsec/": "libxmlsec1-dev", "yaml.h": "libyaml-dev",
    "zlib.h": "zlib1g-dev", "zstd.h": "libzstd-dev",
    # Of the C library itself.
    "assert.h": "build-essential", "limits.h": "build-essential", "stdio.h": "build-essential",
    "stdlib.h": "build-essential", "string.h": "build-essential",
}  # fmt: skip
# What some packages say in words of their own.
SAYINGS = {
    # Debian's own pg_config, where a server is installed; and what would be missing next.
    r"pg_config.*or libpq-dev|building 'psycopg": {"libpq-dev"},
    r"libxml2 and libxslt development packages": {"libxml2-dev", "libxslt1-dev"},
    r"Can ?not find valid pkg-config name|pkg-config is required": {
        "default-libmysqlclient-dev",
        "pkg-config",
    },
    r"Rust compiler|Rust toolchain|Rust package manager": {"cargo", "rustc"},
    r"[Nn]o acceptable C compiler|Unknown compiler\(s\)": {"build-essential"},
}
# How a line says that a program is not there, and where it names the program.
ABSENT = re.compile(r"not found|No such file|do you have|not installed")
PROGRAM = re.compile(
    r"(?<![\w/.+-])(?:\w+-linux-gnu-)?("
    + "|".join(re.escape(name) for name in sorted(PROGRAMS, key=len, reverse=True))
    + r")(?=['\"]|: |\s+(?:executable |command )?not found)"
)
HEADER = re.compile(r"fatal error: ['\"]?([\w+./-]+\.(?:h|hpp|hh))['\"]?[:' ]")
LIBRARY = re.compile(r"cannot find -l([\w+-]+)")
LIBRARIES = {
    "crypto": "libssl-dev", "ffi": "libffi-dev", "ldap": "libldap-dev", "lber": "libldap-dev",
    "mysqlclient": "default-libmysqlclient-dev", "mariadb": "libmariadb-dev", "pq": "libpq-dev",
    "ssl": "libssl-dev", "xml2": "libxml2-dev", "xslt": "libxslt1-dev", "z": "zlib1g-dev",
}  # fmt: skip
# What is needed besides, wherever something is compiled.
TO_COMPILE = {"build-essential", "python3-dev"}
TOOLS = {"git", "mercurial", "subversion", "brz", "gettext", "nodejs", "npm", "sassc", "yarnpkg"}


def wanted(text: str) -> tuple[set[str], set[str]]:
    """(the Debian packages, the headers of which none is known) that a build's words ask for."""
    found: set[str] = set()
    unknown: set[str] = set()
    for line in filter(ABSENT.search, text.splitlines()):
        found |= {PROGRAMS[name] for name in PROGRAM.findall(line)}
    for name in HEADER.findall(text):
        known = [package for start, package in HEADERS.items() if name.startswith(start)]
        found.update(known[:1])
        unknown.update([] if known else [name])
    found |= {LIBRARIES[name] for name in LIBRARY.findall(text) if name in LIBRARIES}
    for saying, packages in SAYINGS.items():
        found |= packages if re.search(saying, text) else set()
    return found | (TO_COMPILE if found - TOOLS or unknown else set()), unknown


def advice(
    text: str, is_installed: Callable[[str], object], variable: str = "app_system_packages"
) -> str:
    """What to declare so that the build has what it lacked; "" where its words name nothing.

    is_installed tells of a Debian package whether the host has it; variable is the one that names
    such packages.
    """
    found, unknown = wanted(text)
    missing = sorted(name for name in found if not is_installed(name))
    parts = []
    if missing:
        names = ", ".join(missing)
        parts.append(
            f"{names} must be on the host to install what the application asks for; declare, with"
            f" what else is declared there: {variable}: [{names}]"
        )
    parts += [
        f"the header {name} is not on the host; find the Debian package that has it"
        f" (apt-file search {name}), and add it to {variable}"
        for name in sorted(unknown)
    ]
    return "\n".join(parts)
