import hashlib
import http.server
import json
import threading

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.flaskops.stack.plugins.modules import fetch_archive

CONTENT = b"an archive"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
TOKEN = "canarytokenword"


class Handler(http.server.BaseHTTPRequestHandler):
    """Has the archive, and its checksums, for those with a token."""

    def do_GET(self):
        sums = f"{DIGEST}  app.tar.gz\n".encode()
        found = {"app.tar.gz": CONTENT, "SHA256SUMS": sums}.get(
            self.path.split("?")[0].rpartition("/")[2]
        )
        self.send_response(200 if found else 404)
        self.end_headers()
        self.wfile.write(found or b"")

    def log_message(self, *_arguments):
        pass


@pytest.fixture(scope="module")
def place():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def fetch(capsys, tmp_path, place, monkeypatch):
    monkeypatch.setattr(
        fetch_archive.AnsibleModule, "set_fs_attributes_if_different", lambda *_arguments: False
    )

    def run(path, **options):
        arguments = {
            "url": f"http://reader:{TOKEN}@{place}/{path}", "dest": str(tmp_path / "archive"),
            "_ansible_remote_tmp": str(tmp_path), "_ansible_verbosity": 4, **options,
        }  # fmt: skip
        with patch_module_args(arguments), pytest.raises(SystemExit):
            fetch_archive.main()
        text = capsys.readouterr().out
        assert TOKEN not in text
        return json.loads(text)

    return run


def test_a_file_is_fetched(fetch, tmp_path):
    assert fetch(f"app.tar.gz?token={TOKEN}")["size"] == len(CONTENT)
    assert (tmp_path / "archive").read_bytes() == CONTENT


@pytest.mark.parametrize("listed", [False, True])
def test_a_checksum_is_required(fetch, place, listed):
    value = f"http://{place}/SHA256SUMS" if listed else DIGEST.upper()
    assert fetch("app.tar.gz", checksum=f"sha256:{value}")["changed"]


def test_another_checksum_is_refused(fetch, tmp_path):
    found = fetch("app.tar.gz", checksum=f"sha256:{'0' * 64}")
    assert f"its sha256 is {DIGEST}" in found["msg"]
    assert not (tmp_path / "archive").exists()


def test_a_failure_says_what_it_is_without_the_token(fetch, place):
    found = fetch(f"missing.tar.gz?token={TOKEN}")
    assert found["msg"].startswith(f"http://{place}/missing.tar.gz: HTTP Error 404")


def test_a_server_that_is_not_there_is_named(fetch):
    found = fetch("x", url=f"http://reader:{TOKEN}@127.0.0.1:1/x.tar.gz")
    assert found["msg"].startswith("http://127.0.0.1:1/x.tar.gz: ")
