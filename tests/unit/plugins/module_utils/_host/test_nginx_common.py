import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._host.nginx_common import (
    severity,
    shown,
)
from ansible_collections.flaskops.stack.plugins.module_utils._host.nginx_configuration import (
    Configuration,
)


def statements(text):
    found = Configuration("/")
    found.add_text(text, (), "/etc/nginx/nginx.conf")
    return found.statements


def severities(text):
    return [each for each in (severity(s, {"shop_x"}) for s in statements(text)) if each]


MAIN = [
    ("user www-data; worker_processes 4; pid /run/x; events { worker_connections 5; }", []),
    ("user root;", ["error"]),
    ("user www-data root;", ["error"]),
    ("user nobody;", ["warning"]),
    ("load_module modules/ngx_http_perl_module.so;", ["warning"]),
    ("load_module /usr/lib/nginx/modules/x.so;", ["warning"]),
    ("load_module /tmp/x.so;", ["error"]),
    ("load_module ../../../tmp/x.so;", ["error"]),
    ("load_module modules/../../../../tmp/x.so;", ["error"]),
    ("env SECRET=hunter2;", ["warning"]),
    ("stream { server { listen 5000; deny all; } }", []),
    ("http { sendfile on; server { deny all; } upstream x { server y; } }", []),
    ("http { deny all; allow x; }", ["error", "warning"]),
    ("http { client_max_body_size 1k; proxy_set_header A b; }", ["warning", "warning"]),
    ("http { access_log off; access_log /x; }", ["warning"]),
    ("http { auth_basic off; auth_basic x; }", ["warning", "error"]),
    ("http { map $a $b { x y; } map $a $shop_x { x y; } geo $shop_x { x y; } }", ["error"] * 2),
    ("http { access_by_lua_block { x } js_import y; set_real_ip_from z; }", ["error"] * 3),
    ("http { rewrite_log on; nobody_knows_this on; }", ["warning"] * 2),
]


@pytest.mark.parametrize(("text", "expected"), MAIN)
def test_what_holds_for_all_sites(text, expected):
    assert severities(text) == expected


# As Debian 11 to 13 have it.
PACKAGED = """
user www-data; worker_processes auto; worker_cpu_affinity auto; pid /run/nginx.pid;
error_log /var/log/nginx/error.log; include /etc/nginx/modules-enabled/*.conf;
events { worker_connections 768; }
http {
    sendfile on; tcp_nopush on; types_hash_max_size 2048; server_tokens build;
    default_type application/octet-stream; types { text/html html; }
    ssl_protocols TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers off;
    access_log /var/log/nginx/access.log; gzip on; include /etc/nginx/conf.d/*.conf;
}
"""


def test_what_the_distribution_has_is_usual():
    assert severities(PACKAGED) == []


SHOWN = [
    ("deny all;", "deny all (line 1)"),
    ("add_header X-Key hunter2;", "add_header X-Key ... (line 1)"),
    ("env KEY=hunter2;", "env ... (line 1)"),
    ("mirror http://a:hunter2@b;", "mirror http://a:********@b (line 1)"),
    ("sub_filter a " + "b" * 200 + ";", "sub_filter a " + "b" * 67 + " (line 1)"),
]


@pytest.mark.parametrize(("text", "expected"), SHOWN)
def test_a_statement_is_shown_without_secrets(text, expected):
    assert [shown(each) for each in statements(text)] == [expected]
