"""The tarball has what a user needs, and nothing else."""

import re
import tarfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def names():
    (tarball,) = (CHECKOUT / ".cache" / "build").glob("flaskops-stack-*.tar.gz")
    with tarfile.open(tarball) as archive:
        return archive.getnames()


@pytest.mark.parametrize(
    "name",
    [
        "LICENSE",
        "MANIFEST.json",
        "README.md",
        "meta/runtime.yml",
        "playbooks/site.yml",
        "playbooks/audit.yml",
        "roles/site_common/tasks/compare.yml",
        "roles/site_common/vars/main/main.yml",
        "plugins/plugin_utils/_audit.html.j2",
        "plugins/modules/flask_db_upgrade.py",
        "plugins/module_utils/_resources/process.py",
        "roles/app/meta/argument_specs.yml",
        "examples/guestbook/wsgi.py",
    ],
)
def test_it_has(names, name):
    assert name in names


def test_it_has_nothing_of_development(names):
    unwanted = re.compile(
        r"^(\.|molecule|tests|scripts|Makefile|CONTRIBUTING|pyproject|ansible\.cfg|requirements-dev)"
        r"|^docs/pictures/.*\.txt$|__pycache__|\.pyc$|\.env$|\.tar\.gz$"
    )
    assert [name for name in names if unwanted.search(name)] == []
