import os
import py_compile

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import byte_code

UNCHECKED = py_compile.PycInvalidationMode.UNCHECKED_HASH
CHECKED = py_compile.PycInvalidationMode.CHECKED_HASH


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("x = 1\n")
    return path


def compiled(source, **options):
    return py_compile.compile(str(source), **options)


def cut(source):
    path = compiled(source)
    os.truncate(path, 7)
    return path


def older(source):
    path = compiled(source)
    os.utime(source, (1, 1))
    return path


def moved(source):
    return os.rename(compiled(source), source.with_suffix(".pyc")) or source.with_suffix(".pyc")


def without_source(source):
    path = compiled(source)
    source.unlink()
    return path


def alone(source):
    path = moved(source)
    source.unlink()
    return path


@pytest.mark.parametrize(
    ("make", "text", "is_loaded"),
    [
        (compiled, "in the place of the source", True),
        (lambda source: compiled(source, invalidation_mode=UNCHECKED), "without a look", True),
        (lambda source: compiled(source, invalidation_mode=CHECKED), "is looked at", True),
        (older, "another state", False),
        (cut, "no byte code", False),
        (without_source, "no source", False),
        (moved, "which Python prefers", False),
        (alone, "no source", True),
    ],
)
def test_describe(source, make, text, is_loaded):
    found = byte_code.describe(str(make(source)))
    assert text in found[0]
    assert found[1] is is_loaded
