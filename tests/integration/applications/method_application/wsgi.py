"""A ledger that makes its tables when it is loaded, in each worker."""

import os
from pathlib import Path

from flask import Flask, jsonify
from models import Base, Entry
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.orm import Session

app = Flask(__name__)
engine = create_engine(os.environ["DATABASE_URL"])
Base.metadata.create_all(engine)
with engine.begin() as connection:
    for path in sorted(Path(__file__).parent.glob("*.sql")):
        connection.execute(text(path.read_text()))


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
