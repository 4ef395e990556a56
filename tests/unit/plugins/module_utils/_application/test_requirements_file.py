import codecs

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import requirements_file
from ansible_collections.flaskops.stack.plugins.module_utils._application.requirements_file import (
    Contents,
)

HASH = "--hash=sha256:00"
# The text, the requirements by name, whether there are no others, options, hashes.
TEXTS = [
    ("names alone", "flask\nclick>=8\n", ["flask", "click>=8"], True, False, False),
    ("comments and empty lines", "# x\n\nflask>=3 # y\n", ["flask>=3"], True, False, False),
    ("a line that goes on", "flask \\\n  ==3\n", ["flask    ==3"], True, False, False),
    ("the same from Windows", "flask \\\r\n==3\r\n", ["flask  ==3"], True, False, False),
    ("a hash", f"flask==3 {HASH}\n", ["flask==3"], True, True, True),
    ("a hash on the next line", f"flask==3 \\\n  {HASH}\n", ["flask==3"], True, True, True),
    ("hashes for all", "--require-hashes\n", [], True, True, True),
    ("hashes in what is included", "-r hashed.txt\n", ["click==8"], True, True, True),
    ("another file", "-r more.txt\nflask\n", ["click", "flask"], True, True, False),
    ("the same, spelled out", "--requirement=more.txt\n", ["click"], True, True, False),
    ("a file in a folder, and what is beside it", "-r sub/a.txt\n", ["a", "b"], True, True, False),
    ("itself", "-r requirements.txt\n", [], True, True, False),
    ("constraints", "-c more.txt\nflask\n", ["flask"], True, True, False),
    ("another file behind an address", "-r https://x/y.txt\n", [], False, True, False),
    ("constraints behind an address", "-c https://x/y.txt\nflask\n", ["flask"], True, True, False),
    ("an index", "--index-url https://x\nflask\n", ["flask"], True, True, False),
    ("the application itself", "-e .\n", [], False, True, False),
    ("a wheel", "./wheel.whl\n", [], False, False, False),
    ("a repository", "git+https://x/y.git\n", [], False, False, False),
    ("a repository by name", "x @ git+file:///y\n", ["x @ git+file:///y"], True, False, False),
    ("a marker", "x; python_version>'3'\n", ["x; python_version>'3'"], True, False, False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"), [(row[1], row[2:]) for row in TEXTS], ids=[row[0] for row in TEXTS]
)
def test_what_a_file_asks_for(tmp_path, text, expected):
    (tmp_path / "sub").mkdir()
    (tmp_path / "more.txt").write_text("click\n")
    (tmp_path / "hashed.txt").write_text(f"click==8 {HASH}\n")
    (tmp_path / "sub" / "a.txt").write_text("-r b.txt\n")
    (tmp_path / "sub" / "b.txt").write_text("a\nb\n")
    path = tmp_path / "requirements.txt"
    path.write_text(text)
    assert requirements_file.read(str(path)) == Contents(*expected)


ENCODED = {
    "UTF-8": "flask # ü".encode(),
    "UTF-8 with a mark": codecs.BOM_UTF8 + "flask # ü".encode(),
    "UTF-16, as PowerShell redirects": codecs.BOM_UTF16_LE + "flask # ü".encode("utf-16-le"),
    "UTF-16 of the other order": codecs.BOM_UTF16_BE + "flask # ü".encode("utf-16-be"),
    "UTF-32": codecs.BOM_UTF32_LE + "flask # ü".encode("utf-32-le"),
    "what its comment says": "# -*- coding: latin-1 -*-\nflask # ü".encode("latin-1"),
}


@pytest.mark.parametrize("name", ENCODED)
def test_an_encoding_is_read_as_pip_reads_it(tmp_path, name):
    path = tmp_path / "requirements.txt"
    path.write_bytes(ENCODED[name])
    assert requirements_file.read(str(path)).texts == ["flask"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("flask # ü".encode("latin-1"), "requirements.txt is not UTF-8; save it as UTF-8"),
        ("flask".encode("utf-16-le"), "requirements.txt has NUL in it"),
        (b"# coding: nonsense\nflask", "is not NONSENSE; save it as UTF-8"),
        (b"-r base.txt\n", "base.txt, which .*requirements.txt includes: No such file"),
        (b"-c ../limits.txt\n", "limits.txt, which .*requirements.txt includes: No such file"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, content, message):
    path = tmp_path / "requirements.txt"
    path.write_bytes(content)
    with pytest.raises(requirements_file.RequirementsError, match=message):
        requirements_file.read(str(path))
