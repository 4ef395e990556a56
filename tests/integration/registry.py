"""A server of files for those who log in, run on a test host: an index, a repository, archives.

Its input is {"users": {name: password}, "folder": path, "port": number} as JSON.
"""

import base64
import functools
import http.server
import json
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    """Asks for a login first."""

    def __init__(self, *arguments, users, **others):
        self.users = users
        super().__init__(*arguments, **others)

    def do_GET(self):
        given = self.headers.get("Authorization", "").partition("Basic ")[2]
        content = base64.b64decode(given)
        try:
            name, _colon, password = content.decode().partition(":")
        except UnicodeDecodeError:
            # As pip sends it.
            name, _colon, password = content.decode("latin-1").partition(":")
        if name and self.users.get(name) == password:
            super().do_GET()
            return
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="registry"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *_arguments):
        """Nothing: its log would have the tokens of queries."""


def main():
    options = json.load(sys.stdin)
    handler = functools.partial(Handler, users=options["users"], directory=options["folder"])
    http.server.ThreadingHTTPServer(("127.0.0.1", options["port"]), handler).serve_forever()


if __name__ == "__main__":
    main()
