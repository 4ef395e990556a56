"""Converged hosts of other shapes: a second run changes nothing, and an audit finds nothing.

One of them; all with SHAPES=all. What others have on a host, and what administrators do to it for
good reasons, is no drift.
"""

import json
import os
import shutil

import hosts
import pytest

ONE, OTHER = "flaskops-shapes-1", "flaskops-shapes-2"
CERTIFICATE = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30"
    " -subj /CN=shop.example.com -keyout /etc/ssl/private/shop.key -out /etc/ssl/certs/shop.pem"
)
SECOND_SITE = (
    "mkdir -p /srv/other && echo other > /srv/other/index.html && printf 'server { listen 80;"
    " listen [::]:80; server_name other.example.com; root /srv/other; }\n'"
    " > /etc/nginx/conf.d/other.conf && nginx -t && systemctl reload nginx"
)
UPGRADES = (
    "DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes unattended-upgrades >/dev/null"
    " && printf 'APT::Periodic::Unattended-Upgrade \"1\";\n' > /etc/apt/apt.conf.d/20auto-upgrades"
    " && systemctl start unattended-upgrades"
    # At work: the lock of the packages is somebody else's.
    " && (setsid flock /var/lib/dpkg/lock-frontend sleep 600 >/dev/null 2>&1 &)"
)
DROP_IN = "/etc/systemd/system/guestbook.service.d/memory.conf"
MEMORY = (
    f"mkdir -p $(dirname {DROP_IN}) && printf '[Service]\nMemoryMax=1G\n' > {DROP_IN}"
    " && systemctl daemon-reload"
)


class Shape:
    """A host from the converged image; before and after the first run, as the class has it."""

    def __init__(
        self, name, release="bookworm", before="", variables=None, groups=None, aliases=()
    ):
        self.name = name
        self.releases = {ONE: release, OTHER: release} if groups else {ONE: release}
        self.groups = groups or {"database": [ONE], "app": [ONE]}
        self.before = before
        self.variables = variables or {}
        self.aliases = aliases


SHAPES = [
    Shape("settings and a port of its own", variables={
        "postgresql_port": 5544, "database_port": 5544,
        "postgresql_settings": {
            "work_mem": "8MB", "max_connections": 150, "log_min_duration_statement": "1s",
            "jit": False, "shared_preload_libraries": "pg_stat_statements",
        },
        "database_role_settings": {"statement_timeout": "45s", "search_path": "public"},
    }),
    Shape("a second site", "trixie", before=SECOND_SITE,
          variables={"nginx_server_names": ["shop.example.com"]}),
    Shape("an accepted drop-in", before=MEMORY, variables={
        "audit_accepted": [
            {"id": "unit.drop_in", "subject": DROP_IN, "reason": "Little memory; ticket 4711."}
        ],
    }),
    Shape("TLS", "trixie", before=CERTIFICATE, variables={
        "nginx_tls_certificate": "/etc/ssl/certs/shop.pem",
        "nginx_tls_private_key": "/etc/ssl/private/shop.key",
        "nginx_server_names": ["shop.example.com"],
    }),
    Shape("three names of one host", aliases=("web1", "web2", "db1")),
    Shape("packages are upgraded meanwhile", before=UPGRADES),
    Shape("Debian 13", "trixie"),
    Shape("two hosts", groups={"database": [ONE], "app": [OTHER]}),
    Shape("a src layout", variables={"app_source": "src"}),
]  # fmt: skip
CHOSEN = SHAPES if os.environ.get("SHAPES") == "all" else SHAPES[:1]


def source(folder):
    """The guestbook with its package in src, as a project that pip installs."""
    made = folder / "source"
    shutil.copytree(hosts.CHECKOUT / "examples" / "guestbook", made)
    (made / "src").mkdir()
    (made / "guestbook").rename(made / "src" / "guestbook")
    requirements = (made / "requirements.txt").read_text().splitlines()
    needed = [line for line in requirements if line.strip() and not line.startswith(("#", "-"))]
    (made / "requirements.txt").unlink()
    (made / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        f'[project]\nname = "guestbook"\nversion = "1"\ndependencies = {json.dumps(needed)}\n'
        '[tool.setuptools.packages.find]\nwhere = ["src"]\n'
        '[tool.setuptools.package-data]\nguestbook = ["templates/*", "static/*"]\n'
    )
    return made


@pytest.fixture(params=CHOSEN, ids=lambda shape: shape.name)
def folder(request, tmp_path):
    """The inventory of a host of that shape, on which the site ran once."""
    shape = request.param
    variables = dict(shape.variables)
    if variables.get("app_source") == "src":
        variables["app_source"] = str(source(tmp_path))
    try:
        hosts.converged("site")
        hosts.inventory(tmp_path, shape.releases, shape.groups, stage="site", **variables)
        if shape.aliases:
            rename(tmp_path, shape.aliases)
        if shape.before:
            hosts.shell(ONE, shape.before, timeout=300)
        hosts.play(tmp_path, "site")
        yield tmp_path
    finally:
        for host in shape.releases:
            hosts.destroy(host)


def rename(folder, aliases):
    """One host under several names: two that serve, and one that has the database."""
    connection = (folder / "hosts").read_text().splitlines()[1].partition(" ")[2]
    lines = {name: f"{name} {connection}" for name in aliases}
    *apps, database = aliases
    texts = ["[database]", lines[database], "[app]", *(lines[name] for name in apps)]
    (folder / "hosts").write_text("\n".join(texts) + "\n")


def test_nothing_that_is_not_true_is_found(folder):
    again = hosts.play(folder, "site").stdout
    recap = again[again.index("PLAY RECAP") :]
    assert "changed=0" in recap, again[-3000:]
    assert not any(f"changed={n}" in recap for n in "123456789"), again[-3000:]
    hosts.play(folder, "audit", f"-eaudit_report_dir={folder}/report", check=False)
    report = json.loads((folder / "report" / "audit.json").read_text())
    assert [each for host in report["hosts"].values() for each in host["findings"]] == []
    assert report["summary"]["hosts"] == report["summary"]["ok"] + report["summary"]["incomplete"]
