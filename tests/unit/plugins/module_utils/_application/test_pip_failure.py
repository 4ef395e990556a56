import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import pip_failure

PYTHON = "3.11.2"
BROKEN = (
    "WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after"
    " connection broken by "
)
NONE = "ERROR: Could not find a version that satisfies the requirement {0} (from versions: none)\n"
BUILD = """\
Processing /srv/x
  error: subprocess-exited-with-error
  × Getting requirements to build wheel did not run successfully.
  │ exit code: 1
  ╰─> [14 lines of output]
      {}
      [end of output]
"""
# What pip has really said, and what is told: the cause and the remedy.
SAID = [
    ("no such version",
     "ERROR: Could not find a version that satisfies the requirement click==88 (from versions:"
     " 8.4.2, 8.5.0, 8.5.1)\nERROR: No matching distribution found for click==88",
     "the index PyPI has no click==88 for this host; ask for a version that is there"
     " (app_requirements), such as 8.5.1, 8.5.0, 8.4.2"),
    ("no such package",
     "Looking in indexes: https://me:****@a.example/simple\n" + NONE.format("clack>=1"),
     "the index a.example has no package clack for this host; correct its name, or declare"),
    ("a version for a newer Python",
     "ERROR: Ignored the following versions that require a different python version: 9.0"
     " Requires-Python >=3.12; 9.1 Requires-Python >=3.12\nERROR: Could not find a version that"
     " satisfies the requirement x==9.0 (from versions: 8.0)",
     "x==9.0 is for Python >=3.12, and this host has 3.11.2; ask for a version that this Python may"
     " have (app_requirements), such as 8.0"),
    ("a project for a newer Python",
     "ERROR: Package 'shop' requires a different Python: 3.11.2 not in '>=3.12'",
     "shop requires Python >=3.12, and this host has 3.11.2"),
    ("an index that refuses", "Looking in indexes: http://127.0.0.1:9/simple\n" + BROKEN
     + "'NewConnectionError('<pip._vendor.urllib3.connection.HTTPConnection object at 0x7f>: Failed"
     " to establish a new connection: [Errno 111] Connection refused')': /simple/click/\n"
     + NONE.format("click"),
     "the index 127.0.0.1:9 does not answer this host (Connection refused); declare an index"),
    ("an index without an answer",
     BROKEN + "'ReadTimeoutError(\"HTTPSConnectionPool(host='index.invalid', port=443): Read timed"
     " out. (read timeout=15)\")': /simple/click/\n" + NONE.format("click"),
     "the index PyPI does not answer this host (timed out)"),
    ("a name without an address", BROKEN + "'NewConnectionError('<pip._vendor.urllib3.connection."
     "HTTPSConnection object at 0x7f>: Failed to establish a new connection: [Errno -2] Name or"
     " service not known')': /simple/six/\n" + NONE.format("six"),
     "(Name or service not known)"),
    ("a certificate", BROKEN + "'SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_"
     "FAILED] certificate verify failed: self-signed certificate in certificate chain (_ssl.c:992)"
     "'))': /simple/six/\n" + NONE.format("six"),
     "is not trusted (self-signed certificate in certificate chain); declare the file that has"
     " its authority's: app_pip_environment: {PIP_CERT: "),
    ("credentials", "WARNING: 401 Error, Credentials not correct for https://i.example/simple/x/\n"
     + NONE.format("x"),
     "the index refuses the credentials (401) for https://i.example/simple/x/"),
    ("another hash",
     "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you\n"
     "    click==8.1.7 from https://f.example/click-8.1.7-py3-none-any.whl (from -r a (line 1)):\n"
     "        Expected sha256 be74\n        Expected     or ca98\n             Got        ae74\n",
     "click==8.1.7 has another hash than is declared (ae74)"),
    ("a requirement without a version among hashes",
     "ERROR: In --require-hashes mode, all requirements must have their versions pinned with ==."
     " These do not:\n    MarkupSafe>=2.0 from https://f.example/m.whl (from jinja2==3.1.4)",
     "MarkupSafe>=2.0 has no hash, and others have"),
    ("a requirement without a hash",
     "ERROR: Hashes are required in --require-hashes mode, but they are missing from some\n"
     "    six==1.16.0 --hash=sha256:8abb", "six==1.16.0 has no hash, and others have"),
    ("versions that exclude each other",
     "ERROR: Cannot install jinja2==3.1.4 and markupsafe<2 because these package versions have"
     " conflicting dependencies.\n\nThe conflict is caused by:\n    The user requested"
     " markupsafe<2\n    jinja2 3.1.4 depends on MarkupSafe>=2.0\n\nTo fix this you could try\n",
     "jinja2==3.1.4 and markupsafe<2 exclude each other (The user requested markupsafe<2; jinja2"
     " 3.1.4 depends on MarkupSafe>=2.0); loosen one of them"),
    ("a folder that is not there",
     "ERROR: Invalid requirement: './nolib'\nHint: It looks like a path. File './nolib' does not"
     " exist.\n",
     "Invalid requirement: './nolib' (Hint: It looks like a path. File './nolib' does"),
    ("folders beside each other",
     BUILD.format("error: Multiple top-level packages discovered in a flat-layout: ['a', 'b']."),
     '"[tool.setuptools]" with "py-modules = []"'),
    ("no folder of hatchling's",
     BUILD.format("ValueError: Unable to determine which files to ship inside the wheel using"),
     '"[tool.hatch.build.targets.wheel]"'),
    ("no folder of Poetry's", BUILD.format("ValueError: No file/folder found for package shop"),
     "Poetry finds no folder of the package shop"),
    ("a build that fails", BUILD.format("no such thing"),
     "/srv/x cannot be built: no such thing; mend its setup.py or pyproject.toml"),
    ("a full disk", "ERROR: Could not install packages due to an OSError: [Errno 28] No space left"
     " on device", "there is no space left on the device"),
    ("what is not known", "ERROR: Something else", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), [row[1:] for row in SAID], ids=[row[0] for row in SAID])
def test_the_first_line_says_cause_and_remedy(text, told):
    found = pip_failure.explain(text, PYTHON)
    assert told in found if told else found == ""
    assert "\n" not in found


SKIPPED = (
    "  Skipping link: none of the wheel's tags ({0}-manylinux2014_x86_64) are compatible (run pip"
    " debug --verbose to show compatible tags): https://f.example/49/psycopg_binary-{1}-{0}-"
    "manylinux2014_x86_64.whl (from https://index.invalid/simple/psycopg-binary/)\n"
)


def test_the_pythons_of_a_pin_are_those_of_its_wheels():
    text = (
        "ERROR: Could not find a version that satisfies the requirement psycopg-binary==3.1.0"
        " (from versions: 3.1.4, 3.1.5)\n"
    )
    assert pip_failure.sought(text) == "psycopg-binary==3.1.0"
    passed_over = (
        SKIPPED.format("cp310-cp310", "3.1")
        + SKIPPED.format("cp37-cp37m", "3.1")
        + SKIPPED.format("cp313-cp313", "3.2.1")
    )
    found = pip_failure.explain(text, PYTHON, passed_over)
    assert "psycopg-binary==3.1.0 has wheels for Python 3.7, 3.10 alone and no source" in found
    assert "this host has 3.11" in found


@pytest.mark.parametrize("text", [NONE.format("click>=1"), NONE.format("click"), "ERROR: x"])
def test_what_is_no_pin_is_not_asked_about(text):
    assert pip_failure.sought(text) is None
