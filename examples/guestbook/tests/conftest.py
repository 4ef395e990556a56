import sys
from concurrent.futures import Future
from datetime import datetime, timezone
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from guestbook import create_app, tasks
from guestbook.extensions import db
from guestbook.models import Heartbeat


class AtOnce:
    """An executor whose tasks have ended when they are submitted: a SQLite has one connection."""

    def submit(self, function, *arguments):
        done = Future()
        done.set_result(function(*arguments))
        return done


@pytest.fixture
def app(monkeypatch):
    monkeypatch.setattr(tasks, "_executor", AtOnce)
    app = create_app("testing")
    with app.app_context():
        db.create_all()
        db.session.add(Heartbeat(id=1, count=0, seen=datetime.now(timezone.utc)))
        db.session.commit()
        yield app
        db.session.remove()


@pytest.fixture
def client(app):
    return app.test_client()
