import subprocess

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._resources import lines

ODD = r"a.*[x]^$/\&'\"\t ALL"


@pytest.mark.parametrize(
    ("number", "texts", "left"),
    [
        (2, [ODD], ["one", "two"]),
        # They are others by now.
        (1, [ODD], ["one", ODD, "two"]),
        (1, ["one", ODD], ["two"]),
    ],
)
def test_removal(tmp_path, number, texts, left):
    path = tmp_path / "a b"
    path.write_text("".join(f"{line}\n" for line in ["one", ODD, "two"]))
    subprocess.run(["sh", "-c", lines.removal(str(path), number, texts)], check=True)
    assert path.read_text().splitlines() == left
