"""A shop window: its style is built, its pictures are uploaded, and commands note that they ran."""

import gettext
import os
from pathlib import Path

import click
from flask import Flask, jsonify
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
db = SQLAlchemy(app)
Migrate(app, db)
STATIC = Path(app.static_folder)
NOTES = Path(os.environ["STATE_DIRECTORY"], "notes")


class Entry(db.Model):
    id = db.Column(db.Integer, primary_key=True)


@app.get("/")
def window():
    """Writes a row, and shows what was built, uploaded and noted."""
    db.session.add(Entry())
    db.session.commit()
    with (STATIC.parent / "de.mo").open("rb") as stream:
        welcome = gettext.GNUTranslations(stream).gettext("Welcome")
    return jsonify(
        welcome=welcome,
        style=(STATIC / "style.css").read_text(),
        uploads={path.name: path.read_text() for path in sorted((STATIC / "uploads").iterdir())},
        notes=NOTES.read_text().split() if NOTES.exists() else [],
    )


@app.get("/upload/<name>")
def upload(name):
    (STATIC / "uploads" / name).write_text("uploaded")
    return "", 204


@app.cli.command("note")
@click.argument("name")
def note(name):
    """Needs the database, as what makes a first administrator does."""
    if os.environ.get("REFUSED") == name:
        raise SystemExit(f"no {name} for {os.environ['SECRET_KEY']}")
    db.session.add(Entry())
    db.session.commit()
    with NOTES.open("a") as stream:
        stream.write(f"{name}\n")
