"""A ledger with SQLAlchemy alone; whoever deploys it says how its tables come to be there."""

import os

from flask import Flask, jsonify
from models import Entry
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

app = Flask(__name__)
engine = create_engine(os.environ["DATABASE_URL"])


@app.get("/")
def entries():
    """Writes a row, and says how many there are, and where."""
    with Session(engine) as session:
        session.add(Entry())
        session.commit()
        return jsonify(
            dialect=engine.dialect.name,
            database=engine.url.database,
            user=engine.url.username,
            entries=session.scalar(select(func.count()).select_from(Entry)),
        )
