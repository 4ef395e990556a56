import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import commands


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("npm ci", ["npm", "ci"]),
        (["npm", "run", 1], ["npm", "run", "1"]),
        ("sh -c 'a && b > $HOME'", ["sh", "-c", "a && b > $HOME"]),
        ('python -c "import a; a.b()"', ["python", "-c", "import a; a.b()"]),
        ("find . -exec rm {} \\;", ["find", ".", "-exec", "rm", "{}", ";"]),
        ("echo \"it's\" 'so; so'", ["echo", "it's", "so; so"]),
        ("pip install 'a>=2'", ["pip", "install", "a>=2"]),
        ("cost $5", ["cost", "$5"]),
    ],
)
def test_words(command, words):
    assert commands.words(command) == words
    assert commands.mistakes([command]) == []


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("a && b", "'a && b', in which '&&' is for a shell"),
        ("a; b", "in which ';' is for a shell"),
        ("a | b", "in which '|' is for a shell"),
        ("a > b", "in which '>' is for a shell"),
        ("a 2>&1", "in which '>&' is for a shell"),
        ("echo $HOME", "in which '$HOME' is for a shell"),
        ('echo "${HOME}"', "in which '${HOME' is for a shell"),
        ("echo `id`", "in which '`' is for a shell"),
        ("a 'b", "no closing quotation"),
        ("", "names no program"),
        ([], "names no program"),
        ([""], "names no program"),
        (5, "5, which is neither a text nor a list"),
        (None, "None, which is neither"),
        (["a", "\0"], "a word with a NUL"),
        ({"name": "a", "command": "b; c"}, "in which ';' is for a shell"),
        ({"name": "a"}, "None, which is neither"),
        ({"name": "A b", "command": "b"}, "the name 'A b'; it is lower-case"),
        ({"command": "b"}, "the name ''; it is lower-case"),
    ],
)
def test_what_is_no_command(command, told):
    [found] = commands.mistakes([command])
    assert told in found


def test_a_name_is_one_commands():
    each = {"name": "a", "command": "b"}
    assert commands.mistakes([each, each]) == ["the name a twice"]


@pytest.mark.parametrize(
    ("code", "text", "lines"),
    [
        (1, "one\ntwo\nthree\n", ['"a b" ended with 1: three', "one", "two"]),
        (-9, "", ['"a b" was ended by signal 9: it said nothing']),
    ],
)
def test_the_first_line_has_the_last_words(code, text, lines):
    assert commands.failed(["a", "b"], code, text) == lines


def test_what_has_run_is_known(tmp_path):
    folder = str(tmp_path / "flaskops")
    assert commands.recorded("shop", folder) == {}
    commands.note("shop", "first", "1", folder)
    commands.note("shop", "warm", "1", folder)
    commands.note("shop", "warm", "2", folder)
    record = commands.recorded("shop", folder)
    assert record == {"first": ["1"], "warm": ["1", "2"]}
    assert commands.has_run(record, "first", "9", "ever")
    assert not commands.has_run(record, "first", "9", "release")
    # Also where a release comes back.
    assert commands.has_run(record, "warm", "1", "release")
    assert not commands.has_run(record, "other", "1", "ever")
    assert commands.recorded("other", folder) == {}


def test_a_record_that_others_could_write_says_nothing(tmp_path):
    commands.note("shop", "first", "1", str(tmp_path))
    (tmp_path / "shop.commands.json").chmod(0o666)
    assert commands.recorded("shop", str(tmp_path)) == {}
