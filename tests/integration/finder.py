"""Run on a machine as root: every file that has a secret in it, and what its processes were given.

Its input is {"roots": [path], "leave": [path], "needles": {name: [spelling]}} as JSON; prints
{name: [path]}.
"""

import json
import os
import subprocess
import sys

SYSTEM = ["proc", "sys", "dev", "usr"]


def with_any(roots, texts):
    """The files in which any of the texts is; grep looks for thousands of them at once."""
    command = ["grep", "--recursive", "--text", "--fixed-strings", "--files-with-matches", "--null"]
    command += ["--devices=skip", "--file=-", *(f"--exclude-dir={name}" for name in SYSTEM)]
    found = subprocess.run(
        [*command, *roots], input=b"\n".join(texts), capture_output=True, check=False,
        env={**os.environ, "LC_ALL": "C"},
    )  # fmt: skip
    return [path.decode("utf-8", "surrogateescape") for path in found.stdout.split(b"\0") if path]


def main():
    options = json.load(sys.stdin)
    needles = {name: [s.encode() for s in texts] for name, texts in options["needles"].items()}
    found = {}
    for path in with_any(options["roots"], [s for texts in needles.values() for s in texts]):
        if any(path == place or path.startswith(place + "/") for place in options["leave"]):
            continue
        with open(path, "rb") as stream:
            content = stream.read()
        for secret, texts in needles.items():
            if any(text in content for text in texts):
                found.setdefault(secret, []).append(path)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
