import pytest
from postgres import administrator, login


@pytest.mark.parametrize("table", ["alembic_version", "entry", "heartbeat"])
def test_the_tables_belong_to_the_owner(host, table):
    query = f"select tableowner from pg_tables where tablename = '{table}'"
    assert administrator(host, query, "guestbook") == "guestbook_owner"


def test_the_database_is_at_the_head(host):
    query = "select version_num from alembic_version"
    assert administrator(host, query, "guestbook") == "0003"


def test_the_runtime_role_uses_the_tables_and_cannot_change_them(host):
    insert = "insert into entry (author, text, created) values ('a', 'b', now()) returning id"
    assert login(host, "guestbook", insert).stdout.strip().isdigit()
    assert "must be owner" in login(host, "guestbook", "drop table entry").stderr


def test_the_owners_password_is_in_no_file_of_the_application(host):
    found = host.run('grep -rlF -e "owner\'s p" -e "owner%%27s%%20p" /etc/flask /srv/guestbook')
    assert found.stdout == ""
