"""However an application says what it needs, that is installed, or the first line of the error says
what is wrong and what to do: with pip, PyPI, git and a compiler."""

import io
import re
import subprocess
import tarfile
from pathlib import Path

import hosts
import pytest
from pip._internal.models.index import PyPI

HOST = "flaskops-packaging"
RELEASE = "/srv/guestbook/releases/asked"
BLANK = "/opt/blank"
SAMPLES = Path(__file__).parent / "packaging"
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
POETRY = """\
[tool.poetry]
name = "shop"
version = "1"
description = ""
authors = []
packages = [{include = "shop", from = "src"}]
[tool.poetry.dependencies]
python = ">=3.9"
click = "8.1.7"
"""
MODULE = {"src/shop/__init__.py": ""}
LIBRARY = {
    "libs/x/pyproject.toml": '[project]\nname = "x"\nversion = "2"\n'
    '[build-system]\nrequires = ["setuptools"]\n',
    "libs/x/x.py": "",
}


def built_by(backend, requires):
    return f'[build-system]\nrequires = ["{requires}"]\nbuild-backend = "{backend}"\n'


def sample(name):
    """The files of a folder of packaging/, of which the index is PyPI."""
    return {
        path.name: path.read_text().replace("https://index.invalid/simple", PyPI.simple_url)
        for path in (SAMPLES / name).iterdir()
    }


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """A host with Debian's Python, the build user and pip's cache; nothing to compile with."""
    folder = tmp_path_factory.mktemp("packaging")
    hosts.converged("prepared")
    try:
        hosts.start(HOST, "bookworm", "prepared")
        hosts.install(folder, HOST)
        # Most rows start from this one, which takes a third of the time.
        hosts.shell(HOST, f"python3 -m venv {BLANK}")
        yield HOST
    finally:
        hosts.destroy(HOST)


def write(host, files, is_made=True):
    """Write a source of these files (texts or bytes by path); is_made: with an environment."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in files.items():
            content = content if isinstance(content, bytes) else content.encode()
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    hosts.shell(host, f"rm -rf {RELEASE} && mkdir -p {RELEASE}/static {RELEASE}/migrations")
    subprocess.run(
        ["docker", "cp", "-q", "-", f"{host}:{RELEASE}"], input=stream.getvalue(), check=True
    )
    if is_made:
        hosts.shell(host, f"cp -a {BLANK} {RELEASE}/.venv")


def install(host, requirements="requirements.txt", packages=("gunicorn",), **variables):
    """The answer of virtualenv_install for the source that is there."""
    return hosts.module(
        host, "virtualenv_install", path=f"{RELEASE}/.venv", source=RELEASE, directory=RELEASE,
        packages=list(packages), user="guestbook-build", requirements=requirements,
        workspace="/srv/guestbook/.build",
        environment={"PIP_CACHE_DIR": "/var/cache/pip",
                     "PIP_CERT": "/etc/ssl/certs/ca-certificates.crt", **variables},
    )  # fmt: skip


def found(host, requirements="requirements.txt", packages=("gunicorn",)):
    """What the comparison says of the environment, and its packages with their versions."""
    resource = {
        "kind": "virtualenv", "path": f"{RELEASE}/.venv", "directory": RELEASE,
        "packages": list(packages), "requirements": requirements,
    }  # fmt: skip
    answer = hosts.module(host, "drift_info", resources={"app": [resource]})
    listed = hosts.shell(
        host, f"{RELEASE}/.venv/bin/python -m pip --disable-pip-version-check list --format=freeze"
    )
    return answer["report"], set(listed.splitlines())


# The name, the files, the packages that are to be there, those that are not, and options.
INSTALLED = [
    ("hashes, and a driver that would take another version", {"requirements.txt": CLICK + PINNED},
     {"click==8.1.7", "typing_extensions==4.6.0"}, set(),
     {"packages": ("gunicorn", "psycopg[binary]")}),
    ("UTF-16, as PowerShell redirects", {"requirements.txt": "click==8.1.7\r\n".encode("utf-16")},
     {"click==8.1.7"}, set(), {}),
    ("files that include files, and constraints",
     {"requirements.txt": "-r base.txt\n-c limits.txt\n", "base.txt": "click\n",
      "limits.txt": "click==8.1.7\nitsdangerous==1\n"},
     {"click==8.1.7"}, {"itsdangerous"}, {}),
    ("extras", {"requirements.txt": "python-dotenv[cli]==1.0.1\n"},
     {"python-dotenv==1.0.1", "click"}, set(), {}),
    ("a package of the source by its path", {"requirements.txt": "./libs/x\n", **LIBRARY},
     {"x==2"}, set(), {}),
    ("the source itself, editable",
     {"requirements.txt": "-e .\n", **MODULE,
      "pyproject.toml": PROJECT + built_by("setuptools.build_meta", "setuptools")},
     {"shop==1", "click==8.1.7"}, set(), {}),
    ("a project that nothing builds", {"pyproject.toml": PROJECT}, {"click==8.1.7"}, {"shop"}, {}),
    ("a project of hatchling in src",
     {"pyproject.toml": PROJECT + built_by("hatchling.build", "hatchling"), **MODULE},
     {"shop==1", "click==8.1.7"}, set(), {}),
    ("a project of poetry-core in src",
     {"pyproject.toml": POETRY + built_by("poetry.core.masonry.api", "poetry-core"), **MODULE},
     {"shop==1", "click==8.1.7"}, set(), {}),
    ("a project of setuptools in src",
     {"pyproject.toml": PROJECT + built_by("setuptools.build_meta", "setuptools"), **MODULE},
     {"shop==1", "click==8.1.7"}, set(), {}),
    ("a lock of uv", sample("uv"),
     {"asgiref==3.8.1", "click==8.1.7", "python-dotenv==1.0.1"},
     {"iniconfig", "blinker", "importlib-metadata", "colorama", "shop"}, {}),
    ("a lock of uv beside a project to build",
     {**sample("uv"), **MODULE,
      "pyproject.toml": sample("uv")["pyproject.toml"]
      + built_by("setuptools.build_meta", "setuptools"),
      "uv.lock": sample("uv")["uv.lock"].replace("virtual", "editable")},
     {"shop==1", "asgiref==3.8.1"}, {"iniconfig"}, {}),
    ("a lock of Poetry, of what is no package", sample("poetry"),
     {"asgiref==3.8.1", "click==8.1.7", "python-dotenv==1.0.1"},
     {"iniconfig", "blinker", "importlib-metadata", "colorama"}, {}),
    ("a lock of Pipenv", sample("pipenv"),
     {"asgiref==3.8.1", "click==8.1.7", "python-dotenv==1.0.1"},
     {"iniconfig", "importlib-metadata"}, {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "there", "absent", "options"),
    [row[1:] for row in INSTALLED], ids=[row[0] for row in INSTALLED],
)  # fmt: skip
def test_what_is_asked_for_is_installed(host, files, there, absent, options):
    write(host, files)
    answer = install(host, **options)
    assert answer.get("changed"), answer
    report, packages = found(host, **options)
    assert report == []
    names = {each.split("==")[0] for each in packages}
    assert {each for each in there if "==" in each} <= packages
    assert {each for each in there if "==" not in each} <= names
    assert not absent & names
    assert "gunicorn" in names


# The name, the files, a word of the first line (cause), another (remedy), and options.
REFUSED = [
    ("another Python", {"pyproject.toml": PROJECT + 'requires-python = ">=3.99"\n'},
     "requires Python >=3.99", "this host has 3.11", {}),
    ("what Poetry does not package, without a lock",
     {"pyproject.toml": sample("poetry")["pyproject.toml"]},
     "names its dependencies for Poetry alone", "poetry lock", {}),
    ("a lock of PDM", {"pyproject.toml": PROJECT, "pdm.lock": ""}, "pdm.lock", "pdm export", {}),
    ("a wheel of other Pythons alone", {"requirements.txt": "psycopg-binary==3.1.0\n"},
     "psycopg-binary==3.1.0", "3.7, 3.8, 3.9, 3.10", {}),
    ("a source of other Pythons", {"requirements.txt": "click==8.1.7\nipython==9.11.0\n"},
     "ipython==9.11.0", ">=3.12", {}),
    ("a version that is not there", {"requirements.txt": "click==88\n"},
     "click==88", "app_requirements", {}),
    ("a package that is not there", {"requirements.txt": "flaskops-is-no-such-package\n"},
     "flaskops-is-no-such-package", "PIP_INDEX_URL", {}),
    ("another hash", {"requirements.txt": CLICK.replace("ae74", "be74").replace("ca98", "cb98")},
     "click==8.1.7", "hash", {}),
    ("a requirement without a hash beside one with", {"requirements.txt": CLICK + "six\n"},
     "six", "hash", {}),
    ("an index that does not answer", {"requirements.txt": "click==8.1.7\n"},
     "127.0.0.1:9", "PIP_INDEX_URL", {"PIP_INDEX_URL": "http://127.0.0.1:9/simple"}),
    ("an index behind a CA that nobody trusts", {"requirements.txt": "six==1.16.0\n"},
     "certificate", "PIP_CERT", {"PIP_CERT": "/etc/ssl/certs/certSIGN_ROOT_CA.pem"}),
    ("versions that exclude each other", {"requirements.txt": "jinja2==3.1.4\nmarkupsafe<2\n"},
     "jinja2", "markupsafe", {}),
    ("what the application pins and what app_packages needs",
     {"requirements.txt": "typing-extensions==4.5.0\n"}, "typing-extensions==4.5.0",
     "app_packages", {"packages": ("gunicorn", "psycopg==3.2.3")}),
    ("a build backend that fails", {"setup.py": "raise SystemExit('no such thing')\n"},
     "no such thing", "setup.py", {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "cause", "remedy", "options"),
    [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED],
)  # fmt: skip
def test_what_cannot_be_installed_is_said(host, files, cause, remedy, options):
    write(host, files)
    answer = install(host, **options)
    assert answer.get("failed"), answer
    first = answer["msg"].splitlines()[0]
    assert cause in first
    assert remedy in first
    # The environment is as it was, and nothing is left of what was tried.
    left = f"diff -rq {BLANK} {RELEASE}/.venv; ls -A /srv/guestbook | grep build"
    assert hosts.shell(host, left, check=False) == ""


REPOSITORY = """
rm -rf /opt/x /opt/x.git && mkdir /opt/x && cd /opt/x && git init -q -b main .
printf '[project]\nname = "x"\nversion = "3"\n' > pyproject.toml && touch x.py
git config user.name x; git config user.email x@example.org
git add . && git commit -q -m 1 && git tag v3
git clone -q --bare /opt/x /opt/x.git && chown -R guestbook-build: /opt/x.git
"""
# The requirement, what is advised, what makes it possible besides, and the package.
LACKING = [
    ("psycopg2==2.9.10", "build-essential, libpq-dev, python3-dev", "true", "psycopg2==2.9.10"),
    ("git+file:///opt/x.git@v3#egg=x", "git", REPOSITORY, "x==3"),
]


@pytest.mark.parametrize(("requirement", "advised", "others", "package"), LACKING)
def test_what_a_build_lacks_is_named_and_makes_it_build(
    host, requirement, advised, others, package
):
    write(host, {"requirements.txt": requirement + "\n"})
    options = {"packages": ("gunicorn", "psycopg2-binary")}
    answer = install(host, **options)
    told = re.search(r"app_system_packages: \[(.*)\]", answer["msg"].splitlines()[0])
    assert told.group(1) == advised
    hosts.shell(
        host,
        "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes"
        f" --no-install-recommends {told.group(1).replace(',', '')} >/dev/null; {others}",
        timeout=600,
    )
    answer = install(host, **options)
    assert answer.get("changed"), answer
    report, packages = found(host, **options)
    assert report == []
    assert package in packages
    # Of the two that have the same modules, the application's own.
    names = {each.split("==")[0] for each in packages}
    assert len(names & {"psycopg2", "psycopg2-binary"}) == 1
