"""A further role by the recipe of CONTRIBUTING, in a copy of the tree: the contracts pass, and fail
where one place is left out."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
COMMON = "roles/site_common"
ROLE = {
    "roles/cache/meta/main.yml": """\
---
galaxy_info:
  author: flaskops.stack contributors
  description: The role cache of the collection flaskops.stack
  license: GPL-3.0-or-later
  min_ansible_version: "2.19"
dependencies: []
""",
    "roles/cache/meta/argument_specs.yml": """\
---
argument_specs:
  main:
    short_description: A cache beside the application
    description: Installs memcached.
    author: flaskops.stack contributors
    options:
      cache_package:
        description: The Debian package.
        type: str
        default: memcached
""",
    "roles/cache/defaults/main.yml": "---\ncache_package: memcached\n",
    "roles/cache/vars/main/main.yml": """\
---
_cache_resources:
  - kind: package
    name: "{{ cache_package }}"
_cache_kinds: "{{ cache_drift.kinds.cache | default([]) }}"
""",
    "roles/cache/vars/main/mistakes.yml": """\
---
_cache_rules:
  - ok: "{{ cache_package is regex('^[a-z0-9.+-]+\\\\Z') }}"
    message: cache_package is "{{ cache_package }}"; it must be the name of a package.
_cache_mistakes: "{{ _cache_rules | rejectattr('ok') | map(attribute='message') }}"
""",
    "roles/cache/tasks/main.yml": """\
---
- name: Compare with the host
  flaskops.stack.drift_info:
    resources: {cache: "{{ _cache_resources }}"}
  become: true
  register: cache_drift
""",
    "roles/cache/tasks/declare.yml": "---\n[]\n",
    "molecule/cache/molecule.yml": "---\n",
    "molecule/cache/converge.yml": "---\n",
    "molecule/cache/tests/test_cache.py": '"""Tests."""\n',
}
# {file: (what stands there, what stands there with the role)}
PLACES = {
    "Makefile": ("SCENARIOS := ", "SCENARIOS := cache "),
    ".github/workflows/test.yml": ("[app, database,", "[app, cache, database,"),
    f"{COMMON}/tasks/wiring.yml": (
        "\n- name: Know the resources of the role app\n",
        "\n- name: Know the resources of the role cache\n  ansible.builtin.import_role:\n"
        "    name: flaskops.stack.cache\n    tasks_from: declare\n"
        "\n- name: Know the resources of the role app\n",
    ),
}
# The same within one file.
WIRING = {
    "the comparison": ('\napp_drift: "', '\ncache_drift: "{{ _site_before }}"\napp_drift: "'),
    "the resources": ("\n  app: _site_app_resources\n",
                      "\n  app: _site_app_resources\n  cache: _cache_resources\n"),
    "the end of a run": ("pg_hba, app, redis,", "pg_hba, app, cache, redis,"),
    "the check of the input": ("(['app', 'gunicorn',", "(['app', 'cache', 'gunicorn',"),
}  # fmt: skip
MISTAKES = (
    "\n  or (_app_mistakes if 'app' in _site_to_check else [])",
    "\n  or (_cache_mistakes if 'cache' in _site_to_check else [])"
    "\n  or (_app_mistakes if 'app' in _site_to_check else [])",
)


def replace(path, before, after):
    text = path.read_text()
    assert before in text, (path, before)
    path.write_text(text.replace(before, after, 1))


@pytest.fixture
def copy(tmp_path):
    """A function that makes a copy of the tree with the role, without one place."""

    def make(left_out=None):
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=CHECKOUT, capture_output=True, text=True, check=True,
        ).stdout.split("\0")  # fmt: skip
        for name in filter(None, listed):
            if (CHECKOUT / name).is_file():
                (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(CHECKOUT / name, tmp_path / name)
        link = tmp_path / ".cache" / "collections" / "ansible_collections" / "flaskops" / "stack"
        link.parent.mkdir(parents=True)
        link.symlink_to(tmp_path)
        add(tmp_path, left_out)
        return tmp_path

    return make


def add(root, left_out):
    for name, text in ROLE.items():
        if name != left_out:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
    for name, (before, after) in PLACES.items():
        if name != left_out:
            replace(root / name, before, after)
    for name, (before, after) in WIRING.items():
        if name != left_out:
            replace(root / COMMON / "vars" / "main" / "main.yml", before, after)
    if left_out != "its mistakes":
        replace(root / COMMON / "vars" / "main" / "mistakes.yml", *MISTAKES)
    if left_out != "its README" and "argument_specs" not in str(left_out):
        subprocess.run([sys.executable, root / "scripts" / "role-readmes"], check=True)


def contracts(root):
    """(exit status, output) of the contracts of a tree."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-k", "role or scenario or workflow",
         "tests/unit/test_contracts.py"],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_a_role_by_the_recipe_keeps_the_contracts(copy):
    status, output = contracts(copy())
    assert status == 0, output[-3000:]


LEFT_OUT = [*ROLE, *PLACES, *WIRING, "its mistakes", "its README"]


@pytest.mark.parametrize("left_out", LEFT_OUT)
def test_a_place_that_is_left_out_is_told(copy, left_out):
    status, output = contracts(copy(left_out))
    assert status == 1, output[-3000:]
    assert "cache" in output
