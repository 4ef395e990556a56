# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of nginx's configuration holds for every site: the statements outside of all servers.

Those that say how fast and how much, and those that define what others may use, are nobody's
concern. All others change what a site does, or could: a directive that is not known here is told.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection

from ansible_collections.flaskops.stack.plugins.module_utils._host import masking
from ansible_collections.flaskops.stack.plugins.module_utils._host.nginx_configuration import (
    Statement,
)

# Where the packages of nginx's modules have the files that load them.
MODULES = "/usr/share/nginx/modules-available/"
# The user of the distribution's nginx.
WORKERS = "www-data"
USUAL = re.compile(
    # The whole server.
    r"user|worker_\w+|pid|error_log|events|http|stream|mail|pcre_jit|thread_pool|timer_resolution|lock_file"
    # What is used only where somebody names it.
    r"|server|upstream|map|geo|split_clients|log_format|types|limit_(req|conn)_zone|\w+_cache_path|perl_modules"
    # How fast, how long and how much.
    r"|sendfile\w*|tcp_no\w+|aio\w*|directio\w*|output_buffers|postpone_output|open_(file|log_file)_cache\w*|(\w+_)?hash\w*_size"
    r"|keepalive_\w+|send_timeout|resolver(_timeout)?|reset_timedout_connection|lingering_\w+|request_pool_size"
    r"|connection_pool_size|client_(header|body)_(timeout|buffer_size|temp_path)|large_client_header_buffers"
    r"|proxy_(buffer\w*|busy_buffers_size|max_temp_file_size|temp_\w+|(connect|send|read)_timeout|headers_hash_\w+)"
    r"|(fastcgi|uwsgi|scgi|grpc|memcached)_\w+|gzip\w*|brotli\w*|gunzip\w*"
    # What is shown of it, and where it is noted.
    r"|server_tokens|access_log|log_not_found|default_type|charset\w*|index|http2\w*"
    # Of TLS, what each site with it says for itself or needs.
    r"|ssl_(protocols|ciphers|prefer_server_ciphers|session_\w+|dhparam|ecdh_curve|buffer_size|stapling\w*|conf_command)"
)
# What refuses visitors, gives them something else, runs code, or believes what they say.
GRAVE = re.compile(
    r"deny|satisfy|auth_\w+|ssl_verify_client|ssl_ocsp|error_page|recursive_error_pages|proxy_intercept_errors"
    r"|sub_filter\w*|add_(before|after)_body|addition_types|xslt_\w+|ssi|mirror|proxy_cache|proxy_store|proxy_bind"
    r"|set_real_ip_from|real_ip_\w+|limit_except|js_\w+|perl\w*|lua_\w+|\w+_by_lua\w*|modsecurity\w*"
)
# Values of these may be secrets.
HIDDEN = re.compile(r"\w*(header|auth|pass|key|secret|token|lua|perl|env|body)\w*|js_\w+|set|map")
# Characters of a statement that are shown.
MOST = 80


def severity(statement: Statement, own: Collection[str]) -> str:
    """ "error" or "warning" where a statement holds for all sites and is not usual; "" otherwise.

    own: the variables that our site uses.
    """
    name, context = statement.words[0], statement.context
    if context not in ((), ("http",)):
        return ""
    if name == "user":
        return _of_user(statement.words[1:])
    if name == "load_module":
        return _of_module(statement)
    if name == "access_log" and statement.words[1:2] == ("off",):
        return "warning"
    if name in ("map", "geo", "split_clients"):
        return "error" if statement.words[-1].lstrip("$") in own else ""
    if GRAVE.fullmatch(name):
        return "warning" if statement.words[1:2] == ("off",) else "error"
    return "" if USUAL.fullmatch(name) else "warning"


def _of_user(values: tuple[str, ...]) -> str:
    if values[:1] == ("root",) or values[1:2] == ("root",):
        return "error"
    return "" if values and set(values) == {WORKERS} else "warning"


def _of_module(statement: Statement) -> str:
    if os.path.realpath(statement.path).startswith(MODULES):
        return ""
    path = statement.words[-1]
    # What is not in the packages' own folder is anybody's code in root's process.
    folder = os.path.dirname(os.path.normpath(os.path.join("/usr/share/nginx", path)))
    own = ("/usr/lib/nginx/modules", "/usr/share/nginx/modules", "/etc/nginx/modules")
    return "warning" if folder in own else "error"


def shown(statement: Statement) -> str:
    """A statement for people, without what may be a secret."""
    words = list(statement.words)
    if HIDDEN.fullmatch(words[0]) and len(words) > 2:
        words[2:] = ["..."]
    elif HIDDEN.fullmatch(words[0]) and "header" not in words[0]:
        words[1:] = ["..."]
    text = masking.mask(" ".join(words), ())
    return f"{text[:MOST]} (line {statement.line})"
