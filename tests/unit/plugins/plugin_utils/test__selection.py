import subprocess
from pathlib import Path

import pytest
from ansible_collections.flaskops.stack.plugins.plugin_utils import _selection

CHECKOUT = Path(__file__).parents[4]
SITE = str(CHECKOUT / "playbooks" / "site.yml")
MINE = """
- name: Mine
  import_playbook: flaskops.stack.site
  tags: [web, "{{ more | default('never-said') }}"]
"""
# A run that is only this collection's, by what the command line says: what is refused.
RUNS = [
    ({}, ""),
    ({"tags": ["all"]}, ""),
    ({"tags": ["untagged"]}, ""),
    ({"tags": ["nginx"]}, "--tags"),
    ({"tags": ["tagged"]}, "--tags"),
    ({"tags": ["always"]}, "--tags"),
    ({"tags": ["nginx,all"]}, ""),
    ({"skip_tags": ["nginx"]}, ""),
    ({"skip_tags": ["all"]}, "--tags or --skip-tags"),
    ({"skip_tags": ["untagged"]}, "--tags or --skip-tags"),
    ({"skip_tags": ["tagged"]}, ""),
    ({"skip_tags": ["always"], "tags": ["x"]}, "--tags"),
    ({"start_at_task": "Compare"}, "--start-at-task"),
    ({"start_at_task": "Compare", "listtasks": True}, ""),
    ({"tags": ["nginx"], "syntax": True}, ""),
    ({"subset": "mail1"}, ""),
]


@pytest.mark.parametrize(("said", "expected"), RUNS)
@pytest.mark.parametrize("name", [SITE, "flaskops.stack.site"])
def test_what_the_command_line_leaves(name, said, expected):
    found = _selection.refusal({"args": [name], **said}, [{"web1"}])
    assert (found[: len(expected)], bool(found)) == (expected, bool(expected))


@pytest.mark.parametrize(
    ("asked", "is_refused"),
    [([set()], True), ([{"web1"}], False), ([set(), {"web1"}], False)],
)
def test_a_limit_that_leaves_no_host(asked, is_refused):
    found = _selection.refusal({"args": [SITE], "subset": "mail1"}, asked)
    assert found.startswith("--limit mail1") == is_refused
    # Without one, the playbook itself says that there are none.
    assert _selection.refusal({"args": [SITE]}, asked) == ""


@pytest.mark.parametrize(
    ("text", "tags", "expected"),
    [
        ("- import_playbook: flaskops.stack.site", "web", "--tags"),
        ("- ansible.builtin.import_playbook: flaskops.stack.audit\n  tags: web, x", "web", ""),
        ("- import_playbook: flaskops.stack.audit\n  tags: web, x", "y", "--tags"),
        (f"- import_playbook: {SITE}\n  tags: [web]", "web", ""),
        (
            "- import_playbook: flaskops.stack.site\n  tags: a\n"
            "- import_playbook: flaskops.stack.audit\n  tags: b\n  vars: {x: !vault y}",
            "b", "",
        ),
        # Others have something to run too, or a template says what.
        (f"{MINE}- hosts: all\n  tasks: []", "y", ""),
        (MINE, "y", ""),
        ("- import_playbook: '{{ name }}'", "y", ""),
        ("- import_playbook: other.yml", "y", ""),
        ("- import_playbook: mine.yml", "y", ""),
        ("nothing", "y", ""),
        ("a: [", "y", ""),
        ("", "y", ""),
    ],
)  # fmt: skip
def test_a_playbook_that_imports_ours(tmp_path, text, tags, expected):
    path = tmp_path / "mine.yml"
    path.write_text(text)
    outer = tmp_path / "outer.yml"
    outer.write_text("- import_playbook: mine.yml")
    for name in (path, outer):
        found = _selection.refusal({"args": [str(name)], "tags": [tags]}, [{"web1"}])
        assert (found[: len(expected)], bool(found)) == (expected, bool(expected))


@pytest.mark.parametrize("playbook", ["site", "audit", "diagnose", "migrate"])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tags=nginx"], "--tags or --skip-tags leave nothing to be run"),
        (["--tags=nginx", "--check"], "--tags or --skip-tags leave nothing to be run"),
        (["--skip-tags=all,always"], "--tags or --skip-tags leave nothing to be run"),
        (["--start-at-task=no such task"], "--start-at-task passes over the comparison"),
        (["--limit=mail1"], "--limit mail1 leaves no host"),
    ],
)
def test_a_playbook_of_which_nothing_is_left_fails(tmp_path, playbook, arguments, message):
    inventory = tmp_path / "hosts"
    inventory.write_text("[app]\nweb1\n[database]\nweb1\n[mail]\nmail1\n")
    done = subprocess.run(
        [
            "ansible-playbook", "-i", inventory,
            f"playbooks/{playbook}.yml", *arguments,
        ],
        cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode != 0
    assert message in " ".join((done.stdout + done.stderr).split())
    assert "TASK" not in done.stdout
