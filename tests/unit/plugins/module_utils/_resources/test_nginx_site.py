import subprocess

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._host.nginx_configuration import (
    Configuration,
    Listen,
    read,
)
from ansible_collections.flaskops.stack.plugins.module_utils._resources import nginx_site as kind

NAMED = {"path": "/site", "server_names": ["shop.example"], "ports": [80, 443], "ipv6": True}
UNNAMED = {**NAMED, "server_names": ["_"]}
SSL = "whoever speaks ssl on port 80, and nobody else,"
PROXY = "whoever speaks proxy_protocol on port 80, and nobody else,"
UPSTREAM = "the requests to the upstream shop"
STREAM = "every request at *:80, as a server of stream,"
ANY = "every name that no site has, on port 80,"
AT, AT6 = "every name at 192.0.2.7:80", "every name at [2001:db8::1]:443"
OTHER = "/etc/nginx/sites-enabled/x y"


SITE = (
    "upstream shop { server unix:/run/shop.sock fail_timeout=0; }"
    " server { listen 80; listen 443 ssl; server_name x; proxy_pass $shop_x; }"
)


def actual(text, path=OTHER, own=SITE):
    """What read() returns where nginx includes another file beside the site's own."""
    found = Configuration("/")
    found.optional = {path}
    for name, content in (("/site", own), (path, text)):
        found.files.append(name)
        found.add_text(content, [("http", None)], name)
    found.servers = [
        each._replace(names=each.names or [""], listens=each.listens or [EVERY])
        for each in found.servers
    ]
    return {
        "files": kind._files(found, [path]), "own": kind._files(found, ["/site"]), "text": own,
        "before": [], "here": ["web1", "192.0.2.1", "127.0.0.1"],
    }  # fmt: skip


EVERY = Listen("*", "80", False)


def texts(resource, text):
    found = kind.compare(resource, actual(text))
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
        ("server { listen 80; server_name *.other.example ~shop; }", None, None),
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
        # For any name, what means every name, or this host's own, is in the way.
        ("server { server_name ~^.*$; }", None, "every name (~^.*$)"),
        ('server { server_name "~."; }', None, "every name (~.)"),
        ("server { server_name ~^(?<x>.+)$; }", None, "every name (~^(?<x>.+)$)"),
        (r"server { server_name ~^www\d+\.; }", None, None),
        ("server { server_name ~^[; }", None, None),
        ("server { server_name *.com; }", None, "*.com"),
        ("server { server_name www.*; }", None, "www.*"),
        ("server { server_name *.other.example; }", None, None),
        ("server { server_name web1; }", None, "web1"),
        ("server { server_name 192.0.2.1; }", None, "192.0.2.1"),
        ("server { server_name localhost 127.0.0.1; }", None, None),
        ("server { listen 80; }", None, "requests without a name"),
        # What it says of a socket holds for all servers on it.
        ("server { listen 80 ssl; server_name a; }", SSL, SSL),
        ("server { listen 80 proxy_protocol; server_name a; }", PROXY, PROXY),
        ("server { listen 443 ssl; server_name a; }", None, None),
        ("upstream shop { server 127.0.0.1; }", UPSTREAM, UPSTREAM),
        ("upstream other { server 127.0.0.1; }", None, None),
        ("stream { server { listen 80; } }", STREAM, STREAM),
        ("stream { server { listen 5000; } }", None, None),
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
        (UNNAMED, "server { server_name a\n ~.; }"),
        (UNNAMED, "server { listen 80 proxy_protocol default_server ssl; }"),
        (NAMED, "server { server_name a shop.example b; } server { server_name a; }"),
        (NAMED, "server { server_name a shop.example; }"),
    ],
)
def test_the_remedy_leaves_another_site_where_it_is_in_nobodys_way(resource, text, tmp_path):
    path = tmp_path / "x y"
    path.write_text(text)
    [found] = kind.compare(resource, actual(text, str(path)))
    edit, rest = found.remedy, found.loads
    assert rest == kind.RELOAD
    subprocess.run(["sh", "-c", edit], check=True)
    left = path.read_text()
    assert left.count("server {") == text.count("server {")
    assert kind.compare(resource, actual(left, str(path))) == []


def test_a_site_with_no_other_name_goes():
    text = "server { server_name shop.example; }"
    [found] = kind.compare(NAMED, actual(text))
    assert found.remedy == f"rm '{OTHER}'"
    # Without a file that is included by its name, nginx would not start.
    other = actual(text)
    other["files"] = {
        path: file._replace(is_optional=False) for path, file in other["files"].items()
    }
    [found] = kind.compare(NAMED, other)
    assert found.remedy == f"truncate --size=0 '{OTHER}'"


COMMON = [
    ("server { deny all; }", None),
    ("map $x $y { default 0; } gzip on; server_tokens off;", None),
    ("limit_req_zone $x zone=a:1m rate=1r/s;", None),
    ("deny all;", "error"),
    ("auth_basic x;", "error"),
    ("auth_basic off;", "warning"),
    ("limit_req zone=a;", "warning"),
    ("add_header X-A secret-value;", "warning"),
    ("error_page 404 /x; client_max_body_size 1k;", "error"),
    ("access_log off;", "warning"),
    ("access_log /var/log/x;", None),
    ("map $x $shop_x { default 0; }", "error"),
    ("access_by_lua_block { ngx.exit(403) }", "error"),
    ("nobody_knows_this on;", "warning"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "severity"), COMMON)
def test_what_holds_for_all_sites(text, severity):
    found = kind.compare(NAMED, actual(text))
    assert [(d.check, d.subject, d.severity) for d in found] == (
        [("common", OTHER, severity)] if severity else []
    )
    assert "secret" not in str(found)


def test_the_remedy_of_what_holds_for_all_sites(tmp_path):
    path = tmp_path / "x y"
    path.write_text("server { server_name a; }\n  deny all;\nadd_header A 'b/c [d]';\n")
    [found] = kind.compare(NAMED, actual(path.read_text(), str(path)))
    subprocess.run(["sh", "-c", found.remedy], check=True)
    assert path.read_text() == "server { server_name a; }\n"
    [found] = kind.compare(NAMED, actual("deny all;"))
    assert found.remedy == f"rm '{OTHER}'"
    [found] = kind.compare(NAMED, actual("server { server_name a; } deny all;"))
    assert found.remedy.startswith("Take what stands on line 1 out of")


BYPASS = [
    ("proxy_pass http://shop;", True),
    ("proxy_pass http://shop/x;", True),
    ("proxy_pass http://unix:/run/shop.sock;", True),
    ("proxy_pass http://unix:/run/shop.sock:/x/;", True),
    ("uwsgi_pass unix:/run/shop.sock;", True),
    ("proxy_pass http://shop.example;", False),
    ("proxy_pass http://unix:/run/shop.sock2;", False),
    ("proxy_pass http://$shop;", False),
    ("proxy_pass;", False),
]


@pytest.mark.parametrize(("text", "is_found"), BYPASS)
def test_another_way_to_the_application(text, is_found):
    found = kind.compare(NAMED, actual(f"server {{ server_name a; location / {{ {text} }} }}"))
    assert [d.attribute for d in found] == [f"bypass {OTHER}"] * is_found


def test_another_upstream_with_the_applications_socket():
    [found] = kind.compare(NAMED, actual("upstream y { server unix:/run/shop.sock; }"))
    assert found.check == "bypass"
    assert kind.compare(NAMED, actual("upstream y { server unix:/run/other.sock; }")) == []


def test_a_site_that_nginx_does_not_read():
    [found] = kind.compare(NAMED, {**actual(""), "own": {}})
    assert (found.check, found.direction, found.owned) == ("included", "missing", False)


def test_without_a_user_nginx_would_be_nobody(tmp_path):
    path = tmp_path / "nginx.conf"
    path.write_text("user root;\nhttp {\n}\n")
    there = {**actual(""), "files": kind._files(read(str(path)), [str(path)])}
    [found] = kind.compare(NAMED, there)
    subprocess.run(["sh", "-c", found.remedy], check=True)
    assert path.read_text() == "user www-data;\nhttp {\n}\n"
