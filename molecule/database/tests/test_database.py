import pytest
from postgres import administrator, login, owner_password

RUNTIME, OWNER = "guest-book", "guest-book_owner"


@pytest.fixture
def as_runtime(host):
    return lambda query: login(host, RUNTIME, query)


@pytest.fixture
def as_owner(host):
    password = owner_password(host, RUNTIME)
    return lambda query: login(host, OWNER, query, database=RUNTIME, password=password)


def test_the_declared_password_opens_and_another_does_not(host, as_runtime):
    assert as_runtime("select current_user").stdout.strip() == RUNTIME
    refused = login(host, RUNTIME, password="p@ss")
    assert "password authentication failed" in refused.stderr


@pytest.mark.parametrize("role", [RUNTIME, OWNER, "shop", "shop_owner"])
def test_no_role_has_more_than_it_needs(host, role):
    query = (
        "select rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolcanlogin"
        f" from pg_roles where rolname = '{role}'"
    )
    assert administrator(host, query) == "f|f|f|f|f|t"


def test_passwords_are_stored_as_scram(host):
    query = "select count(*) from pg_authid where rolpassword not like 'SCRAM-SHA-256$%'"
    assert administrator(host, query) == "0"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("client_encoding", "UTF8"),
        ("default_transaction_isolation", "read committed"),
        ("timezone", "UTC"),
    ],
)
def test_sessions_start_with_the_declared_settings(as_runtime, setting, value):
    assert as_runtime(f"show {setting}").stdout.strip() == value


def test_the_connection_limit_is_the_declared_one(host):
    query = f"select rolconnlimit from pg_roles where rolname = '{RUNTIME}'"
    assert administrator(host, query) == "20"


def test_the_runtime_role_cannot_create_or_drop(as_runtime, as_owner):
    assert as_owner("create table t_mine (id int)").rc == 0
    assert "permission denied" in as_runtime("create table t_theirs (id int)").stderr
    assert "must be owner" in as_runtime("drop table t_mine").stderr
    assert "permission denied" in as_runtime("create schema s").stderr
    assert "permission denied" in as_runtime("truncate t_mine").stderr
    assert as_owner("drop table t_mine").rc == 0


def test_a_later_table_is_usable_without_another_grant(as_runtime, as_owner):
    assert as_owner("create table t_later (id serial primary key, word text)").rc == 0
    used = as_runtime(
        "insert into t_later (word) values ('a'); update t_later set word = 'b';"
        "select word from t_later; delete from t_later"
    )
    assert used.stdout.strip() == "b"
    assert as_owner("drop table t_later").rc == 0


def test_a_function_is_for_nobody_to_call_unless_it_is_said(as_runtime, as_owner):
    function = "create function f_later() returns int language sql security definer as 'select 7'"
    assert as_owner(function).rc == 0
    assert "permission denied for function f_later" in as_runtime("select f_later()").stderr
    assert as_owner("drop function f_later()").rc == 0


def test_a_function_of_the_administrator_stays_his(host):
    owner = "select pg_get_userbyid(proowner) from pg_proc where proname = 'odd fn'"
    assert administrator(host, owner, database=RUNTIME).strip() == "postgres"


def test_nobody_else_gets_in(host):
    for role in ("stranger", '"PUBLIC"'):
        administrator(host, f"alter role {role} password 'x'")
        refused = login(host, role.strip('"'), database=RUNTIME, password="x")
        assert "permission denied for database" in refused.stderr


def test_public_has_nothing_on_the_database_and_schema(host):
    query = """
        select count(*) from (
          select (aclexplode(datacl)).grantee from pg_database where datname = current_database()
          union all select (aclexplode(nspacl)).grantee from pg_namespace where nspname = 'public'
        ) g where grantee = 0
    """
    assert administrator(host, query, RUNTIME) == "0"


def test_objects_made_by_hand_belong_to_the_owner(host):
    query = (
        "select count(*) from pg_class c where relnamespace = 'public'::regnamespace"
        f" and relkind in ('r', 'S') and pg_get_userbyid(relowner) <> '{OWNER}'"
    )
    assert administrator(host, query, RUNTIME) == "0"


def test_a_privilege_beyond_the_declared_ones_is_gone(as_runtime):
    odd = '"odd ""name"" %s {}"'
    assert as_runtime(f"select count(*) from {odd}").stdout.strip() == "0"
    assert "permission denied" in as_runtime(f"truncate {odd}").stderr


def test_extension_is_there_and_usable(as_runtime):
    assert len(as_runtime("select encode(digest('a', 'sha256'), 'hex')").stdout.strip()) == 64


def test_extensions_are_found_beside_a_schema_of_another_name(host):
    assert login(host, "shop", "select 'A'::citext = 'a', current_schema").stdout.strip() == (
        "t|shop_data"
    )


def test_a_schema_of_another_name_is_found_by_itself(host):
    password = 'owner\'s "own" p@ss'
    made = login(host, "shop_owner", "create table t (id int)", "shop", password=password)
    assert made.rc == 0
    assert login(host, "shop", "insert into t values (1); select * from t").stdout.strip() == "1"
    where = "select schemaname from pg_tables where tablename = 't'"
    assert administrator(host, where, "shop") == "shop_data"
    assert login(host, "shop_owner", "drop table t", "shop", password=password).rc == 0


def test_the_generated_password_is_roots_alone(host):
    file = host.file(f"/etc/flask/{RUNTIME}.owner-password")
    assert (file.user, file.group, file.mode) == ("root", "root", 0o600)
    assert len(file.content_string) == 40
    assert not host.file("/etc/flask/shop.owner-password").exists
