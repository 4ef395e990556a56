import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.catalogue import (
    Line,
    Server,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import (
    postgresql_settings as kind,
)

RESOURCE = {
    "file": "/etc/f.conf", "settings": {"ssl": True}, "login_user": "postgres", "login_port": 5432,
    "unit": "postgresql@17-main.service",
}  # fmt: skip


def actual(line, value, source):
    lines = [("ssl", "/etc/f.conf", "on"), ("ssl", line.file, line.value)]
    server = Server("/h", {}, [], [], {"ssl": line}, {}, {}, {}, lines=lines)
    return seen(server, {"ssl": (value, source)})


def seen(server, decided, **more):
    return {"decided": decided, "server": server, "arguments": {}, "has_certificate": True, **more}


@pytest.mark.parametrize(
    ("decided", "remedy"),
    [
        (("/etc/f.conf", "on", "configuration file"), None),
        # Another file, with a line that was overridden before the server's first start.
        (("/d/postgresql.auto.conf", "off", "configuration file"), "ALTER SYSTEM RESET ssl"),
        (("/etc/z.conf", "off", "configuration file"), "sed -i"),
        (("/etc/f.conf", "off", "command line"), "systemctl restart postgresql@17-main.service"),
    ],
)
def test_difference(decided, remedy):
    file, *rest = decided
    found = kind.compare(RESOURCE, actual(Line(file, "off", "off", waits=False), *rest))
    assert [remedy in f"{d.remedy} {d.loads}" for d in found] == ([True] if remedy else [])
    assert not any(d.waits for d in found)


def test_what_waits_for_a_reload_or_restart():
    line = Line("/d/postgresql.auto.conf", "off", "on", waits=True)
    (found,) = kind.compare(RESOURCE, actual(line, "on", "configuration file"))
    assert (found.waits, found.owned) == (True, False)
    assert found.actual == "on, and off by /d/postgresql.auto.conf (waits for a reload or restart)"


FOLDER = "/etc/postgresql/17/main"
MAIN, OWN, LATER = f"{FOLDER}/postgresql.conf", f"{FOLDER}/conf.d/f.conf", f"{FOLDER}/conf.d/z.conf"
AUTO = "/d/postgresql.auto.conf"
ON_HOST = {**RESOURCE, "file": OWN, "settings": {"port": 5432}}
FILE = "configuration file"


def row(value, boot, source=FILE, unit=None, context="sighup"):
    return {"value": value, "boot": boot, "differs": value != boot, "source": source,
            "unit": unit, "context": context}  # fmt: skip


def undeclared(settings, lines=(), arguments=(), has_certificate=True, **changes):
    every = [("port", OWN, "5432"), *lines]
    applied = {name: Line(file, value, "", waits=False) for name, file, value in every}
    server = Server("/h", {}, [], [], applied, settings, {}, {}, lines=every)
    found = kind.compare(
        ON_HOST,
        seen(server._replace(**changes), {"port": ("5432", FILE)}, arguments=dict(arguments),
             has_certificate=has_certificate),
    )  # fmt: skip
    return [(d.subject, d.severity, d.expected, d.actual) for d in found]


@pytest.mark.parametrize(
    ("settings", "lines", "expected"),
    [
        ({"fsync": row("off", "on")}, [("fsync", LATER, "off")],
         [("fsync", "error", "on (PostgreSQL's default)", f"off, by {LATER}")]),
        ({"work_mem": row("1MB", "4096", unit="kB")}, [("work_mem", AUTO, "1MB")],
         [("work_mem", "warning", "4096 kB (PostgreSQL's default)", f"1MB, by {AUTO}")]),
        ({"fsync": row("on", "on")}, [("fsync", LATER, "on")], []),
        ({"port": row("1", "5432")}, [], []),
        # Debian's own values, in Debian's file and nowhere else.
        ({"ssl": row("on", "off"), "log_line_prefix": row("%m [%p] %q%u@%d ", "%m [%p] "),
          "cluster_name": row("17/main", ""), "timezone": row("Etc/UTC", "GMT")},
         [("timezone", MAIN, "Etc/UTC")], []),
        ({"timezone": row("Asia/Tokyo", "GMT")}, [("timezone", LATER, "Asia/Tokyo")],
         [("timezone", "warning", "GMT (PostgreSQL's default)", f"Asia/Tokyo, by {LATER}")]),
        ({"log_line_prefix": row("x", "%m [%p] ")}, [("log_line_prefix", MAIN, "x")],
         [("log_line_prefix", "warning", "%m [%p] %q%u@%d  (Debian's)", f"x, by {MAIN}")]),
        ({"log_line_prefix": row("%m [%p] ", "%m [%p] ", "default")}, [], []),
        ({"ssl": row("off", "off")}, [("ssl", MAIN, "off")],
         [("ssl", "error", "on (Debian's)", f"off, by {MAIN}")]),
        ({"ssl": row("off", "off", "default")}, [],
         [("ssl", "error", "on (Debian's)", "off, by no file")]),
        ({"hba_file": row("/x", "", "override")}, [("hba_file", AUTO, "/x")],
         [("hba_file", "error", f"{FOLDER}/pg_hba.conf (Debian's)", f"/x, by {AUTO}")]),
        ({"hba_file": row(f"{FOLDER}/pg_hba.conf", "", "override")}, [], []),
        ({"data_checksums": row("on", "off", "override")}, [], []),
        # What our own session has chosen hides what is configured; the lines show it.
        ({"jit": row("off", "on", "client")}, [], []),
        ({"jit": row("off", "on", "client")}, [("jit", LATER, "off")],
         [("jit", "warning", "on (PostgreSQL's default)", f"off, by {LATER}")]),
        ({"jit": row("off", "on", "client")}, [("jit", LATER, "true")], []),
        ({"statement_timeout": row("30s", "0", "client", "ms")},
         [("statement_timeout", AUTO, "5s")],
         [("statement_timeout", "warning", "0 ms (PostgreSQL's default)", f"5s, by {AUTO}")]),
        # One of a library that nobody has loaded here.
        ({}, [("plperl.on_init", LATER, "evil")],
         [("plperl.on_init", "error", "not set", f"evil, by {LATER}")]),
        ({"max_stack_depth": row("2MB", "100", "environment variable")}, [], []),
        ({"full_page_writes": row("off", "on", "command line")}, [],
         [("full_page_writes", "error", "on (PostgreSQL's default)", "off, by the command line")]),
    ],
)  # fmt: skip
def test_what_nobody_declared(settings, lines, expected):
    assert undeclared(settings, lines) == expected


def test_what_the_command_line_says_of_what_our_session_has_chosen():
    (found,) = undeclared({"jit": row("off", "on", "client")}, arguments={"jit": "off"})
    assert found[3] == "off, by the command line"


def test_a_host_without_a_certificate_has_no_tls():
    assert undeclared({"ssl": row("off", "off", "default")}, has_certificate=False) == []


def test_what_others_tell_of():
    fsync = {"fsync": row("off", "on")}
    waits = {"port": Line(OWN, "5432", "", waits=False), "fsync": Line(AUTO, "off", "on", True)}
    assert undeclared(fsync, [("fsync", AUTO, "off")], applied=waits) == []
    assert undeclared(fsync, [("fsync", AUTO, "off")], pending_restart=["fsync"]) == []
    assert undeclared(fsync, [("fsync", OWN, "off")]) == []


def test_a_declared_file_that_is_not_read():
    server = Server("/h", {}, [], [], {}, {}, {}, {})
    (found,) = kind.compare(ON_HOST, seen(server, {"port": ("5432", "default")}))
    assert found.attribute == f"included {OWN}"
    assert found.remedy == (
        "echo 'include_dir = '\"'\"'conf.d'\"'\"'' >> /etc/postgresql/17/main/postgresql.conf"
    )
    assert found.loads == "systemctl restart postgresql@17-main.service"
    broken = server._replace(rejected=[{"file": OWN, "line": 1, "error": "syntax error"}])
    (found,) = kind.compare(ON_HOST, seen(broken, {"port": ("5432", "default")}))
    assert found.attribute == "setting port"


PSQL = "runuser -u postgres -- psql -p 5432 -d postgres -c"


@pytest.mark.parametrize(
    ("changes", "subject", "severity", "remedy"),
    [
        ({"for_all": {"work_mem": "1MB"}}, "work_mem for all roles", "warning",
         f"{PSQL} 'ALTER ROLE ALL RESET \"work_mem\"'"),
        ({"for_all": {"session_preload_libraries": "x"}},
         "session_preload_libraries for all roles", "error",
         "PGOPTIONS='-c session_preload_libraries= -c local_preload_libraries=' "
         f"{PSQL} 'ALTER ROLE ALL RESET \"session_preload_libraries\"'"),
        ({"roles": {"postgres": {"settings": [{"database": None, "lines": ["search_path=evil"]}]}}},
         "search_path for postgres", "error",
         f"{PSQL} 'ALTER ROLE \"postgres\" RESET \"search_path\"'"),
        ({"roles": {"postgres": {"settings": [{"database": "shop", "lines": ["jit=off"]}]}}},
         "jit for postgres in shop", "warning",
         f"{PSQL} 'ALTER ROLE \"postgres\" IN DATABASE \"shop\" RESET \"jit\"'"),
        ({"databases": {"postgres": {"settings": ["jit=off"]}}},
         "jit in the database postgres", "warning",
         f"{PSQL} 'ALTER DATABASE \"postgres\" RESET \"jit\"'"),
        # Those of the application are the kinds database's and postgresql_role's.
        ({"databases": {"shop": {"settings": ["jit=off"]}}}, "", "", ""),
        ({"roles": {"shop": {"settings": [{"database": None, "lines": ["jit=off"]}]}}}, "", "", ""),
    ],
)  # fmt: skip
def test_what_sessions_get(changes, subject, severity, remedy):
    lines = [("port", OWN, "5432")]
    applied = {"port": Line(OWN, "5432", "5432", waits=False)}
    server = Server("/h", {}, [], [], applied, {}, {}, {}, lines=lines)._replace(**changes)
    found = kind.compare(ON_HOST, seen(server, {"port": ("5432", FILE)}))
    told = [(d.subject, d.severity, d.remedy) for d in found]
    assert told == ([(subject, severity, remedy)] if subject else [])
