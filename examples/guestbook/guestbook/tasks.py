"""Work that no visitor waits for, on a thread of the worker.

What must not be lost with the worker belongs into a queue (RQ, Celery) instead, whose tasks give
their connection back in the same way.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from flask import Flask, current_app

from .extensions import db

# Made by each worker for itself when it has its first task: threads do not survive a fork.
_executor = functools.cache(lambda: ThreadPoolExecutor(1, thread_name_prefix="task"))


def task(function: Callable[..., object]) -> Callable[..., Future]:
    """A function that runs later, in an application context of its own."""

    @functools.wraps(function)
    def submit(*arguments: object) -> Future:
        app = current_app._get_current_object()
        return _executor().submit(_run, app, function, arguments)

    return submit


def _run(app: Flask, function: Callable[..., object], arguments: tuple) -> None:
    with app.app_context():
        try:
            function(*arguments)
        except Exception:
            app.logger.exception("the task %s failed", function.__name__)
        finally:
            # The connection goes back to the pool, also where the task left a transaction open. The
            # end of the context does it here; a queue may keep one context for many tasks.
            db.session.remove()
