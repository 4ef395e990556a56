"""No value of any variable changes what a line of a role's file is: it is quoted, or refused."""

import functools
import re
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import pg_hba
from ansible_collections.flaskops.stack.plugins.plugin_utils import _declared_values

ROLES = Path(__file__).parents[2] / "roles"
# What each role cannot do without, and the texts of the files that it writes.
REQUIRED = {
    "gunicorn": {
        "gunicorn_name": "shop",
        "gunicorn_user": "shop",
        "gunicorn_directory": "/srv/shop",
        "gunicorn_virtualenv": "/srv/shop/.venv",
        "gunicorn_environment_file": "/etc/flask/shop.env",
    },
    "nginx": {"nginx_name": "shop", "nginx_upstream": "/run/shop.sock"},
    "postgresql": {"postgresql_release": "bookworm"},
}
TEXTS = {
    "gunicorn": ["_gunicorn_service_text", "_gunicorn_socket_text"],
    "nginx": ["_nginx_site_text"],
    "postgresql": ["_postgresql_settings_text"],
}
# Without these, nothing of the other TLS variables is written.
TLS = {
    "nginx": {"nginx_tls_certificate": "/etc/ssl/x.pem", "nginx_tls_private_key": "/etc/ssl/x.key"},
    "postgresql": {"postgresql_tls_certificate": "x", "postgresql_tls_private_key": "x"},
}
HOSTILE = [
    "/x; include /etc/shadow",
    "/x { } ",
    "x'; y = 'z",
    'x" "y',
    "x\\",
    "/x %n",
    "/x $host",
    "x # y",
    "x\ny=z",
    "x\n[Service]\nUser=root",
    "-x y",
    "x\0",
    "${X}",
    "",
]


@functools.cache
def load(role, *parts):
    path = str(ROLES.joinpath(role, *parts))
    return DataLoader().load_from_file(path, trusted_as_template=True) or {}


OPTIONS = {
    role: load(role, "meta", "argument_specs.yml")["argument_specs"]["main"]["options"]
    for role in TEXTS
}


def variables(role, change):
    found = dict(load(role, "defaults", "main.yml"))
    for path in sorted((ROLES / role / "vars" / "main").iterdir()):
        found.update(load(role, "vars", "main", path.name))
    return {
        **found,
        "ansible_managed": "by\nus",
        "inventory_hostname": "x",
        **REQUIRED[role],
        **change,
    }


def rendered(role, change):
    """The mistakes that are found in a declaration; the role's texts, where there are none."""
    templar = Templar(DataLoader(), variables=variables(role, change))
    found = _declared_values.mistakes(OPTIONS[role], change)
    found += [] if found else templar.template(templar.available_variables[f"_{role}_mistakes"])
    names = [] if found else TEXTS[role]
    return found, [templar.template(templar.available_variables[name]) for name in names]


def skeleton(role, text):
    """What a file consists of, whatever the values in it are."""
    lines = [line for line in text.splitlines() if line.strip() and line.strip()[0] != "#"]
    if role == "nginx":
        words = " ".join(lines)
        directives = [part.split() for part in re.split(r"[;{}]", words)]
        # A variable may stand only where the role puts one.
        return [part[:1] for part in directives], re.findall(r"[{};]|[\"'\\]|\$\w+", words)
    if role == "postgresql":
        return [re.fullmatch(r"([a-z_.]+) = '(?:[^'\\]|\\\\|'')*'", line)[1] for line in lines]
    return [line.partition("=")[0] for line in lines], [line.endswith("\\") for line in lines]


# What somebody writes in nginx's own grammar; of it, only the end is ours to judge.
FREE = ("directives", "nginx_directives")
ROWS = [
    (role, name, value)
    for role, options in OPTIONS.items()
    for name, option in options.items()
    if option["type"] in ("str", "path", "list", "dict")
    and option.get("elements") != "dict"
    and name not in FREE
    for value in HOSTILE
]
LOCATION = {
    "path": "/x", "root": "/y", "redirect": "/y", "expires": "1d", "client_max_body_size": "1m",
}  # fmt: skip
LOCATION_ROWS = [
    (name, value)
    for name, option in OPTIONS["nginx"]["nginx_locations"]["options"].items()
    if option["type"] in ("str", "path") and name not in FREE
    for value in HOSTILE
]


@pytest.mark.parametrize(("name", "value"), LOCATION_ROWS, ids=lambda part: ascii(part)[1:-1])
def test_a_value_of_a_location_is_refused_where_nginx_would_read_more(name, value):
    def of(text):
        return {"nginx_locations": [{"path": "/x", name: text}]}

    mistakes, texts = rendered("nginx", of(value))
    if mistakes or not value:
        return
    _none, expected = rendered("nginx", of(LOCATION[name]))
    assert [skeleton("nginx", text) for text in texts] == [skeleton("nginx", t) for t in expected]


@pytest.mark.parametrize(("role", "name", "value"), ROWS, ids=lambda part: ascii(part)[1:-1])
def test_a_value_is_quoted_or_refused(role, name, value):
    kind = OPTIONS[role][name]["type"]
    key = {"gunicorn_service_options": "Nice", "postgresql_settings": "work_mem"}.get(name)
    base = TLS[role] if "tls" in name else {}
    former = variables(role, base).get(name)
    benign = {"list": ["x"], "dict": {key: "x"}}.get(kind, former)
    hostile = {"list": [value], "dict": {key: value}}.get(kind, value)
    mistakes, texts = rendered(role, {**base, name: hostile})
    if mistakes:
        return
    _none, expected = rendered(role, {**base, name: benign})
    assert [skeleton(role, text) for text in texts] == [skeleton(role, text) for text in expected]


ENTRY = {
    "type": "host", "database": ["shop"], "user": ["shop"], "address": ["10.0.0.0/8"],
    "method": "scram-sha-256", "options": {"map": "x"},
}  # fmt: skip
# The entry and the block's name, with a value in the place of each.
HBA_PLACES = {
    "type": lambda value: ({**ENTRY, "type": value}, "x"),
    "database": lambda value: ({**ENTRY, "database": ["shop", value]}, "x"),
    "user": lambda value: ({**ENTRY, "user": ["shop", value]}, "x"),
    "address": lambda value: ({**ENTRY, "address": [value]}, "x"),
    "method": lambda value: ({**ENTRY, "method": value}, "x"),
    "the name of an option": lambda value: ({**ENTRY, "options": {value: "x"}}, "x"),
    "an option": lambda value: ({**ENTRY, "options": {"map": value}}, "x"),
    "the block": lambda value: (ENTRY, value),
}
HOSTILE_HBA = [
    *HOSTILE, "x\nhost all all all trust", "x\rlocal all all trust", 'x" trust "', 'x"', '""',
    "@/etc/passwd", "x,all", "# END x", "x \\", "x\\\\",
]  # fmt: skip


def hba_records(text):
    """The fields of each record, as PostgreSQL's src/backend/libpq/hba.c finds them (next_token,
    tokenize_auth_file): a backslash continues a line before comments and quotes count."""
    for line in re.sub(r"\\(\n|\Z)", "", text).replace("\r", " ").split("\n"):
        tokens = re.findall(r'((?:[^\s"#]|"(?:[^"]|"")*"?)+)|(#.*)', line.partition("\0")[0])
        fields = [field for field, comment in tokens if not comment]
        if fields:
            yield fields


@pytest.mark.parametrize("place", HBA_PLACES)
@pytest.mark.parametrize("value", HOSTILE_HBA, ids=lambda value: ascii(value)[1:-1])
def test_a_value_is_one_field_of_pg_hba_or_refused(place, value):
    entry, marker = HBA_PLACES[place](value)
    try:
        text = pg_hba.place("local all postgres peer\nlocal all all peer\n", [entry], marker)
    except pg_hba.PgHbaError:
        return
    first, ours, last = hba_records(text)
    assert (first, last) == (["local", "all", "postgres", "peer"], ["local", "all", "all", "peer"])
    assert (len(ours), ours[0]) == (6, "host")
    names = ours[1] if place == "database" else ours[2]
    if place in ("database", "user"):
        quoted = value if pg_hba.PLAIN.match(value) else '"' + value.replace('"', '""') + '"'
        assert names == f"shop,{quoted}"
    # Of an unquoted word with this sign, the server would read a file.
    assert not any(part.startswith("@") for field in ours for part in field.split(","))


@pytest.mark.parametrize("role", TEXTS)
def test_what_the_values_are_compared_with_is_a_whole_file(role):
    mistakes, texts = rendered(role, {})
    assert mistakes == []
    assert all(len(text.splitlines()) > 4 for text in texts)
