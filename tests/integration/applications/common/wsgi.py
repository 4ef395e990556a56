"""A ledger; where it has its database from is the business of settings.py."""

from flask import Flask, jsonify
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from settings import configure

app = Flask(__name__)
configure(app)
db = SQLAlchemy(app)
Migrate(app, db)


class Entry(db.Model):
    id = db.Column(db.Integer, primary_key=True)


@app.get("/")
def entries():
    """Writes a row, and says how many there are, and where."""
    db.session.add(Entry())
    db.session.commit()
    return jsonify(
        dialect=db.engine.dialect.name,
        database=db.engine.url.database,
        user=db.engine.url.username,
        entries=db.session.query(Entry).count(),
        currency=app.config.get("CURRENCY"),
    )
