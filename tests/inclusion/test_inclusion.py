"""What the Ansible package asks of a collection, rule by rule, of the tarball that is released.

https://docs.ansible.com/ansible/devel/community/collection_contributors/collection_requirements.html
"""

import json
import os
import re
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml

CHECKOUT = Path(__file__).parents[2]
FOLDERS = {
    "action", "become", "cache", "callback", "cliconf", "connection", "doc_fragments", "filter",
    "httpapi", "inventory", "lookup", "module_utils", "modules", "netconf", "plugin_utils",
    "shell", "strategy", "terminal", "test", "vars",
}  # fmt: skip
DOCUMENTED = ("filter", "lookup", "modules")
SEMANTIC = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}(-[0-9A-Za-z.-]+)?\Z")


def run(*command, cwd=CHECKOUT, **environment):
    """What a command prints; fails where it does, or where it warns."""
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout + done.stderr


@pytest.fixture(scope="session")
def tarball(tmp_path_factory):
    return Path(run("scripts/tarball", tmp_path_factory.mktemp("tarball")).strip())


@pytest.fixture(scope="session")
def place(tarball, tmp_path_factory):
    """A folder of collections, in which the tarball is installed."""
    folder = tmp_path_factory.mktemp("installed")
    run("ansible-galaxy", "collection", "install", tarball, "--force", "--offline", "-p", folder)
    return folder


@pytest.fixture(scope="session")
def collection(place):
    return place / "ansible_collections" / "flaskops" / "stack"


@pytest.fixture
def manifest(collection):
    return json.loads((collection / "MANIFEST.json").read_text())["collection_info"]


def plugins(collection):
    return [
        (p.parent.name, p.stem) for f in DOCUMENTED for p in collection.glob(f"plugins/{f}/*.py")
    ]


def documentation(collection):
    """{(folder, plugin): its documentation}"""
    found = {}
    for folder, name in plugins(collection):
        text = (collection / "plugins" / folder / f"{name}.py").read_text()
        [source] = re.findall(r'^DOCUMENTATION = r"""(.*?)^"""', text, re.M | re.S)
        found[folder, name] = yaml.safe_load(source)
    return found


def test_it_says_what_it_is(manifest):
    for key in ("repository", "documentation", "issues", "homepage", "description", "authors"):
        assert manifest[key], key
    assert 0 < len(manifest["tags"]) <= 20


def test_its_version_is_semantic(manifest):
    assert SEMANTIC.match(manifest["version"])


def test_its_name_is_well_formed(manifest):
    assert re.fullmatch(r"[a-z][a-z0-9_]*", manifest["namespace"])
    assert re.fullmatch(r"[a-z][a-z0-9_]*", manifest["name"])


def test_its_license_is_free_and_there(manifest, collection):
    assert manifest["license"] == ["GPL-3.0-or-later"]
    assert "GNU GENERAL PUBLIC LICENSE" in (collection / "LICENSE").read_text()
    for path in collection.glob("plugins/**/*.py"):
        assert "SPDX-License-Identifier: GPL-3.0-or-later" in path.read_text(), path


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "CODE_OF_CONDUCT.md", "MAINTAINERS"])
def test_it_has_the_files_that_people_look_for(collection, name):
    assert (collection / name).read_text().strip()


def test_its_readme_says_what_is_supported(collection):
    text = (collection / "README.md").read_text()
    assert "ansible-core 2.19" in text
    assert "Python 3" in text
    assert "Debian 12 or 13" in text
    assert "ansible-galaxy collection install flaskops.stack" in text


def test_it_requires_the_ansible_core_that_it_is_tested_with(collection):
    runtime = yaml.safe_load((collection / "meta" / "runtime.yml").read_text())
    assert runtime["requires_ansible"] == ">=2.19.0"
    assert "2.19 2.20 2.21" in (CHECKOUT / "scripts" / "test-matrix").read_text()


def test_it_depends_only_on_collections_of_the_package(manifest):
    assert manifest["dependencies"].keys() == {"community.postgresql"}


def test_its_folders_are_those_that_ansible_knows(collection):
    found = {path.name for path in (collection / "plugins").iterdir() if path.is_dir()}
    assert found - FOLDERS == set()


def test_it_has_no_large_and_no_binary_files(tarball):
    with tarfile.open(tarball) as archive:
        large = [member.name for member in archive if member.size > 2**18]
        programs = [
            m.name for m in archive if m.isfile() and m.name.endswith((".so", ".pyc", ".exe"))
        ]
    assert large + programs == []


def test_each_plugin_says_since_when_it_is_there(collection):
    for name, found in documentation(collection).items():
        assert SEMANTIC.match(found["version_added"]), name


def test_each_module_says_what_it_supports(collection):
    for (folder, name), found in documentation(collection).items():
        if folder == "modules":
            assert {"check_mode", "diff_mode", "platform"} <= found["attributes"].keys(), name


# These change nothing either, and are there for what they do: wait, show, and refuse a branch.
NO_INFORMATION = {"await_packages", "diagnosis_report", "git_version"}


def test_modules_that_only_return_information_are_named_so(collection):
    nothing = re.compile(r"There is nothing to change|Nothing is changed")
    found = {
        name
        for (folder, name), said in documentation(collection).items()
        if folder == "modules" and nothing.match(said["attributes"]["diff_mode"]["description"])
    }
    assert found >= NO_INFORMATION
    assert {name for name in found - NO_INFORMATION if not name.endswith("_info")} == set()


def test_examples_name_modules_in_full(collection):
    for folder, name in plugins(collection):
        text = (collection / "plugins" / folder / f"{name}.py").read_text()
        [source] = re.findall(r'^EXAMPLES = r"""(.*?)^"""', text, re.M | re.S)
        for task in yaml.safe_load(source):
            words = {"name", "vars", "when", "register", "become", "loop", "hosts", "tasks"}
            named = [key for key in task if key not in words and isinstance(task[key], dict)]
            assert all(key.count(".") >= 2 for key in named), (name, named)


@pytest.mark.parametrize("folder", DOCUMENTED)
def test_each_plugin_has_a_page_of_documentation(collection, place, folder):
    names = [f"flaskops.stack.{name}" for each, name in plugins(collection) if each == folder]
    kind = "module" if folder == "modules" else folder
    text = run("ansible-doc", "--type", kind, *names, ANSIBLE_COLLECTIONS_PATH=str(place))
    assert text.count("EXAMPLES") == len(names) > 5
    assert "WARNING" not in text


def test_each_role_has_a_page_of_documentation(collection, place):
    names = [f"flaskops.stack.{path.name}" for path in (collection / "roles").iterdir()]
    text = run("ansible-doc", "--type", "role", *names, ANSIBLE_COLLECTIONS_PATH=str(place))
    assert text.count("ENTRY POINT") == len(names) > 5


def test_its_documentation_passes_antsibull_docs(collection, place):
    run(
        "antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck", ".",
        cwd=collection, ANSIBLE_COLLECTIONS_PATH=str(place),
    )  # fmt: skip


def test_its_changelog_passes_antsibull_changelog():
    run("antsibull-changelog", "lint")
    for path in (CHECKOUT / "changelogs" / "fragments").glob("*.yml"):
        assert yaml.safe_load(path.read_text()), path


def test_galaxy_would_take_it(tarball):
    text = run("scripts/importer", tarball)
    assert "Importer processing completed successfully" in text
    assert re.findall(r"ERROR.*|Linting collection via ansible-lint", text) == [
        "Linting collection via ansible-lint"
    ]


def test_sanity_tests_are_passed_without_exceptions():
    """The tests themselves are make sanity."""
    assert list(CHECKOUT.glob("tests/sanity/ignore*.txt")) == []
    assert "run: make sanity" in (CHECKOUT / ".github/workflows/test.yml").read_text()


def test_workflows_are_well_formed_and_run_what_everybody_can_run():
    run("scripts/actionlint")
    for path in (CHECKOUT / ".github" / "workflows").glob("*.yml"):
        commands = re.findall(r"run: (.*)", path.read_text())
        assert [text for text in commands if not text.startswith("make ")] == [], path
        for target in re.findall(r"run: make ([a-z-]+)", path.read_text()):
            run("make", "--dry-run", target, "VERSION=0")


def test_an_execution_environment_has_what_it_needs(tarball, collection, place, tmp_path):
    text = run("ansible-builder", "introspect", place)
    assert "openssh-client" in text
    definition = yaml.safe_load((CHECKOUT / "examples/execution-environment.yml").read_text())
    assert definition["dependencies"]["galaxy"]["collections"] == [{"name": "flaskops.stack"}]
    definition["dependencies"]["galaxy"]["collections"] = [{"name": str(tarball), "type": "file"}]
    (tmp_path / "execution-environment.yml").write_text(yaml.safe_dump(definition))
    run("ansible-builder", "create", "--context", "context", cwd=tmp_path)
    assert str(tarball) in (tmp_path / "context/_build/requirements.yml").read_text()


def test_a_release_is_one_command_and_the_same_twice(tmp_path):
    """In two clones, of which nothing leaves this machine."""
    found = []
    for name in ("one", "two"):
        run("git", "clone", "--quiet", CHECKOUT, tmp_path / name, cwd=tmp_path)
        author = {f"GIT_{who}_{what}": "release@example.com"
                  for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}  # fmt: skip
        text = run("scripts/release", "9.9.9-rc.1", cwd=tmp_path / name, **author)
        [path] = re.findall(r"^/.*\.tar\.gz$", text, re.M)
        found.append(Path(path).read_bytes())
        assert "v9-9-9-rc-1" in (tmp_path / name / "CHANGELOG.md").read_text()
        assert run("git", "describe", "--tags", cwd=tmp_path / name).strip() == "9.9.9-rc.1"
    assert found[0] == found[1]
    done = subprocess.run(["scripts/release", "1.0"], cwd=tmp_path / "one", capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert done.returncode != 0
    assert "no semantic version" in done.stderr
