import pytest
from ansible_collections.flaskops.stack.plugins.module_utils.environment_file import (
    EnvironmentFileError,
    parse,
    problems,
    render,
)

VALUES = [
    "",
    "plain",
    "two words",
    "  white space at both ends\t",
    "p@ss:w/o#r%d?&=",
    "#no comment",
    ";no comment",
    'double "quotes"',
    "it's",
    "$HOME ${HOME} `id` $(id)",
    "back\\slash \\\\ \\n \\",
    "two\nlines",
    "line at the end\n",
    "ünïcode ✓ 🐘",
    "%n %% 100%",
    "KEY=value",
    "".join(chr(number) for number in range(1, 32)),
]


@pytest.mark.parametrize("value", VALUES)
def test_value_survives_the_round_trip(value):
    assert parse(render({"KEY": value})) == {"KEY": value}


def test_variables_do_not_run_into_each_other():
    variables = {f"KEY_{number}": value for number, value in enumerate(VALUES)}
    assert parse(render(variables)) == variables


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (False, "false"), (8, "8"), (1.5, "1.5"), ("8", "8")]
)
def test_text_of_other_types(value, text):
    assert parse(render({"KEY": value})) == {"KEY": text}


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"1KEY": "x"}, "'1KEY' is no name"),
        ({"MY-KEY": "x"}, "'MY-KEY' is no name"),
        ({"": "x"}, "'' is no name"),
        ({"KEY\n": "x"}, "is no name"),
        ({"KEY": "a\0b"}, "value of KEY has the character U\\+0000"),
        ({"KEY": "a\udce9b"}, "value of KEY has the character U\\+DCE9"),
        ({"KEY": None}, "value of KEY: expected text"),
        ({"KEY": ["a"]}, "value of KEY: expected text"),
    ],
)
def test_what_systemd_would_drop_is_refused(variables, message):
    with pytest.raises(EnvironmentFileError, match=message):
        render(variables)


def test_an_error_never_has_the_value():
    with pytest.raises(EnvironmentFileError) as caught:
        render({"KEY": "hunter2\0"})
    assert "hunter2" not in str(caught.value)


# What systemd 252 and 257 made of each text: systemd-run -p EnvironmentFile=... env
@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("A=1\nB=2", {"A": "1", "B": "2"}),
        ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("# A=1\n; B=2\n\nC=3", {"C": "3"}),
        ("A = 1 ", {"A": "1"}),
        ("  A=1", {"A": "1"}),
        ("A=one two  ", {"A": "one two"}),
        ("A='it''s'", {"A": "its"}),
        ("A='a\\b\"c'", {"A": 'a\\b"c'}),
        ('A="a" "b"', {"A": "ab"}),
        ('A=x"y"', {"A": 'x"y"'}),
        ("A=a\\ b", {"A": "a b"}),
        ("A=a\\\nb", {"A": "ab"}),
        ('A="a\\\nb"', {"A": "ab"}),
        ('A="a\\nb"', {"A": "a\\nb"}),
        ("A=1\nA=2", {"A": "2"}),
        ("no assignment\nA=1", {"A": "1"}),
        ("1A=1\nA-B=2\nC=3", {"C": "3"}),
        ("A=", {"A": ""}),
        ("A=$B `c`", {"A": "$B `c`"}),
        ("A='open", {"A": "open"}),
    ],
)
def test_text_is_read_as_systemd_reads_it(text, variables):
    assert parse(text) == variables


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('A="b"\n# c = d\n\nB=c', []),
        ("A=b\nexport B=c", [(2, "export is the shell's")]),
        ("A: b", [(1, "it has no =")]),
        ("A=b\n\nMY-KEY=c", [(3, "what stands before the = is no name of a variable")]),
        ('A=b\nB="c\nC=d', [(2, "a quote is not closed")]),
        ("A='b", [(1, "a quote is not closed")]),
        ("A=b\r\nB=c\r\n", [(1, "it ends with a carriage return, as on Windows")]),
        ('A="two\nlines"\nB', [(3, "it has no =")]),
    ],
)
def test_what_systemd_passes_over_is_told(text, found):
    assert problems(text) == found
