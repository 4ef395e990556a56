"""Health: does the application answer, and can it read and write its database?"""

from __future__ import annotations

from flask import Blueprint, jsonify

from .extensions import db
from .models import Heartbeat

health = Blueprint("health", __name__)


@health.get("")
def alive():
    """Answers as long as the application runs, database or not."""
    return jsonify(status="ok")


@health.get("/database")
def database():
    """Writes a row and reads it back; 500 if either fails."""
    beat = Heartbeat.beat()
    db.session.commit()
    return jsonify(status="ok", beats=beat.count, seen=beat.seen.isoformat())
