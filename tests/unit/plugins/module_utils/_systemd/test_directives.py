import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._systemd import directives

SAID = [
    ("[Service]\nNice=5\n", "warning", "Nice=5"),
    ("[Service]\nMemoryMax=1G\nLimitNOFILE=5\nRestart=no\n", "warning",
     "MemoryMax=1G; LimitNOFILE=5; Restart=no"),
    ("[Service]\nMemoryDenyWriteExecute=no\n", "error", "MemoryDenyWriteExecute=no"),
    ("[Service]\n# User=a\n; User=b\nNice = 5\n", "warning", "Nice=5"),
    ("[Service]\nUser=root\nNice=5\n", "error", "User=root; Nice=5"),
    ("[Service]\nExecStart=\nExecStart=-/bin/sh -c 'secret'\n", "error",
     "ExecStart=; ExecStart=-/bin/sh ..."),
    ("[Service]\nEnvironment=A=hunter2 \"B=x y\" \\\n  C=d\n", "error",
     "Environment=A=... B=... C=..."),
    ("[Service]\nEnvironment='A=b\n", "error", "Environment='A=..."),
    ("[Service]\nSetCredential=a:hunter2\n", "error", "SetCredential=a:..."),
    ("[Service]\nEnvironmentFile=-/x\nPassEnvironment=A\n", "error",
     "EnvironmentFile=-/x; PassEnvironment=A"),
    ("[Service]\nStandardOutput=null\n", "warning", "StandardOutput=null"),
    ("[Service]\nStandardOutput=append:/etc/cron.d/x\n", "error",
     "StandardOutput=append:/etc/cron.d/x"),
    ("[Service]\nLogsDirectory=x\n", "error", "LogsDirectory=x"),
    ("[Socket]\nListenStream=8000\n", "error", "ListenStream=8000"),
    ("[Unit]\nAfter=x\n[Install]\nWantedBy=y\n", "warning", "After=x; WantedBy=y"),
    ("[Unit]\nConditionPathExists=/no\n", "error", "ConditionPathExists=/no"),
    ("[Manager]\nDefaultLimitNOFILE=5\n", "warning", "DefaultLimitNOFILE=5"),
    ("[Manager]\nDefaultEnvironment=A=b\n", "error", "DefaultEnvironment=A=..."),
    ("# nothing\n", "warning", "nothing"),
    ("[Service]\n" + "Nice=5\n" * 99, "warning", ("Nice=5; " * 99)[:200]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "severity", "shown"), SAID)
def test_what_a_file_says(text, severity, shown):
    found = directives.parse(text)
    assert (directives.severity(found), directives.shown(found)) == (severity, shown)


def test_sections():
    found = directives.parse("[Unit]\nA=b\n[Service]\nC=d\\\n# no\n e=f\nG\n")
    assert found == [("Unit", "A", "b"), ("Service", "C", "d e=f")]
