import pytest
from flask_migrate import upgrade
from guestbook import DangerousConfiguration, create_app
from guestbook.extensions import db
from guestbook.models import Entry
from sqlalchemy import inspect

PRODUCTION = {
    "DATABASE_URL": "postgresql+psycopg2://guestbook:secret@127.0.0.1/guestbook",
    "SECRET_KEY": "a key of enough characters",
}


def test_entry_is_posted_and_shown(client):
    answer = client.post("/", data={"author": "Ada", "place": "London", "text": "<b>Hello</b>"})
    assert answer.status_code == 302
    page = client.get("/").text
    assert "Ada, London" in page
    assert "&lt;b&gt;Hello&lt;/b&gt;" in page


@pytest.mark.parametrize("missing", ["author", "text"])
def test_entry_without_a_required_field_is_refused(client, missing):
    data = {"author": "Ada", "text": "Hello", missing: ""}
    assert client.post("/", data=data).status_code == 400
    assert Entry.newest() == []


def test_form_without_csrf_token_is_refused(app):
    app.config["WTF_CSRF_ENABLED"] = True
    answer = app.test_client().post("/", data={"author": "Ada", "text": "Hello"})
    assert answer.status_code == 400
    assert "CSRF" in answer.text


def test_api_lists_entries(client):
    client.post("/", data={"author": "Ada", "text": "Hello"})
    listed = client.get("/api/entries").json["entries"]
    assert [entry["author"] for entry in listed] == ["Ada"]
    assert client.get(f"/api/entries/{listed[0]['id']}").json == listed[0]


def test_errors_are_json_for_programs_and_html_for_people(client):
    assert client.get("/api/entries/7").json["error"] == "Not Found"
    assert "<h1>Not Found</h1>" in client.get("/nowhere").text


def test_unexpected_error_rolls_back(app, client, monkeypatch):
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def fail(*_arguments):
        db.session.add(Entry(author="Ada", text="never committed"))
        db.session.flush()
        raise RuntimeError("broken")

    monkeypatch.setattr(Entry, "newest", fail)
    assert client.get("/api/entries").status_code == 500
    monkeypatch.undo()
    assert client.get("/api/entries").json == {"entries": []}


def test_health_needs_no_database(client):
    db.drop_all()
    assert client.get("/health").status_code == 200


def test_health_of_the_database_writes(client):
    beats = [client.get("/health/database").json["beats"] for _time in range(2)]
    assert beats == [1, 2]


def test_health_of_the_database_fails_without_its_table(app, client):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    db.drop_all()
    assert client.get("/health/database").status_code == 500


def test_security_headers(client):
    headers = client.get("/").headers
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert headers["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"DATABASE_URL": None}, "DATABASE_URL"),
        ({"SECRET_KEY": None}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "fewer than 16"),
        ({"DATABASE_URL": "sqlite:///guestbook.db"}, "needs PostgreSQL"),
        ({"DATABASE_URL": "postgresql://u@h/guestbook_test"}, "test database"),
        ({"APP_ENV": "live"}, "APP_ENV"),
    ],
)
def test_dangerous_configuration_is_refused(monkeypatch, change, message):
    monkeypatch.delenv("APP_ENV", raising=False)
    for name, value in {**PRODUCTION, **change}.items():
        monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(
            name, value
        )
    with pytest.raises(DangerousConfiguration, match=message):
        create_app()


def test_former_secret_keys_are_accepted(monkeypatch):
    for name, value in {**PRODUCTION, "SECRET_KEY_FALLBACKS": "old-1,old-2"}.items():
        monkeypatch.setenv(name, value)
    assert create_app("production").config["SECRET_KEY_FALLBACKS"] == ["old-1", "old-2"]


def test_migrations_make_the_tables_of_the_models(app):
    db.drop_all()
    upgrade(directory=app.root_path + "/../migrations")
    made = inspect(db.engine)
    for table in db.metadata.sorted_tables:
        columns = {column["name"] for column in made.get_columns(table.name)}
        assert columns == {column.name for column in table.columns}
