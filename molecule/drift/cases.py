"""Which drifts are made on a host at once: each alone, or as many as tell nothing of each other."""

# What all behind it depends on: other findings would follow from it.
ALONE = {"package.installed", "unit.active", "unit.enabled", "virtualenv.python"}
# Of what a kind's resources depend on, so that its findings would follow from those of the other.
# fmt: off
FOLLOWS = {
    "process": {"link", "unit", "file", "environment_file", "release", "virtualenv", "directory",
                "user", "ancestors"},
    "unix_socket": {"unit", "file"},
    "unit": {"file"},
    "service_processes": {"process", "unit", "unix_socket", "file", "release", "virtualenv"},
    "virtualenv": {"release"},
    "migrations": {
        "release", "environment_file", "link", "postgresql_role", "pg_hba", "database",
        "postgresql_settings", "directory", "ancestors", "user", "group",
        "virtualenv",
    },
    "structure": {"database", "schema", "migrations", "privileges", "extensions"},
    # A cluster that would not start has none of the others repaired.
    "postgresql_cluster": {"postgresql_configuration", "postgresql_settings", "pg_hba", "file"},
    "pg_hba": {"postgresql_settings"},
    "group": {"user"},
    "file": {"directory"},
    "environment_file": {"directory"},
    "privileges": {"database", "schema", "migrations"},
    "schema": {"database"},
    "extensions": {"database"},
    "postgresql_settings": {"postgresql_configuration", "file"},
    "postgresql_configuration": {"file", "pg_hba"},
    "nginx_site": {"link", "process"},
}
# fmt: on
# Checks of one kind that say nothing of each other.
APART = {
    "virtualenv": {"writable", "acl", "capability", "mode", "byte_code", "file"},
    "release": {"byte_code", "file", "acl", "writable", "shared"},
    "environment_file": {"variable", "hard_link", "acl", "mode"},
    "user": {"linger", "job", "sudo", "password", "key", "group"},
    "unit": {"conflict", "trigger", "dependency", "manager"},
}
MOST = 8
# What a drift's command has that would bring another one into effect, or take it back.
LOADS = ("pg_reload_conf", "systemctl restart", "systemctl reload", "systemctl daemon-reload")


def alone(drifts):
    """A case for each drift."""
    return [[drift] for drift in drifts]


def together(drifts):
    """As few cases as hold all drifts, of which none says anything of another in its case."""
    cases = []
    for drift in drifts:
        case = next((case for case in cases if _fits(drift, case)), None)
        if case is None:
            cases.append([drift])
        else:
            case.append(drift)
    # What waits to be loaded comes last.
    return [
        sorted(case, key=lambda d: not any(text in d.command for text in LOADS)) for case in cases
    ]


def _fits(drift, case):
    if len(case) == MOST or {drift.check, case[0].check} & ALONE:
        return False
    return all(_are_apart(drift.check, other.check) for other in case)


def _are_apart(one, other):
    (kind, _dot, check), (another, _dot, besides) = one.partition("."), other.partition(".")
    if kind == another:
        return check != besides and {check, besides} <= APART.get(kind, set())
    return another not in FOLLOWS.get(kind, ()) and kind not in FOLLOWS.get(another, ())


# Errors that have nothing to do with each other: neither may hide the other.
PAIRS = [
    ("the site was disabled", "a migration was taken back"),
    ("nginx was stopped", "the application's password was changed"),
    ("the site was edited", "the application may not log in"),
    ("the service was stopped", "a table belongs to the service"),
    ("the link was removed", "the block was removed"),
    ("the socket was stopped", "everybody may read a table"),
    ("a variable was removed", "the schema has another owner"),
    ("a secret was changed", "another administrator"),
    ("code was removed", "the application may read everything"),
    ("a requirement was removed", "the database has another owner"),
    ("an installed package was edited", "a line above the block"),
    ("the service may write its packages", "a role's setting was changed"),
    ("the environment file was removed", "a function of the administrator"),
    ("everybody may read the secrets", "the application may create databases"),
    ("the service runs as another user", "a table has another owner"),
    ("the service runs another release", "everybody may connect"),
    ("the service has another environment", "the application may create tables"),
    ("everybody may connect to the socket", "a setting was overridden"),
    ("another site answers to every name", "a service's user got a shell"),
    ("a unit was truncated", "the settings were edited"),
    ("a deployment was interrupted", "somebody has the owner's rights"),
    ("a service's user got a password", "the database is closed"),
    ("somebody joined the service's group", "a line that the server cannot read"),
    ("the folder of secrets was closed", "the application may not use a sequence"),
    ("the releases belong to the service", "a setting waits for a restart"),
    ("the system's Python moved away", "a line above the block"),
    ("a drop-in that is in effect", "later tables are unusable"),
    ("a package's unit was replaced", "the application may not write a table"),
    ("nginx was stopped", "the link was moved by hand"),
    ("the site was disabled", "the service was stopped"),
]

# What one host went through: what is found need not be all of it, but one repair is enough.
MANY = (
    # While the application can be loaded.
    "a migration was taken back",
    "everybody may write to the application's folder", "the link was moved by hand",
    "a secret was changed", "a variable was added", "the code was edited", "code was added",
    "a requirement was removed", "the service may write its packages", "a unit was edited",
    "the service would not start at boot", "the socket was stopped", "the site was edited",
    "the welcome page came back", "the settings were edited",
    "the application may create databases",
    "the owner's password was changed", "a role's setting was changed",
    "the database has another owner", "everybody may read a table",
    "later tables are unusable", "the block was removed",
    "a service's user got a shell", "a service's user joined a group",
)  # fmt: skip


# What waits for a start or a reload, and what would bring one about.
WAITS = [
    ("a drop-in has the service be root", "a secret was changed"),
    ("another file of nginx was not loaded", "the site was edited"),
    ("a setting was not loaded", "the settings were edited"),
    ("a line at the end, not in effect yet", "the settings were edited"),
    ("a line at the end, not in effect yet", "a setting was not loaded"),
    ("another file of nginx was not loaded", "another site answers to every name"),
]


def waits(drifts):
    """A case for each pair of WAITS."""
    by_name = {drift.name: drift for drift in drifts}
    return [[by_name[name] for name in pair] for pair in WAITS]


def many(drifts):
    """One case with all of MANY."""
    by_name = {drift.name: drift for drift in drifts}
    return [by_name[name] for name in MANY]


def pairs(drifts, number=None):
    """A case for each pair of PAIRS, or for so many of them."""
    by_name = {drift.name: drift for drift in drifts}
    return [[by_name[one], by_name[other]] for one, other in PAIRS[:number]]
