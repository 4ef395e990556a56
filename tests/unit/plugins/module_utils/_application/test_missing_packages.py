import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import missing_packages

COMPILED = {"build-essential", "python3-dev"}
# What builds have really said, and what they lacked.
SAID = [
    ("Error: pg_config executable not found.", {"libpq-dev"} | COMPILED),
    ("Error: pg_config --libdir failed: You need to install postgresql-server-dev-NN for building a"
     " server-side extension or libpq-dev for building a client-side application.",
     {"libpq-dev"} | COMPILED),
    ("building 'psycopg2._psycopg' extension", {"libpq-dev"} | COMPILED),
    ("error: command 'x86_64-linux-gnu-gcc' failed: No such file or directory", COMPILED),
    ("unable to execute 'gcc': No such file or directory", COMPILED),
    ("src/x.c:6:10: fatal error: Python.h: No such file or directory", COMPILED),
    ("./psycopg/psycopg.h:36:10: fatal error: libpq-fe.h: No such file", {"libpq-dev"} | COMPILED),
    ("c/_cffi.c:15:10: fatal error: ffi.h: No such file or directory", {"libffi-dev"} | COMPILED),
    ("x.c:2:10: fatal error: openssl/opensslv.h: No such file", {"libssl-dev"} | COMPILED),
    ("Modules/common.h:15:10: fatal error: lber.h: No such file", {"libldap-dev"} | COMPILED),
    ("/usr/include/x.h:27:10: fatal error: limits.h: No such file", COMPILED),
    ("/bin/sh: 1: mysql_config: not found", {"default-libmysqlclient-dev"} | COMPILED),
    ("/bin/sh: 1: krb5-config: not found", {"libkrb5-dev"} | COMPILED),
    ("Could not run curl-config: [Errno 2] No such file or directory: 'curl-config'",
     {"libcurl4-openssl-dev"} | COMPILED),
    ("FileNotFoundError: [Errno 2] No such file or directory: 'cmake'", {"cmake"} | COMPILED),
    ("Exception: Can not find valid pkg-config name.",
     {"default-libmysqlclient-dev", "pkg-config"} | COMPILED),
    ("Error: Please make sure the libxml2 and libxslt development packages are installed.",
     {"libxml2-dev", "libxslt1-dev"} | COMPILED),
    ("error: can't find Rust compiler", {"cargo", "rustc"} | COMPILED),
    ("../meson.build:1:0: ERROR: Unknown compiler(s): [['cc'], ['gcc'], ['clang']]", COMPILED),
    ("/usr/bin/ld: cannot find -lpq: No such file or directory", {"libpq-dev"} | COMPILED),
    ("ERROR: Cannot find command 'git' - do you have 'git' installed and in your PATH?", {"git"}),
    ("ERROR: Cannot find command 'hg' - do you have 'hg' installed", {"mercurial"}),
    ("ERROR: No matching distribution found for flask==99", set()),
    ("fatal: repository 'https://git.example/x.git/' not found", set()),
    ("FileNotFoundError: [Errno 2] No such file or directory: 'README.md'", set()),
    ("src/git/gcc/x.py: No such file or directory", set()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), SAID, ids=[row[0][:60] for row in SAID])
def test_what_a_build_lacked(text, expected):
    assert missing_packages.wanted(f"Building wheel\n  {text}\n  [end of output]\n")[0] == expected


def test_only_what_is_not_there_is_advised():
    found = missing_packages.advice(
        "Error: pg_config executable not found.", {"python3-dev"}.__contains__
    )
    assert found.endswith(": app_system_packages: [build-essential, libpq-dev]")


def test_a_header_of_nobodys_is_named():
    found = missing_packages.advice("x.c:1:1: fatal error: oci.h: No such file", lambda _name: True)
    assert "apt-file search oci.h" in found


def test_what_has_another_reason_gets_no_advice():
    assert (
        missing_packages.advice("ERROR: No matching distribution found", lambda _name: False) == ""
    )
