"""The parts of a URL, each in a variable of its own."""

import os

import sqlalchemy


def configure(app):
    app.config["SQLALCHEMY_DATABASE_URI"] = sqlalchemy.URL.create(
        "postgresql+psycopg2",
        username=os.environ["LEDGER_DB_USER"],
        password=os.environ["LEDGER_DB_PASSWORD"],
        host=os.environ["LEDGER_DB_HOST"],
        port=int(os.environ["LEDGER_DB_PORT"]),
        database=os.environ["LEDGER_DB_NAME"],
    )
    app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
