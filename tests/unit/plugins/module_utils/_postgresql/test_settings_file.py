import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql import settings_file


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("5MB", "x = '5MB'\n"),
        (5, "x = '5'\n"),
        (True, "x = 'on'\n"),
        (["localhost", "192.0.2.1"], "x = 'localhost,192.0.2.1'\n"),
        ("it's", "x = 'it''s'\n"),
        ("back\\slash\\", "x = 'back\\\\slash\\\\'\n"),
        ("two\nlines\ty\r", "x = 'two\\nlines\\ty\\r'\n"),
        ("", "x = ''\n"),
    ],
)
def test_a_line(value, line):
    assert settings_file.render({"x": value}) == line


def test_what_a_file_says(tmp_path):
    path = tmp_path / "x.conf"
    path.write_text("# a = 1\na = 2 # b\na '3'\nb='it''s # 4'\n\nc = ''\n= 5\n")
    assert settings_file.assigned(str(path)) == {"a": "3", "b": "it's # 4", "c": ""}
    (tmp_path / "link").symlink_to(path)
    assert settings_file.assigned(str(tmp_path / "link")) == {}
    assert settings_file.assigned(str(tmp_path / "nothing")) == {}
