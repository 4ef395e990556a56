import os
import pwd

import pytest
from ansible_collections.flaskops.stack.plugins.module_utils._application import private_file

ACCOUNT = pwd.getpwuid(os.geteuid())


def test_it_is_the_users_alone_and_goes(tmp_path):
    with private_file.private_file(ACCOUNT, "shop.cfg", "KEY = 'é'\n", str(tmp_path)) as path:
        status = os.stat(path)
        assert (status.st_mode & 0o777, status.st_uid) == (0o400, ACCOUNT.pw_uid)
        assert path.endswith("-shop.cfg")
        with open(path, encoding="utf-8") as stream:
            assert stream.read() == "KEY = 'é'\n"
    assert os.listdir(tmp_path) == []


def test_it_goes_when_what_it_is_for_fails(tmp_path):
    with (
        pytest.raises(ZeroDivisionError),
        private_file.private_file(ACCOUNT, "x", "", str(tmp_path)),
    ):
        raise ZeroDivisionError
    assert os.listdir(tmp_path) == []
