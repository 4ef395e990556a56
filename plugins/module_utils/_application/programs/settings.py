# Copyright: (c) 2026, flaskops.stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an application that is loaded shows of how it will behave."""

from __future__ import annotations

import contextlib
import gc
from typing import Any
from urllib.parse import urlsplit


def read(app: Any) -> dict[str, Any]:
    """To be called within the application's context. Returns tables and other_tables (of the models
    of the application's SQLAlchemy, None where it has none, and of others), pooled, pre_ping,
    recycle (seconds, -1 for never) and connections (open ones) of its pool, csrf (whether it checks
    forms), and secure_cookie."""
    tables = _tables(app)
    return {
        **_pool(app),
        "tables": None if tables is None else sorted(tables),
        "other_tables": sorted(_other_tables(app)),
        "csrf": "csrf" in app.extensions,
        "secure_cookie": bool(app.config.get("SESSION_COOKIE_SECURE")),
    }


def extension(app: Any) -> Any:
    """Flask-SQLAlchemy's own object, of versions 3 and 2; None where there is none."""
    found = app.extensions.get("sqlalchemy")
    return getattr(found, "db", found)


def _pool(app: Any) -> dict[str, Any]:
    pool = None
    with contextlib.suppress(Exception):
        pool = extension(app).engine.pool
    if pool is None or not hasattr(pool, "checkedin"):
        return {"pooled": False, "pre_ping": False, "recycle": -1, "connections": 0}
    return {
        "pooled": True,
        "pre_ping": bool(getattr(pool, "_pre_ping", False)),
        "recycle": getattr(pool, "_recycle", -1),
        "connections": pool.checkedin() + pool.checkedout(),
    }


def _tables(app: Any) -> set[str] | None:
    db = app.extensions["migrate"].db if "migrate" in app.extensions else extension(app)
    return _of(db) if db is not None else None


def _of(db: Any) -> set[str]:
    metadatas = getattr(db, "metadatas", None) or {None: db.metadata}
    return {name for metadata in metadatas.values() for name in metadata.tables}


def _other_tables(app: Any) -> set[str]:
    """The tables of models that belong to another SQLAlchemy() than the application's."""
    own = extension(app)
    if own is None:
        return set()
    kind = next((each for each in type(own).__mro__ if each.__name__ == "SQLAlchemy"), type(own))
    others = [each for each in gc.get_objects() if isinstance(each, kind) and each is not own]
    return {name for each in others for name in _of(each)} - (_tables(app) or set())


def view(app: Any, url: str, host: str) -> str:
    """Whether the application has a view for a URL that is asked of it by the name host: "yes",
    "no", or the name by which it has one."""
    parts = urlsplit(url)
    asked = host or parts.netloc
    for name in filter(None, (asked, app.config.get("SERVER_NAME"), *_hosts(app))):
        if _has(app, parts.path or "/", f"{parts.scheme}://{name}"):
            return "yes" if name == asked else str(name)
    return "no"


def _has(app: Any, path: str, base_url: str) -> bool:
    from werkzeug.exceptions import NotFound

    # Only made, and not begun: that would open a session, wherever this application has them.
    request = app.test_request_context(path, base_url=base_url).request
    try:
        app.create_url_adapter(request).match(method="GET")
    except NotFound:
        return False
    except Exception:
        # A redirect, or another method: there is a view.
        return True
    return True


def _hosts(app: Any) -> set[str]:
    """The names in the rules of an application that looks at them."""
    if not app.url_map.host_matching:
        return set()
    return {rule.host for rule in app.url_map.iter_rules() if rule.host and "<" not in rule.host}
