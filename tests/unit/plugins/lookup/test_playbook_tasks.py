import subprocess
import sys
from pathlib import Path

import pytest
from ansible.errors import AnsibleLookupError
from ansible.plugins.loader import lookup_loader

CHECKOUT = Path(__file__).parents[4]
NAME = "flaskops.stack.playbook_tasks"


def test_it_names_the_collections_own_file():
    [path] = lookup_loader.get(NAME).run(["put_right.yml"])
    assert Path(path).samefile(CHECKOUT / "playbooks" / "tasks" / "put_right.yml")


def test_a_file_that_is_not_there_is_refused():
    with pytest.raises(AnsibleLookupError, match=r"There is no /.*/playbooks/tasks/nothing\.yml"):
        lookup_loader.get(NAME).run(["nothing.yml"])


@pytest.mark.parametrize("playbook", ["site", "audit"])
@pytest.mark.parametrize("place", [".", "tasks"])
def test_a_users_file_of_the_same_name_is_not_taken(tmp_path, playbook, place):
    """With an input that is wrong, so that the files which check it are included."""
    (tmp_path / "tasks").mkdir()
    for path in (CHECKOUT / "playbooks" / "tasks").glob("*.yml"):
        other = "- ansible.builtin.debug:\n    msg: somebody else's\n"
        (tmp_path / place / path.name).write_text(other)
    (tmp_path / "mine.yml").write_text(
        f"- name: Mine\n  ansible.builtin.import_playbook: flaskops.stack.{playbook}\n"
    )
    hosts = tmp_path / "hosts"
    hosts.write_text(
        f"[app]\nhere ansible_connection=local ansible_python_interpreter={sys.executable}\n"
    )
    command = ["ansible-playbook", "-i", str(hosts), str(tmp_path / "mine.yml")]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert "Declare app_name" in done.stdout, done.stdout + done.stderr
    assert "somebody else's" not in done.stdout
