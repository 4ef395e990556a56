"""The same entries for programs, to read."""

from __future__ import annotations

from flask import Blueprint, abort, jsonify

from ..extensions import db
from ..models import Entry

api = Blueprint("api", __name__)


def _as_dict(entry: Entry) -> dict:
    return {
        "id": entry.id,
        "author": entry.author,
        "place": entry.place,
        "text": entry.text,
        "created": entry.created.isoformat(),
    }


@api.get("/entries")
def entries():
    return jsonify(entries=[_as_dict(entry) for entry in Entry.newest()])


@api.get("/entries/<int:number>")
def entry(number: int):
    found = db.session.get(Entry, number)
    if found is None:
        abort(404, f"there is no entry {number}")
    return jsonify(_as_dict(found))
