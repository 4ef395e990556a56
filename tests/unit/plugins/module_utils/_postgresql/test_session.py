import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import session

LATER, FUTURE = "changed later", "read at a time that is in the future"


@pytest.mark.parametrize(
    ("loaded", "changed", "unloaded", "unseen"),
    [
        (500, {"/a": 400, "/b": 500}, {}, []),
        (500, {"/a": 600, "/b": 400}, {"/a": LATER}, []),
        # A file that was written while the clock was wrong.
        (500, {"/a": None, "/b": 400}, {}, ["/a"]),
        (500, {"/a": None, "/b": 600}, {"/b": LATER}, ["/a"]),
        # A server that read its files while it was.
        (1500, {"/a": 600}, {"/a": FUTURE}, []),
        (1500, {"/a": None, "/b": 400}, {"/a": FUTURE, "/b": FUTURE}, []),
    ],
)
def test_what_a_server_has_read(loaded, changed, unloaded, unseen):
    found = session.judge_files(loaded, 1000, changed)
    assert found.unloaded == unloaded
    assert list(found.unseen) == unseen


def test_what_cannot_be_told_has_a_remedy():
    found = session.judge_files(500, 1000, {"/etc/my conf": None})
    assert "touch '/etc/my conf', and run flaskops.stack.site" in found.unseen["/etc/my conf"]


@pytest.mark.parametrize(
    ("message", "is_poolers"),
    [
        ("FATAL:  password authentication failed", True),
        ("FATAL:  no such user: shop_owner", True),
        ("ERROR:  pgbouncer cannot connect to server", True),
        ('FATAL:  password authentication failed for user "shop_owner"', False),
        ('FATAL:  database "shop" does not exist', False),
    ],
)
def test_who_has_refused(message, is_poolers):
    assert bool(session.POOLER.search(message)) is is_poolers
