"""One URL, under a name of its own; without it, a file that nobody asked for."""

import os


def configure(app):
    app.config["SQLALCHEMY_DATABASE_URI"] = (
        os.environ.get("LEDGER_DB") or "sqlite:////tmp/ledger.db"
    )
    app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
