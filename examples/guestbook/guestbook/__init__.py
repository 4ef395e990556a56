"""A guestbook: visitors leave an entry, everybody reads them."""

from __future__ import annotations

import logging
import os

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from . import models  # noqa: F401  (Flask-Migrate sees models that are imported)
from .api.routes import api
from .config import DangerousConfiguration, load
from .errors import register_error_handlers
from .extensions import cache, csrf, db, migrate, talisman
from .health import health
from .main.routes import main
from .observability import observe

__all__ = ["DangerousConfiguration", "create_app"]


def create_app(environment: str | None = None) -> Flask:
    """The application for an environment: APP_ENV, or production where nothing is said.

    Raises DangerousConfiguration rather than serving with one.
    """
    app = Flask(__name__)
    app.config.from_mapping(load(environment or os.environ.get("APP_ENV", "production")))
    _use_gunicorn_logging(app)
    observe(app)

    # One proxy stands in front, and sets each of these headers itself.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1, x_port=1)

    db.init_app(app)
    migrate.init_app(app, db)
    cache.init_app(app)
    csrf.init_app(app)
    talisman.init_app(
        app,
        force_https=app.config["FORCE_HTTPS"],
        session_cookie_secure=app.config["FORCE_HTTPS"],
        strict_transport_security=app.config["FORCE_HTTPS"],
        content_security_policy={"default-src": "'self'"},
    )

    app.register_blueprint(main)
    app.register_blueprint(api, url_prefix="/api")
    app.register_blueprint(health, url_prefix="/health")
    register_error_handlers(app)
    return app


def _use_gunicorn_logging(app: Flask) -> None:
    gunicorn = logging.getLogger("gunicorn.error")
    if gunicorn.handlers:
        app.logger.handlers = gunicorn.handlers
        app.logger.setLevel(gunicorn.level)
