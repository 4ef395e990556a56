import os

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._convergence import text_checks


def answering(code, output="", error=""):
    """A run that answers, and the list of what it was asked and found in the folder."""
    asked = []

    def run(command, environment):
        folder = os.path.dirname(command[-1])
        files = {n: open(os.path.join(folder, n)).read() for n in os.listdir(folder)}
        asked.append((command[:-1], os.path.basename(command[-1]), environment, files))
        return code, output, error

    return run, asked


TEXTS = {
    "/etc/systemd/system/x.service": b"[Service]\n",
    "/etc/systemd/system/x.socket": b"[Socket]\n",
}


def test_a_unit_is_read_with_those_that_belong_to_it():
    run, asked = answering(0)
    assert text_checks.unit("/etc/systemd/system/x.socket", TEXTS, run) == ""
    [(command, file, environment, files)] = asked
    assert (command, file) == (["systemd-analyze", "verify"], "x.socket")
    assert files == {"x.service": "[Service]\n", "x.socket": "[Socket]\n"}
    assert environment["SYSTEMD_UNIT_PATH"].endswith(":")


def test_a_site_is_read_alone():
    run, asked = answering(0)
    assert text_checks.nginx_site("/etc/nginx/x", {"/etc/nginx/x": b"server {}"}, run) == ""
    [(command, file, _environment, files)] = asked
    assert (command, file) == (["nginx", "-t", "-q", "-c"], "nginx.conf")
    assert files["site"] == "server {}"
    assert "http { include " in files["nginx.conf"]


@pytest.mark.parametrize("check", sorted(text_checks.CHECKS))
@pytest.mark.parametrize(
    ("output", "error", "said"),
    [("a", "b\n", "b"), ("a\n", "", "a"), ("", "", "it is refused without a word")],
)
def test_what_is_said_of_a_text_that_is_refused(check, output, error, said):
    run, _asked = answering(1, output, error)
    path = next(iter(TEXTS))
    assert text_checks.CHECKS[check](path, TEXTS, run) == said
