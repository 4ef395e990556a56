"""Compared with the package packaging, which is what pip itself uses."""

import importlib.metadata
import itertools

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import requirement
from packaging import markers, requirements, specifiers

VERSIONS = [
    "1", "1.0", "1.0.0", "1.0.1", "1.1", "2.0", "0.9", "10.0", "1.0a1", "1.0.a.1", "1.0b2",
    "1.0rc1", "1.0-c1", "1.0.dev3", "1.0a1.dev2", "1.0.post1", "1.0-1", "1.0.post1.dev1",
    "1.0+local.1", "1.0+ubuntu-2", "1!0.5", "1!1.0", "v1.2.3", "2024.10.1",
]  # fmt: skip
WANTED = [v for v in VERSIONS if "+" not in v]
MARKERS = [
    'python_version >= "3.8"', 'python_version < "3"', "sys_platform == 'win32'",
    'os_name == "posix" and (sys_platform == "linux" or extra == "x")', 'extra == "test"',
    'extra == "Te_st"', '"linux" in sys_platform', 'sys_platform not in "win32 cygwin"',
    'platform_python_implementation == "CPython"', 'python_full_version > "3.7.1"',
    'platform_machine != "nothing"', 'implementation_name == "cpython" or extra == "a"',
    "python_version in '3.8 3.9'", 'python_version ~= "3.7"', 'python_version == "3.*"',
    'extra == "a" or extra == "b" and python_version < "3"',
]  # fmt: skip


@pytest.mark.parametrize("sign", ["==", "!=", "<=", ">=", "<", ">", "~=", "==="])
def test_versions_satisfy_what_packaging_says(sign):
    for version, wanted in itertools.product(VERSIONS, WANTED):
        if sign == "~=" and "." not in wanted.replace("1!", ""):
            continue
        try:
            expected = specifiers.Specifier(f"{sign}{wanted}").contains(version, prereleases=True)
        except specifiers.InvalidSpecifier:
            continue
        found = requirement.Requirement(f"x{sign}{wanted}").accepts(version)
        assert found == expected, (version, sign, wanted)


@pytest.mark.parametrize("wanted", ["1.*", "1.0.*", "1.0.0.*", "2.*", "1!1.*", "2024.*"])
def test_prefixes_match_what_packaging_says(wanted):
    for version, sign in itertools.product(VERSIONS, ["==", "!="]):
        expected = specifiers.Specifier(f"{sign}{wanted}").contains(version, prereleases=True)
        found = requirement.Requirement(f"x {sign} {wanted}").accepts(version)
        assert found == expected, (version, sign, wanted)


@pytest.mark.parametrize("marker", MARKERS)
@pytest.mark.parametrize("extra", ["", "test", "te-st", "x", "a", "b"])
def test_markers_say_what_packaging_says(marker, extra):
    expected = markers.Marker(marker).evaluate({"extra": extra})
    assert requirement.Requirement(f"x; {marker}").applies(extra) == expected


@pytest.mark.parametrize(
    "text",
    [
        "flask", "Flask_SQLAlchemy>=3,<4", "psycopg[binary]", "psycopg [ binary , pool ] >= 3.1",
        "a (>=1.0)", "a @ https://example.org/a.whl", 'a[x]>=1; python_version < "3.9"',
        "a @ file:///tmp/a ; os_name == 'nt'", "a>=1,!=1.5,<2",
    ],
)  # fmt: skip
def test_a_requirement_is_read_as_packaging_reads_it(text):
    found, expected = requirement.Requirement(text), requirements.Requirement(text)
    assert (found.name, found.extras) == (expected.name, expected.extras)
    assert (found.marker is None) == (expected.marker is None)
    assert {f"{sign}{wanted}" for sign, wanted in found.clauses} == set(
        map(str, expected.specifier)
    )


@pytest.mark.parametrize(
    "text", ["", "-r x", "a b", "a >> 1", "a>=x", "a; os_name", "a[", "a=1", "a; (x == '1'"]
)
def test_what_is_none_is_refused(text):
    with pytest.raises(requirement.RequirementError):
        requirement.Requirement(text)


def test_all_that_is_installed_here_is_read_as_packaging_reads_it():
    texts = {t for d in importlib.metadata.distributions() for t in d.requires or ()}
    assert len(texts) > 50
    for text in texts:
        found, expected = requirement.Requirement(text), requirements.Requirement(text)
        assert (found.name, found.extras) == (expected.name, expected.extras)
        for extra in ("", "test", "socks"):
            wanted = expected.marker is None or expected.marker.evaluate({"extra": extra})
            assert found.applies(extra) == wanted, text
        for version in VERSIONS:
            wanted = expected.specifier.contains(version, prereleases=True)
            assert found.accepts(version) == wanted, (text, version)
