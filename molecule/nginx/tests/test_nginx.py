import json

import pytest


@pytest.fixture
def request_headers(host):
    def request(*options, url="http://127.0.0.1/"):
        text = " ".join(f"'{option}'" for option in options)
        return json.loads(host.check_output(f"curl --silent --show-error {text} {url}"))

    return request


def test_nginx_is_enabled_and_listens(host):
    assert host.service("nginx").is_running
    assert host.service("nginx").is_enabled
    assert host.socket("tcp://0.0.0.0:80").is_listening


def test_the_forwarded_headers_are_nginxs(request_headers):
    headers = request_headers("--header", "Host: a.example:8080")
    assert headers["Host"] == headers["X-Forwarded-Host"] == "a.example:8080"
    assert headers["X-Forwarded-For"] == "127.0.0.1"
    assert headers["X-Forwarded-Proto"] == "http"
    assert headers["X-Forwarded-Port"] == "80"


@pytest.mark.parametrize("name", ["For", "Proto", "Host", "Port", "Prefix"])
def test_what_a_client_forges_does_not_reach_the_application(request_headers, name):
    headers = request_headers("--header", f"X-Forwarded-{name}: forged")
    assert "forged" not in json.dumps(headers)


BALANCER = ["--interface", "127.0.0.2"]
VISITOR = ["--header", "X-Forwarded-For: 203.0.113.9, 198.51.100.7"]


@pytest.mark.parametrize(
    ("options", "proto", "port", "address"),
    [
        (["--header", "X-Forwarded-Proto: https", *VISITOR], "https", "443", "198.51.100.7"),
        (["--header", "X-Forwarded-Proto: https", "--header", "X-Forwarded-Port: 8443"],
         "https", "8443", "127.0.0.2"),
        (["--header", "X-Forwarded-Proto: http"], "http", "80", "127.0.0.2"),
        (["--header", "X-Forwarded-Proto: gopher", "--header", "X-Forwarded-Port: 1; x"],
         "http", "80", "127.0.0.2"),
        ([], "http", "80", "127.0.0.2"),
    ],
)  # fmt: skip
def test_a_trusted_proxy_says_how_the_visitor_came(request_headers, options, proto, port, address):
    headers = request_headers(*BALANCER, *options)
    assert headers["X-Forwarded-Proto"] == proto
    assert headers["X-Forwarded-Port"] == port
    assert headers["X-Forwarded-For"] == address


def test_nobody_else_says_it(request_headers):
    headers = request_headers("--header", "X-Forwarded-Proto: https", *VISITOR)
    assert headers["X-Forwarded-Proto"] == "http"
    assert headers["X-Forwarded-For"] == "127.0.0.1"


def test_the_distributions_site_is_gone(host):
    assert not host.file("/etc/nginx/sites-enabled/default").exists
    assert host.file("/etc/nginx/sites-available/default").exists


def test_static_files_come_from_nginx(host):
    assert host.check_output("curl --silent http://127.0.0.1/static/style.css") == "body {}"
    for path in ("/static/../etc/passwd", "/static../etc/passwd"):
        assert "root:" not in host.check_output(
            f"curl --silent --path-as-is http://127.0.0.1{path}"
        )


def test_a_reload_that_was_missed_was_made_up_for(host):
    # side_effect.yml left workers with a limit of 1k behind a file that says 10m.
    code = host.check_output(
        "head -c 5000 /dev/zero | curl --silent --output /dev/null --request GET"
        " --write-out '%{http_code}' --data-binary @- http://127.0.0.1/"
    )
    assert code == "200"


def test_the_configuration_is_valid_after_the_refused_site(host):
    assert host.run("nginx -t").rc == 0
    assert not host.file("/etc/nginx/sites-enabled/two").exists


def test_https_is_served_and_http_sends_there(host, request_headers):
    resolve = "--resolve secure.example:443:127.0.0.1 --resolve secure.example:80:127.0.0.1"
    headers = json.loads(
        host.check_output(f"curl --silent --insecure {resolve} https://secure.example/")
    )
    assert headers["X-Forwarded-Proto"] == "https"
    answer = host.check_output(f"curl --silent --head {resolve} http://secure.example/a?b=c")
    assert "308 Permanent Redirect" in answer
    assert "Location: https://secure.example/a?b=c" in answer


def test_the_version_is_not_told(host):
    assert "nginx/" not in host.check_output("curl --silent --head http://127.0.0.1/")


WAYS = "--resolve ways.example:80:127.0.0.1 --resolve www.ways.example:80:127.0.0.1"
TALK = r"""
exec 3<>/dev/tcp/127.0.0.1/80
printf '%s\r\n' 'GET {} HTTP/1.1' 'Host: ways.example' 'Connection: Upgrade' \
  'Upgrade: websocket' '' hello >&3
timeout 3 cat <&3
"""


def ways(host, path, *options, name="ways.example"):
    text = " ".join(options)
    return host.run(f"curl --silent --show-error {text} {WAYS} http://{name}{path}").stdout


def test_a_visitor_may_change_to_websocket_where_that_is_declared(host):
    said = host.run("bash -c %s", TALK.format("/talk/")).stdout
    assert "101 Switching Protocols" in said
    assert "back: hello" in said
    assert "101 " not in host.run("bash -c %s", TALK.format("/")).stdout


def test_an_event_comes_at_once_where_nothing_is_buffered(host):
    assert ways(host, "/events/", "--no-buffer", "--max-time 1.5") == "data: first\n\n"
    assert ways(host, "/events-kept", "--no-buffer", "--max-time 1.5") == ""


def test_files_below_a_path(host):
    answer = ways(host, "/files/style.css", "--include")
    assert "body {}" in answer
    assert "Cache-Control: max-age=2592000" in answer


def test_redirects(host):
    assert "Location: http://ways.example/new" in ways(host, "/old", "--head")
    assert "Location: http://ways.example/a?b=c" in ways(
        host, "/a?b=c", "--head", name="www.ways.example"
    )


def test_the_operators_own_directives(host):
    assert "X-Site: of the operator" in ways(host, "/", "--include")
    assert "403 Forbidden" in ways(host, "/admin/x", "--include")


def test_what_a_declared_type_is_compressed(host):
    long = f"--header 'X-Long: {'a' * 3000}'"
    answer = ways(host, "/", "--head --request GET", "--header 'Accept-Encoding: gzip'", long)
    assert "Content-Encoding: gzip" in answer
