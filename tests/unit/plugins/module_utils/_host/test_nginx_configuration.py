import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._host.nginx_configuration import (
    read,
    server_blocks,
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
    assert [block.names for _path, block in found[:3]] == [["a"], ["b"], ["c"]]
    assert {path for path, _block in found} == {
        str(tmp_path / name) for name in ("sites/a", "sites/b", "main")
    }
