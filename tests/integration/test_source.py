"""A version of a repository is a commit, or refused, with git itself."""

import hosts
import pytest

HOST = "flaskops-source"


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """A host without git."""
    folder = tmp_path_factory.mktemp("source")
    hosts.converged("site")
    try:
        hosts.start(HOST, "bookworm", "site")
        hosts.install(folder, HOST)
        yield HOST
    finally:
        hosts.destroy(HOST)


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
