"""A source is installed as it says, or the error says what to do: with pip and PyPI, and git."""

import re

import hosts
import pytest

HOST = "flaskops-source"
RELEASE = "/srv/guestbook/releases/asked"
CLICK = """\
click==8.1.7 \\
    --hash=sha256:ae74fb96c20a0277a1d615f1e4d73c8414f5a98db8b799a7931d1582f3390c28 \\
    --hash=sha256:ca9853ad459e787e2192211578cc907e7594e294c7ccc834310722b41b9ca6de
"""
# psycopg needs it too, and would take a newer one.
PINNED = """\
typing-extensions==4.6.0 \
    --hash=sha256:6ad00b63f849b7dcc313b70b6b304ed67b2b2963b3098a33efe18056b1a9a223 \
    --hash=sha256:ff6b238610c747e44c268aa4bb23c8c735d665a63726df3f9431ce707f2aa768
"""
PROJECT = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["click==8.1.7"]\n'


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """A host with Debian's Python, the build user and pip's cache; nothing to compile with."""
    folder = tmp_path_factory.mktemp("source")
    hosts.converged("site")
    try:
        hosts.start(HOST, "bookworm", "site")
        hosts.install(folder, HOST)
        yield HOST
    finally:
        hosts.destroy(HOST)


def install(host, files, **options):
    """The answer of virtualenv_install for an application of these files (bytes by path)."""
    hosts.shell(host, f"rm -rf {RELEASE} && mkdir -p {RELEASE}/static {RELEASE}/migrations")
    for name, content in files.items():
        hosts.shell(host, f"printf '%b' '{octal(content)}' > {RELEASE}/{name}")
    return hosts.module(
        host, "virtualenv_install", path=f"{RELEASE}/.venv", source=RELEASE, directory=RELEASE,
        packages=["gunicorn", "psycopg[binary]"], user="guestbook-build",
        workspace="/srv/guestbook/.build",
        environment={"PIP_CACHE_DIR": "/var/cache/pip",
                     "PIP_CERT": "/etc/ssl/certs/ca-certificates.crt"},
        **options,
    )  # fmt: skip


def octal(content):
    return "".join(f"\\0{byte:03o}" for byte in content)


def found(host, requirements="requirements.txt"):
    """What the comparison says of the environment, and its packages with their versions."""
    resource = {
        "kind": "virtualenv", "path": f"{RELEASE}/.venv", "directory": RELEASE,
        "packages": ["gunicorn", "psycopg[binary]"], "requirements": requirements,
    }  # fmt: skip
    answer = hosts.module(host, "drift_info", resources={"app": [resource]})
    listed = hosts.shell(host, f"{RELEASE}/.venv/bin/python -m pip list --format=freeze")
    return answer["report"], set(listed.splitlines())


INSTALLED = [
    ("hashes", {"requirements.txt": (CLICK + PINNED).encode()},
     {"click==8.1.7", "typing_extensions==4.6.0"}),
    ("UTF-16, as PowerShell redirects", {"requirements.txt": "click==8.1.7\r\n".encode("utf-16")},
     {"click==8.1.7"}),
    ("files that include files, and constraints",
     {"requirements.txt": b"-r base.txt\n-c limits.txt\n", "base.txt": b"click\n",
      "limits.txt": b"click==8.1.7\ntyping-extensions==4.6.0\n"},
     {"click==8.1.7", "typing_extensions==4.6.0"}),
    ("a project that nothing builds", {"pyproject.toml": PROJECT.encode()}, {"click==8.1.7"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "expected"), [row[1:] for row in INSTALLED], ids=[row[0] for row in INSTALLED]
)
def test_what_is_asked_for_is_installed(host, files, expected):
    answer = install(host, files)
    assert answer.get("changed"), answer
    report, packages = found(host)
    assert report == []
    assert expected <= packages
    assert any(name.startswith("gunicorn==") for name in packages)


REFUSED = [
    ("a lock of uv", {"pyproject.toml": PROJECT.encode(), "uv.lock": b""},
     'run "uv export --frozen'),
    ("another Python", {"pyproject.toml": PROJECT.encode() + b'requires-python = ">=3.99"\n'},
     "the project requires Python >=3.99, and this host has 3.11"),
    ("a repository without git", {"requirements.txt": b"git+https://git.invalid/x.git#egg=x\n"},
     "app_system_packages: [git]"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_cannot_be_installed_is_said(host, files, message):
    answer = install(host, files)
    assert answer.get("failed"), answer
    assert message in answer["msg"]
    # Neither the environment nor what it was made in.
    assert (
        hosts.shell(
            host, f"ls -A {RELEASE} | grep -x .venv; ls -A /srv/guestbook | grep build", check=False
        )
        == ""
    )


def test_what_a_build_lacks_is_named_and_makes_it_build(host):
    """psycopg2 has no wheels."""
    files = {"requirements.txt": b"psycopg2==2.9.10\n"}
    answer = install(host, files)
    advised = re.search(r"app_system_packages: \[(.*)\]", answer["msg"])
    assert advised.group(1) == "build-essential, libpq-dev, python3-dev"
    packages = advised.group(1).replace(",", "")
    hosts.shell(
        host,
        "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes"
        f" --no-install-recommends {packages} >/dev/null", timeout=600,
    )  # fmt: skip
    answer = install(host, files)
    assert answer.get("changed"), answer
    report, packages = found(host)
    assert report == []
    assert "psycopg2==2.9.10" in packages


REPOSITORY = """
mkdir -p /opt/x && cd /opt/x && git init -q -b main . && git config user.name x
git config user.email x@example.org; git commit -q --allow-empty -m 1; git tag -a v1 -m v1
git tag both; git commit -q --allow-empty -m 2; git branch both; git rev-parse HEAD~1 HEAD
"""


def test_a_version_of_a_repository_is_a_commit_or_refused(host):
    hosts.shell(host, "DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes git >/dev/null")
    first, second = hosts.shell(host, REPOSITORY).split()
    url = "file:///opt/x"
    for version, expected in (("v1", first), ("both", first), (first, first), (second[:8], second)):
        answer = hosts.module(host, "git_version", url=url, version=version)
        assert answer.get("commit") == expected, answer
    for version, expected in (("main", f"the commit {second}"), ("v2", "did you mean v1?")):
        answer = hosts.module(host, "git_version", url=url, version=version)
        assert expected in answer["msg"]
    assert (
        "/opt/none" in hosts.module(host, "git_version", url="file:///opt/none", version="x")["msg"]
    )
