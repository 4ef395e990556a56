import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import unit_folders


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("shop.service", ["shop.service", "service"]),
        ("a-b-c.socket", ["a-b-c.socket", "a-.socket", "a-b-.socket", "socket"]),
        ("pg@15-main.service", ["pg@15-main.service", "pg@.service", "service"]),
    ],
)
def test_the_names_for_which_there_may_be_drop_ins(unit, expected):
    assert unit_folders.names(unit) == expected


def test_drop_ins_and_links(tmp_path, monkeypatch):
    monkeypatch.setattr(unit_folders, "OTHERS", (str(tmp_path / "a"), str(tmp_path / "b")))
    monkeypatch.setattr(unit_folders, "PACKAGES", ())
    for name in ("a/pg@1.service.d/x.conf", "b/pg@.service.d/y.conf", "b/service.d/z.conf",
                 "b/pg@2.service.d/other.conf", "a/pg@1.service.d/no", "a/pg@1.service.wants/w",
                 "b/pg@.service.requires/r", "b/other.service.wants/w"):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    there = unit_folders.contents()
    names = ("a/pg@1.service.d/x.conf", "b/pg@.service.d/y.conf", "b/service.d/z.conf")
    assert unit_folders.drop_ins("pg@1.service", there) == {str(tmp_path / name) for name in names}
    links = ("a/pg@1.service.wants/w", "b/pg@.service.requires/r")
    assert unit_folders.dependencies("pg@1.service", there) == [
        str(tmp_path / name) for name in links
    ]
