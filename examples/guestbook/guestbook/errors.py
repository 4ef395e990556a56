"""Errors as JSON below /api and /health, as HTML elsewhere; a failed session is rolled back."""

from __future__ import annotations

from flask import Flask, current_app, jsonify, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError

from .extensions import db


def register_error_handlers(app: Flask) -> None:
    app.register_error_handler(HTTPException, _answer)
    app.register_error_handler(Exception, _unexpected)


def _answer(error: HTTPException):
    if request.path.startswith(("/api/", "/health")):
        return jsonify(error=error.name, detail=error.description), error.code
    return render_template("errors/error.html", error=error), error.code


def _unexpected(error: Exception):
    current_app.logger.exception("unexpected error on %s %s", request.method, request.path)
    # The next request of this worker must not meet a broken transaction.
    db.session.rollback()
    return _answer(InternalServerError())
