import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import python_project

NAMED = '[project]\nname = "x"\nversion = "1"\ndependencies = ["flask>=3"]\n'
BUILD = '[build-system]\nrequires = ["setuptools"]\n'
POETRY = '[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\nflask = "*"\n'
# The files, app_requirements, and what is installed: a file, the folder ("."), or dependencies.
INSTALLED = [
    ("a requirements file", {"requirements.txt": "flask"}, "requirements.txt", "requirements.txt"),
    ("a file of another name", {"a/b.txt": "flask"}, "a/b.txt", "a/b.txt"),
    ("a requirements file beside a project and its lock",
     {"requirements.txt": "flask", "pyproject.toml": NAMED, "uv.lock": ""},
     "requirements.txt", "requirements.txt"),
    ("a project that can be built", {"pyproject.toml": BUILD + NAMED}, "requirements.txt", "."),
    ("a project without a way to be built", {"pyproject.toml": NAMED},
     "requirements.txt", ["flask>=3"]),
    ("one whose packages are in src", {"pyproject.toml": NAMED, "src/x/__init__.py": ""},
     "requirements.txt", "."),
    ("one with a setup.py", {"pyproject.toml": NAMED, "setup.py": ""}, "requirements.txt", "."),
    ("one whose dependencies are in a file",
     {"pyproject.toml": '[project]\nname = "x"\ndynamic = ["dependencies"]\n'},
     "requirements.txt", "."),
    ("one that Poetry does not package",
     {"pyproject.toml": BUILD + NAMED + "[tool.poetry]\npackage-mode = false\n"},
     "requirements.txt", ["flask>=3"]),
    ("one that uv packages", {"pyproject.toml": NAMED + "[tool.uv]\npackage = true\n"},
     "requirements.txt", "."),
    ("one of Poetry's own", {"pyproject.toml": BUILD + POETRY}, "requirements.txt", "."),
    ("a project without dependencies", {"pyproject.toml": '[project]\nname = "x"\n'},
     "requirements.txt", []),
    ("a setup.py alone", {"setup.py": ""}, "requirements.txt", "."),
    ("a project although it has a lock", {"pyproject.toml": NAMED, "uv.lock": ""},
     "pyproject.toml", ["flask>=3"]),
    ("a project with a byte order mark", {"pyproject.toml": "\ufeff" + NAMED}, "requirements.txt",
     ["flask>=3"]),
]  # fmt: skip
UV = "uv export --frozen --no-dev --no-emit-project --output-file requirements.txt"
REFUSED = [
    ("nothing at all", {"x.py": ""}, "requirements.txt",
     "neither requirements.txt (app_requirements) nor pyproject.toml"),
    ("a file that is not there", {"pyproject.toml": NAMED}, "prod.txt",
     "app_requirements is prod.txt, and there is no "),
    ("a lock of uv", {"pyproject.toml": NAMED, "uv.lock": ""}, "requirements.txt", UV),
    ("a lock of uv, and the way without it", {"pyproject.toml": NAMED, "uv.lock": ""},
     "requirements.txt", "Or declare app_requirements: pyproject.toml"),
    ("a lock of Poetry", {"pyproject.toml": BUILD + POETRY, "poetry.lock": ""}, "requirements.txt",
     "poetry export --output requirements.txt"),
    ("a lock of PDM", {"pyproject.toml": NAMED, "pdm.lock": ""}, "requirements.txt", "pdm export"),
    ("a Pipfile with its lock", {"Pipfile": "", "Pipfile.lock": ""}, "requirements.txt",
     'run "pipenv requirements > requirements.txt"'),
    ("a Pipfile alone", {"Pipfile": ""}, "requirements.txt",
     'run "pipenv lock && pipenv requirements > requirements.txt"'),
    ("a lock as the file", {"Pipfile.lock": "{}"}, "Pipfile.lock", "which pip cannot read"),
    ("a project that declares nothing", {"pyproject.toml": "[tool.ruff]\n"}, "requirements.txt",
     "declares neither a [project] with dependencies nor a [build-system]"),
    ("one of Poetry's own that is not packaged",
     {"pyproject.toml": BUILD + "[tool.poetry]\npackage-mode = false\n"}, "requirements.txt",
     'run "poetry lock && poetry export --output requirements.txt"'),
    ("a project that is no TOML", {"pyproject.toml": "[project\n"}, "requirements.txt",
     "pyproject.toml: "),
    ("a file that is included and not there", {"requirements.txt": "-r base.txt"},
     "requirements.txt", "base.txt, which "),
]  # fmt: skip


def write(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.mark.parametrize(
    ("files", "requirements", "expected"),
    [row[1:] for row in INSTALLED], ids=[row[0] for row in INSTALLED],
)  # fmt: skip
def test_what_is_installed(tmp_path, files, requirements, expected):
    write(tmp_path, files)
    found = python_project.installation(str(tmp_path), requirements)
    if isinstance(expected, list):
        assert (found.is_built, found.file, found.contents.texts) == (False, None, expected)
        assert found.contents.names_all
    elif expected == ".":
        assert found == python_project.BUILT_ALONE
    else:
        assert found.file == str(tmp_path / expected)


@pytest.mark.parametrize(
    ("files", "requirements", "message"),
    [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED],
)  # fmt: skip
def test_what_is_refused_says_what_to_do(tmp_path, files, requirements, message):
    write(tmp_path, files)
    with pytest.raises(python_project.ProjectError) as caught:
        python_project.installation(str(tmp_path), requirements)
    assert message in str(caught.value)
    assert str(tmp_path) in str(caught.value)
