import pytest
from ansible_collections.flaskops.stack.plugins.module_utils.nginx_configuration import (
    server_blocks,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("server { listen 80; server_name a b; }", [(["a", "b"], ["80"])]),
        ("server{listen 80;server_name a;}", [(["a"], ["80"])]),
        ("server { }", [([""], ["80"])]),
        ("server { listen [::]:443 ssl; listen 127.0.0.1:8080; }", [([""], ["443", "8080"])]),
        ("server { listen localhost; }", [([""], ["80"])]),
        ("server { listen unix:/run/x; }", [([""], ["80"])]),
        ('server { server_name "a"; # server_name b;\n }', [(["a"], ["80"])]),
        ("http { server { server_name a; } server { } }", [(["a"], ["80"]), ([""], ["80"])]),
        ("server { if ($x ~ '}') { return 200 \"server_name x;\"; } }", [([""], ["80"])]),
        ("server { location / { } server_name a; }", [(["a"], ["80"])]),
        ("upstream x { server 127.0.0.1:80; }", []),
        ("} } server { server_name a; ", [(["a"], ["80"])]),
        ("\0\xff binary {{{ ;;; }", []),
    ],
)  # fmt: skip
def test_server_blocks(text, expected):
    assert [tuple(block) for block in server_blocks(text)] == expected
