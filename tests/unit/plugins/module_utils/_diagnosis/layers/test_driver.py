"""Whether a driver that cannot be imported is that of another Python."""

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis.layers import driver

VERSIONS = [
    ("its own", ["python3.11"], "python3.11", ""),
    ("of the one before", ["python3.9"], "python3.11", "python3.9"),
    ("of both", ["python3.11", "python3.9"], "python3.11", ""),
    ("of two others", ["python3.8", "python3.9"], "python3.11", "python3.8, python3.9"),
    ("of none", [], "python3.11", ""),
    ("of one that is not known", ["python3.9"], "", ""),
]


@pytest.mark.parametrize(("folders", "python", "others"), [row[1:] for row in VERSIONS],
                         ids=[row[0] for row in VERSIONS])  # fmt: skip
def test_the_packages_of_an_environment(tmp_path, folders, python, others):
    for folder in folders:
        (tmp_path / "lib" / folder).mkdir(parents=True)
    assert driver.other_versions(str(tmp_path), python) == others
