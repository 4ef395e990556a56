"""What holds for every role, module and kind of resource, however many there will be."""

import ast
import importlib
import importlib.util
import inspect
import os
import re
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest
import yaml
from ansible_collections.flaskops.stack.plugins.module_utils import _module
from ansible_collections.flaskops.stack.plugins.module_utils._comparison import compare
from ansible_collections.flaskops.stack.plugins.module_utils._diagnosis import (
    application_errors,
    ladder,
)
from ansible_collections.flaskops.stack.plugins.module_utils._postgresql.session import (
    login_options,
)

CHECKOUT = Path(__file__).parents[2]
UNITS = CHECKOUT / "tests" / "unit" / "plugins"
# What the playbooks share; and the roles that users may run alone.
COMMON = "site_common"
ROLES = sorted(path.name for path in (CHECKOUT / "roles").iterdir() if path.name != COMMON)
MODULES = sorted(path.stem for path in (CHECKOUT / "plugins" / "modules").glob("*.py"))
# What an action plugin takes is checked by Ansible itself.
REAL_MODULES = [m for m in MODULES if not (CHECKOUT / "plugins" / "action" / f"{m}.py").exists()]
# What would take a false server, a server without memory. nginx says 503 only where told to.
UNPROVOKED = {"auth.server_unproven", "capacity.resources", "request.unavailable"}
PLUGINS = "ansible_collections.flaskops.stack.plugins"


def load(*path):
    file = CHECKOUT.joinpath(*path)
    return (yaml.safe_load(file.read_text()) or {}) if file.exists() else {}


@pytest.fixture(params=ROLES)
def role(request):
    return request.param


@pytest.fixture
def options(role):
    return load("roles", role, "meta", "argument_specs.yml")["argument_specs"]["main"]["options"]


# What the playbooks say takes the place of a default, and of no more.
WIRED = re.compile(r"\{\{ _site_(\w+) \| default\((.*)\) \}\}", re.S)


def alone(name, default):
    """A default as it is where no playbook of this collection gives it."""
    wired = WIRED.fullmatch(default) if isinstance(default, str) else None
    if not wired:
        return default
    assert wired[1] == name
    try:
        return yaml.safe_load(wired[2])
    except yaml.YAMLError:
        return f"{{{{ {wired[2]} }}}}"


def test_a_default_is_what_its_documentation_says(role, options):
    documented = {name: o["default"] for name, o in options.items() if "default" in o}
    defaults = load("roles", role, "defaults", "main.yml")
    assert defaults.keys() == documented.keys()
    for name, default in defaults.items():
        found = alone(name, default)
        assert found == documented[name] or f"{{{{ {found} }}}}" == documented[name], name


def test_what_the_wiring_says_of_an_option_is_taken(role):
    wiring = load("roles", COMMON, "vars", "main", "main.yml")
    for name, default in load("roles", role, "defaults", "main.yml").items():
        assert (f"_site_{name}" in wiring) == bool(WIRED.fullmatch(str(default))), name


def test_the_wirings_own_defaults_are_of_its_options_and_of_required_ones():
    def options_of(role):
        specification = load("roles", role, "meta", "argument_specs.yml")["argument_specs"]
        return specification["main"]["options"]

    required = {n for r in ROLES for n, o in options_of(r).items() if o.get("required")}
    defaults = load("roles", COMMON, "defaults", "main.yml")
    own = {n: o["default"] for n, o in options_of(COMMON).items() if "default" in o}
    assert {name: defaults[name] for name in own} == own
    assert defaults.keys() - own.keys() - required == {"ansible_python_interpreter"}


def test_a_role_has_its_files(role):
    names = [
        "README.md", "defaults/main.yml", "meta/argument_specs.yml", "meta/main.yml",
        "tasks/declare.yml", "tasks/main.yml", "vars/main/main.yml", "vars/main/mistakes.yml",
    ]  # fmt: skip
    assert [name for name in names if not (CHECKOUT / "roles" / role / name).is_file()] == []


def test_the_playbooks_know_a_role(role):
    imported = (CHECKOUT / "roles" / COMMON / "tasks" / "wiring.yml").read_text()
    assert f"name: flaskops.stack.{role}\n    tasks_from: declare\n" in imported
    wiring = load("roles", COMMON, "vars", "main", "main.yml")
    assert f"{role}_drift" in wiring
    assert role in {**wiring["_site_database_names"], **wiring["_site_app_names"]}
    assert role in wiring["_site_compared_roles"]
    assert f"'{role}'" in wiring["_site_to_check"]


def test_an_option_is_required_or_has_a_default(options):
    for name, option in options.items():
        assert option.get("required", False) != ("default" in option), name


def test_a_public_variable_begins_with_the_roles_name(role, options):
    assert [name for name in options if not name.startswith(f"{role}_")] == []


def test_an_internal_variable_begins_with_an_underscore(role):
    files = list((CHECKOUT / "roles" / role / "vars" / "main").glob("*.yml"))
    names = [name for file in files for name in load(file)]
    assert len(names) > 2
    assert [name for name in names if not name.startswith(f"_{role}_")] == []


def test_the_playbooks_ask_a_role_for_its_mistakes(role):
    wanted = f"(_{role}_mistakes if '{role}' in _site_to_check else [])"
    variables = load("roles", COMMON, "vars", "main", "mistakes.yml")
    assert wanted in variables["_site_input_mistakes"]
    assert f"_{role}_mistakes" in load("roles", role, "vars", "main", "mistakes.yml")


def test_a_role_names_no_other_role(role):
    others = [f"flaskops.stack.{other}" for other in ROLES if other != role]
    for file in (CHECKOUT / "roles" / role).rglob("*.*"):
        found = [other for other in others if other in file.read_text().split()]
        assert found == [], file


def test_a_role_has_a_scenario_with_tests_and_idempotence(role):
    scenario = CHECKOUT / "molecule" / role
    assert (scenario / "converge.yml").exists()
    assert list((scenario / "tests").glob("test_*.py"))
    sequence = load("molecule", "shared", "base.yml")["scenario"]["test_sequence"]
    assert {"idempotence", "verify"} <= set(sequence)


def test_every_scenario_is_run(role):
    makefile = (CHECKOUT / "Makefile").read_text()
    listed = next(line for line in makefile.splitlines() if line.startswith("SCENARIOS"))
    scenarios = {path.parent.name for path in CHECKOUT.glob("molecule/*/molecule.yml")}
    assert scenarios == set(listed.partition(":=")[2].split())


def test_a_role_requires_the_collections_that_it_uses(role):
    texts = [path.read_text() for path in (CHECKOUT / "roles" / role / "tasks").glob("*.yml")]
    used = {n for text in texts for n in re.findall(r"^ *(\w+\.\w+)\.\w+:$", text, re.M)}
    used -= {"ansible.builtin", "flaskops.stack"}
    wanted = load("galaxy.yml")["dependencies"]
    lacking = load("roles", role, "vars", "main", "main.yml").get(f"_{role}_lacking", "")
    assert set(re.findall(r"'(\w+\.\w+>=[0-9.]+)'", lacking)) == {n + wanted[n] for n in used}


def test_no_variable_is_there_twice():
    """Of two files of one role, the last one read would win, without a word."""
    found = {}
    for file in [
        *CHECKOUT.glob("roles/*/vars/main/*.yml"),
        *CHECKOUT.glob("roles/*/defaults/*.yml"),
    ]:
        for name in yaml.safe_load(file.read_text()):
            found.setdefault(name, []).append(str(file.relative_to(CHECKOUT)))
    assert {name: files for name, files in found.items() if len(files) > 1} == {}


def test_no_list_goes_through_a_set():
    """difference() and union() return another order in every run, and so another file."""
    sets = re.compile(r"\| *(difference|symmetric_difference|union)\(")
    for folder in ("playbooks", "roles"):
        for file in (CHECKOUT / folder).rglob("*.y*ml"):
            assert sets.search(file.read_text()) is None, file


def test_a_playbook_includes_no_files():
    """Ansible would look for them beside the user's playbook first; a role finds its own."""
    for file in (CHECKOUT / "playbooks").glob("*.yml"):
        assert re.findall(r"(?:import|include)_tasks:", file.read_text()) == [], file


@pytest.mark.parametrize("role", [*ROLES, COMMON])
def test_a_role_imports_its_own_files(role):
    """For an import in an included file, Ansible prefers the user's tasks/."""
    for file in (CHECKOUT / "roles" / role / "tasks").glob("*.yml"):
        for imported in re.findall(r"import_tasks: (.*)", file.read_text()):
            assert imported.startswith('"{{ role_path }}/tasks/'), file


@pytest.mark.parametrize("role", [*ROLES, COMMON])
def test_task_files_fit_on_a_screen(role):
    for file in (CHECKOUT / "roles" / role / "tasks").glob("*.yml"):
        assert len(file.read_text().splitlines()) <= 90, file


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_in_the_action_group(name):
    assert name in load("meta", "runtime.yml")["action_groups"]["all"]


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_used(name):
    files = [*CHECKOUT.glob("roles/*/tasks/*.yml"), *CHECKOUT.glob("playbooks/**/*.yml")]
    texts = [path.read_text() for path in files]
    assert any(f"flaskops.stack.{name}:" in text for text in texts)


@pytest.mark.parametrize("name", REAL_MODULES)
def test_documented_options_are_those_of_the_module(name, monkeypatch):
    module = importlib.import_module(f"{PLUGINS}.modules.{name}")
    documented = yaml.safe_load(module.DOCUMENTATION)
    options = dict(documented["options"])
    for fragment in documented.get("extends_documentation_fragment", []):
        source = importlib.import_module(f"{PLUGINS}.doc_fragments.{fragment.rpartition('.')[2]}")
        options.update(yaml.safe_load(source.ModuleDocFragment.DOCUMENTATION)["options"])
    spec = argument_spec(module, monkeypatch)
    assert describe(spec) == describe(options)


@pytest.mark.parametrize("name", REAL_MODULES)
def test_a_module_keeps_its_arguments_to_itself(name):
    """What an operator declares may be a secret, wherever it stands."""
    module = importlib.import_module(f"{PLUGINS}.modules.{name}")
    assert module.AnsibleModule is _module.AnsibleModule


def argument_spec(module, monkeypatch):
    """The specification that main() hands to AnsibleModule."""

    class Captured(Exception):
        pass

    def capture(argument_spec, **_other):
        raise Captured(argument_spec)

    monkeypatch.setattr(module, "AnsibleModule", capture)
    with pytest.raises(Captured) as caught:
        module.main()
    return caught.value.args[0]


def describe(options):
    """What a specification and its documentation have in common."""
    keys = ("type", "required", "default", "choices", "elements")
    return {
        name: {
            **{key: option[key] for key in keys if option.get(key) is not None},
            "options": describe(option.get("options") or option.get("suboptions") or {}),
        }
        for name, option in options.items()
    }


@pytest.mark.parametrize("kind", sorted(compare.KINDS))
def test_a_kind_is_documented_and_tested(kind):
    module = importlib.import_module(f"{PLUGINS}.modules.drift_info")
    assert f"C({kind}) is" in module.DOCUMENTATION
    for option in set(compare.KINDS[kind].OPTIONS) - set(login_options()):
        assert f"C({option})" in module.DOCUMENTATION, option
    assert (UNITS / "module_utils" / "_resources" / f"test_{kind}.py").exists()
    for function in ("identity", "read", "compare"):
        assert callable(getattr(compare.KINDS[kind], function))


@pytest.mark.parametrize("kind", sorted(compare.KINDS))
def test_what_a_kind_finds_is_drifted_into_for_real(kind):
    """Every kind has a row in the table of molecule/drift, except what needs two hosts, or one
    that is not converged (tests/integration/test_input.py)."""
    table = (CHECKOUT / "molecule" / "drift" / "drifts.py").read_text()
    # used_database is provoked by tests/integration/test_proof.py, with applications of its own,
    # foreign_database by test_managed.py.
    elsewhere = {
        "application_name", "connection", "foreign_database", "port", "request", "used_database",
    }  # fmt: skip
    assert f'"{kind}.' in table or kind in elsewhere


@pytest.mark.parametrize("role", [*ROLES, COMMON])
def test_the_readme_of_a_role_is_what_its_specification_says(role):
    loader = SourceFileLoader("role_readmes", str(CHECKOUT / "scripts" / "role-readmes"))
    program = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(program)
    assert (CHECKOUT / "roles" / role / "README.md").read_text() == program.page(role)


@pytest.mark.parametrize("name", ["checks", "kinds", "verdicts"])
def test_a_page_of_codes_is_what_its_script_writes(name):
    command = [sys.executable, CHECKOUT / "scripts" / name]
    # Besides the collection, Ansible itself, which ansible-test has put there.
    places = [str(Path(_module.__file__).parents[5]), *os.environ.get("PYTHONPATH", "").split(":")]
    environment = {**os.environ, "PYTHONPATH": ":".join(filter(None, places))}
    written = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert (CHECKOUT / "docs" / f"{name}.md").read_text() == written.stdout


@pytest.mark.parametrize("kind", sorted(compare.KINDS))
def test_a_kind_only_reads(kind):
    """Neither a file opened for writing nor a call that changes one, and nothing is imported
    from where others write."""
    source = inspect.getsource(compare.KINDS[kind])
    assert re.search(r"sys\.path|import_module|__import__|\bexec\(|\beval\(", source) is None
    assert re.search(r"open\([^)]*[\"'][rbt]*[wax+]", source) is None
    assert (
        re.search(r"\bos\.(remove|unlink|rename|replace|ch(mod|own)|mkdir|symlink)", source) is None
    )


def test_what_the_diagnosis_says_is_provoked_for_real():
    """Every code has a row in the table of faults, except what cannot be provoked on a host."""
    folder = CHECKOUT / "tests" / "integration"
    # Those of what an application does when it is loaded are in the second.
    table = "".join((folder / name).read_text() for name in ("faults.py", "test_proof.py"))
    # Those of what an application does wrong are in these.
    made = "".join((folder / name).read_text() for name in ("mistakes.py", "mistaken/wsgi.py"))
    # What may happen in any layer has a row of its own kind.
    shared = (".unexpected", ".slow")
    codes = {code for code in ladder.codes() if not code.endswith(shared)}
    assert '"driver.slow"' in table
    missing = {code for code in codes if f'"{code}"' not in table}
    missing -= {f"application.{name}" for name in application_errors.KINDS if f'"{name}"' in made}
    assert missing == UNPROVOKED


def test_the_variables_in_a_verdict_are_there():
    known = set()
    for role in [*ROLES, COMMON]:
        for entry in load("roles", role, "meta", "argument_specs.yml")["argument_specs"].values():
            known |= set(entry["options"])
    roles = "|".join(ROLES)
    for code, (cause, remedy) in ladder.codes().items():
        # Those of PostgreSQL's own settings, of libpq and of Python are others.
        named = set(re.findall(rf"(?<!\.)\b(?:{roles})_\w+", f"{cause} {remedy}"))
        assert named <= known, code


def test_no_module_that_shows_its_url_gets_one_with_a_token(role):
    """get_url and others log their arguments on the host, and show them with -vvv; git gets its
    URL without credentials."""
    for file in (CHECKOUT / "roles" / role / "tasks").glob("*.yml"):
        text = file.read_text()
        assert re.search(r"^\s*ansible\.builtin\.(get_url|uri|pip):", text, re.M) is None, file
        for repository in re.findall(r"ansible\.builtin\.git:\n\s+repo: (.*)", text):
            assert "| flaskops.stack.url_credentials }}" in repository


def test_no_environment_of_a_task_is_the_operators():
    """It is on sudo's command line, and so in the host's log and in the list of processes."""
    known = {"NEW", "KEEP", "RELEASE", "GIT_TERMINAL_PROMPT"}
    for file in CHECKOUT.glob("roles/*/tasks/*.yml"):
        for task in _tasks(yaml.safe_load(file.read_text()) or []):
            named = task.get("environment", {})
            assert isinstance(named, dict), file
            unknown = {n for n in named if not n.startswith("GIT_CONFIG_")} - known
            assert unknown == set(), file


def test_hosts_that_include_a_role_together_want_the_same_of_it():
    """Ansible includes a role once for all of them, with the tasks that the first one named."""
    files = [*CHECKOUT.glob("roles/*/tasks/*.yml"), *CHECKOUT.glob("playbooks/*.yml")]
    for file in files:
        found = re.findall(r"(?:tasks|vars|defaults|handlers)_from: .*{{.*", file.read_text())
        assert found == [], file


def _tasks(listed):
    for task in listed:
        yield task
        for part in ("block", "rescue", "always"):
            yield from _tasks(task.get(part, []))


# Tests and filters of Jinja that take a pattern, called by themselves or by select, map and others.
PATTERN_IN_JINJA = re.compile(
    r"(?:regex|match|search|regex_(?:search|findall|replace))(?:', *|\()'((?:[^'\\]|\\.)*)'"
)


def patterns_in_python(path):
    """(line, pattern) of each that is handed to the module re, unless "$" is of lines there."""
    for node in ast.walk(ast.parse(path.read_text())):
        called = node.func if isinstance(node, ast.Call) else None
        if (
            isinstance(called, ast.Attribute)
            and getattr(called.value, "id", "") == "re"
            and node.args
        ):
            flags = ast.unparse(ast.Module([ast.Expr(a) for a in node.args[1:]], []))
            flags += "".join(ast.unparse(keyword) for keyword in node.keywords)
            if not re.search(r"\bre\.M(ULTILINE)?\b", flags):
                texts = [n.value for n in ast.walk(node.args[0]) if isinstance(n, ast.Constant)]
                yield node.lineno, "".join(text for text in texts if isinstance(text, str))


def texts_in(value):
    if isinstance(value, str):
        yield value
    for part in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from texts_in(part)


def patterns_in_yaml(path):
    for text in texts_in(yaml.safe_load(path.read_text())):
        for found in PATTERN_IN_JINJA.findall(text):
            yield text[:40], found.replace("\\\\", "\\")


def lets_a_line_end_pass(pattern):
    """Whether it has a "$", which is true before a line end at the end of a text; \\Z is not."""
    return "$" in re.sub(r"\\.|\[\^?\]?[^\]]*\]", "", pattern, flags=re.DOTALL)


@pytest.mark.parametrize("folder", ["plugins", "roles"])
def test_no_pattern_lets_a_line_end_pass(folder):
    """A name that is judged by it would become two lines of a file."""
    found, seen = [], 0
    for path in sorted((CHECKOUT / folder).rglob("*.*")):
        patterns = {".py": patterns_in_python, ".yml": patterns_in_yaml}.get(path.suffix)
        for place, pattern in patterns(path) if patterns else ():
            seen += 1
            found += [(path, place, pattern)] if lets_a_line_end_pass(pattern) else []
    assert found == []
    assert seen > {"plugins": 80, "roles": 20}[folder]


def test_every_core_has_its_tests():
    plugins = CHECKOUT / "plugins"
    cores = {
        path.relative_to(plugins).with_suffix("").as_posix()
        for folder in ("module_utils", "plugin_utils")
        for path in (plugins / folder).rglob("*.py")
        if path.stem != "__init__"
    }
    tested = {
        path.with_name(path.stem[len("test_") :]).relative_to(UNITS).as_posix()
        for path in UNITS.rglob("test_*.py")
    }
    # These log in; tests/integration/test_connectivity.py runs them against real servers.
    real = {"_diagnosis/context", "_diagnosis/server_facts"}
    real |= {"_postgresql/wire/login"}
    # Records, a table, and what the programs test.
    trivial = {"_resources/cause", "_comparison/finding"}
    trivial |= {"_diagnosis/upgrade_codes", "_diagnosis/options"}
    # test_recognition.py tests the table; tests/integration/test_mistakes.py makes each mistake.
    trivial |= {"_diagnosis/application_errors"}
    trivial |= {"_application/as_user", "_diagnosis/layers/outcome"}
    # test_connectivity.py and test_migrations.py run the programs.
    elsewhere = re.compile(r"module_utils/_application/programs/")
    untested = {core for core in cores - tested if not elsewhere.match(core)}
    assert untested == {f"module_utils/{name}" for name in real | trivial}


# From the top to the bottom; each imports from those below it only.
FLOORS = [
    {"modules", "filter", "lookup", "action"},
    {"plugin_utils", "_convergence"},
    {"_comparison", "_diagnosis"},
    {"_resources"},
    {"_application"},
    {"_host"},
    {"_systemd", "_postgresql", "_module"},
    {"_machine"},
]


def room(name):
    """The room of a module's full name; None for what is not of this collection."""
    plugins = f"{PLUGINS}."
    if not name.startswith(plugins):
        return None
    parts = name[len(plugins) :].split(".")
    return parts[1] if parts[0] == "module_utils" else parts[0]


def test_an_arrow_goes_downwards_only():
    floors = {name: number for number, names in enumerate(FLOORS) for name in names}
    upwards, seen = [], 0
    plugins = CHECKOUT / "plugins"
    for path in sorted(plugins.rglob("*.py")):
        own = room(".".join([PLUGINS, *path.relative_to(plugins).with_suffix("").parts]))
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ImportFrom):
                continue
            for alias in node.names:
                other = room(f"{node.module}.{alias.name}")
                seen += 1 if other else 0
                if other and other != own and floors[other] <= floors[own]:
                    upwards.append((path.name, own, other))
    assert upwards == []
    assert seen > 300


def mappings_in(value):
    if isinstance(value, dict):
        yield value
    for part in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from mappings_in(part)


def test_whoever_asks_an_application_knows_where_it_has_its_database_from():
    """A question that goes by DATABASE_URL would be about nothing, or about another database."""
    asking = [
        (path.name, found)
        for path in sorted((CHECKOUT / "roles").rglob("*.yml"))
        if path.parent.name in ("tasks", "main")
        for found in mappings_in(yaml.safe_load(path.read_text()))
        if {"virtualenv", "environment_file"} <= found.keys()
    ]
    told = {"database_variables", "settings_file"}
    assert [(name, found) for name, found in asking if not told <= found.keys()] == []
    # The connection, the database in use, the migrations, their upgrade, commands, the diagnosis.
    assert len(asking) == 6


def test_the_workflow_runs_every_part_of_make_test():
    jobs = yaml.safe_load((CHECKOUT / ".github" / "workflows" / "test.yml").read_text())["jobs"]
    scenarios = {path.parent.name for path in (CHECKOUT / "molecule").glob("*/molecule.yml")}
    assert set(jobs["molecule"]["strategy"]["matrix"]["scenario"]) == scenarios
    parts = {
        path.stem[len("test_") :] for path in (CHECKOUT / "tests/integration").glob("test_*.py")
    }
    # These share the hosts of migrations.
    parts -= {"committed", "playbooks"}
    assert set(jobs["integration"]["strategy"]["matrix"]["part"]) == parts
    steps = {step["run"] for job in jobs.values() for step in job["steps"] if "run" in step}
    assert {"make test-fast", "make browser", "make build"} <= steps
    assert all(step.startswith("make ") for step in steps)
