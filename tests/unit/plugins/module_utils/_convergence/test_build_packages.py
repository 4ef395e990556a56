import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._convergence import build_packages

SIMULATED = """\
Reading package lists...
The following packages will be REMOVED:
  gcc libmpc3 vim
Remv gcc [4:12.2.0-3]
Remv libmpc3 [1.3.1-1] [cpp:amd64 ]
Remv libisl23:amd64 [0.25-1.1]
Remv vim [2:9.0.1378-2]
"""


@pytest.fixture
def host(monkeypatch, tmp_path):
    """A host with these packages; what is done to it is in host.done."""

    class Host:
        def __init__(self):
            self.packages, self.simulated = {"python3", "vim"}, ""
            self.libraries, self.done = {}, []

        @staticmethod
        def begin(*names):
            return build_packages.begin("shop", names, str(tmp_path))

        @staticmethod
        def end():
            return build_packages.end("shop", str(tmp_path), str(tmp_path))

    host = Host()
    monkeypatch.setattr(build_packages, "installed", lambda: set(host.packages))
    monkeypatch.setattr(build_packages, "_run", host.done.append)
    monkeypatch.setattr(build_packages, "_ask", lambda _command: host.simulated)
    monkeypatch.setattr(build_packages, "_libraries", lambda _packages: host.libraries)
    return host


def removed(host):
    """The packages that apt is told to remove."""
    return [name for c in host.done if "remove" in c for name in c[c.index("remove") + 1 :]
            if not name.startswith(("-", "DPkg"))]  # fmt: skip


def test_what_came_for_the_build_goes_and_nothing_else(host):
    assert host.begin("gcc", "vim") == ["gcc"]
    host.packages = {"python3", "vim", "gcc", "libmpc3", "libisl23"}
    host.simulated = SIMULATED
    assert host.end() == ["gcc", "libisl23", "libmpc3"]
    assert ["apt-mark", "auto", "gcc"] in host.done
    assert removed(host) == ["gcc", "libisl23", "libmpc3"]


def test_what_another_package_needs_by_now_stays(host):
    host.begin("gcc")
    host.packages = {"python3", "vim", "gcc", "dkms"}
    host.simulated = "Remv vim [1]\n"
    assert host.end() == []
    assert removed(host) == []


def test_a_library_that_is_linked_with_stays(host, tmp_path):
    host.begin("libpq-dev")
    host.packages = {"python3", "vim", "libpq-dev", "libpq5"}
    host.libraries = {"libpq5": {"libpq.so.5"}}
    host.simulated = "Remv libpq-dev [15]\n"
    (tmp_path / "psycopg2.so").write_bytes(b"\x7fELF..\0libpq.so.5\0libc.so.6\0")
    assert host.end() == ["libpq-dev"]
    assert ["apt-mark", "manual", "libpq5"] in host.done


def test_where_nothing_lacks_nothing_is_done(host):
    assert host.begin("python3") == []
    assert host.end() == []
    assert host.done == []


def test_what_a_run_that_was_killed_has_left_goes_the_next_time(host):
    host.begin("gcc")
    host.packages = {"python3", "vim", "gcc"}
    assert host.begin("gcc") == []
    host.simulated = SIMULATED
    assert host.end() == ["gcc"]
    assert host.end() == []


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"\x7fELF\0libpq.so.5\0", {"libpq5"}),
        # A text may be the end of another one.
        (b"\x7fELF\0xlibpq.so.5\0", {"libpq5"}),
        (b"\x7fELF\0libpq.so.50\0", set()),
        (b"libpq.so.5\0", set()),
        (b"\x7fELF\0libpq-e8a033dd.so.5.16\0", set()),
    ],
)
def test_what_is_linked_with(tmp_path, content, found):
    (tmp_path / "x.cpython-311.so").write_bytes(content)
    libraries = {"libpq5": {"libpq.so.5", "libpq.so.5.15"}, "zlib1g": {"libz.so.1"}}
    assert build_packages.linked(str(tmp_path), libraries) == found
