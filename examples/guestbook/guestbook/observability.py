"""Errors to Sentry, where SENTRY_DSN names one; the package is only needed then."""

from __future__ import annotations

import os

from flask import Flask

from .config import DangerousConfiguration


def observe(app: Flask) -> None:
    """Report this application's exceptions to SENTRY_DSN; nothing without that variable."""
    dsn = os.environ.get("SENTRY_DSN")
    if not dsn:
        return
    try:
        import sentry_sdk
    except ImportError:
        raise DangerousConfiguration(
            "SENTRY_DSN is set, and sentry-sdk is not installed: add it to app_packages"
        ) from None
    sentry_sdk.init(
        dsn=dsn,
        environment=app.config["ENVIRONMENT"],
        # A share of all requests, from 0 to 1, is timed.
        traces_sample_rate=float(os.environ.get("SENTRY_TRACES_SAMPLE_RATE", "0")),
    )
