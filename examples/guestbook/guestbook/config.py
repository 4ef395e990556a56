"""The configuration, from environment variables alone."""

from __future__ import annotations

import os

from sqlalchemy.engine import make_url


class DangerousConfiguration(RuntimeError):
    """A configuration that must not serve anybody."""


def load(environment: str) -> dict:
    """Flask's configuration for "development", "testing" or "production"."""
    try:
        settings = {"ENVIRONMENT": environment, **ENVIRONMENTS[environment]()}
    except KeyError as exc:
        if environment not in ENVIRONMENTS:
            raise DangerousConfiguration(
                f"APP_ENV is {environment!r}; it must be one of {', '.join(ENVIRONMENTS)}"
            ) from None
        raise DangerousConfiguration(f"the environment variable {exc} is not set") from None
    _refuse_dangers(environment, settings)
    return settings


def _base(database_url: str, secret_key: str) -> dict:
    return {
        "SECRET_KEY": secret_key,
        # Former keys, so that a new key ends nobody's session.
        "SECRET_KEY_FALLBACKS": [
            key for key in os.environ.get("SECRET_KEY_FALLBACKS", "").split(",") if key
        ],
        "SQLALCHEMY_DATABASE_URI": database_url,
        **_cache(os.environ.get("CACHE_REDIS_URL", "")),
        "SESSION_COOKIE_SAMESITE": "Lax",
        "FORCE_HTTPS": os.environ.get("FORCE_HTTPS", "false").lower() in ("1", "true", "yes"),
    }


def _cache(redis_url: str) -> dict:
    """One cache for all workers in Redis; none without it: each worker's would be another."""
    if not redis_url:
        return {"CACHE_TYPE": "NullCache", "CACHE_NO_NULL_WARNING": True}
    return {
        "CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": redis_url, "CACHE_DEFAULT_TIMEOUT": 10,
    }  # fmt: skip


def development() -> dict:
    return {**_base(os.environ["DEV_DATABASE_URL"], "only for development"), "DEBUG": True}


def testing() -> dict:
    return {
        **_base(os.environ.get("TEST_DATABASE_URL", "sqlite://"), "only for tests"),
        "TESTING": True,
        "WTF_CSRF_ENABLED": False,
    }


def production() -> dict:
    return {
        **_base(os.environ["DATABASE_URL"], os.environ["SECRET_KEY"]),
        "SQLALCHEMY_ENGINE_OPTIONS": {
            # A connection that the database or a firewall closed is replaced, not used.
            "pool_pre_ping": True,
            "pool_recycle": 1800,
            "pool_size": int(os.environ.get("DATABASE_POOL_SIZE", "5")),
            "max_overflow": int(os.environ.get("DATABASE_MAX_OVERFLOW", "5")),
        },
    }


ENVIRONMENTS = {"development": development, "testing": testing, "production": production}


def _refuse_dangers(environment: str, settings: dict) -> None:
    url = make_url(settings["SQLALCHEMY_DATABASE_URI"])
    if environment != "testing" and "test" in (url.database or ""):
        raise DangerousConfiguration(
            f"the database {url.database!r} is a test database, and APP_ENV is {environment!r}"
        )
    if environment == "production":
        if url.get_backend_name() != "postgresql":
            raise DangerousConfiguration(
                f"production needs PostgreSQL; DATABASE_URL names {url.get_backend_name()}"
            )
        if len(settings["SECRET_KEY"]) < 16:
            raise DangerousConfiguration("SECRET_KEY has fewer than 16 characters")
