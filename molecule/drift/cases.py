"""Which drifts are made on a host at once: each alone, or as many as tell nothing of each other."""

# What all behind it depends on: other findings would follow from it.
ALONE = {"package.installed", "unit.active", "unit.enabled", "virtualenv.python"}
# Of what a kind's resources depend on, so that its findings would follow from those of the other.
FOLLOWS = {
    "process": {"link", "unit", "file", "environment_file", "release", "virtualenv", "directory"},
    "unix_socket": {"unit", "file"},
    "virtualenv": {"release"},
    "migrations": {"release", "environment_file", "link", "postgresql_role", "pg_hba", "database"},
    "privileges": {"database", "schema", "migrations"},
    "schema": {"database"},
    "extensions": {"database"},
    "postgresql_settings": {"postgresql_configuration", "file"},
    "postgresql_configuration": {"file", "pg_hba"},
    "nginx_site": {"link", "process"},
}
MOST = 6
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
    return all(_apart(_kind(drift), _kind(other)) for other in case)


def _apart(one, other):
    return one != other and other not in FOLLOWS.get(one, ()) and one not in FOLLOWS.get(other, ())


def _kind(drift):
    return drift.check.partition(".")[0]
