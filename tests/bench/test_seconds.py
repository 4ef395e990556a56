"""The page that says where each second goes, from tasks that are made up."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import seconds


def test_the_rows_add_up_to_the_whole():
    rows = seconds.tasks_table(5.0, [["Install", 3.0], ["Skip", 0.05], ["Skip too", 0.05]])
    assert [row.split("|")[1:3] for row in rows.splitlines()[2:]] == [
        [" Ansible's start, and reading the playbook and the roles ", " 1.90 "],
        [" Install ", " 3.00 "],
        [" 2 shorter tasks ", " 0.10 "],
        [" **in all** ", " 5.00 "],
    ]
