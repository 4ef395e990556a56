import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import unit_file


# systemd 252 and 257 made of each line the words on the left: ExecStart= of a unit that ran.
@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["/bin/x", "--workers=3", "shop.wsgi:app"], "/bin/x --workers=3 shop.wsgi:app"),
        (["two words", "", "it's"], '"two words" "" "it\'s"'),
        (['say "x"', "back\\slash", "a\\"], '"say \\"x\\"" "back\\\\slash" "a\\\\"'),
        (["$HOME ${X}", "%n %%"], '"$$HOME $${X}" "%%n %%%%"'),
        ([";", "#c", "`id`", "*"], '";" "#c" "`id`" "*"'),
        (["new\nline", "tab\tx", "cr\rx"], '"new\\nline" "tab\\tx" "cr\\rx"'),
        (["create_app(\"x\", 'y')"], '"create_app(\\"x\\", \'y\')"'),
    ],
)
def test_a_command_line(words, line):
    assert unit_file.command_line(words) == line
