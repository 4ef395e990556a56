import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._host.nginx_configuration import (
    parse,
    read,
    server_blocks,
    unfinished,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("server { listen 80; server_name a b; }", [(["a", "b"], ["*:80"])]),
        ("server{listen 80;server_name a;}", [(["a"], ["*:80"])]),
        ("server { }", [([""], ["*:80"])]),
        ("server { listen [::]:443 ssl; listen 127.0.0.1:8080; }",
         [([""], ["[::]:443", "127.0.0.1:8080"])]),
        ("server { listen localhost; }", [([""], ["localhost:80"])]),
        ("server { listen unix:/run/x; }", [([""], ["unix:/run/x:"])]),
        ("server { listen 81 default_server; listen [::1] default; }",
         [([""], ["*:81!", "[::1]:80!"])]),
        ("server { listen 80-82; listen 0.0.0.0:9; }", [([""], ["*:80", "*:81", "*:82", "*:9"])]),
        ("server { listen $port; server_name .A; }", [(["a", "*.a"], ["$port:80"])]),
        ("stream { server { listen 80; } } mail { server { listen 25; } }", []),
        ('server { server_name "a"; # server_name b;\n }', [(["a"], ["*:80"])]),
        ("http { server { server_name a; } server { } }", [(["a"], ["*:80"]), ([""], ["*:80"])]),
        ("server { if ($x ~ '}') { return 200 \"server_name x;\"; } }", [([""], ["*:80"])]),
        ("server { location / { } server_name a; }", [(["a"], ["*:80"])]),
        ("upstream x { server 127.0.0.1:80; }", []),
        ("} } server { server_name a; ", [(["a"], ["*:80"])]),
        ("\0\xff binary {{{ ;;; }", []),
    ],
)  # fmt: skip
def test_server_blocks(text, expected):
    assert [(block.names, _sockets(block)) for block in server_blocks(text)] == expected


def _sockets(block):
    return [f"{at.address}:{at.port}{'!' if at.is_default else ''}" for at in block.listens]


def test_files_are_read_as_nginx_includes_them(tmp_path):
    (tmp_path / "sites").mkdir()
    for name in ("b", "a"):
        (tmp_path / "sites" / name).write_text(f"server {{ server_name {name}; }}")
    (tmp_path / "stream").write_text("server { listen 80; }")
    (tmp_path / "main").write_text(
        "include main; # itself\nhttp { include sites/*; include no/such; "
        "server { server_name c; include sites/a; } } stream { include stream; }"
    )
    found = read(str(tmp_path / "main"))
    http = [(block.names, block.path) for block in found.servers if block.protocol == "http"]
    assert http == [
        (["a"], str(tmp_path / "sites/a")),
        (["b"], str(tmp_path / "sites/b")),
        # What a server includes is a part of it, or a mistake that nginx refuses.
        (["c"], str(tmp_path / "main")),
        (["a"], str(tmp_path / "sites/a")),
    ]
    assert [block.protocol for block in found.servers][-1] == "stream"
    assert found.files == [str(tmp_path / n) for n in ("main", "sites/a", "sites/b", "stream")]
    assert found.optional == {str(tmp_path / n) for n in ("sites/a", "sites/b")}
    assert found.folders == [str(tmp_path / "sites")]


def test_a_server_has_what_it_includes(tmp_path):
    (tmp_path / "names").write_text("listen 81; server_name b; }")
    (tmp_path / "main").write_text("http { server { include names; server_name c; } deny all; }")
    found = read(str(tmp_path / "main"))
    assert [(block.names, _sockets(block)) for block in found.servers] == [(["b", "c"], ["*:81"])]
    assert [s.context for s in found.statements if s.words[0] == "deny"] == [("http",)]


STATEMENTS = [
    ("a b c;", [("a|b|c", 1)]),
    ("a \"b c\" 'd;e';", [("a|b c|d;e", 1)]),
    ("a \"b\\\"c\" d\\;e;", [("a|b\"c|d\\;e", 1)]),
    # Within a word, quotes, braces and a hash are letters.
    ("a b#c; e x}y k'l;", [("a|b#c", 1), ("e|x}y|k'l", 1)]),
    ("a ${b}c $d; e \"${f}\";", [("a|${b}c|$d", 1), ("e|${f}", 1)]),
    ("# c; {\n\na\n b; # }\nd;", [("a|b", 3), ("d", 5)]),
    ("a { b c; }\nd;", [("a", 1), ("b|c", 1), ("}", 1), ("d", 2)]),
    ("access_by_lua_block { local x = '}' -- }\n if x { y [[ } ]] } }\nd e;",
     [("access_by_lua_block", 1), ("}", 2), ("d|e", 3)]),
    ("a \"never closed; b;", [("a|never|closed", 1), ("b", 1)]),
    ("a 'b\nc' d;\ne;", [("a|b\nc|d", 1), ("e", 3)]),
    ("a b", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), STATEMENTS)
def test_statements(text, expected):
    found = [("|".join(words) or end, line) for line, words, end, _alone in parse(text)]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  deny all;\n", ["  deny all;"]),
        ("deny all; # all\n", [""]),
        ("deny all; allow x;", ["", ""]),
        ("deny\n all;", [""]),
        ("deny all;", ["deny all;"]),
    ],
)
def test_the_line_of_a_statement_that_is_alone_on_it(text, expected):
    assert [alone for _line, _words, _end, alone in parse(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("# only a remark", ""),
        ("allow 10.0.0.0/8; deny all;", ""),
        ("if ($http_x = 'a } b') {\n  return 403;\n}\n", ""),
        ('add_header X "a;b";', ""),
        ("deny all", "deny has no ; at its end"),
        ("return 200; } server {", "it has a } too many"),
        ("location /x { return 200;", "it has a { that no } closes"),
        ("allow all;\nadd_header X 'a;", "a quote in line 2 is not closed"),
    ],
)
def test_statements_that_can_stand_within_a_block(text, expected):
    assert unfinished(text) == expected
