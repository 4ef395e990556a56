import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._host import sudoers

NAMES = ["shop", "#998", "%shop", "%#998"]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("root ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n", []),
        ("# shop ALL=(ALL) ALL\nDefaults:shop !requiretty\n", []),
        ("shop ALL=(ALL) NOPASSWD: ALL\n", [1]),
        ("\n%shop ALL=/bin/sh\n", [2]),
        ("#998 ALL=/bin/sh\n%#998 ALL=/bin/sh\n#9980 ALL=/bin/sh\n", [1, 2]),
        ("deploy, shop ALL=/bin/sh\ndeploy,shop,eve ALL = /bin/sh\n", [1, 2]),
        ("shopkeeper ALL=/bin/sh\n", []),
        ("ALL ALL=/bin/sh\n", [1]),
        ("ALL, !shop ALL=/bin/sh\n", []),
        ("User_Alias WEB = deploy, shop : OPS = eve\nWEB ALL=/bin/sh\nOPS ALL=/bin/sh\n", [2]),
        ("Cmnd_Alias X = /bin/sh\nshop \\\n  ALL = X\n", [2]),
    ],
)
def test_which_lines_name_somebody(tmp_path, text, numbers):
    path = tmp_path / "sudoers"
    path.write_text(text)
    found = sudoers.naming(sudoers.lines(str(path)), NAMES)
    assert [each.number for each in found] == numbers


def test_what_is_included(tmp_path):
    (tmp_path / "d").mkdir()
    for name in ("extra", "left.out", "left~"):
        (tmp_path / "d" / name).write_text("shop ALL=(ALL) ALL\n")
    path = tmp_path / "sudoers"
    path.write_text(f"@includedir {tmp_path}/d\n#include sudoers\n@include nowhere\n")
    found = sudoers.naming(sudoers.lines(str(path)), NAMES)
    assert [each.path for each in found] == [str(tmp_path / "d" / "extra")]


def test_there_may_be_no_sudo(tmp_path):
    assert sudoers.lines(str(tmp_path / "sudoers")) == []
