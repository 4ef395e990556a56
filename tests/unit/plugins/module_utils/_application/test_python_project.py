import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import python_project
from pip._internal.models.index import PyPI

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
UV = (
    'version = 1\nrequires-python = ">=3.9"\n[[package]]\nname = "x"\nsource = {virtual = "."}\n'
    'dependencies = [{name = "flask"}]\n[[package]]\nname = "flask"\nversion = "3.0"\n'
    f'source = {{registry = "{PyPI.simple_url}"}}\nsdist = {{hash = "sha256:a"}}\n'
)
PIPFILE_LOCK = '{"_meta": {}, "default": {"flask": {"version": "==3.0", "hashes": ["sha256:a"]}}}'
REFUSED = [
    ("nothing at all", {"x.py": ""}, "requirements.txt",
     "neither requirements.txt (app_requirements) nor pyproject.toml"),
    ("a file that is not there", {"pyproject.toml": NAMED}, "prod.txt",
     "app_requirements is prod.txt, and there is no "),
    ("a lock of PDM", {"pyproject.toml": NAMED, "pdm.lock": ""}, "requirements.txt", "pdm export"),
    ("a lock of PDM, and the way without it", {"pyproject.toml": NAMED, "pdm.lock": ""},
     "requirements.txt", "Or declare app_requirements: pyproject.toml"),
    ("a Pipfile alone", {"Pipfile": ""}, "requirements.txt", 'run "pipenv lock"'),
    ("a lock that is no lock", {"pyproject.toml": NAMED, "uv.lock": ""}, "requirements.txt",
     "uv.lock is no uv.lock as its tool writes it (KeyError('version')); lock anew"),
    ("a lock that is no JSON", {"Pipfile.lock": "<<<<<<<"}, "requirements.txt",
     "Pipfile.lock: Expecting value"),
    ("a lock older than the project",
     {"pyproject.toml": NAMED.replace('"]', '", "Flask_Login"]'), "uv.lock": UV},
     "requirements.txt",
     'uv.lock has no flask-login, which the application asks for since; in that folder, run'),
    ("a lock older than the Pipfile", {"Pipfile": '[packages]\nclick = "*"\n',
     "Pipfile.lock": PIPFILE_LOCK}, "requirements.txt",
     "Pipfile.lock has no click, which the application asks for since"),
    ("a project that declares nothing", {"pyproject.toml": "[tool.ruff]\n"}, "requirements.txt",
     "declares neither a [project] with dependencies nor a [build-system]"),
    ("one of Poetry's own that is not packaged",
     {"pyproject.toml": BUILD + "[tool.poetry]\npackage-mode = false\n"}, "requirements.txt",
     'there is neither poetry.lock nor requirements.txt (app_requirements). In that folder, run'),
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
        assert found._replace(names=frozenset()) == python_project.BUILT_ALONE
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


LOCKED = [
    ("a lock of uv", {"pyproject.toml": NAMED, "uv.lock": UV}, "requirements.txt", False),
    ("a lock of uv and a project that it builds",
     {"pyproject.toml": BUILD + NAMED, "uv.lock": UV.replace("virtual", "editable")},
     "requirements.txt", True),
    ("a lock that is named", {"requirements.txt": "click", "uv.lock": UV}, "uv.lock", False),
    ("a lock of Pipenv", {"Pipfile": '[packages]\nFlask = "*"\n', "Pipfile.lock": PIPFILE_LOCK},
     "requirements.txt", False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "requirements", "is_built"),
    [row[1:] for row in LOCKED], ids=[row[0] for row in LOCKED],
)  # fmt: skip
def test_what_is_locked_is_installed_as_it_is(tmp_path, files, requirements, is_built):
    write(tmp_path, files)
    found = python_project.installation(str(tmp_path), requirements)
    assert found.contents == ((["flask==3.0"], not is_built, True, True))
    assert found.is_built == is_built
    assert found.locked.pins == [("flask==3.0", ("sha256:a",))]


def test_a_requirements_file_comes_before_a_lock(tmp_path):
    write(tmp_path, {"requirements.txt": "click", "uv.lock": UV})
    assert python_project.installation(str(tmp_path)).locked is None


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"requirements.txt": "flask"}, ["gunicorn", "psycopg2-binary"]),
        ({"requirements.txt": "Psycopg2==2.9.10"}, ["gunicorn"]),
        ({"requirements.txt": "psycopg2-binary==2.9.9\ngunicorn<22"},
         ["gunicorn", "psycopg2-binary"]),
        ({"pyproject.toml": BUILD + NAMED.replace("flask>=3", "psycopg2>=2")}, ["gunicorn"]),
        ({"pyproject.toml": BUILD + POETRY.replace("flask", "psycopg2")}, ["gunicorn"]),
        ({"uv.lock": UV.replace("flask", "psycopg2")}, ["gunicorn"]),
    ],
)  # fmt: skip
def test_a_driver_is_not_installed_over_its_twin(tmp_path, files, expected):
    write(tmp_path, files)
    found = python_project.installation(str(tmp_path))
    assert python_project.beside(["gunicorn", "psycopg2-binary"], found) == expected
