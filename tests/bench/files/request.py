"""Ends with 0 once the page that reads and writes the database answers."""

import sys
import time
import urllib.request

for _ in range(40):
    try:
        with urllib.request.urlopen("http://127.0.0.1/health/database", timeout=10) as answer:
            sys.exit(answer.status != 200)
    except OSError:
        time.sleep(0.25)
sys.exit(1)
