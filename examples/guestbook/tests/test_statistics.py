import pytest
from guestbook import create_app, statistics
from guestbook.extensions import cache


def sign(client, author):
    assert client.post("/", data={"author": author, "text": "Hello"}).status_code == 302


def test_the_page_shows_how_many_have_signed(client):
    assert "person" not in client.get("/").text
    for author in ("Ada", "Ada", "Grace"):
        sign(client, author)
    assert "3 entries\n  by 2 people" in client.get("/").text


def test_what_was_counted_comes_from_the_cache(app, client):
    cache.init_app(app, {"CACHE_TYPE": "SimpleCache"})
    sign(client, "Ada")
    cache.set(statistics.KEY, (7, 1))
    assert "7 entries\n  by 1 person" in client.get("/").text


@pytest.mark.parametrize(
    ("url", "kind"), [("", "NullCache"), ("unix:///run/x/redis.sock?db=0", "RedisCache")]
)
def test_where_there_is_a_redis_all_workers_share_a_cache(monkeypatch, url, kind):
    monkeypatch.setenv("CACHE_REDIS_URL", url)
    assert create_app("testing").config["CACHE_TYPE"] == kind
