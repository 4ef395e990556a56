"""Run on a test host as some user: collects what that user can read of others while a run lasts.

Its input is {"seconds": number, "needles": {name: [spelling]}} as JSON; prints {name: [place]}.
It ends when /run/watch-no-more is there.
"""

import json
import os
import sys
import time

FOLDERS = ("/tmp", "/var/tmp", "/run", "/home", "/srv/guestbook", "/root", "/etc/flask")
MOST = 200_000


def places():
    """Every file and process that may have something in it."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            yield f"/proc/{name}/cmdline"
            yield f"/proc/{name}/environ"
    for root in FOLDERS:
        for folder, subfolders, files in os.walk(root):
            subfolders[:] = [x for x in subfolders if x not in ("lib", ".git", "__pycache__")]
            yield from (os.path.join(folder, name) for name in files)


def read(path):
    try:
        if not path.startswith("/proc/") and not os.path.isfile(path):
            return b""
        with open(path, "rb") as stream:
            return stream.read(MOST)
    except OSError:
        return b""


def main():
    options = json.load(sys.stdin)
    needles = {name: [s.encode() for s in texts] for name, texts in options["needles"].items()}
    found, rounds = {}, 0
    end = time.monotonic() + options["seconds"]
    while time.monotonic() < end and not os.path.exists("/run/watch-no-more"):
        for path in places():
            content = read(path)
            for name, texts in needles.items():
                if content and any(text in content for text in texts):
                    where = f"{path}: {content[:80]!r}" if path.startswith("/proc/") else path
                    found.setdefault(name, []).append(where)
        rounds += 1
        time.sleep(0.2)
    print(json.dumps({"found": {n: sorted(set(w)) for n, w in found.items()}, "rounds": rounds}))


if __name__ == "__main__":
    main()
