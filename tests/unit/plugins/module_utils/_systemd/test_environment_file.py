import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._systemd.environment_file import (
    BYTE_ORDER_MARK,
    EnvironmentFileError,
    load,
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
    "a key from Windows\r\n\r",
    "\x7f\x80\x9f\u200b\u2028\ufeff\ufdcf\ufdf0\ufffd\U0010fffd",
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
        ({"KEY": "a\ufdd0b"}, "value of KEY has the character U\\+FDD0"),
        ({"KEY": "a\ufdefb"}, "value of KEY has the character U\\+FDEF"),
        ({"KEY": "a\ufffeb"}, "value of KEY has the character U\\+FFFE"),
        ({"KEY": "a\uffffb"}, "value of KEY has the character U\\+FFFF"),
        ({"KEY": "a\U0001fffeb"}, "value of KEY has the character U\\+1FFFE"),
        ({"KEY": "a\U0010ffffb"}, "value of KEY has the character U\\+10FFFF"),
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
        ("\ufeffA=b\nB=c", [(1, BYTE_ORDER_MARK)]),
        ("A=b\nB=c\nA=d", [(3, "A is set again, to another value; the last one counts")]),
        ("A=b\nA='b'", []),
    ],
)
def test_what_systemd_passes_over_is_told(text, found):
    assert [(problem.line, problem.reason) for problem in problems(text)] == found


# What systemd 252 and 257 did with each file: systemd-run -p EnvironmentFile=... env
@pytest.mark.parametrize(
    ("data", "refused"),
    [
        (b"A=1\nB=\xff\n", 2),
        (b"A\xff=1\n", 1),
        (b"A=\xed\xb3\xa9", 1),
        (b"A=\xc0\x80", 1),
        (b"A=\xf4\x90\x80\x80", 1),
        ("A='\ufffe'".encode(), 1),
        ("\nA=\ufdd0".encode(), 2),
        ("A=\U0002ffff".encode(), 1),
        (b"A=1\n\0B=2", 2),
        (b"# \xff\nB=2\n", None),
        (b"\xff\xff\nB=2\n", None),
        (b"A\x01=1\nB=2\n", None),
        (b"A=\x7f\x01", None),
        ("A=\ufeff\ufffd".encode(), None),
    ],
)
def test_a_file_is_refused_as_systemd_refuses_it(data, refused):
    found = load(data).refusal
    assert (found and found[0]) == refused
