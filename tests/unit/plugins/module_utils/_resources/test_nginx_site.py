import subprocess

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._host.nginx_configuration import (
    server_blocks,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import nginx_site as kind

NAMED = {"path": "/site", "server_names": ["shop.example"], "ports": [80, 443], "ipv6": True}
UNNAMED = {**NAMED, "server_names": ["_"]}
ANY = "every name that no site has, on port 80,"
AT, AT6 = "every name at 192.0.2.7:80", "every name at [2001:db8::1]:443"
OTHER = "/etc/nginx/sites-enabled/x y"


def texts(resource, text):
    found = kind.compare(resource, {OTHER: server_blocks(text)})
    assert all(d.attribute == f"rival {OTHER}" for d in found)
    return [d.actual for d in found]


@pytest.mark.parametrize(
    ("text", "named", "unnamed"),
    [
        ("", None, None),
        ("server { listen 80; server_name other.example; }", None, None),
        ("server { listen 8080 default_server; server_name shop.example; }", None, None),
        ("server { listen 443 ssl; server_name shop.example; }", "shop.example", None),
        ("server { listen 80; server_name SHOP.example; }", "shop.example", None),
        ("server { listen 80; server_name a .shop.example b; }", "shop.example", None),
        # An exact name goes before those that a star or an expression means.
        ("server { listen 80; server_name *.example ~shop; }", None, None),
        ("server { server_name shop.example; }", "shop.example", None),
        ("server { listen [::]:80; server_name shop.example; }", "shop.example", None),
        ("server { listen [::]:80 ipv6only=on default_server; }", None, ANY),
        ("server { listen 80-90 default; }", None, ANY),
        ("server { listen 80 default_server; server_name a; }", None, ANY),
        # With nobody's name, no other site is in the way of the default server.
        ("server { listen 80; server_name _; }", None, None),
        # A socket of its own takes what comes to its address, whatever the name.
        ("server { listen 192.0.2.7:80; server_name a; }", AT, AT),
        ("server { listen [2001:db8::1]:443 ssl; }", AT6, AT6),
        ("server { listen 192.0.2.7:8080; server_name shop.example; }", None, None),
        # A page of figures for this host's own monitoring takes nobody's requests.
        ("server { listen 127.0.0.1:80; server_name shop.example; }", None, None),
        ("server { listen [::1]:80; } server { listen localhost; }", None, None),
        # A socket of the file system has no port.
        ("server { listen unix:/run/x default_server; server_name shop.example; }", None, None),
        ("server { listen unix:/run/x:80; server_name shop.example _; }", None, None),
    ],
)  # fmt: skip
def test_rivals(text, named, unnamed):
    for resource, expected in ((NAMED, named), (UNNAMED, unnamed)):
        assert texts(resource, text) == ([f"answers to {expected} too"] if expected else [])


def test_without_ipv6_its_sockets_are_no_rivals():
    text = "server { listen [::]:80 default_server; server_name shop.example; }"
    assert texts({**NAMED, "ipv6": False}, text) == texts({**UNNAMED, "ipv6": False}, text) == []


@pytest.mark.parametrize(
    ("resource", "text"),
    [
        (UNNAMED, "server { listen 80 default_server; listen [::]:80 default_server; }"),
        (UNNAMED, "server { listen 443 default ssl; }"),
        (NAMED, "server {\n  listen 192.0.2.7:80;\n  listen [2001:db8::1]:443 ssl;\n}"),
        (NAMED, "server { server_name shop.example; } server { server_name a; }"),
        (NAMED, "server { server_name a shop.example b; } server { server_name a; }"),
    ],
)
def test_the_remedy_leaves_another_site_where_it_is_in_nobodys_way(resource, text, tmp_path):
    path = tmp_path / "x y"
    path.write_text(text)
    [found] = kind.compare(resource, {str(path): server_blocks(text)})
    edit, rest = found.remedy.split(" && ", 1)
    assert rest == kind.RELOAD
    subprocess.run(["sh", "-c", edit], check=True)
    assert len(server_blocks(path.read_text())) == len(server_blocks(text))
    assert kind.compare(resource, {str(path): server_blocks(path.read_text())}) == []


def test_a_site_with_no_other_name_goes():
    [found] = kind.compare(NAMED, {OTHER: server_blocks("server { server_name shop.example; }")})
    assert found.remedy == f"rm '{OTHER}' && {kind.RELOAD}"
