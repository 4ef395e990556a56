"""Every command of the README and of the guides, as it is written, on a host that was bare."""

import os
import re
import subprocess

import hosts
import pytest

CHECKOUT = hosts.CHECKOUT
HOST = "flaskops-readme"
PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
# These come first, because the others need what they make.
FIRST = ("ansible-galaxy", "ansible-vault")
# What stands for what a reader has and a test has not. All else is run to the letter.
SUBSTITUTES = [
    # Galaxy, by the tarball that would be there.
    (r"collection install flaskops\.stack$", "collection install {tarball} --offline"),
    # A server of the reader's own, by a container.
    (r"shop\.example\.com", "{line}"),
    # The reader's application, by the example.
    (r"/home/me/shop\b", "{source}"),
    # The reader's terminal, for the editor.
    (r"^(ansible-vault .*)$", 'script --quiet --return --command "\\1" /dev/null'),
    # All tests, of which this is one: only what would be run.
    (r"^make test$", "make --dry-run test"),
]
SECRETS = 'vault_app_secret_key: "0123456789abcdef"\nvault_database_password: "p@ss/w0rd"\n'


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.M | re.S)


def commands():
    """The commands of all pages, without the comments behind them."""
    lines = [
        line[2:].partition("  #")[0].partition(" # ")[0].strip()
        for page in PAGES
        for block in blocks(page, "console")
        for line in block.splitlines()
        if line.startswith("$ ")
    ]
    return sorted(dict.fromkeys(lines), key=lambda line: not line.startswith(FIRST))


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """(what is substituted, the folder, the environment) of somebody who follows the README."""
    folder = tmp_path_factory.mktemp("reader")
    try:
        build = [CHECKOUT / "scripts" / "tarball", folder]
        done = subprocess.run(build, capture_output=True, text=True, check=True)
        known = {
            "tarball": done.stdout.strip(),
            "line": hosts.start(HOST, "trixie"),
            "source": str(CHECKOUT / "examples" / "guestbook"),
        }
        write(folder, known)
        yield known, folder, environment(folder)
    finally:
        hosts.destroy(HOST)


def write(folder, known):
    """The files that the README shows, and what the reader's editor writes."""
    readme = PAGES[0]
    variables = folder / "inventory" / "group_vars" / "all" / "vars.yml"
    variables.parent.mkdir(parents=True)
    (folder / "inventory" / "hosts").write_text(substituted(blocks(readme, "ini")[0], known))
    variables.write_text(substituted(blocks(readme, "yaml")[0], known))
    # The test's network is behind a proxy with a certificate of its own.
    variables.with_name("network.yml").write_text(
        "app_pip_environment:\n  PIP_CERT: /etc/ssl/certs/ca-certificates.crt\n"
    )
    (folder / "secrets").write_text(SECRETS)
    editor = folder / "editor"
    editor.write_text(f'#!/bin/sh\ncat {folder}/secrets > "$1"\n')
    editor.chmod(0o700)
    (folder / "password").write_text("the vault's\n")


def environment(folder):
    """No configuration but the reader's own: of the checkout's nothing counts."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ANSIBLE_")}
    return {
        **kept,
        "ANSIBLE_COLLECTIONS_PATH": str(folder / "collections"),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_VAULT_PASSWORD_FILE": str(folder / "password"),
        "EDITOR": str(folder / "editor"),
        "HTTP_PORT": "0",
    }


def substituted(text, known):
    for pattern, substitute in SUBSTITUTES:
        text = re.sub(pattern, substitute.format(**known), text, flags=re.M)
    return text


def test_there_are_commands():
    assert len(commands()) >= 12
    assert any(line.startswith("make demo") for line in commands())


@pytest.mark.rows("all")
@pytest.mark.parametrize("command", commands())
def test_a_command_does_what_it_is_there_for(reader, command):
    known, folder, environment = reader
    # Those of make are for a checkout; all else is for somebody who has none.
    place = CHECKOUT if command.startswith("make") else folder
    done = subprocess.run(
        ["bash", "-c", substituted(command, known)], cwd=place, env=environment,
        capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert "p@ss/w0rd" not in done.stdout + done.stderr


def test_the_page_is_served(reader):
    program = (
        "import urllib.request as u; print(u.urlopen('http://127.0.0.1/health/database').status)"
    )
    assert hosts.shell(HOST, f'python3 -c "{program}"') == "200"


def test_the_audit_has_written_its_report(reader):
    _known, folder, _environment = reader
    assert {path.name for path in (folder / "audit-report").iterdir()} >= {
        "audit.html", "audit.json", "audit.xml",
    }  # fmt: skip
