"""SQL for the scenarios' tests, as the administrator and as a role with its password."""

import shlex

PASSWORD = "p@ss:w/o#r%d? é'\"\\x & `$HOME`"


def administrator(host, query, database="postgres"):
    """What the query returns, unaligned."""
    command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", query]
    return host.check_output("su - postgres -c %s", shlex.join(command))


def login(host, role, query="select 1", database=None, password=PASSWORD, address="127.0.0.1",
          sslmode="prefer"):  # fmt: skip
    """Run the query over TCP as this role; returns testinfra's result."""
    target = f"host={address} user={role} dbname={database or role} sslmode={sslmode}"
    return host.run(
        "PGPASSWORD=%s PGCONNECT_TIMEOUT=5 psql -XAtq -v ON_ERROR_STOP=1 -d %s -c %s",
        password,
        target,
        query,
    )


def owner_password(host, database):
    """The password that the role generated."""
    return host.file(f"/etc/flask/{database}.owner-password").content_string
