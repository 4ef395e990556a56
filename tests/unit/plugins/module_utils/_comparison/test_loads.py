"""Whose reload would bring something else into effect ends before it."""

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._comparison import loads
from ansible_collections.flaskops.stack.plugins.module_utils._comparison.finding import Finding

SITE = "Run flaskops.stack.site."


def finding(role, id_, subject="", remedy="edit", load="load", waits=False, owned=False):
    kind, _dot, check = id_.partition(".")
    if owned:
        remedy, load = SITE, ""
    return Finding(
        role, kind, "it", check, subject, "unexpected", "error", "a", "b", "", remedy, owned,
        live=False, because=("x",), waits=waits, loads=load,
    )  # fmt: skip


def waiting(role, id_, subject=""):
    return finding(role, id_, subject, waits=True)


def owned(role, id_):
    return finding(role, id_, owned=True)


SETTING = waiting("postgresql", "postgresql_configuration.waiting", "work_mem")
OTHER_SETTING = waiting("postgresql", "postgresql_settings.setting", "port")
IN_EFFECT = finding("postgresql", "postgresql_settings.undeclared", "fsync")
LINE, LATER_LINE = (waiting("pg_hba", "pg_hba.line", n) for n in "12")
EDITED = owned("postgresql", "file.content")
BLOCK = owned("pg_hba", "pg_hba.block")
RIVAL = finding("nginx", "nginx_site.rival", "/a")
ANOTHER_FILE = waiting("nginx", "process.configuration", "/b")
DROP_IN = waiting("gunicorn", "unit.drop_in", "/c")
SECOND_DROP_IN = waiting("gunicorn", "unit.drop_in", "/d")
VARIABLE = finding("gunicorn", "process.variable", "X")
ENVIRONMENT = owned("app", "environment_file.content")


@pytest.mark.parametrize(
    ("found", "besides", "loaded"),
    [
        (SETTING, [], True),
        (LINE, [], True),
        # Whose remedy takes these along.
        (SETTING, [OTHER_SETTING], True),
        (IN_EFFECT, [SETTING], True),
        (DROP_IN, [SECOND_DROP_IN], True),
        # What others wait for, in files of the same server.
        (SETTING, [LINE], False),
        (LINE, [SETTING], False),
        (IN_EFFECT, [LINE], False),
        (LINE, [LATER_LINE], False),
        (RIVAL, [ANOTHER_FILE], False),
        (VARIABLE, [DROP_IN], False),
        # Our own files, as somebody has left them.
        (SETTING, [EDITED], False),
        (SETTING, [BLOCK], False),
        (LINE, [EDITED], False),
        (LINE, [BLOCK], False),
        (RIVAL, [owned("nginx", "file.content")], False),
        (DROP_IN, [ENVIRONMENT], False),
        # What is in effect already, and other servers.
        (LINE, [IN_EFFECT], True),
        (RIVAL, [SETTING, EDITED, DROP_IN], True),
    ],
)
def test_a_remedy_loads_where_nothing_else_comes_with_it(found, besides, loaded):
    [done, *_others], _follow = loads.complete([found, *besides], [])
    assert done.remedy == ("edit && load" if loaded else "edit")


def test_what_waits_elsewhere_and_follows_from_another_finding_comes_too():
    own, other = (waiting("nginx", "process.configuration", path) for path in ("/a", "/z"))
    [done], _follow = loads.complete([RIVAL], [own])
    assert done.remedy == "edit && load"
    [done], _follow = loads.complete([RIVAL], [own, other])
    assert done.remedy == "edit"


def test_files_that_only_have_to_be_loaded_are_loaded_together():
    looked_at = [ANOTHER_FILE._replace(subject=path, remedy="") for path in ("/b", "/c")]
    assert {each.remedy for each in loads.complete(looked_at, [])[0]} == {"load"}
    rival = waiting("nginx", "process.configuration", "/a")
    [done], _follow = loads.complete(looked_at[:1], [rival])
    assert done.remedy.startswith("Put right what else waits first")


@pytest.mark.parametrize(
    ("remedy", "load", "besides", "said"),
    [
        ("rm x", "", [], "rm x"),
        ("", "restart", [], "restart"),
        ("", "restart", [ANOTHER_FILE], "Put right what else waits first, then run: restart"),
        ("", "reload", [owned("nginx", "file.content")], "reload"),
        ("Take it away", "reload", [], "Take it away, and run: reload"),
        ("Take it away", "reload", [ANOTHER_FILE], "Take it away"),
    ],
)
def test_its_words(remedy, load, besides, said):
    found = RIVAL._replace(remedy=remedy, loads=load)
    assert loads.complete([found, *besides], [])[0][0].remedy == said


FOLLOWS = owned("pg_hba", "pg_hba.loaded")


@pytest.mark.parametrize(
    ("found", "told"),
    [
        # Its remedy loads the file.
        ([LINE], []),
        # Somebody has to, when both are gone.
        ([LINE, LATER_LINE], [FOLLOWS]),
        ([LINE, SETTING], [FOLLOWS]),
        # A run of the site is due anyway.
        ([LINE, EDITED], []),
    ],
)
def test_a_file_that_stays_unloaded_is_told(found, told):
    differences, follow = loads.complete(found, [FOLLOWS])
    assert differences[len(found) :] == [each._replace(because=()) for each in told]
    assert follow == ([] if told else [FOLLOWS])
